//! The database: all SQL statements, independent of use cases.
//!
//! Each group of tables has a file of plain functions over a [`Connection`], which is a reader, a snapshot or a write
//! transaction, on SQLite or PostgreSQL. They return records; features turn those into view models. Statements are
//! limited to what both engines understand; what one of them needs for itself is in [`sqlite`], [`postgres`] and
//! [`dialect`].

pub mod accounts;
mod address;
pub mod audit;
mod backup;
pub mod checks;
mod columns;
mod copy;
pub mod credential_reads;
mod database;
mod dialect;
mod error;
mod events;
mod existing;
pub mod idempotency_keys;
pub mod image_registries;
mod inspection;
pub mod leases;
mod part_file;
pub mod password_links;
mod postgres;
mod query;
mod readiness;
pub mod registry_list;
pub mod registry_pages;
pub mod roles;
mod rotation;
#[cfg(test)]
pub mod sample;
mod scope;
pub mod sealed;
pub mod sessions;
mod sets;
pub mod settings;
pub mod setup_link;
mod sqlite;
#[cfg(test)]
mod testing;
pub mod tokens;
pub mod users;
pub mod vault_key;
pub mod workspaces;

pub use address::{AddressError, DatabaseAddress, PostgresSettings};
pub use backup::{BackupError, CopyRejected, back_up, verify_copy};
pub use copy::{CopiedRows, CopyError, copy_rows, is_empty};
pub use database::{Connection, Storage, WriteTransaction, lock, share};
pub use error::{OpenError, Result, StorageError, Unavailable};
pub use events::{Listener, StoredEvent};
pub use existing::{ExistingDatabase, TablesVersion};
pub use inspection::{Contents, Inspection, inspect};
pub use part_file::{PartFile, PartFileError};
pub use postgres::ServerLock;
pub use readiness::Readiness;
pub use rotation::{RotationLock, servers_without_key};
pub use scope::Scope;
pub use sealed::SealedCount;
pub use sqlite::with_suffix;
pub use vault_key::{KeyRecord, SealedWith, insert_or_find_vault_key, sealed_with};
