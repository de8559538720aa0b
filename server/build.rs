//! Embeds what `cargo xtask build` wrote to `target/site`: the assets under their hashed names, each with its
//! compressed variants. Without that folder the table is empty, and pages are served without scripts and styles.

use std::error::Error;
use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let site = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../target/site");
    println!("cargo::rerun-if-changed={}", site.join("manifest").display());
    println!("cargo::rerun-if-changed=../migrations");

    let mut table = String::from("&[\n");
    for line in fs::read_to_string(site.join("manifest")).unwrap_or_default().lines() {
        let (role, name) = line.split_once(' ').ok_or("target/site/manifest: a line without a name")?;
        let path = fs::canonicalize(site.join(name))?;
        let path = path.display();
        writeln!(
            table,
            "Asset {{ role: Cow::Borrowed({role:?}), name: Cow::Borrowed({name:?}), plain: Cow::Borrowed(include_bytes!(\"{path}\")), brotli: Some(include_bytes!(\"{path}.br\")), gzip: Some(include_bytes!(\"{path}.gz\")) }},"
        )?;
    }
    table.push(']');
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("assets.rs"), table)?;
    Ok(())
}
