//! The data folder: whether it is there, whose it is, and who else may use it.

use super::{Diagnosis, Subject};
use crate::storage::DatabaseAddress;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const CHECK: &str = "data folder";

/// What the names of Portolan's own files begin with.
const OWN_FILES: &str = "portolan.";

pub fn examine(subject: &Subject) -> Vec<Diagnosis> {
    let path = &subject.data;
    let shown = path.display();
    let metadata = match fs::metadata(path) {
        Ok(metadata) if !metadata.is_dir() => {
            return vec![Diagnosis::problem(CHECK, format!("{shown} is not a folder"), "Name a folder with --data")];
        }
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let next = "The first start creates it. If there should be data, name the right folder with --data";
            return vec![Diagnosis::warning(CHECK, format!("there is no {shown}"), next)];
        }
        Err(error) => {
            let next = "Run this as Portolan's user, or as root";
            return vec![Diagnosis::problem(CHECK, format!("{shown} cannot be read: {error}"), next)];
        }
    };
    let mut found = vec![of_mode(path, &metadata)];
    let own = rustix::process::geteuid().as_raw();
    if own != 0 && own != metadata.uid() {
        let next =
            "Run this, and Portolan, as the owner of the folder (runuser), or give the folder to this user (chown)";
        found.push(Diagnosis::problem(
            CHECK,
            format!("{shown} belongs to user {}, not to {own}", metadata.uid()),
            next,
        ));
    }
    found.extend(of_files(path, &metadata, matches!(subject.database, Some(DatabaseAddress::Sqlite(_)))));
    found
}

fn of_mode(path: &Path, folder: &Metadata) -> Diagnosis {
    let (shown, mode) = (path.display(), folder.mode() & 0o777);
    let what = format!("{shown} has mode {mode:04o}");
    let next = format!("Restrict it to its owner: chmod 700 {shown}");
    match mode {
        _ if mode & 0o022 != 0 => Diagnosis::problem(CHECK, format!("{what}: others can replace its files"), next),
        _ if mode & 0o055 != 0 => Diagnosis::warning(CHECK, format!("{what}: others can look into it"), next),
        _ => Diagnosis::ok(CHECK, format!("{what} and belongs to user {}", folder.uid())),
    }
}

/// Files of another owner, as they are left behind by a command that was run as root, and files that others can read.
/// The key is examined with its contents.
fn of_files(path: &Path, folder: &Metadata, holds_database: bool) -> Vec<Diagnosis> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => {
            let next = "Run this as Portolan's user, or as root";
            return vec![Diagnosis::problem(CHECK, format!("{} cannot be listed: {error}", path.display()), next)];
        }
    };
    let mut found = Vec::new();
    for entry in entries.filter_map(Result::ok) {
        let (name, file) = (entry.file_name(), entry.path());
        let Some(name) = name.to_str().filter(|name| name.starts_with(OWN_FILES)) else { continue };
        let Ok(metadata) = fs::metadata(&file) else { continue };
        if metadata.uid() != folder.uid() {
            let what = format!("{} belongs to user {}, the folder to {}", file.display(), metadata.uid(), folder.uid());
            let next = format!("Give it to that user: chown {}:{} {}", folder.uid(), folder.gid(), file.display());
            found.push(Diagnosis::problem(CHECK, what, next));
        }
        let is_exposed = metadata.mode() & 0o077 != 0 && folder.mode() & 0o011 != 0;
        if holds_database && name.starts_with("portolan.db") && is_exposed {
            let what = format!("{} has mode {:04o}: others can use it", file.display(), metadata.mode() & 0o777);
            found.push(Diagnosis::warning(CHECK, what, format!("chmod 600 {}", file.display())));
        }
    }
    found
}
