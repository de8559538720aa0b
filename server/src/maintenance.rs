//! Commands for an operator: back up, restore, move the database to another engine, rotate keys, users, the audit trail,
//! and say what is wrong.

mod audit;
pub mod doctor;
mod existing;
pub mod key;
mod move_database;
mod restore;
mod users;

pub use crate::features::ExportFormat;
pub use crate::storage::BackupError;
pub use audit::{AuditExportError, write_audit_trail};
pub use existing::NoDatabase;
pub use move_database::{MoveError, Moved, move_database};
pub use restore::{RestoreError, Restored, restore};
pub use users::{Changed, UserCommand, UserError, change_users};

use crate::data_folder::DataFolder;
use crate::storage;
use std::path::Path;

/// Copies the SQLite database of a data folder to a new file. A server may be running. The key is not in the copy.
/// Returns the size in bytes.
///
/// # Errors
/// See [`BackupError`].
pub async fn back_up(data: &Path, file: &Path) -> Result<u64, BackupError> {
    storage::back_up(&data.join(DataFolder::DATABASE), file).await
}

#[cfg(test)]
mod tests;
