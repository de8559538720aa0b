//! The browser's half: compiled to WebAssembly, bound to JavaScript, and optimised for size.

use crate::command::{TaskResult, print_step, program, root};
use crate::toolchain;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use wasm_bindgen_cli_support::Bindgen;

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

/// `rereloop` rebuilds the control flow and saves one percent; the other two passes clean up after it. Less inlining
/// compresses better. The lowest kilobyte is the end of the stack, which a working program never reaches.
const WASM_PASSES: [&str; 8] = [
    "--low-memory-unused",
    "--always-inline-max-function-size=3",
    "--one-caller-inline-max-function-size=140",
    "-Oz",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
];

/// The two files that a page loads to hydrate.
pub struct Module {
    /// The JavaScript that loads the module.
    pub js: PathBuf,
    pub wasm: PathBuf,
}

pub fn build() -> TaskResult<Module> {
    let toolchain = toolchain::for_browser()?;
    print_step("compiling for the browser (minutes the first time, then seconds)");
    toolchain.cargo("build").args(["--package", "frontend", "--profile", "browser", "--locked"]).run()?;

    let compiled = root().join("target/browser/wasm32-unknown-unknown/browser/frontend.wasm");
    let folder = root().join("target/browser/bound");
    let module = Module { js: folder.join("portolan.js"), wasm: folder.join("portolan_bg.wasm") };
    // The tools may have been installed after the first build.
    let optimised = folder.join("optimised");
    let is_as_small_as_can_be = optimised.exists() || Optimisers::find().is_none();
    if age(&module.js) < age(&compiled) || !module.wasm.exists() || !is_as_small_as_can_be {
        bind(&compiled, &folder)?;
        match Optimisers::find() {
            Some(tools) => {
                tools.run(&module)?;
                fs::write(&optimised, "").map_err(|error| format!("{}: {error}", optimised.display()))?;
            }
            None => {
                print_step(
                    "without wasm-opt and esbuild (installed by `cargo xtask test`), the module is a tenth larger",
                );
                let _ = fs::remove_file(&optimised);
            }
        }
    }
    Ok(module)
}

fn bind(compiled: &Path, folder: &Path) -> TaskResult {
    print_step("binding WebAssembly to JavaScript");
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

/// npm's binaryen and esbuild, which make the module smaller. They are optional.
struct Optimisers {
    wasm_opt: PathBuf,
    esbuild: PathBuf,
}

impl Optimisers {
    /// Both tools, if they are installed.
    fn find() -> Option<Self> {
        let tools = root().join("end2end/node_modules/.bin");
        let found = Self { wasm_opt: tools.join("wasm-opt"), esbuild: tools.join("esbuild") };
        (found.wasm_opt.exists() && found.esbuild.exists()).then_some(found)
    }

    fn run(&self, module: &Module) -> TaskResult {
        print_step("optimising the module");
        let wasm = module.wasm.as_os_str();
        program(&self.wasm_opt).args(WASM_FEATURES).args(WASM_PASSES).args([wasm, "-o".as_ref(), wasm]).run()?;
        let out = format!("--outfile={}", module.js.display());
        program(&self.esbuild)
            .args(["--minify", "--format=esm", "--allow-overwrite", "--log-level=warning", &out])
            .args([&module.js])
            .run()
    }
}

fn age(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|metadata| metadata.modified()).ok()
}
