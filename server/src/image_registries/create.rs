//! Creating one.

use super::{details, seal};
use crate::app_state::AppState;
use crate::entropy;
use crate::error::{Result, is_taken};
use app::image_registries::{CreateFields, RegistryDetails};
use app::{Actor, AppError};
use domain::{CaCertificates, TokenService, field_error};

pub async fn create(state: &AppState, actor: &Actor, fields: &CreateFields) -> Result<RegistryDetails> {
    let draft = fields.validate().map_err(AppError::Validation)?;
    let mut transaction = state.store.write().await?;
    let workspace_id: Option<String> = sqlx::query_scalar("select id from workspace where name = ?")
        .bind(draft.workspace.as_str())
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(workspace_id) = workspace_id else {
        let gone = format!("There is no workspace {}. It may have been deleted. Choose another.", draft.workspace);
        return Err(AppError::Validation(vec![field_error("workspace", gone)]).into());
    };

    let id = entropy::id(&*state.entropy);
    let now = state.clock.now();
    let sealed = match &draft.credentials {
        Some(credentials) => Some(seal(state, &workspace_id, &id, &draft.settings.url, &credentials.password)?),
        None => None,
    };
    let inserted = sqlx::query(
        "insert into image_registry (id, workspace_id, name, url, repository, test_image, username, password_sealed,
         password_set_at, ca_certificates, skip_verification, token_service, phase_since, next_check_at, asked_at, created_at, created_by,
         updated_at, updated_by)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&id)
    .bind(&workspace_id)
    .bind(draft.name.as_str())
    .bind(draft.settings.url.to_string())
    .bind(draft.repository.as_str())
    .bind(draft.test_image.as_ref().map(ToString::to_string))
    .bind(draft.credentials.as_ref().map(|credentials| credentials.username.as_str()))
    .bind(&sealed)
    .bind(sealed.is_some().then_some(now))
    .bind(draft.settings.trust.authorities.as_ref().map(CaCertificates::as_str))
    .bind(draft.settings.trust.skip_verification)
    .bind(draft.settings.trust.token_service.as_ref().map(TokenService::as_str))
    .bind(now)
    .bind(state.scheduler.initial_due_at(now))
    .bind(state.scheduler.initial_due_at(now))
    .bind(now)
    .bind(&actor.user_id)
    .bind(now)
    .bind(&actor.user_id)
    .execute(&mut *transaction)
    .await;
    match inserted {
        Err(error) if is_taken(&error) => {
            let taken = format!("{} already exists in workspace {}. Choose another name.", draft.name, draft.workspace);
            return Err(AppError::Validation(vec![field_error("name", taken)]).into());
        }
        other => other?,
    };
    let created = details::by_id(state, &mut *transaction, &id).await?;
    transaction.commit().await?;
    state.scheduler.wake();
    Ok(created)
}
