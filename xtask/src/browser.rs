//! The browser's half: compiled to WebAssembly, bound to JavaScript, made small.

use crate::command::{Outcome, program, root, say};
use crate::toolchain;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use wasm_bindgen_cli_support::Bindgen;

/// What rustc's output uses. `--all-features` would let wasm-opt write what browsers do not read yet.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The two files a page loads to come alive.
pub struct Module {
    /// The JavaScript that starts it.
    pub js: PathBuf,
    /// The WebAssembly itself.
    pub wasm: PathBuf,
}

/// Builds the browser's half.
pub fn build() -> Outcome<Module> {
    let toolchain = toolchain::for_browser()?;
    say("compiling for the browser (minutes the first time, seconds after)");
    toolchain.cargo("build").args(["--package", "frontend", "--profile", "browser", "--locked"]).run()?;

    let compiled = root().join("target/browser/wasm32-unknown-unknown/browser/frontend.wasm");
    let folder = root().join("target/browser/bound");
    let module = Module { js: folder.join("portolan.js"), wasm: folder.join("portolan_bg.wasm") };
    if age(&module.js) < age(&compiled) || !module.wasm.exists() {
        bind(&compiled, &folder)?;
        optimise(&module.wasm)?;
    }
    Ok(module)
}

fn bind(compiled: &Path, folder: &Path) -> Outcome {
    say("binding WebAssembly to JavaScript");
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(compiled)
        .out_name("portolan")
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .web(true)
        .and_then(|bindgen| bindgen.generate(folder))
        .map_err(|error| format!("wasm-bindgen: {error:#}"))
}

/// Makes the module smaller where node's binaryen is at hand; it works as well without.
fn optimise(wasm: &Path) -> Outcome {
    let wasm_opt = root().join("end2end/node_modules/.bin/wasm-opt");
    if !wasm_opt.exists() {
        say("without wasm-opt (it comes with `cargo xtask test`): the module stays about a tenth larger");
        return Ok(());
    }
    say("optimising the module");
    program(wasm_opt).args(["-Oz"]).args(WASM_FEATURES).arg_paths(wasm).run()
}

impl crate::command::Run {
    fn arg_paths(self, file: &Path) -> Self {
        self.args([file.as_os_str(), "-o".as_ref(), file.as_os_str()])
    }
}

fn age(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|metadata| metadata.modified()).ok()
}
