//! What goes wrong behind the port, and what a person is told of it.
//!
//! Code here returns [`Error`] and uses `?`. At the port it becomes a [`AppError`]: the person gets a sentence
//! and a reference, the log gets the cause.

use crate::entropy::{self, SystemEntropy};
use crate::vault::VaultError;
use app::{AppError, WriteFailure};
use domain::FieldError;

/// SQLite's extended result code for a unique constraint.
const UNIQUE: &str = "2067";

/// Why something could not be done.
#[derive(Debug)]
pub enum Error {
    /// It was refused, for a reason that the person can do something about.
    Refused(AppError),
    /// The database did not do what it was told.
    Database(sqlx::Error),
    /// A secret could not be sealed or opened.
    Vault(VaultError),
    /// A password could not be hashed.
    Hashing(argon2::password_hash::Error),
    /// A task of ours ended before its time.
    Task(tokio::task::JoinError),
}

/// What the code behind the port returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<AppError> for Error {
    fn from(error: AppError) -> Self {
        Self::Refused(error)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

impl From<argon2::password_hash::Error> for Error {
    fn from(error: argon2::password_hash::Error) -> Self {
        Self::Hashing(error)
    }
}

impl From<tokio::task::JoinError> for Error {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Task(error)
    }
}

impl From<Error> for AppError {
    fn from(trouble: Error) -> Self {
        let reference = || entropy::id(&SystemEntropy)[..8].to_owned();
        let broken = |cause: &dyn std::fmt::Debug| {
            let reference = reference();
            tracing::error!(reference, ?cause, "a request could not be carried out");
            Self::Internal(reference)
        };
        match trouble {
            Error::Refused(error) => error,
            Error::Database(error) => match write_failure(&error) {
                Some(failure) => {
                    tracing::warn!(%error, "the database cannot be used right now");
                    Self::NotSaved(failure)
                }
                None => broken(&error),
            },
            Error::Vault(error) => broken(&error),
            Error::Hashing(error) => broken(&error),
            Error::Task(error) => broken(&error),
        }
    }
}

/// Refuses a form whose fields have problems.
///
/// # Errors
/// All of them, if there are any.
pub fn refuse(field_errors: Vec<FieldError>) -> Result<(), AppError> {
    if field_errors.is_empty() { Ok(()) } else { Err(AppError::Validation(field_errors)) }
}

/// Whether the statement broke a `unique` rule. Every table has only one that a person's input can break, so
/// the statement knows which. (SQLite names the columns of such a rule, not the rule.)
pub fn is_taken(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| code == UNIQUE)
}

/// What a person is told of an error that says nothing about their request and may pass by itself. SQLite's result
/// codes (sqlite.org/rescode.html): the low byte is the primary code.
pub fn write_failure(error: &sqlx::Error) -> Option<WriteFailure> {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return Some(WriteFailure::Busy);
    }
    match code(error)?.parse::<u32>().ok()? & 0xff {
        // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL
        5 | 6 | 15 => Some(WriteFailure::Busy),
        // SQLITE_FULL
        13 => Some(WriteFailure::DiskFull),
        // SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN
        8 | 10 | 14 => Some(WriteFailure::DiskFailing),
        _ => None,
    }
}

fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned())
}
