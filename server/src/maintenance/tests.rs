//! The commands on real files and databases, partly beside a running server.

mod backup;
mod key;
mod move_database;
mod restore;

use crate::app_state::AppState;
use crate::clock::SystemClock;
use crate::entropy::SystemEntropy;
use crate::start::{Settings, StartError, start};
use futures_util::FutureExt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::Path;
use std::sync::Arc;

/// Starts a server without the network.
async fn try_start(data: &Path) -> Result<Arc<AppState>, StartError> {
    start(&Settings::within(data), Arc::new(SystemClock), Arc::new(SystemEntropy)).await
}

/// Starts, and stops again.
async fn start_once(data: &Path) {
    try_start(data).await.unwrap().close().await;
}

/// The names in a folder, sorted, without those that a server leaves behind.
fn names(folder: &Path) -> Vec<String> {
    let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = all.filter(|name| name != "portolan.lock" && name != "portolan.key").collect();
    names.sort();
    names
}

/// What [`interrupt`] unwinds with.
struct Interrupted;

/// Ends the command that reports its progress, at exactly this point, as the end of its process would.
fn interrupt() -> ! {
    resume_unwind(Box::new(Interrupted))
}

/// What a command returned, or nothing if [`interrupt`] ended it.
async fn unless_interrupted<T>(command: impl Future<Output = T>) -> Option<T> {
    match AssertUnwindSafe(command).catch_unwind().await {
        Ok(returned) => Some(returned),
        Err(panic) if panic.is::<Interrupted>() => None,
        Err(panic) => resume_unwind(panic),
    }
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}
