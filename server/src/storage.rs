//! The database: all SQL statements, independent of use cases.
//!
//! Each group of tables has a file of plain functions over a [`Connection`], which is a reader, a snapshot or a write
//! transaction. They return records; features turn those into view models. Statements are limited to what SQLite and
//! PostgreSQL have in common; what is specific to SQLite (files, pragmas, copies) is in [`open`] and [`migrations`].

pub mod accounts;
pub mod checks;
mod columns;
mod database;
mod error;
pub mod image_registries;
mod migrations;
mod open;
mod readiness;
pub mod registry_list;
pub mod sessions;
mod sets;
mod vault_key;
pub mod workspaces;

pub use database::{Connection, Storage, WriteTransaction};
pub use error::{OpenError, Result, StorageError, Unavailable};
pub use readiness::Readiness;
pub use vault_key::{SealedWith, insert_vault_key, sealed_with};
