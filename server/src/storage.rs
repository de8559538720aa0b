//! The database: all SQL statements, independent of use cases.
//!
//! Each group of tables has a file of plain functions over a [`Connection`], which is a reader, a snapshot or a write
//! transaction, on SQLite or PostgreSQL. They return records; features turn those into view models. Statements are
//! limited to what both engines understand; what one of them needs for itself is in [`sqlite`], [`postgres`] and
//! [`dialect`].

pub mod accounts;
mod address;
mod backup;
pub mod checks;
mod columns;
mod copy;
mod database;
mod dialect;
mod error;
mod existing;
pub mod image_registries;
mod part_file;
mod postgres;
mod query;
mod readiness;
pub mod registry_list;
#[cfg(test)]
pub mod sample;
pub mod sessions;
mod sets;
mod sqlite;
#[cfg(test)]
mod testing;
mod vault_key;
pub mod workspaces;

pub use address::{AddressError, DatabaseAddress, PostgresSettings};
pub use backup::{BackupError, CopyRejected, back_up, verify_copy};
pub use copy::{CopiedRows, CopyError, copy_rows, is_empty};
pub use database::{Connection, Storage, WriteTransaction, lock};
pub use error::{OpenError, Result, StorageError, Unavailable};
pub use existing::{ExistingDatabase, TablesVersion};
pub use part_file::{PartFile, PartFileError};
pub use postgres::ServerLock;
pub use readiness::Readiness;
pub use vault_key::{SealedWith, insert_vault_key, sealed_with};
