//! What goes wrong in a use case, and what a person sees of it.
//!
//! Code in `features` returns [`Error`] and uses `?`. At the boundary to `app` it becomes an [`AppError`]: the person
//! gets a sentence and a reference, the log gets the cause.

use crate::auth::HashingError;
use crate::entropy::{self, SystemEntropy};
use crate::storage::{StorageError, Unavailable};
use crate::vault::VaultError;
use app::{AppError, WriteFailure};
use domain::FieldError;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It was refused, for a reason that the person can do something about.
    #[error(transparent)]
    Refused(#[from] AppError),
    /// It could not be read or stored.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A secret could not be sealed or opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
}

/// What a use case returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(error) => error,
            Error::Storage(StorageError::Unavailable(why, error)) => {
                tracing::warn!(%error, "the database cannot be used right now");
                Self::NotSaved(write_failure(why))
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
    let reference = entropy::id(&SystemEntropy)[..8].to_owned();
    tracing::error!(reference, ?cause, "a request could not be carried out");
    AppError::Internal(reference)
}

/// What a person sees of a database that cannot be used right now.
pub fn write_failure(why: Unavailable) -> WriteFailure {
    match why {
        Unavailable::Busy => WriteFailure::Busy,
        Unavailable::DiskFull => WriteFailure::DiskFull,
        Unavailable::DiskFailing => WriteFailure::DiskFailing,
    }
}

/// Refuses a form whose fields break rules.
///
/// # Errors
/// All of them, if there are any.
pub fn refuse(field_errors: Vec<FieldError>) -> Result<(), AppError> {
    if field_errors.is_empty() { Ok(()) } else { Err(AppError::Validation(field_errors)) }
}
