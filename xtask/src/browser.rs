//! The browser's half: compiled to WebAssembly, split into chunks, bound to JavaScript, and optimised for size.

mod imports;
mod optimise;
mod sections;
mod shared;
mod streams;

use crate::command::{TaskResult, print_step, root};
use crate::toolchain::Toolchain;
use optimise::Optimisers;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use wasm_bindgen_cli_support::Bindgen;

/// The script that loads the chunks. It is part of the main script if esbuild is installed.
const LOADER: &str = "loader.js";
const MAIN_SCRIPT: &str = "portolan.js";
const MAIN_MODULE: &str = "portolan_bg.wasm";

/// How the module is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// Compiles within seconds. Neither optimised nor compressed.
    Development,
    /// Optimised, with the standard library as rustup delivers it.
    Release,
    /// Optimised together with the standard library (docs/decisions/0010). A tenth smaller.
    Small,
}

/// The files that a page loads to hydrate. They name each other, so they stay in one folder under these names.
pub struct Module {
    pub folder: PathBuf,
    /// The role of each file, as in the manifest of the assets, and its name.
    pub files: Vec<(String, String)>,
}

pub fn build(build: Build) -> TaskResult<Module> {
    let toolchain = Toolchain::for_browser(build)?;
    print_step("compiling for the browser (minutes the first time, then seconds)");
    let profile = build.profile();
    toolchain.cargo("build").args(["--package", "frontend", "--profile", profile, "--locked"]).run()?;

    let target = root().join(toolchain.target_folder());
    let compiled = target.join("wasm32-unknown-unknown").join(profile).join("frontend.wasm");
    let module = Module::new(target.join("bound").join(profile));
    // The tools may have been installed after the first build.
    let tools = if build == Build::Development { None } else { Optimisers::find() };
    if module.files.is_empty() || age(&module.list()) < age(&compiled) || tools.is_some() == module.has(LOADER) {
        bind(&compiled, &module.folder, build, tools.as_ref())?;
        if tools.is_none() && build != Build::Development {
            print_step("without wasm-opt and esbuild (installed by `cargo xtask test`), the module is a tenth larger");
        }
    }
    Ok(Module::new(module.folder))
}

impl Build {
    /// The profile in Cargo.toml.
    fn profile(self) -> &'static str {
        if self == Self::Development { "browser-dev" } else { "browser" }
    }
}

impl Module {
    /// The files of the last build, if there are any.
    fn new(folder: PathBuf) -> Self {
        let mut module = Self { folder, files: Vec::new() };
        let list = fs::read_to_string(module.list()).unwrap_or_default();
        let line = |line: &str| line.split_once(' ').map(|(role, name)| (role.to_owned(), name.to_owned()));
        module.files = list.lines().filter_map(line).collect();
        module
    }

    /// Written last, so that an interrupted build is repeated.
    fn list(&self) -> PathBuf {
        self.folder.join("files")
    }

    fn has(&self, name: &str) -> bool {
        self.files.iter().any(|(_, file)| file == name)
    }
}

/// Writes the folder: the main module and its script, and the chunks.
fn bind(compiled: &Path, folder: &Path, build: Build, tools: Option<&Optimisers>) -> TaskResult {
    print_step("binding WebAssembly to JavaScript");
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let input = folder.join("input.wasm");
    fs::copy(compiled, &input).map_err(|error| format!("{}: {error}", compiled.display()))?;
    streams::remove(&input)?;
    let main = folder.join("main.wasm");
    let shared_with_list = split(&input, &main, folder)?.into_iter().filter(|(_, chunks)| is_shared_with_list(chunks));
    shared::keep_in_main(&input, shared_with_list.map(|(file, _)| folder.join(file)))?;
    let chunks = split(&input, &main, folder)?;
    let _ = fs::remove_file(&input);
    Bindgen::new()
        .input_path(&main)
        .out_name("portolan")
        .typescript(false)
        // While developing, names make the stack of a panic readable.
        .remove_name_section(build != Build::Development)
        .remove_producers_section(true)
        // The chunks use the exports, under their original names.
        .keep_lld_exports(true)
        .demangle(false)
        .web(true)
        .and_then(|bindgen| bindgen.generate(folder))
        .map_err(|error| format!("wasm-bindgen: {error:#}"))?;
    let _ = fs::remove_file(&main);

    for chunk in chunks.keys().filter(|_| build != Build::Development) {
        optimise::remove_custom_sections(&folder.join(chunk))?;
    }
    let mut files = vec![("js".to_owned(), MAIN_SCRIPT.to_owned()), ("wasm".to_owned(), MAIN_MODULE.to_owned())];
    match tools {
        Some(tools) => {
            print_step("optimising the module");
            for wasm in chunks.keys().map(String::as_str).chain([MAIN_MODULE]) {
                tools.shrink(&folder.join(wasm), wasm == MAIN_MODULE)?;
            }
            imports::shorten(&folder.join(MAIN_MODULE), &folder.join(MAIN_SCRIPT))?;
            tools.bundle(&folder.join(MAIN_SCRIPT))?;
        }
        None => files.push(("loader".to_owned(), LOADER.to_owned())),
    }
    files.extend(chunks.into_iter().map(|(file, names)| (format!("chunk:{}", names.join(",")), file)));
    let list: String = files.iter().map(|(role, name)| format!("{role} {name}\n")).collect();
    fs::write(Module::new(folder.to_owned()).list(), list).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Splits the functions marked `#[wasm_split]` off, with all that only they use. Returns for each file the chunks that
/// need it.
fn split(wasm: &Path, main: &Path, folder: &Path) -> TaskResult<BTreeMap<String, Vec<String>>> {
    let wasm = fs::read(wasm).map_err(|error| format!("{}: {error}", wasm.display()))?;
    let (main_script, loader) = (format!("./{MAIN_SCRIPT}"), format!("./{LOADER}"));
    let mut options = wasm_split_cli_support::Options::new(&wasm);
    options.output_dir = folder;
    options.main_out_path = main;
    options.main_module = &main_script;
    options.link_name = &loader;
    let split = wasm_split_cli_support::transform(options).map_err(|error| format!("wasm-split: {error:#}"))?;
    let mut chunks = BTreeMap::<String, Vec<String>>::new();
    for (chunk, stems) in split.prefetch_map {
        for stem in stems {
            chunks.entry(format!("{stem}.wasm")).or_default().push(chunk.clone());
        }
    }
    for names in chunks.values_mut() {
        names.sort();
    }
    Ok(chunks)
}

/// Whether the list, which most people see first, needs this file beside its own.
fn is_shared_with_list(chunks: &[String]) -> bool {
    chunks.len() > 1 && chunks.iter().any(|chunk| chunk == "list")
}

fn age(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|metadata| metadata.modified()).ok()
}
