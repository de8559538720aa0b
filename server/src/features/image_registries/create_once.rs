//! Creates a registry for a request that may be repeated, because its client has seen no answer.

use super::create::create_within;
use super::details::{details, find};
use crate::app_state::AppState;
use crate::entropy;
use crate::error::Result;
use crate::storage::idempotency_keys::{self, IdempotencyRecord};
use app::Actor;
use app::image_registries::port::{CreateOnceError, IdempotencyKey};
use app::image_registries::{CreateFields, RegistryDetails};

/// How long a request may be repeated. Milliseconds.
const KEPT_FOR: i64 = 24 * 60 * 60 * 1000;

/// The key is stored in the transaction that creates the registry. The inner error says that it was used for something
/// else.
pub async fn create(
    state: &AppState,
    actor: &Actor,
    fields: &CreateFields,
    key: &IdempotencyKey,
) -> Result<Result<RegistryDetails, CreateOnceError>> {
    let client = actor.token.as_ref().map_or(&*actor.user_id, |token| &*token.id);
    let id = entropy::token_hash(&format!("{client} {}", key.key));
    let request = entropy::token_hash(&String::from_utf8_lossy(&key.request));
    let now = state.clock.now();
    let mut transaction = state.storage.write().await?;
    if let Some(used) = idempotency_keys::find(&mut transaction, &id, now - KEPT_FOR).await? {
        if used.request != request {
            return Ok(Err(CreateOnceError::KeyReused));
        }
        return Ok(Ok(details(state, actor, find(&mut transaction, actor, &used.registry_id).await?)));
    }
    idempotency_keys::delete_before(&mut transaction, now - KEPT_FOR).await?;
    let created = create_within(state, &mut transaction, actor, fields).await?;
    let used = IdempotencyRecord { request, registry_id: created.id.clone() };
    idempotency_keys::insert(&mut transaction, &id, &used, now).await?;
    transaction.commit().await?;
    state.scheduler.wake();
    Ok(Ok(created))
}
