//! Testing what a form shows. Nothing is stored.

use super::check::shown;
use super::details;
use crate::app_state::AppState;
use crate::error::Result;
use crate::probe::Target;
use crate::scheduler::{StoredRegistry, run};
use app::image_registries::{ConnectionFields, EditFields, RegistryUpdate, Report, ValidConnection};
use app::{Actor, AppError};
use domain::{CheckReport, CredentialsChange};

pub async fn test_new(state: &AppState, actor: &Actor, fields: &ConnectionFields) -> Result<Report> {
    let ValidConnection { settings, repository, test_image, credentials } =
        fields.validate().map_err(AppError::Validation)?;
    test(state, actor, Target { settings, repository, test_image, credentials }).await
}

/// The form says whether the stored password would be kept, by the rules that saving has.
pub async fn test_edited(state: &AppState, actor: &Actor, fields: &EditFields) -> Result<Report> {
    let stored = details::by_id(state, state.store.readers(), &fields.stored.registry).await?;
    let RegistryUpdate { settings, repository, test_image, credentials } =
        fields.validate(&stored).map_err(AppError::Validation)?;
    let target = match credentials {
        CredentialsChange::Replace(credentials) => {
            Target { settings, repository, test_image, credentials: Some(credentials) }
        }
        CredentialsChange::Keep if stored.username.is_some() => {
            match StoredRegistry::by_id(state, &stored.id).await?.open(state) {
                // With its own way, which is the same as the form's: should somebody have saved since that was read,
                // their password does not go where the form says.
                Ok(target) => Target { repository, test_image, ..target },
                Err(finding) => return Ok(shown(&CheckReport { finding, steps: Vec::new() })),
            }
        }
        CredentialsChange::Keep | CredentialsChange::Remove => {
            Target { settings, repository, test_image, credentials: None }
        }
    };
    test(state, actor, target).await
}

async fn test(state: &AppState, actor: &Actor, target: Target) -> Result<Report> {
    let place = state
        .scheduler
        .test_limiter
        .try_acquire(&actor.user_id, state.clock.monotonic())
        .map_err(AppError::RateLimited)?;
    let report = run(&state.scheduler.client, target).await;
    drop(place);
    Ok(shown(&report))
}
