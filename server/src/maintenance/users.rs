//! Users from the shell, for the day when nobody can log in.

use crate::clock::{Clock, SystemClock};
use crate::entropy::SystemEntropy;
use crate::error::Error;
use crate::features::{By, UserChanges, Whom, all_users};
use crate::storage::{DatabaseAddress, ExistingDatabase, OpenError, Storage, TablesVersion};
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
    #[error("There is no database at {0}. Name the data folder with --data, or the database with --database.")]
    NoDatabase(DatabaseAddress),
    #[error(
        "The database {0} is of an earlier version. Start the server once, so that its tables are brought up to date."
    )]
    Older(DatabaseAddress),
    #[error("The database {0} cannot be used: {1}.")]
    Database(DatabaseAddress, #[source] OpenError),
    #[error("{0}")]
    Refused(AppError),
}

/// Does what a command says, and records it in the audit trail. A server may be running.
///
/// # Errors
/// See [`UserError`].
pub async fn change_users(address: &DatabaseAddress, command: UserCommand) -> Result<Changed, UserError> {
    let storage = open(address).await?;
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
            users.set_role(name(user), Some(Role::Administrator)).await.map(|()| Changed::Done)
        }
    };
    storage.close().await;
    changed.map_err(|error: Error| UserError::Refused(error.into()))
}

/// Opens a database with tables of this version: a command must not change them under a running server.
async fn open(address: &DatabaseAddress) -> Result<Storage, UserError> {
    let of = |error| UserError::Database(address.clone(), error);
    let existing = ExistingDatabase::open(address).await.map_err(of)?;
    let mut existing = existing.ok_or_else(|| UserError::NoDatabase(address.clone()))?;
    let version = existing.tables_version().await.map_err(of)?;
    existing.close().await;
    match version {
        TablesVersion::Current => Storage::open(address).await.map_err(of),
        TablesVersion::None => Err(UserError::NoDatabase(address.clone())),
        TablesVersion::Older => Err(UserError::Older(address.clone())),
    }
}
