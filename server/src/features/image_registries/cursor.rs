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

/// How many registries are read at once.
const STEP: usize = 100;

/// A page ends early once its long texts are longer than this: with all that it may hold, a registry takes 80 KB.
const MAX_BYTES: usize = 1024 * 1024;

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
    let limit = query.limit as usize;
    let mut reader = state.storage.reader().await?;
    let mut records: Vec<DetailsRecord> = Vec::new();
    let more = loop {
        let step = STEP.min(limit - records.len());
        let after = records.last().map(|last| position(key, last)).or_else(|| after.clone());
        // One more than is needed, to see whether there is another page.
        let count = u32::try_from(step).unwrap_or(u32::MAX) + 1;
        let order = (key, query.descending);
        let mut found = registry_pages::page(&mut reader, filter, order, after.as_ref(), count).await?;
        let more = found.len() > step;
        found.truncate(step);
        records.extend(found);
        if !more || records.len() == limit || records.iter().map(long_texts).sum::<usize>() > MAX_BYTES {
            break more;
        }
    };
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

/// The length of what makes a registry large: its certificates and what clients have attached to it.
fn long_texts(record: &DetailsRecord) -> usize {
    record.labels.len() + record.annotations.len() + record.trust.ca_certificates.as_ref().map_or(0, String::len)
}

fn position(key: PageKey, record: &DetailsRecord) -> After {
    let value = match key {
        PageKey::Name => record.name.clone(),
        PageKey::Created => record.created_at.to_string(),
        PageKey::Updated => record.updated_at.to_string(),
    };
    After { value, id: record.id.clone() }
}

/// Clients must not build cursors themselves, so it does not look as if they could.
fn cursor(key: PageKey, last: &DetailsRecord) -> String {
    let After { value, id } = position(key, last);
    BASE64_URL_SAFE_NO_PAD.encode(format!("{} {value} {id}", word(key)))
}

fn parse(key: PageKey, cursor: &str) -> Result<After, AppError> {
    let parts = || {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let [order, value, id] = <[&str; 3]>::try_from(text.split(' ').collect::<Vec<_>>()).ok()?;
        let is_value = key == PageKey::Name && !value.contains('\0') || value.parse::<i64>().is_ok();
        let is_id = id.chars().all(|c| c.is_ascii_alphanumeric());
        (order == word(key) && is_value && is_id).then(|| After { value: value.to_owned(), id: id.to_owned() })
    };
    let wrong = "This cursor is not valid here. Leave it out to start at the first page, and keep the other parameters unchanged.";
    parts().ok_or_else(|| AppError::BadRequest(wrong.to_owned()))
}
