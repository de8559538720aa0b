//! The assets that the server embeds: named by their content hash, and compressed.

use crate::browser::Module;
use crate::command::{TaskResult, print_step, root};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::Path;

/// The folder that the server's build script reads. Its file `manifest` maps each role to a file name.
pub fn folder() -> std::path::PathBuf {
    root().join("target/site")
}

/// Writes the folder, unless it is up to date.
pub fn write_assets(module: &Module) -> TaskResult {
    let read = |path: &Path| fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    let files = [
        ("js", "portolan", "js", without_layout(&String::from_utf8_lossy(&read(&module.js)?)).into_bytes()),
        ("wasm", "portolan", "wasm", read(&module.wasm)?),
        ("css", "portolan", "css", stylesheet()?.into_bytes()),
        ("events", "events", "js", read(&root().join("public/events.js"))?),
        ("icons", "icons", "svg", read(&root().join("public/icons.svg"))?),
        ("favicon", "favicon", "svg", read(&root().join("public/favicon.svg"))?),
    ];
    let named: Vec<_> = files
        .into_iter()
        .map(|(role, stem, ending, content)| (role, format!("{stem}-{}.{ending}", digest(&content)), content))
        .collect();
    let manifest: String = named.iter().map(|(role, name, _)| format!("{role} {name}\n")).collect();
    if fs::read_to_string(folder().join("manifest")).is_ok_and(|old| old == manifest) {
        return Ok(());
    }

    print_step("compressing the assets");
    let write = |name: &str, content: &[u8]| {
        fs::write(folder().join(name), content).map_err(|error| format!("target/site/{name}: {error}"))
    };
    let _ = fs::remove_dir_all(folder());
    fs::create_dir_all(folder()).map_err(|error| format!("target/site: {error}"))?;
    for (_, name, content) in &named {
        write(name, content)?;
        write(&format!("{name}.br"), &brotli(content)?)?;
        write(&format!("{name}.gz"), &gzip(content)?)?;
    }
    write("manifest", manifest.as_bytes())
}

/// Prints the size of each file with brotli.
#[expect(clippy::print_stdout, reason = "the sizes are the output of this task")]
pub fn print_sizes() {
    for entry in fs::read_dir(folder()).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "br") {
            let size = entry.metadata().map_or(0, |metadata| metadata.len());
            println!("- {}: {size} bytes", entry.file_name().to_string_lossy());
        }
    }
}

/// The style sheet: `style/main.css` with its imports inlined.
fn stylesheet() -> TaskResult<String> {
    let read = |name: &str| {
        fs::read_to_string(root().join("style").join(name)).map_err(|error| format!("style/{name}: {error}"))
    };
    let mut css = String::new();
    for line in read("main.css")?.lines() {
        match line.strip_prefix("@import \"").and_then(|rest| rest.split_once('"')) {
            Some((name, layer)) => {
                let layer = layer.trim().trim_start_matches("layer(").trim_end_matches(");");
                css.push_str(&format!("@layer {layer} {{ {} }}\n", read(name)?));
            }
            None => css.push_str(&format!("{line}\n")),
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

fn digest(content: &[u8]) -> String {
    Sha256::digest(content).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
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
