//! What changes users: asked for by an administrator, or by an operator in the shell.

use super::super::audit::Entry;
use super::gone;
use crate::app_state::AppState;
use crate::auth::{Permit, authorize};
use crate::display_time::display_time;
use crate::entropy::{self, Entropy};
use crate::error::{Error, Result};
use crate::events::{self, Message};
use crate::storage::users::{self, UserRecord};
use crate::storage::{Storage, StorageError, WriteTransaction, password_links, sessions};
use app::users::{Invitation, PasswordLink};
use app::{Actor, AppError, Page};
use domain::{Action, AuditChange, AuditEvent, Grant, Resource, field_error};

/// How long a link is valid. Milliseconds.
const LINK_LIFETIME: i64 = 72 * 60 * 60 * 1000;

/// The database, and what else a change needs.
pub struct UserChanges<'a> {
    pub storage: &'a Storage,
    pub entropy: &'a dyn Entropy,
    /// Milliseconds since 1970.
    pub now: i64,
    pub by: By<'a>,
}

/// Who asks for a change.
pub enum By<'a> {
    Administrator(Permit<'a>),
    /// Somebody with access to the database, from the shell. A server may be running beside. It notices at the next
    /// request; on SQLite, streams of events that are open go on for up to five minutes.
    Operator,
}

