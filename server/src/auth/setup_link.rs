//! The one-time link that the server prints, for the first administrator.

use crate::entropy::{self, Entropy};
use domain::Secret;
use std::sync::{Mutex, PoisonError};
use thiserror::Error;

/// The token of the link, as long as there is no administrator. It is only in memory: the next start prints another.
pub struct SetupLink(Mutex<Option<String>>);

/// Why a token does not open the set-up page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SetupLinkError {
    /// There is an administrator.
    #[error("there is an administrator")]
    UsedUp,
    /// It is not the token of this link.
    #[error("it is not the token that was printed")]
    WrongToken,
}

impl SetupLink {
    /// A link, unless it is used up already.
    pub fn new(is_used_up: bool, entropy: &dyn Entropy) -> Self {
        Self(Mutex::new((!is_used_up).then(|| entropy::token(entropy))))
    }

    /// The token; none once there is an administrator.
    pub fn token(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Compares a token in constant time: how long it takes says nothing about how much of the token is right.
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

    /// From now on there is an administrator.
    pub fn use_up(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
