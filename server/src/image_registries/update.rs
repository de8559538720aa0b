//! Changing one.

use super::{details, seal};
use crate::app_state::AppState;
use crate::error::Result;
use app::image_registries::{EditFields, RegistryDetails, RegistryUpdate};
use app::{Actor, AppError, Payload};

const SAVED_BY_SOMEONE_ELSE: &str = "Someone else saved this image registry in the meantime. Nothing was overwritten.";

use domain::{CaCertificates, CredentialsChange, TokenService};
use sqlx::{Sqlite, Transaction};

pub async fn update(state: &AppState, actor: &Actor, fields: &EditFields) -> Result<RegistryDetails> {
    let based_on: i64 = fields.stored.based_on.parse().map_err(|_| {
        AppError::BadRequest("The form does not say which version it is based on. Load the page again.".to_owned())
    })?;
    let mut transaction = state.store.write().await?;
    let stored = details::by_id(state, &mut *transaction, &fields.stored.registry).await?;
    if stored.version != based_on {
        return Err(
            AppError::Conflict { message: SAVED_BY_SOMEONE_ELSE.to_owned(), current: Payload::of(&stored) }.into()
        );
    }
    let edits = fields.validate(&stored).map_err(AppError::Validation)?;
    write(state, &mut transaction, actor, &stored, &edits).await?;
    let updated = details::by_id(state, &mut *transaction, &stored.id).await?;
    transaction.commit().await?;
    state.scheduler.wake();
    Ok(updated)
}

async fn write(
    state: &AppState,
    transaction: &mut Transaction<'_, Sqlite>,
    actor: &Actor,
    stored: &RegistryDetails,
    edits: &RegistryUpdate,
) -> Result<()> {
    let now = state.clock.now();
    // What was known of the old address says nothing about the new one.
    sqlx::query(
        "update image_registry set url = ?, repository = ?, test_image = ?, ca_certificates = ?, skip_verification = ?,
         token_service = ?, updated_at = ?, updated_by = ?, version = version + 1,
         phase = 'Pending', reason = 'not checked yet', phase_since = ?, checked_at = null, report = null, failures = 0,
         next_check_at = ?, asked_at = ? where id = ?",
    )
    .bind(edits.settings.url.to_string())
    .bind(edits.repository.as_str())
    .bind(edits.test_image.as_ref().map(ToString::to_string))
    .bind(edits.settings.trust.authorities.as_ref().map(CaCertificates::as_str))
    .bind(edits.settings.trust.skip_verification)
    .bind(edits.settings.trust.token_service.as_ref().map(TokenService::as_str))
    .bind(now)
    .bind(&actor.user_id)
    .bind(now)
    .bind(state.scheduler.initial_due_at(now))
    .bind(state.scheduler.initial_due_at(now))
    .bind(&stored.id)
    .execute(&mut **transaction)
    .await?;
    let (username, sealed) = match &edits.credentials {
        CredentialsChange::Keep => return Ok(()),
        CredentialsChange::Remove => (None, None),
        CredentialsChange::Replace(credentials) => {
            let workspace_id: String = sqlx::query_scalar("select workspace_id from image_registry where id = ?")
                .bind(&stored.id)
                .fetch_one(&mut **transaction)
                .await?;
            let sealed = seal(state, &workspace_id, &stored.id, &edits.settings.url, &credentials.password)?;
            (Some(credentials.username.as_str()), Some(sealed))
        }
    };
    sqlx::query("update image_registry set username = ?, password_sealed = ?, password_set_at = ? where id = ?")
        .bind(username)
        .bind(&sealed)
        .bind(sealed.is_some().then_some(now))
        .bind(&stored.id)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
