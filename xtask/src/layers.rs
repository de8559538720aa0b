//! The layers of each crate, from the bottom up. A module may use its own layer and those below; the tests fail
//! otherwise. `docs/architecture.md` has the same picture.

use crate::command::root;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The crate shared by browser and server.
const APP: &[&str] =
    &["page", "local_path", "server_functions", "page_context", "leptos_ext", "ui", "features", "layout", "lib"];

/// Features may use those listed before them.
const APP_FEATURES: &[&str] =
    &["accounts", "workspaces", "users", "tokens", "audit", "image_registries", "manifests", "backend"];

/// The crate of commands and helpers that ask a server.
const CLIENT: &[&str] = &[
    "plain_text",
    "standard_streams",
    "server_address",
    "proxy",
    "token_file",
    "duration",
    "config",
    "tls",
    "exit_status",
    "error",
    "http",
    "cache",
    "credentials",
    "lists",
    "docker_helper",
    "kubelet_provider",
    "credential",
    "commands",
    "lib",
];

/// The server crate.
const SERVER: &[&str] = &[
    "clock",
    "entropy",
    "trace",
    "log_limit",
    "rate_limit",
    "metrics",
    "public_url",
    "display_time",
    "data_folder",
    "pull_config",
    "vault",
    "storage",
    "events",
    "probe",
    "auth",
    "scheduler",
    "app_state",
    "error",
    "features",
    "http",
    "key_reload",
    "background",
    "start",
    "maintenance",
    "lib",
    "logs",
    "cli",
    "main",
];

/// A use of one module by another: its place, and the module that is used.
struct Arrow {
    file: PathBuf,
    line: usize,
    to: String,
}

/// All uses in the sources of a folder that start with this path, such as `crate::`.
fn arrows(folder: &Path, prefix: &str) -> Vec<Arrow> {
    let mut found = Vec::new();
    for file in sources(folder) {
        let text = fs::read_to_string(&file).unwrap();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for (at, _) in line.match_indices(prefix) {
                let is_whole = !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
                let rest = &line[at + prefix.len()..];
                let names = match rest.strip_prefix('{') {
                    Some(group) => group.split([',', '}']).map(str::trim).collect(),
                    None => vec![rest],
                };
                for name in names.into_iter().filter(|_| is_whole) {
                    let to: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    found.push(Arrow { file: file.clone(), line: index + 1, to });
                }
            }
        }
    }
    found
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The module that a file belongs to, relative to the folder.
fn module_of(file: &Path, folder: &Path) -> String {
    let first = file.strip_prefix(folder).unwrap().components().next().unwrap();
    Path::new(&first).file_stem().unwrap().to_string_lossy().into_owned()
}

/// Describes all uses of a higher layer, all modules without a layer, and all layers without a module.
fn broken(folder: &str, prefix: &str, layers: &[&str]) -> Vec<String> {
    let folder = root().join(folder);
    let layer = |module: &str| layers.iter().position(|name| *name == module);
    let modules: BTreeSet<_> = sources(&folder).into_iter().map(|file| module_of(&file, &folder)).collect();
    let unknown = modules.iter().filter(|name| layer(name).is_none());
    let mut broken: Vec<String> =
        unknown.map(|name| format!("{name} has no layer: add it to xtask/src/layers.rs")).collect();
    let stale = layers.iter().filter(|layer| !modules.contains(**layer));
    broken.extend(stale.map(|layer| format!("{layer} is a layer in xtask/src/layers.rs without a module")));
    for Arrow { file, line, to } in arrows(&folder, prefix) {
        let from = module_of(&file, &folder);
        // Anything else is an item of the crate root, which re-exports the modules.
        if let (Some(own), Some(other)) = (layer(&from), layer(&to))
            && other > own
        {
            let file = file.strip_prefix(root()).unwrap().display();
            broken.push(format!("{file}:{line}: {from} is in a lower layer than {to} and must not use it"));
        }
    }
    broken
}

#[test]
fn no_module_uses_a_higher_layer() {
    let app = broken("app/src", "crate::", APP);
    let features = broken("app/src/features", "crate::features::", APP_FEATURES);
    let siblings = broken("app/src/features", "super::super::", APP_FEATURES);
    let client = broken("client/src", "crate::", CLIENT);
    let server = broken("server/src", "crate::", SERVER);
    let all = [app, features, siblings, client, server].concat();
    assert!(all.is_empty(), "\n{}\n", all.join("\n"));
}

#[test]
fn the_domain_depends_on_no_framework_the_app_on_no_database_and_the_client_on_neither() {
    let manifest = |name: &str| fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
    for (package, libraries) in [
        ("domain", &["leptos", "axum", "sqlx", "tokio", "http", "app"][..]),
        ("app", &["sqlx", "tokio-rustls", "server"][..]),
        ("client", &["app", "server", "sqlx", "tokio"][..]),
    ] {
        let manifest = manifest(package);
        let (dependencies, _) = manifest.split_once("[dev-dependencies]").unwrap();
        for library in libraries {
            let is_used = dependencies.lines().any(|line| line.split(['.', ' ', '=']).next() == Some(*library));
            assert!(!is_used, "{package} must not depend on {library}");
        }
    }
}

#[test]
fn q5_no_statement_changes_the_audit_trail_and_one_removes_what_is_too_old() {
    let mut removes = 0;
    for file in sources(&root().join("server/src/storage")) {
        let text = fs::read_to_string(&file).unwrap().to_lowercase();
        let changes =
            ["update audit_entry", "replace into audit_entry", "truncate audit_entry", "drop table audit_entry"];
        assert!(changes.iter().all(|change| !text.contains(change)), "{}", file.display());
        removes += text.matches("delete from audit_entry").count();
    }
    assert_eq!(removes, 1);
}

#[test]
fn only_the_command_line_of_the_server_knows_the_client() {
    for file in sources(&root().join("server/src")) {
        let path = file.strip_prefix(root()).unwrap().display().to_string();
        let is_command_line = path == "server/src/main.rs" || path.starts_with("server/src/cli");
        let text = fs::read_to_string(&file).unwrap();
        let uses_it = text.lines().any(|line| line.trim_start().starts_with("use client::"));
        assert!(is_command_line || !uses_it, "{path} must not use the client");
    }
}

#[test]
fn sql_statements_are_only_in_storage() {
    for file in sources(&root().join("server/src")) {
        let path = file.strip_prefix(root()).unwrap().display().to_string();
        let text = fs::read_to_string(&file).unwrap();
        let is_storage = path.starts_with("server/src/storage");
        assert!(is_storage || !text.contains("sqlx::"), "{path} uses sqlx: move its SQL to server/src/storage");
    }
}
