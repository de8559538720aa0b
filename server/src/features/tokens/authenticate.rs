//! Who sends a request that carries a token.

use super::super::accounts::rights;
use crate::app_state::AppState;
use crate::auth::api_token_hash;
use crate::error::Result;
use crate::storage::tokens::{self, TokenRecord, TokenUse};
use app::{Actor, ActorToken, Client};
use domain::{Rights, Secret};
use thiserror::Error;

/// The precision of the last use: not every request has to write. Milliseconds.
const TOUCH_INTERVAL: i64 = 60 * 1000;

/// Why a token opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidToken {
    #[error("The token is not complete: it begins with portolan_ and has a checksum at its end. Copy it again.")]
    Malformed,
    #[error("There is no such token. It may have been revoked. Make another one on the page Tokens.")]
    Unknown,
    #[error("The token has expired. Make another one on the page Tokens.")]
    Expired,
    #[error("The owner of the token may not log in any more. Ask an administrator.")]
    OwnerDisabled,
    #[error("The owner of the token has no role any more where it is good for. Ask an administrator.")]
    NoRole,
}

/// The actor of a token: it may do what its owner may do now, within its limits.
///
/// # Errors
/// The inner error says why the token opens nothing.
pub async fn authenticate(state: &AppState, token: &Secret, client: Client) -> Result<Result<Actor, InvalidToken>> {
    let Some(hash) = api_token_hash(token.expose()) else { return Ok(Err(InvalidToken::Malformed)) };
    let mut connection = state.storage.reader().await?;
    let Some(record) = tokens::by_hash(&mut connection, &hash).await? else { return Ok(Err(InvalidToken::Unknown)) };
    let now = state.clock.now();
    if record.expires_at <= now {
        return Ok(Err(InvalidToken::Expired));
    }
    let (user_name, unlimited) = match &record.account_id {
        Some(account_id) => match tokens::owner(&mut connection, account_id).await? {
            Some(owner) if owner.disabled_at.is_none() => {
                (owner.name, rights(&mut connection, account_id, owner.grant).await?)
            }
            _ => return Ok(Err(InvalidToken::OwnerDisabled)),
        },
        None => (String::new(), Rights { everywhere: Some(record.limit), ..Rights::default() }),
    };
    let rights = match &record.workspace_id {
        Some(workspace_id) => unlimited.within(workspace_id),
        None => unlimited,
    };
    let rights = rights.limited_to(record.limit);
    if rights == Rights::default() {
        return Ok(Err(InvalidToken::NoRole));
    }
    note_use(state, &record, &client, now);
    let token = ActorToken {
        id: record.id,
        name: record.name,
        workspace_id: record.workspace_id,
        expires_at: record.expires_at,
    };
    let user_id = record.account_id.unwrap_or_default();
    Ok(Ok(Actor { user_id, user_name, session_id: String::new(), rights, token: Some(token), client }))
}

fn note_use(state: &AppState, record: &TokenRecord, client: &Client, now: i64) {
    let stored =
        || record.last_used_at.zip(record.last_used_address.clone()).map(|(at, address)| TokenUse { at, address });
    let last = state.last_seen.noted_token(&record.id).or_else(stored);
    let used = TokenUse { at: now, address: client.address.to_string() };
    if last.is_none_or(|last| used.at - last.at >= TOUCH_INTERVAL || used.address != last.address) {
        state.last_seen.note_token(&record.id, used);
    }
}
