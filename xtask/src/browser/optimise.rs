//! Makes the module smaller.

use super::sections::{Edit, rewrite};
use crate::command::{TaskResult, program, root};
use std::path::{Path, PathBuf};
use wasmparser::Payload;

/// The features that rustc's output uses. With `--all-features`, wasm-opt would emit code that browsers do not support
/// yet.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// `rereloop` rebuilds the control flow and saves one percent; the other two passes clean up after it. The lowest kilobyte
/// is the end of the stack, which a working program never reaches.
const WASM_PASSES: [&str; 7] = ["--low-memory-unused", "-Oz", "--flatten", "--rereloop", "-Oz", "-Oz", "-Oz"];

/// Less inlining makes the main module 1.1 % smaller, and the chunks 2 % larger.
const MAIN_INLINING: [&str; 2] = ["--always-inline-max-function-size=2", "--one-caller-inline-max-function-size=40"];
const CHUNK_INLINING: [&str; 2] = ["--always-inline-max-function-size=6", "--one-caller-inline-max-function-size=200"];

/// npm's binaryen and esbuild. They are optional.
pub struct Optimisers {
    wasm_opt: PathBuf,
    esbuild: PathBuf,
}

impl Optimisers {
    /// Both tools, if they are installed.
    pub fn find() -> Option<Self> {
        let tools = root().join("end2end/node_modules/.bin");
        let found = Self { wasm_opt: tools.join("wasm-opt"), esbuild: tools.join("esbuild") };
        (found.wasm_opt.exists() && found.esbuild.exists()).then_some(found)
    }

    /// Optimises a module in place.
    pub fn shrink(&self, wasm: &Path, is_main: bool) -> TaskResult {
        let wasm = wasm.as_os_str();
        let inlining = if is_main { MAIN_INLINING } else { CHUNK_INLINING };
        let tool = program(&self.wasm_opt);
        tool.args(WASM_FEATURES).args(inlining).args(WASM_PASSES).args([wasm, "-o".as_ref(), wasm]).run()
    }

    /// Replaces a script by itself with all that it imports, minified.
    pub fn bundle(&self, script: &Path) -> TaskResult {
        let out = format!("--outfile={}", script.display());
        program(&self.esbuild)
            .args(["--bundle", "--minify", "--format=esm", "--allow-overwrite", "--log-level=warning", &out])
            // wasm-bindgen lists the loader once for each chunk.
            .args(["--log-override:duplicate-object-key=silent"])
            .args([script])
            .run()
    }
}

/// Removes names and notes from a module. Binding does that for the main module only.
pub fn remove_custom_sections(wasm: &Path) -> TaskResult {
    rewrite(wasm, |payload| Ok(if matches!(payload, Payload::CustomSection(_)) { Edit::Remove } else { Edit::Keep }))
}
