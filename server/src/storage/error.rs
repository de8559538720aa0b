//! What can go wrong, for code that knows no database.

use sqlx::migrate::MigrateError;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// What functions of this module return.
pub type Result<T, E = StorageError> = std::result::Result<T, E>;

/// Why the database cannot be used.
#[derive(Debug, Error)]
pub enum OpenError {
    /// SQLite itself is of a version that can lose data.
    #[error("SQLite {0} can lose data; this needs 3.51.3 or newer")]
    Unsound(String),
    /// A connection is not set up as it must be: this pragma has this value.
    #[error("SQLite does not keep {0}: it reads {1}")]
    Pragma(&'static str, String),
    /// A newer version of Portolan wrote this database.
    #[error("a newer version of Portolan wrote it (step {0} is not known here); run that version")]
    Newer(i64),
    /// A migration was changed, or it could not be run.
    #[error("its tables cannot be brought up to date: {0}")]
    Migration(#[source] MigrateError),
    /// A migration failed half-way. The file is a copy of the database as it was before.
    #[error(
        "its tables cannot be brought up to date: {0}. To go back: delete portolan.db-wal and portolan.db-shm, rename {path} to portolan.db, and start the earlier version",
        path = .1.display()
    )]
    HalfMigrated(#[source] MigrateError, PathBuf),
    /// The operating system refuses access to the file.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The database reports an error.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Why something was not read or stored.
#[derive(Debug, Error)]
pub enum StorageError {
    /// Another row has this name already.
    #[error("the name is taken")]
    NameTaken,
    /// The database cannot be used right now, which may pass by itself.
    #[error("{1}")]
    Unavailable(Unavailable, #[source] sqlx::Error),
    /// The database reports an error that does not pass by itself.
    #[error(transparent)]
    Database(sqlx::Error),
}

/// Why the database cannot be used right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// Another process holds a lock for too long, or every connection is in use.
    Busy,
    /// No space is left on the disk.
    DiskFull,
    /// The disk is read-only or reports errors.
    DiskFailing,
}

impl StorageError {
    /// Whether it may pass by itself, and why.
    pub fn unavailable(&self) -> Option<Unavailable> {
        match self {
            Self::Unavailable(why, _) => Some(*why),
            Self::NameTaken | Self::Database(_) => None,
        }
    }

    /// [`StorageError::NameTaken`] if the statement broke the unique constraint on these columns. SQLite names the columns
    /// of a constraint, not the constraint.
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

/// The result codes of SQLite that may pass (sqlite.org/rescode.html): the low byte is the primary code.
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
