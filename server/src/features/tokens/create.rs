//! Makes a token.

use super::super::audit::Entry;
use super::row;
use crate::app_state::AppState;
use crate::auth::{Permit, authorize, new_api_token, scope};
use crate::clock::DAY;
use crate::display_time::rfc3339;
use crate::entropy;
use crate::error::Result;
use crate::storage::tokens::{self, NewTokenRecord, TokenOwner};
use crate::storage::{WriteTransaction, workspaces};
use app::tokens::{CreatedToken, NewToken, TokenFields};
use app::{Actor, AppError};
use domain::{Action, AuditChange, AuditEvent, Grant, Name, Resource, Role, field_error};

/// The most valid tokens of a person, and of a workspace.
const MOST_TOKENS: u32 = 200;

/// How long a token that has expired stays in the list. Milliseconds.
const EXPIRED_SHOWN_FOR: i64 = 30 * DAY;

/// The workspace that a token is limited to.
struct Place {
    id: String,
    name: String,
}

pub async fn create(state: &AppState, actor: &Actor, fields: &TokenFields) -> Result<CreatedToken> {
    let new = fields.validate().map_err(AppError::Validation)?;
    let mut transaction = state.storage.write().await?;
    let place = match &new.workspace {
        Some(name) => Some(place(&mut transaction, actor, name).await?),
        None => None,
    };
    let permit = permit(actor, &new, place.as_ref())?;
    let now = state.clock.now();
    tokens::delete_expired(&mut transaction, now - EXPIRED_SHOWN_FOR).await?;
    let owner = match &place {
        Some(place) if new.belongs_to_workspace => TokenOwner::Workspace(&place.id),
        _ => TokenOwner::Account(&actor.user_id),
    };
    if tokens::count_valid(&mut transaction, owner, now).await? >= MOST_TOKENS {
        let sentence = format!("There are {MOST_TOKENS} tokens already. Revoke one that nobody uses any more.");
        return Err(AppError::Validation(vec![field_error("token_name", sentence)]).into());
    }
    // What is made with a token does not outlive it: otherwise a stolen one would renew itself for ever.
    let maker_expires_at = actor.token.as_ref().map_or(i64::MAX, |token| token.expires_at);
    let expires_at = (now + i64::from(new.days) * DAY).min(maker_expires_at);
    let (id, secret) = (entropy::id(&*state.entropy), new_api_token(&*state.entropy));
    let created_by = match &actor.token {
        Some(token) if actor.user_name.is_empty() => format!("token {}", token.name),
        _ => actor.user_name.clone(),
    };
    let record = NewTokenRecord {
        id: &id,
        hash: &entropy::token_hash(secret.expose()),
        name: &new.name,
        account_id: (!new.belongs_to_workspace).then_some(&actor.user_id),
        workspace_id: place.as_ref().map(|place| &*place.id),
        limit: new.limit,
        created_by: &created_by,
        created_at: now,
        expires_at,
    };
    tokens::insert(&mut transaction, record).await?;
    let mut entry = Entry::permitted(&permit, AuditEvent::CreateToken).about(&id, &new.name);
    if let Some(place) = &place {
        entry = entry.in_workspace(&place.id, &place.name);
    }
    let belongs = if new.belongs_to_workspace { "the workspace" } else { "" };
    let changes = [
        AuditChange::of("Allows", "", new.limit.to_string()),
        AuditChange::of("Belongs to", "", belongs),
        AuditChange::of("Valid until", "", rfc3339(expires_at)),
    ];
    entry.with_changes(changes.into_iter().flatten()).record(state, &mut transaction).await?;
    let created = tokens::by_id(&mut transaction, &id).await?;
    transaction.commit().await?;
    let created = created.ok_or(AppError::Unavailable)?;
    Ok(CreatedToken { row: row(state, created), secret: secret.expose().to_owned() })
}

async fn place(transaction: &mut WriteTransaction, actor: &Actor, name: &Name) -> Result<Place> {
    transaction.keep_workspace(name.as_str()).await?;
    let found = workspaces::by_name(transaction, scope(actor), name.as_str()).await?;
    let missing = || {
        let missing = format!("There is no workspace {name}. Choose another.");
        AppError::Validation(vec![field_error("workspace", missing)])
    };
    Ok(found.map(|found| Place { id: found.id, name: found.name }).ok_or_else(missing)?)
}

/// Nobody makes a token that allows more than they may do themselves.
fn permit<'a>(actor: &'a Actor, new: &NewToken, place: Option<&Place>) -> Result<Permit<'a>> {
    // The rights of a personal token are those of its owner, within its own limits: without those of its maker, a token
    // of one workspace would make one of all.
    let limit = actor.token.as_ref().and_then(|token| token.workspace_id.as_deref());
    if limit.is_some_and(|id| place.is_none_or(|place| place.id != id)) {
        let only = "The token that you use is good for one workspace only. Name this workspace.".to_owned();
        return Err(AppError::Validation(vec![field_error("workspace", only)]).into());
    }
    let workspace = place.map(|place| Resource::Workspace(&place.id));
    if new.belongs_to_workspace || actor.account_id().is_none() {
        if !new.belongs_to_workspace {
            let only = "A token that belongs to a workspace makes only tokens that belong to it, too.".to_owned();
            return Err(AppError::Validation(vec![field_error("belongs_to_workspace", only)]).into());
        }
        authorize(actor, Action::ManageTokens, workspace.unwrap_or(Resource::Everything))?;
    }
    let resource = workspace.unwrap_or(Resource::AnyWorkspace);
    if actor.token.is_some() {
        authorize(actor, Action::ManageTokens, resource)?;
    }
    // A personal token never allows more than its owner may do at the time, so a limit that is too high is only of no
    // use. It is refused nevertheless: whoever reads it would believe it.
    let Grant { role, read_credentials } = new.limit;
    let needed = match role {
        Role::Viewer => Action::ViewRegistry,
        Role::Editor => Action::EditRegistry,
        Role::Administrator => Action::ManageTokens,
    };
    let permit = authorize(actor, needed, resource)?;
    if read_credentials {
        authorize(actor, Action::ReadCredentials, resource)?;
    }
    Ok(permit)
}
