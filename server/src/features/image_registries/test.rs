//! Tests the connection that a form describes. Nothing is stored.

use super::super::audit::Entry;
use super::details::{details, find, not_found};
use super::report::report_view;
use crate::app_state::AppState;
use crate::auth::{Permit, authorize};
use crate::error::Result;
use crate::probe::Target;
use crate::scheduler;
use crate::storage::checks;
use app::image_registries::{ConnectionFields, EditFields, RegistryUpdate, Report, ValidConnection};
use app::{Actor, AppError};
use domain::{Action, AuditChange, AuditEvent, CheckReport, CredentialsChange, RegistrySettings, Resource};

pub async fn test_new(state: &AppState, actor: &Actor, fields: &ConnectionFields) -> Result<Report> {
    let permit = authorize(actor, Action::TestConnection, Resource::AnyWorkspace)?;
    let ValidConnection { settings, credentials } = fields.validate().map_err(AppError::Validation)?;
    let url = AuditChange::of("URL", "", settings.connection.url.to_string());
    let entry = Entry::permitted(&permit, AuditEvent::TestConnection).with_changes(url);
    test(state, &permit, entry, Target::new(settings, credentials)).await
}

/// Uses the stored password under the same conditions as saving the form would.
pub async fn test_edited(state: &AppState, actor: &Actor, fields: &EditFields) -> Result<Report> {
    let record = find(&mut state.storage.reader().await?, actor, &fields.stored.registry).await?;
    let permit = authorize(actor, Action::TestConnection, Resource::Workspace(&record.workspace_id))?;
    let entry = Entry::permitted(&permit, AuditEvent::TestConnection)
        .in_workspace(&record.workspace_id, &record.workspace)
        .about(&record.id, &record.name);
    let stored = details(state, actor, record);
    let RegistryUpdate { settings, credentials, .. } = fields.validate(&stored).map_err(AppError::Validation)?;
    let url = AuditChange::of("URL", "", settings.connection.url.to_string());
    let entry = entry.with_changes(url);
    let target = match credentials {
        CredentialsChange::Replace(credentials) => Target::new(settings, Some(credentials)),
        CredentialsChange::Keep if stored.username.is_some() => {
            let record = checks::by_id(&mut state.storage.reader().await?, &stored.id).await?;
            match scheduler::target(&state.vault, &record.ok_or_else(not_found)?) {
                // Use the stored connection settings. They equal the form's, unless somebody has saved in the meantime;
                // then the password must not be sent to the form's URL.
                Ok(target) => {
                    let RegistrySettings { repository, test_image, .. } = settings;
                    Target { repository, test_image, ..target }
                }
                Err(finding) => return Ok(report_view(&CheckReport { finding, steps: Vec::new() })),
            }
        }
        CredentialsChange::Keep | CredentialsChange::Remove => Target::new(settings, None),
    };
    test(state, &permit, entry, target).await
}

async fn test(state: &AppState, permit: &Permit<'_>, entry: Entry, target: Target) -> Result<Report> {
    // All tokens of a person together, so that more tokens allow no more tests; each token of a workspace by itself.
    let actor = permit.actor();
    let person = actor.account_id().or(actor.token.as_ref().map(|token| &*token.id)).unwrap_or_default();
    let slot = state.scheduler.test_slot(person).map_err(AppError::RateLimited)?;
    let mut transaction = state.storage.write().await?;
    entry.record(state, &mut transaction).await?;
    transaction.commit().await?;
    Ok(report_view(&state.scheduler.test(slot, target).await))
}
