//! What an operator does from the shell, for the day when nobody can log in. A server may be running. It notices at the
//! next request; on SQLite, streams of events that are open go on for up to five minutes.

use super::super::audit::Entry;
use super::access::role_change;
use super::commit_with_administrator;
use super::link::new_link;
use crate::entropy::{self, Entropy};
use crate::error::{Error, Result};
use crate::events::{self, Message};
use crate::storage::users::{self, UserOrder, UserRecord};
use crate::storage::{Storage, StorageError, WriteTransaction, sessions};
use app::AppError;
use app::users::{Invitation, PasswordLink};
use domain::{AuditChange, AuditEvent, Role, field_error};

/// The database, and what else a change needs.
pub struct Operator<'a> {
    pub storage: &'a Storage,
    pub entropy: &'a dyn Entropy,
    /// Milliseconds since 1970.
    pub now: i64,
}

impl Operator<'_> {
    /// All users, sorted by name.
    pub async fn list(&self) -> Result<Vec<UserRecord>> {
        let mut reader = self.storage.reader().await?;
        Ok(users::page(&mut reader, "", (UserOrder::Name, false), u32::MAX >> 1, 0).await?)
    }

    /// Creates a user without a password, and the link that sets one.
    pub async fn invite(&self, fields: &Invitation) -> Result<PasswordLink> {
        let role = fields.validate().map_err(AppError::Validation)?;
        let (id, name) = (entropy::id(self.entropy), &fields.user_name);
        let mut transaction = self.storage.write().await?;
        users::insert(&mut transaction, &id, name, role, self.now).await.map_err(|error| match error {
            StorageError::NameTaken => {
                let taken = format!("A user {name} already exists, perhaps in other letter case.");
                Error::Refused(AppError::Validation(vec![field_error("user_name", taken)]))
            }
            other => other.into(),
        })?;
        let role = AuditChange::of("Role everywhere", "", role.map(Role::as_str).unwrap_or_default());
        let entry = Entry::by_operator(AuditEvent::InviteUser).about(&id, name).with_changes(role);
        entry.record_at(self.now, self.entropy, &mut transaction).await?;
        let link = new_link(&mut transaction, self.entropy, self.now, &id, name).await?;
        transaction.commit().await?;
        Ok(link)
    }

    /// Creates a link that sets a new password, for a user who is enabled.
    pub async fn reset(&self, name: &str) -> Result<PasswordLink> {
        let (mut transaction, user) = self.begin(name).await?;
        if user.disabled_at.is_some() {
            return Err(AppError::InUse(format!("{} is disabled. Enable the user first.", user.name)).into());
        }
        self.record(&mut transaction, AuditEvent::CreateLink, &user, None).await?;
        let link = new_link(&mut transaction, self.entropy, self.now, &user.id, &user.name).await?;
        transaction.commit().await?;
        Ok(link)
    }

    /// Ends all sessions of a user and keeps them from logging in, or allows it again.
    pub async fn set_disabled(&self, name: &str, disabled: bool) -> Result<()> {
        let (mut transaction, user) = self.begin(name).await?;
        users::set_disabled(&mut transaction, &user.id, disabled.then_some(self.now)).await?;
        let event = if disabled { AuditEvent::DisableUser } else { AuditEvent::EnableUser };
        self.record(&mut transaction, event, &user, None).await?;
        if disabled {
            sessions::delete_of_account(&mut transaction, &user.id).await?;
            events::publish(&mut transaction, &Message::SessionsEnded(user.id));
        }
        commit_with_administrator(transaction, &user.name).await
    }

    /// Makes a user an administrator of everything.
    pub async fn promote(&self, name: &str) -> Result<()> {
        let (mut transaction, user) = self.begin(name).await?;
        users::set_role(&mut transaction, &user.id, Some(Role::Administrator)).await?;
        let change = role_change(user.role, Some(Role::Administrator));
        self.record(&mut transaction, AuditEvent::ChangeRole, &user, change).await?;
        events::publish(&mut transaction, &Message::RightsChanged(user.id));
        Ok(transaction.commit().await?)
    }

    /// A transaction that holds the lock of the accounts, and the user with this name.
    async fn begin(&self, name: &str) -> Result<(WriteTransaction, UserRecord)> {
        let mut transaction = self.storage.write().await?;
        transaction.lock_accounts().await?;
        let none =
            || AppError::NotFound(format!("There is no user {name}. \u{201c}portolan user list\u{201d} shows all."));
        let user = users::by_name(&mut transaction, name).await?.ok_or_else(none)?;
        Ok((transaction, user))
    }

    async fn record(
        &self,
        transaction: &mut WriteTransaction,
        event: AuditEvent,
        user: &UserRecord,
        change: Option<AuditChange>,
    ) -> Result<(), StorageError> {
        let entry = Entry::by_operator(event).about(&user.id, &user.name).with_changes(change);
        entry.record_at(self.now, self.entropy, transaction).await
    }
}
