//! `cargo xtask watch`: from a saved file to the reloaded page.

use crate::assets;
use crate::browser::{self, Build, Module};
use crate::command::{TaskResult, cargo, print_step, program, root};
use notify::{Event, RecursiveMode, Watcher};
use std::process::Child;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

/// The folders whose changes need a compiler.
const CODE: [&str; 5] = ["app", "domain", "frontend", "server", "migrations"];

/// The folders whose files are served as they are.
const ASSETS: [&str; 2] = ["style", "public"];

/// Editors write a file in several steps.
const DEBOUNCE: Duration = Duration::from_millis(100);

/// Builds for development and serves; after each change again. Open pages reload by themselves once the new server
/// answers.
pub fn watch(arguments: &[String]) -> TaskResult {
    let (sender, changes) = mpsc::channel();
    let mut watcher =
        notify::recommended_watcher(sender).map_err(|error| format!("Files cannot be watched: {error}"))?;
    for folder in CODE.iter().chain(&ASSETS) {
        let watched = watcher.watch(&root().join(folder), RecursiveMode::Recursive);
        watched.map_err(|error| format!("{folder}/ cannot be watched: {error}"))?;
    }
    let mut module = build();
    loop {
        let server = module.as_ref().map_err(Clone::clone).and_then(|module| serve(module, arguments));
        if let Err(problem) = &server {
            print_step(&format!("{problem} Waiting for the next change."));
        }
        if let Changed::Code = wait(&changes)? {
            module = build();
        }
    }
}

/// What was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Changed {
    Assets,
    Code,
}

/// Waits for a change, and then until nothing changes for a moment.
fn wait(changes: &Receiver<notify::Result<Event>>) -> TaskResult<Changed> {
    let mut changed = None;
    loop {
        let event = match changed {
            None => changes.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(_) => changes.recv_timeout(DEBOUNCE),
        };
        match (event, changed) {
            (Ok(event), _) => changed = changed.max(event.ok().as_ref().and_then(change_of)),
            (Err(RecvTimeoutError::Timeout), Some(changed)) => return Ok(changed),
            (Err(error), _) => return Err(error.to_string()),
        }
    }
}

/// `None` if nothing was written: compilers open and read all these files.
fn change_of(event: &Event) -> Option<Changed> {
    let is_below = |folders: &[&str]| {
        event.paths.iter().any(|path| folders.iter().any(|folder| path.starts_with(root().join(folder))))
    };
    let is_change = event.kind.is_create() || event.kind.is_modify() || event.kind.is_remove();
    match is_change {
        true if is_below(&CODE) => Some(Changed::Code),
        true if is_below(&ASSETS) => Some(Changed::Assets),
        _ => None,
    }
}

/// Builds both halves, side by side.
fn build() -> TaskResult<Module> {
    std::thread::scope(|scope| {
        let server = scope.spawn(|| cargo(["build", "--quiet", "--package", "server", "--bin", "portolan"]).run());
        let module = browser::build(Build::Development)?;
        server.join().map_err(|_| "The build of the server panicked.".to_owned())??;
        Ok(module)
    })
}

fn serve(module: &Module, arguments: &[String]) -> TaskResult<Running> {
    assets::write_development_assets(module)?;
    program(root().join("target/debug/portolan"))
        .args(["serve", "--plain-http"])
        .args(arguments)
        .env("PORTOLAN_ASSETS", assets::development_folder())
        .command()
        .spawn()
        .map(Running)
        .map_err(|error| format!("The server did not start: {error}"))
}

/// A server that ends when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
