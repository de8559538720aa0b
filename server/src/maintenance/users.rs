//! Users from the shell, for the day when nobody can log in.

use super::existing::{NoDatabase, open_existing};
use crate::clock::{Clock, SystemClock};
use crate::entropy::SystemEntropy;
use crate::error::Error;
use crate::features::{By, UserChanges, Whom, all_users};
use crate::storage::DatabaseAddress;
use app::AppError;
use app::users::{Invitation, PasswordLink, UserRow};
use domain::Role;
use thiserror::Error;

/// What to do.
#[derive(Clone, Debug)]
pub enum UserCommand {
    List,
    /// Creates a user, with this role everywhere (or `None`).
    Invite(Invitation),
    /// Creates a link that sets a new password.
    Reset(String),
    Disable(String),
    Enable(String),
    /// Makes a user an administrator of everything.
    Promote(String),
}

/// What came of it.
#[derive(Debug)]
pub enum Changed {
    Listed(Vec<UserRow>),
    /// Its address is a path of the console.
    Linked(PasswordLink),
    Done,
}

/// Why nothing was changed.
#[derive(Debug, Error)]
pub enum UserError {
    #[error(transparent)]
    Database(#[from] NoDatabase),
    #[error("{0}")]
    Refused(AppError),
}

/// Does what a command says, and records it in the audit trail. A server may be running.
///
/// # Errors
/// See [`UserError`].
pub async fn change_users(address: &DatabaseAddress, command: UserCommand) -> Result<Changed, UserError> {
    let storage = open_existing(address).await?;
    let (entropy, now) = (&SystemEntropy, SystemClock.now());
    let users = UserChanges { storage: &storage, entropy, now, by: By::Operator };
    let name = |name| Whom::Name(name);
    let changed = match &command {
        UserCommand::List => all_users(&storage).await.map(Changed::Listed),
        UserCommand::Invite(invitation) => users.invite(invitation).await.map(Changed::Linked),
        UserCommand::Reset(user) => users.create_link(name(user)).await.map(Changed::Linked),
        UserCommand::Disable(user) => users.set_disabled(name(user), true).await.map(|()| Changed::Done),
        UserCommand::Enable(user) => users.set_disabled(name(user), false).await.map(|()| Changed::Done),
        UserCommand::Promote(user) => {
            users.set_grant(name(user), Some(Role::Administrator.into())).await.map(|()| Changed::Done)
        }
    };
    storage.close().await;
    changed.map_err(|error: Error| UserError::Refused(error.into()))
}
