//! Creates a registry for a request that may be repeated, because its client has seen no answer.

use super::create::create_within;
use super::details::{details, find};
use crate::app_state::AppState;
use crate::clock::DAY;
use crate::entropy;
use crate::error::{Error, Result};
use crate::storage::idempotency_keys::{self, IdempotencyRecord};
use crate::storage::{Connection, StorageError};
use app::image_registries::port::{CreateOnceError, IdempotencyKey};
use app::image_registries::{CreateFields, RegistryDetails};
use app::{Actor, AppError};

/// How long a request may be repeated. Milliseconds.
const KEPT_FOR: i64 = DAY;

/// A key, as it is stored.
struct Used {
    /// SHA-256 of the client and the key.
    id: String,
    /// Keyed hashes of the request, with each key of the server, the present one first: the request holds a password,
    /// which a plain hash would let anyone guess who has the database.
    requests: Vec<String>,
}

/// The key is stored in the transaction that creates the registry. The inner error says that it was used for something
/// else.
pub async fn create(
    state: &AppState,
    actor: &Actor,
    fields: &CreateFields,
    key: &IdempotencyKey,
) -> Result<Result<RegistryDetails, CreateOnceError>> {
    let client = actor.token.as_ref().map_or(&*actor.user_id, |token| &*token.id);
    let request = String::from_utf8_lossy(&key.request);
    let used = Used {
        id: entropy::token_hash(&format!("{client} {}", key.key)),
        requests: state.vault.keyed_hashes(&["idempotency key", &request]).iter().map(const_hex::encode).collect(),
    };
    match create_first(state, actor, fields, &used).await {
        // The same request may have come twice at the same time, and the other one was first.
        Err(error @ (Error::Refused(AppError::NameTaken(_)) | Error::Storage(StorageError::NameTaken))) => {
            let mut reader = state.storage.reader().await?;
            earlier(state, &mut reader, actor, &used).await?.ok_or(error)
        }
        done => done,
    }
}

async fn create_first(
    state: &AppState,
    actor: &Actor,
    fields: &CreateFields,
    used: &Used,
) -> Result<Result<RegistryDetails, CreateOnceError>> {
    let now = state.clock.now();
    let mut transaction = state.storage.write().await?;
    if let Some(answer) = earlier(state, &mut transaction, actor, used).await? {
        return Ok(answer);
    }
    idempotency_keys::delete_before(&mut transaction, now - KEPT_FOR).await?;
    let created = create_within(state, &mut transaction, actor, fields).await?;
    let request = used.requests.first().cloned().unwrap_or_default();
    let record = IdempotencyRecord { request, registry_id: created.id.clone() };
    idempotency_keys::insert(&mut transaction, &used.id, &record, now).await?;
    transaction.commit().await?;
    state.scheduler.wake();
    Ok(Ok(created))
}

/// The answer to the earlier request with this key, if there was one.
async fn earlier(
    state: &AppState,
    connection: &mut Connection,
    actor: &Actor,
    used: &Used,
) -> Result<Option<Result<RegistryDetails, CreateOnceError>>> {
    let since = state.clock.now() - KEPT_FOR;
    let Some(record) = idempotency_keys::find(connection, &used.id, since).await? else { return Ok(None) };
    if !used.requests.contains(&record.request) {
        return Ok(Some(Err(CreateOnceError::KeyReused)));
    }
    Ok(Some(Ok(details(state, actor, find(connection, actor, &record.registry_id).await?))))
}
