//! The encoders of all formats. They fail for values that a format cannot express, such as maps with keys that are no
//! text. The formats consist of structs, texts and booleans.

use serde::Serialize;
use serde_saphyr::ser_options;
use shlex::Quoter;
use std::fmt;
use toml_writer::{TomlStringBuilder, TomlWrite};

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

/// A table of texts. `toml` chooses among all forms of strings, and containerd 1 cannot read each of them. These are basic
/// strings: `"..."` on one line.
#[expect(clippy::expect_used, reason = "writing to a string does not fail")]
pub fn toml_table(path: &[&str], texts: &[(&str, &str)]) -> String {
    write_toml_table(path, texts).expect("valid TOML")
}

fn write_toml_table(path: &[&str], texts: &[(&str, &str)]) -> Result<String, fmt::Error> {
    let mut document = String::new();
    document.open_table_header()?;
    for (index, key) in path.iter().enumerate() {
        if index > 0 {
            document.key_sep()?;
        }
        document.key(*key)?;
    }
    document.close_table_header()?;
    document.newline()?;
    for (key, text) in texts {
        document.key(*key)?;
        document.space()?;
        document.keyval_sep()?;
        document.space()?;
        document.value(TomlStringBuilder::new(text).as_basic())?;
        document.newline()?;
    }
    Ok(document)
}

/// A command line for a POSIX shell.
#[expect(clippy::expect_used, reason = "only NUL cannot be quoted, and is allowed")]
pub fn command(words: &[&str]) -> String {
    Quoter::new().allow_nul(true).join(words.iter().copied()).expect("a command line")
}
