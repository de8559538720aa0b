//! The encoders of all formats. They fail for values that a format cannot express, such as maps with keys that are no
//! text. The formats consist of structs, texts and booleans.

use serde::Serialize;
use serde_saphyr::ser_options;
use shlex::Quoter;

#[expect(clippy::expect_used, reason = "structs of texts can be expressed")]
pub fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("valid JSON") + "\n"
}

/// Texts are on one line each: readers agree more on quotes than on block scalars.
#[expect(clippy::expect_used, reason = "structs of texts can be expressed")]
pub fn yaml(value: &impl Serialize) -> String {
    serde_saphyr::to_string_with_options(value, ser_options! { prefer_block_scalars: false }).expect("valid YAML")
}

#[expect(clippy::expect_used, reason = "structs of texts can be expressed")]
pub fn toml(value: &impl Serialize) -> String {
    toml::to_string(value).expect("valid TOML")
}

/// A command line for a POSIX shell.
#[expect(clippy::expect_used, reason = "only NUL cannot be quoted, and is allowed")]
pub fn command(words: &[&str]) -> String {
    Quoter::new().allow_nul(true).join(words.iter().copied()).expect("a command line")
}
