//! Changing one.

use super::{details, seal};
use crate::backend::Portolan;
use crate::trouble::Outcome;
use app::image_registries::{Details, EditFields, Edits};
use app::{Actor, Refusal};
use domain::{CaCertificates, CredentialsChange, TokenService};
use sqlx::{Sqlite, Transaction};

pub async fn update(portolan: &Portolan, actor: &Actor, fields: &EditFields) -> Outcome<Details> {
    let based_on: i64 = fields.based_on.parse().map_err(|_| {
        Refusal::Malformed("The form does not say which version it is based on. Load the page again.".to_owned())
    })?;
    let mut transaction = portolan.store.write().await?;
    let stored = details::by_id(portolan, &mut *transaction, &fields.registry).await?;
    if stored.version != based_on {
        return Err(Refusal::Stale(Box::new(stored)).into());
    }
    let edits = fields.read(&stored).map_err(Refusal::Invalid)?;
    write(portolan, &mut transaction, actor, &stored, &edits).await?;
    let updated = details::by_id(portolan, &mut *transaction, &stored.id).await?;
    transaction.commit().await?;
    portolan.checks.hurry();
    Ok(updated)
}

async fn write(
    portolan: &Portolan,
    transaction: &mut Transaction<'_, Sqlite>,
    actor: &Actor,
    stored: &Details,
    edits: &Edits,
) -> Outcome<()> {
    let now = portolan.clock.now();
    // What was known of the old address says nothing about the new one.
    sqlx::query(
        "update image_registry set url = ?, repository = ?, test_image = ?, ca_certificates = ?, skip_verification = ?,
         token_service = ?, updated_at = ?, updated_by = ?, version = version + 1,
         phase = 'Pending', reason = 'not checked yet', phase_since = ?, checked_at = null, report = null, failures = 0,
         next_check_at = ?, asked_at = ? where id = ?",
    )
    .bind(edits.way.url.to_string())
    .bind(edits.repository.as_str())
    .bind(edits.test_image.as_ref().map(ToString::to_string))
    .bind(edits.way.trust.authorities.as_ref().map(CaCertificates::as_str))
    .bind(edits.way.trust.skip_verification)
    .bind(edits.way.trust.token_service.as_ref().map(TokenService::as_str))
    .bind(now)
    .bind(&actor.user_id)
    .bind(now)
    .bind(portolan.checks.first(now))
    .bind(portolan.checks.first(now))
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
            let sealed = seal(portolan, &workspace_id, &stored.id, &edits.way.url, &credentials.password)?;
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