/// Which user.
#[derive(Clone, Copy)]
pub enum Whom<'a> {
    Id(&'a str),
    /// In any ASCII letter case.
    Name(&'a str),
}

impl<'a> UserChanges<'a> {
    /// By an actor who is an administrator of everything.
    pub fn by(state: &'a AppState, actor: &'a Actor) -> Result<Self> {
        let permit = authorize(actor, Action::ManageUsers, Resource::Everything)?;
        let by = By::Administrator(permit);
        Ok(Self { storage: &state.storage, entropy: &*state.entropy, now: state.clock.now(), by })
    }

    /// Creates a user without a password, and the link that sets one.
    pub async fn invite(&self, fields: &Invitation) -> Result<PasswordLink> {
        let role = fields.validate().map_err(AppError::Validation)?;
        let (id, name) = (entropy::id(self.entropy), &fields.user_name);
        let mut transaction = self.storage.write().await?;
        users::insert(&mut transaction, &id, name, role, self.now).await.map_err(|error| match error {
            StorageError::NameTaken => {
                let taken = format!("A user {name} already exists, perhaps in other letter case. Choose another name.");
                Error::Refused(AppError::NameTaken(vec![field_error("user_name", taken)]))
            }
            other => other.into(),
        })?;
        self.record(&mut transaction, AuditEvent::InviteUser, (&id, name), role_change(None, role.map(Grant::from)))
            .await?;
        let link = self.link(&mut transaction, &id, name).await?;
        transaction.commit().await?;
        Ok(link)
    }

    /// Creates a link that sets a new password, in place of an earlier one, for a user who is enabled.
    pub async fn create_link(&self, whom: Whom<'_>) -> Result<PasswordLink> {
        let (mut transaction, user) = self.begin(whom).await?;
        if user.disabled_at.is_some() {
            return Err(AppError::InUse(format!("{} is disabled. Enable the user first.", user.name)).into());
        }
        self.record(&mut transaction, AuditEvent::CreateLink, (&user.id, &user.name), None).await?;
        let link = self.link(&mut transaction, &user.id, &user.name).await?;
        transaction.commit().await?;
        Ok(link)
    }

    /// Makes the link of a user invalid.
    pub async fn withdraw_link(&self, whom: Whom<'_>) -> Result<()> {
        let (mut transaction, user) = self.begin(whom).await?;
        self.record(&mut transaction, AuditEvent::WithdrawLink, (&user.id, &user.name), None).await?;
        password_links::withdraw(&mut transaction, &user.id).await?;
        Ok(transaction.commit().await?)
    }

    /// Changes what a user may do everywhere.
    pub async fn set_grant(&self, whom: Whom<'_>, grant: Option<Grant>) -> Result<()> {
        let (mut transaction, user) = self.begin(whom).await?;
        users::set_grant(&mut transaction, &user.id, grant).await?;
        let change = role_change(user.grant, grant);
        self.record(&mut transaction, AuditEvent::ChangeRole, (&user.id, &user.name), change).await?;
        events::publish(&mut transaction, &Message::RightsChanged(user.id));
        commit_with_administrator(transaction, &user.name).await
    }

    /// Ends all sessions of a user and keeps them from logging in, or allows it again.
    pub async fn set_disabled(&self, whom: Whom<'_>, disabled: bool) -> Result<()> {
        let (mut transaction, user) = self.begin(whom).await?;
        users::set_disabled(&mut transaction, &user.id, disabled.then_some(self.now)).await?;
        let event = if disabled { AuditEvent::DisableUser } else { AuditEvent::EnableUser };
        self.record(&mut transaction, event, (&user.id, &user.name), None).await?;
        if disabled {
            sessions::delete_of_account(&mut transaction, &user.id).await?;
            events::publish(&mut transaction, &Message::SessionsEnded(user.id));
        }
        commit_with_administrator(transaction, &user.name).await
    }

    /// Deletes a user, and ends all their sessions. Returns the name.
    pub async fn delete(&self, whom: Whom<'_>) -> Result<String> {
        let (mut transaction, user) = self.begin(whom).await?;
        sessions::delete_of_account(&mut transaction, &user.id).await?;
        users::delete(&mut transaction, &user.id).await?;
        self.record(&mut transaction, AuditEvent::DeleteUser, (&user.id, &user.name), None).await?;
        events::publish(&mut transaction, &Message::SessionsEnded(user.id));
        commit_with_administrator(transaction, &user.name).await?;
        Ok(user.name)
    }

    /// A transaction that holds the lock of the accounts, and the user.
    async fn begin(&self, whom: Whom<'_>) -> Result<(WriteTransaction, UserRecord)> {
        let mut transaction = self.storage.write().await?;
        transaction.lock_accounts().await?;
        let user = match whom {
            Whom::Id(id) => users::by_id(&mut transaction, id).await?,
            Whom::Name(name) => users::by_name(&mut transaction, name).await?,
        };
        Ok((transaction, user.ok_or_else(gone)?))
    }

    async fn record(
        &self,
        transaction: &mut WriteTransaction,
        event: AuditEvent,
        (id, name): (&str, &str),
        change: Option<AuditChange>,
    ) -> Result<(), StorageError> {
        let entry = match &self.by {
            By::Administrator(permit) => Entry::permitted(permit, event),
            By::Operator => Entry::by_operator(event),
        };
        entry.about(id, name).with_changes(change).record_at(self.now, self.entropy, transaction).await
    }

    /// A link in place of the one that the account has.
    async fn link(&self, transaction: &mut WriteTransaction, id: &str, name: &str) -> Result<PasswordLink> {
        let token = entropy::token(self.entropy);
        let expires = self.now + LINK_LIFETIME;
        password_links::replace(transaction, &entropy::token_hash(&token), id, self.now, expires).await?;
        let address = Page::SetPassword.with_query("token", &token);
        Ok(PasswordLink { user_name: name.to_owned(), address, expires: display_time(expires) })
    }
}

fn role_change(before: Option<Grant>, after: Option<Grant>) -> Option<AuditChange> {
    let text = |grant: Option<Grant>| grant.map(|grant| grant.to_string()).unwrap_or_default();
    AuditChange::of("Role everywhere", text(before), text(after))
}

/// Commits a change of who may do what, unless it would leave nobody who can log in and decide that.
async fn commit_with_administrator(mut transaction: WriteTransaction, name: &str) -> Result<()> {
    if !users::has_administrator(&mut transaction).await? {
        let last = format!("{name} is the last administrator who can log in. Make somebody else one first.");
        return Err(AppError::InUse(last).into());
    }
    Ok(transaction.commit().await?)
}
