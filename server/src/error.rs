//! Errors of use cases, and what people see of them.
//!
//! Code in `features` returns [`Error`] and uses `?`. At the boundary to `app` it becomes an [`AppError`]: people get a
//! sentence and the id of the request, the log gets the cause.

use crate::auth::{HashingError, Refusal};
use crate::entropy::SystemEntropy;
use crate::storage::{StorageError, Unavailable};
use crate::trace::{self, TraceId};
use crate::vault::VaultError;
use app::{AppError, WriteFailure};
use domain::FieldError;

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Rejected for a reason that people can fix.
    #[error(transparent)]
    Refused(#[from] AppError),
    /// The person has no role that allows it.
    #[error(transparent)]
    Forbidden(#[from] Refusal),
    /// Reading or storing data failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Sealing or opening a secret failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Hashing a password failed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
}

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(error) => error,
            Error::Forbidden(refusal) => Self::Forbidden(refusal.to_string()),
            Error::Storage(StorageError::Unavailable(why, error)) => {
                tracing::warn!(%error, "the database is unavailable");
                Self::NotSaved(write_failure(why))
            }
            Error::Storage(StorageError::Unconfirmed(error)) => {
                tracing::warn!(%error, "the database did not confirm a commit");
                Self::Unconfirmed
            }
            Error::Storage(StorageError::InvalidText) => {
                Self::BadRequest("The request contains a character that cannot be stored.".to_owned())
            }
            Error::Hashing(HashingError::QueueFull) => Self::Unavailable,
            Error::Storage(StorageError::Database(cause)) => internal(&cause),
            Error::Storage(cause) => internal(&cause),
            Error::Vault(cause) => internal(&cause),
            Error::Hashing(cause) => internal(&cause),
        }
    }
}

fn internal(cause: &dyn std::fmt::Debug) -> AppError {
    let reference = trace::current().unwrap_or_else(|| TraceId::new(&SystemEntropy));
    tracing::error!(%reference, ?cause, "request failed");
    AppError::Internal(reference.to_string())
}

/// What people see of a database that cannot be used right now.
pub fn write_failure(why: Unavailable) -> WriteFailure {
    match why {
        Unavailable::Busy => WriteFailure::Busy,
        Unavailable::Unreachable => WriteFailure::Unreachable,
        Unavailable::DiskFull => WriteFailure::DiskFull,
        Unavailable::DiskFailing => WriteFailure::DiskFailing,
    }
}

/// Rejects a form that has invalid fields.
///
/// # Errors
/// All field errors, if there are any.
pub fn reject_invalid(field_errors: Vec<FieldError>) -> Result<(), AppError> {
    if field_errors.is_empty() { Ok(()) } else { Err(AppError::Validation(field_errors)) }
}
