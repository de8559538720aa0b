//! Users from the shell, for the day when nobody can log in.

use crate::clock::{Clock, SystemClock};
use crate::entropy::SystemEntropy;
use crate::error::Error;
use crate::features::Operator;
use crate::storage::{DatabaseAddress, ExistingDatabase, OpenError, Storage, TablesVersion};
use app::AppError;
use app::users::{Invitation, PasswordLink};
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

/// A user, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: String,
    /// The role everywhere.
    pub role: Option<Role>,
    /// In how many workspaces there is another one.
    pub workspaces: u32,
    /// `active`, `invited` or `disabled`.
    pub state: &'static str,
}

/// What came of it.
#[derive(Debug)]
pub enum Changed {
    Listed(Vec<User>),
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
    let operator = Operator { storage: &storage, entropy: &SystemEntropy, now: SystemClock.now() };
    let changed = match command {
        UserCommand::List => operator.list().await.map(|users| {
            let user = |user: crate::storage::users::UserRecord| User {
                state: match (user.disabled_at, user.has_password) {
                    (Some(_), _) => "disabled",
                    (None, true) => "active",
                    (None, false) => "invited",
                },
                name: user.name,
                role: user.role,
                workspaces: user.workspaces,
            };
            Changed::Listed(users.into_iter().map(user).collect())
        }),
        UserCommand::Invite(invitation) => operator.invite(&invitation).await.map(Changed::Linked),
        UserCommand::Reset(name) => operator.reset(&name).await.map(Changed::Linked),
        UserCommand::Disable(name) => operator.set_disabled(&name, true).await.map(|()| Changed::Done),
        UserCommand::Enable(name) => operator.set_disabled(&name, false).await.map(|()| Changed::Done),
        UserCommand::Promote(name) => operator.promote(&name).await.map(|()| Changed::Done),
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
