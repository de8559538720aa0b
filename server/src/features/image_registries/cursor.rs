//! Pages of registries by cursor, for the API.

use super::details::details;
use crate::app_state::AppState;
use crate::auth::scope;
use crate::error::Result;
use crate::storage::image_registries::DetailsRecord;
use crate::storage::registry_list::RegistryFilter;
use crate::storage::registry_pages::{self, After, PageKey};
use app::image_registries::port::{CursorOrder, CursorPage, CursorQuery};
use app::{Actor, AppError};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::Name;

pub async fn page(state: &AppState, actor: &Actor, query: &CursorQuery) -> Result<CursorPage> {
    let key = match query.order {
        CursorOrder::Name => PageKey::Name,
        CursorOrder::Created => PageKey::Created,
        CursorOrder::Updated => PageKey::Updated,
    };
    let after = query.cursor.as_deref().map(|cursor| parse(key, cursor)).transpose()?;
    let filter = RegistryFilter {
        scope: scope(actor),
        search: &query.search,
        workspace: query.workspace.as_ref().map(Name::as_str),
        phase: query.status,
    };
    // One more than is asked for, to see whether there is another page.
    let limit = query.limit + 1;
    let mut reader = state.storage.reader().await?;
    let mut records = registry_pages::page(&mut reader, filter, (key, query.descending), after.as_ref(), limit).await?;
    let more = records.len() > query.limit as usize;
    records.truncate(query.limit as usize);
    let next = records.last().filter(|_| more).map(|last| cursor(key, last));
    Ok(CursorPage { items: records.into_iter().map(|record| details(state, actor, record)).collect(), next })
}

fn word(key: PageKey) -> &'static str {
    match key {
        PageKey::Name => "name",
        PageKey::Created => "created",
        PageKey::Updated => "updated",
    }
}

/// Clients must not build cursors themselves, so it does not look as if they could.
fn cursor(key: PageKey, last: &DetailsRecord) -> String {
    let value = match key {
        PageKey::Name => last.name.clone(),
        PageKey::Created => last.created_at.to_string(),
        PageKey::Updated => last.updated_at.to_string(),
    };
    BASE64_URL_SAFE_NO_PAD.encode(format!("{} {value} {}", word(key), last.id))
}

fn parse(key: PageKey, cursor: &str) -> Result<After, AppError> {
    let parts = || {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let [order, value, id] = <[&str; 3]>::try_from(text.split(' ').collect::<Vec<_>>()).ok()?;
        let is_value = key == PageKey::Name && !value.contains('\0') || value.parse::<i64>().is_ok();
        let is_id = id.chars().all(|c| c.is_ascii_alphanumeric());
        (order == word(key) && is_value && is_id).then(|| After { value: value.to_owned(), id: id.to_owned() })
    };
    let wrong = "The cursor is none of ours, or of another order. Begin without it, and keep the other parameters.";
    parts().ok_or_else(|| AppError::BadRequest(wrong.to_owned()))
}
