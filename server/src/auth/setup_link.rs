//! The one-time link, printed at the start, that creates the first administrator.

use domain::Secret;
use std::sync::{Mutex, PoisonError};
use thiserror::Error;

/// The token of the link, until there is an administrator. All servers on a database have the same.
pub struct SetupLink(Mutex<Option<String>>);

/// Why a token was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SetupLinkError {
    #[error("there is an administrator")]
    UsedUp,
    #[error("it is not the token that was printed")]
    WrongToken,
}

impl SetupLink {
    /// `None` if there is an administrator already.
    pub fn new(token: Option<String>) -> Self {
        Self(Mutex::new(token))
    }

    /// The token, or `None` once there is an administrator.
    pub fn token(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Compares the token in constant time, so that the response time does not reveal how much of it is correct.
    ///
    /// # Errors
    /// See [`SetupLinkError`].
    pub fn verify(&self, token: &Secret) -> Result<(), SetupLinkError> {
        let expected = self.token().ok_or(SetupLinkError::UsedUp)?;
        match *token == Secret::new(expected) {
            true => Ok(()),
            false => Err(SetupLinkError::WrongToken),
        }
    }

    /// Disables the link, because there is an administrator now.
    pub fn use_up(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
