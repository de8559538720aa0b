//! The assets that the server embeds: named by their content hash, and compressed.

use crate::browser::Module;
use crate::command::{TaskResult, print_step, root};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A file to be served.
struct Asset {
    role: String,
    name: String,
    content: Vec<u8>,
}

/// The folder that the server's build script reads. Its file `manifest` maps each role to a file name.
pub fn folder() -> PathBuf {
    root().join("target/site")
}

/// The folder that a development server reads at its start.
pub fn development_folder() -> PathBuf {
    root().join("target/site-dev")
}

/// Writes the folder, unless it is up to date.
pub fn write_assets(module: &Module) -> TaskResult {
    let folder = folder();
    let assets = assets(module)?;
    if is_current(&folder, &assets) {
        return Ok(());
    }
    print_step("compressing the assets");
    let _ = fs::remove_dir_all(&folder);
    write_files(&folder, &assets)?;
    for Asset { name, content, .. } in &assets {
        write(&folder.join(format!("{name}.br")), &brotli(content)?)?;
        write(&folder.join(format!("{name}.gz")), &gzip(content)?)?;
    }
    write(&folder.join("manifest"), manifest(&assets).as_bytes())
}

/// Writes the folder of a development server, without compression. The files of the last version stay, for pages that
/// are open.
pub fn write_development_assets(module: &Module) -> TaskResult {
    let folder = development_folder();
    let assets = assets(module)?;
    write_files(&folder, &assets)?;
    write(&folder.join("manifest"), manifest(&assets).as_bytes())
}

fn assets(module: &Module) -> TaskResult<Vec<Asset>> {
    let mut assets = module_assets(module)?;
    let mut add = |role: &str, extension: &str, content: Vec<u8>| {
        let stem = if role == "css" { "portolan" } else { role };
        let name = format!("{stem}-{}.{extension}", digest([content.as_slice()]));
        assets.push(Asset { role: role.to_owned(), name, content });
    };
    add("css", "css", stylesheet()?.into_bytes());
    add("events", "js", read(&root().join("public/events.js"))?);
    add("icons", "svg", read(&root().join("public/icons.svg"))?);
    add("favicon", "svg", read(&root().join("public/favicon.svg"))?);
    Ok(assets)
}

/// The files of the module name each other, so the hash of all of them is in the name of their folder.
fn module_assets(module: &Module) -> TaskResult<Vec<Asset>> {
    let mut assets = Vec::new();
    for (role, name) in &module.files {
        assets.push(Asset { role: role.clone(), name: name.clone(), content: read(&module.folder.join(name))? });
    }
    let folder = digest(assets.iter().map(|asset| asset.content.as_slice()));
    for asset in &mut assets {
        asset.name = format!("{folder}/{}", asset.name);
    }
    Ok(assets)
}

fn manifest(assets: &[Asset]) -> String {
    assets.iter().map(|Asset { role, name, .. }| format!("{role} {name}\n")).collect()
}

fn is_current(folder: &Path, assets: &[Asset]) -> bool {
    fs::read_to_string(folder.join("manifest")).is_ok_and(|old| old == manifest(assets))
}

fn write_files(folder: &Path, assets: &[Asset]) -> TaskResult {
    assets.iter().try_for_each(|Asset { name, content, .. }| {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| format!("{}: {error}", parent.display()))?;
        write(&path, content)
    })
}

fn read(path: &Path) -> TaskResult<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, content: &[u8]) -> TaskResult {
    fs::write(path, content).map_err(|error| format!("{}: {error}", path.display()))
}

/// Prints the size of each file with brotli, and its role.
#[expect(clippy::print_stdout, reason = "the sizes are the output of this task")]
pub fn print_sizes() {
    for line in fs::read_to_string(folder().join("manifest")).unwrap_or_default().lines() {
        let Some((role, name)) = line.split_once(' ') else { continue };
        let size = fs::metadata(folder().join(format!("{name}.br"))).map_or(0, |metadata| metadata.len());
        println!("- {name} ({role}): {size} bytes");
    }
}

/// The style sheet: `style/main.css` with its imports inlined.
fn stylesheet() -> TaskResult<String> {
    let read = |name: &str| {
        fs::read_to_string(root().join("style").join(name)).map_err(|error| format!("style/{name}: {error}"))
    };
    let mut css = String::new();
    for line in read("main.css")?.lines() {
        if let Some((name, layer)) = line.strip_prefix("@import \"").and_then(|rest| rest.split_once('"')) {
            let layer = layer.trim().trim_start_matches("layer(").trim_end_matches(");");
            let _ = writeln!(css, "@layer {layer} {{ {} }}", read(name)?);
        } else {
            css.push_str(line);
            css.push('\n');
        }
    }
    Ok(without_layout(&css))
}

/// Removes comments, indentation and empty lines. This is safe for our styles and for the output of wasm-bindgen, which
/// contain neither comment markers in strings nor multi-line strings.
fn without_layout(text: &str) -> String {
    without_comments(text).lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn without_comments(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept + rest
}

fn digest<'a>(contents: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    contents.into_iter().for_each(|content| hash.update(content));
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

fn brotli(content: &[u8]) -> TaskResult<Vec<u8>> {
    let mut small = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, ..Default::default() };
    brotli::BrotliCompress(&mut &*content, &mut small, &parameters).map_err(|error| format!("brotli: {error}"))?;
    Ok(small)
}

fn gzip(content: &[u8]) -> TaskResult<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).and_then(|()| encoder.finish()).map_err(|error| format!("gzip: {error}"))
}
