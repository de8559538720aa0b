//! Storage errors, for code that does not know the database.

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;
use sqlx::postgres::PgDatabaseError;
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
    /// A setting of PostgreSQL does not have the required value.
    #[error(
        "its setting {0} is {2} where it has to be {1}. Change it; if a pooler such as PgBouncer is in between, connect without it"
    )]
    Setting(&'static str, &'static str, String),
    #[error("another process of Portolan is using it. Stop that one first, or name another database")]
    InUse,
    /// There are tables, but not those of Portolan.
    #[error("it belongs to another application. Name another one; Portolan needs a database of its own")]
    NotOurs,
    #[error("the server does not answer. Check that it runs, and that nothing blocks the way to it")]
    NoAnswer,
    #[error("the server cannot be reached. Check host and port, and that it runs: {0}")]
    Unreachable(#[source] sqlx::Error),
    #[error("no encrypted connection can be set up. Check sslmode and sslrootcert in its address: {0}")]
    NoTls(#[source] sqlx::Error),
    #[error(
        "the server rejects the user, its password, or connections from here (pg_hba.conf). Set PGPASSWORD, or put the password into the file that PGPASSFILE names"
    )]
    WrongPassword,
    #[error("it does not exist. Create it, owned by the user that Portolan connects as")]
    NoSuchDatabase,
    #[error("the server has no free connections. Raise its max_connections, or lower --database-connections")]
    TooManyConnections,
    #[error("the user may not create tables in it. Make that user the owner of the database")]
    NotOwner,
    /// A standby, or a server or user that is set to read-only.
    #[error("it accepts no changes. Name the primary server")]
    ReadOnly,
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
    /// SQLite's own check finds faults in the file.
    #[error("it is damaged. Stop Portolan, and restore a backup on a disk that works. SQLite says: {0}")]
    Damaged(String),
    #[error(transparent)]
    File(#[from] io::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// It was opened, but cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why something was not read or stored.
#[derive(Debug, Error)]
pub enum StorageError {
    #[error("the name is taken")]
    NameTaken,
    /// A value that this engine cannot store or compare: PostgreSQL knows no NUL in a text.
    #[error("a text contains a character that cannot be stored")]
    InvalidText,
    /// The connection for events broke. Events from before the next one may be missing.
    #[error("events may have been lost")]
    EventsLost,
    /// The connection broke during a commit: the change is stored or not.
    #[error("a commit was not confirmed: {0}")]
    Unconfirmed(#[source] sqlx::Error),
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
    /// The database server is down, or a standby that accepts no changes.
    Unreachable,
    DiskFull,
    /// The disk is read-only or reports errors.
    DiskFailing,
}

/// A unique constraint, as the engines report it.
#[derive(Clone, Copy)]
pub(super) struct UniqueConstraint {
    /// PostgreSQL reports the name.
    pub name: &'static str,
    /// SQLite reports the columns.
    pub columns: &'static str,
}

impl StorageError {
    /// The reason, if the error is transient.
    pub fn unavailable(&self) -> Option<Unavailable> {
        match self {
            Self::Unavailable(why, _) => Some(*why),
            Self::Unconfirmed(_) => Some(Unavailable::Unreachable),
            Self::NameTaken | Self::InvalidText | Self::EventsLost | Self::Database(_) => None,
        }
    }

    /// Whether PostgreSQL has rolled a transaction back because of another one, so that it may succeed if repeated.
    pub fn is_conflict(&self) -> bool {
        let Self::Unavailable(_, sqlx::Error::Database(error)) = self else { return false };
        // serialization_failure, deadlock_detected
        error.code().is_some_and(|code| code == "40001" || code == "40P01")
    }

    /// Returns [`StorageError::NameTaken`] if the statement violated this constraint.
    pub(super) fn or_name_taken(self, constraint: UniqueConstraint) -> Self {
        let Self::Database(error) = &self else { return self };
        let violated = error.as_database_error().filter(|error| error.is_unique_violation());
        let is_it = violated.is_some_and(|error| match error.constraint() {
            Some(name) => name == constraint.name,
            None => error.message().ends_with(constraint.columns),
        });
        if is_it { Self::NameTaken } else { self }
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        // character_not_in_repertoire
        if error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| code == "22021") {
            return Self::InvalidText;
        }
        match unavailable(&error) {
            Some(why) => Self::Unavailable(why, error),
            None => Self::Database(error),
        }
    }
}

/// The reason, if an error is transient.
fn unavailable(error: &sqlx::Error) -> Option<Unavailable> {
    match error {
        sqlx::Error::PoolTimedOut => Some(Unavailable::Busy),
        // A file has no connection to lose.
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => Some(Unavailable::Unreachable),
        sqlx::Error::Database(error) => match error.try_downcast_ref::<PgDatabaseError>() {
            Some(error) => postgres_unavailable(error.code()),
            None => sqlite_unavailable(error.code()?.parse().ok()?),
        },
        _ => None,
    }
}

/// SQLite's result codes (sqlite.org/rescode.html); the low byte is the primary code.
fn sqlite_unavailable(code: u32) -> Option<Unavailable> {
    match code & 0xff {
        // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL
        5 | 6 | 15 => Some(Unavailable::Busy),
        // SQLITE_FULL
        13 => Some(Unavailable::DiskFull),
        // SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN
        8 | 10 | 14 => Some(Unavailable::DiskFailing),
        _ => None,
    }
}

/// PostgreSQL's SQLSTATE codes (its manual, appendix A).
fn postgres_unavailable(code: &str) -> Option<Unavailable> {
    match code {
        // serialization_failure, deadlock_detected, out_of_memory, too_many_connections, lock_not_available,
        // query_canceled (statement_timeout)
        "40001" | "40P01" | "53200" | "53300" | "55P03" | "57014" => Some(Unavailable::Busy),
        "53100" => Some(Unavailable::DiskFull),
        // io_error
        "58030" => Some(Unavailable::DiskFailing),
        // read_only_sql_transaction, admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped,
        // idle_session_timeout, idle_in_transaction_session_timeout; and what a new connection is refused for:
        // invalid_password, invalid_authorization_specification, invalid_catalog_name,
        // object_not_in_prerequisite_state
        "25006" | "57P01" | "57P02" | "57P03" | "57P04" | "57P05" | "25P03" | "28P01" | "28000" | "3D000" | "55000" => {
            Some(Unavailable::Unreachable)
        }
        // The class of connection exceptions.
        _ => code.starts_with("08").then_some(Unavailable::Unreachable),
    }
}
