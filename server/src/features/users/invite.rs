//! Invites a user.

use super::super::audit::Entry;
use super::link::new_link;
use crate::app_state::AppState;
use crate::auth::authorize;
use crate::entropy;
use crate::error::{Error, Result};
use crate::storage::{StorageError, users};
use app::users::{Invitation, PasswordLink};
use app::{Actor, AppError};
use domain::{Action, AuditChange, AuditEvent, Resource, Role, field_error};

pub async fn invite(state: &AppState, actor: &Actor, fields: &Invitation) -> Result<PasswordLink> {
    let permit = authorize(actor, Action::ManageUsers, Resource::Everything)?;
    let role = fields.validate().map_err(AppError::Validation)?;
    let (id, name) = (entropy::id(&*state.entropy), &fields.user_name);
    let mut transaction = state.storage.write().await?;
    users::insert(&mut transaction, &id, name, role, state.clock.now()).await.map_err(|error| match error {
        StorageError::NameTaken => {
            let taken = format!("A user {name} already exists, perhaps in other letter case. Choose another name.");
            Error::Refused(AppError::Validation(vec![field_error("user_name", taken)]))
        }
        other => other.into(),
    })?;
    let role = role.map(Role::as_str).unwrap_or_default();
    Entry::permitted(&permit, AuditEvent::InviteUser)
        .about(&id, name)
        .with_changes(AuditChange::of("Role everywhere", "", role))
        .record(state, &mut transaction)
        .await?;
    let link = new_link(&mut transaction, &*state.entropy, state.clock.now(), &id, name).await?;
    transaction.commit().await?;
    Ok(link)
}
