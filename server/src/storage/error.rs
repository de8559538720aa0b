//! Storage errors, for code that does not know the database.

use sqlx::migrate::MigrateError;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// The result of functions in this module.
pub type Result<T, E = StorageError> = std::result::Result<T, E>;

/// Why the database cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// This version of SQLite can lose data.
    #[error("SQLite {0} can lose data; this needs 3.51.3 or newer")]
    Unsound(String),
    /// A pragma of the connection does not have the required value.
    #[error("SQLite does not keep {0}: it reads {1}")]
    Pragma(&'static str, String),
    #[error("a newer version of Portolan wrote it (step {0} is not known here); run that version")]
    Newer(i64),
    /// A migration was modified after it was released, or failed.
    #[error("its tables cannot be brought up to date: {0}")]
    Migration(#[source] MigrateError),
    /// A migration failed half-way. The file is a copy of the database as it was before.
    #[error(
        "its tables cannot be brought up to date: {0}. To go back: delete portolan.db-wal and portolan.db-shm, rename {path} to portolan.db, and start the earlier version",
        path = .1.display()
    )]
    HalfMigrated(#[source] MigrateError, PathBuf),
    #[error(transparent)]
    File(#[from] io::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Why something was not read or stored.
#[derive(Debug, Error)]
pub enum StorageError {
    #[error("the name is taken")]
    NameTaken,
    /// A transient error.
    #[error("{1}")]
    Unavailable(Unavailable, #[source] sqlx::Error),
    /// A permanent error.
    #[error(transparent)]
    Database(sqlx::Error),
}

/// Why the database cannot be used right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// Another process holds a lock for too long, or all connections are in use.
    Busy,
    DiskFull,
    /// The disk is read-only or reports errors.
    DiskFailing,
}

impl StorageError {
    /// The reason, if the error is transient.
    pub fn unavailable(&self) -> Option<Unavailable> {
        match self {
            Self::Unavailable(why, _) => Some(*why),
            Self::NameTaken | Self::Database(_) => None,
        }
    }

    /// Returns [`StorageError::NameTaken`] if the statement violated the unique constraint on these columns. SQLite
    /// reports the columns of a constraint, not its name.
    pub(super) fn of_insert(error: sqlx::Error, name_columns: &str) -> Self {
        let broken = error.as_database_error().filter(|error| error.is_unique_violation());
        match broken.is_some_and(|error| error.message().ends_with(name_columns)) {
            true => Self::NameTaken,
            false => error.into(),
        }
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match unavailable(&error) {
            Some(why) => Self::Unavailable(why, error),
            None => Self::Database(error),
        }
    }
}

/// Transient SQLite result codes (sqlite.org/rescode.html); the low byte is the primary code.
fn unavailable(error: &sqlx::Error) -> Option<Unavailable> {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return Some(Unavailable::Busy);
    }
    match error.as_database_error()?.code()?.parse::<u32>().ok()? & 0xff {
        // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL
        5 | 6 | 15 => Some(Unavailable::Busy),
        // SQLITE_FULL
        13 => Some(Unavailable::DiskFull),
        // SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN
        8 | 10 | 14 => Some(Unavailable::DiskFailing),
        _ => None,
    }
}
