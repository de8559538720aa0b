//! Reads the trail, newest first. Nothing is counted, so a page takes as long with a million entries as with ten.

use super::entry::id_at;
use super::retention;
use crate::app_state::AppState;
use crate::auth::authorize;
use crate::clock::DAY;
use crate::display_time::{display_time, start_of_day};
use crate::error::Result;
use crate::storage::audit::{self, AuditFilter, AuditRecord};
use app::audit::{AUDIT_ENTRIES_PER_PAGE, AuditPage, AuditQuery, AuditRow, Position};
use app::{Actor, AppError};
use domain::{Action, AuditChange, AuditEvent, Resource};

pub async fn list(state: &AppState, actor: &Actor, query: &AuditQuery) -> Result<AuditPage> {
    authorize(actor, Action::ReadAudit, Resource::Everything)?;
    let filter = filter(query)?;
    let limit = AUDIT_ENTRIES_PER_PAGE + 1;
    let mut snapshot = state.storage.snapshot().await?;
    // One more than is shown, to see whether there is another page.
    let (records, newer, older) = match &query.position {
        Position::Newest => {
            let records = audit::page(&mut snapshot, &filter, true, limit).await?;
            let more = records.len() > AUDIT_ENTRIES_PER_PAGE as usize;
            (records, false, more)
        }
        Position::Before(id) => {
            let before = Some(filter.before.map_or_else(|| id.clone(), |until| until.min(id.clone())));
            let records = audit::page(&mut snapshot, &AuditFilter { before, ..filter }, true, limit).await?;
            let more = records.len() > AUDIT_ENTRIES_PER_PAGE as usize;
            (records, true, more)
        }
        Position::After(id) => {
            // The next greater text.
            let next = format!("{id}0");
            let from = Some(filter.from.map_or_else(|| next.clone(), |from| from.max(next.clone())));
            let mut records = audit::page(&mut snapshot, &AuditFilter { from, ..filter }, false, limit).await?;
            let more = records.len() > AUDIT_ENTRIES_PER_PAGE as usize;
            records.truncate(AUDIT_ENTRIES_PER_PAGE as usize);
            records.reverse();
            (records, more, true)
        }
    };
    let rows: Vec<_> = records.into_iter().take(AUDIT_ENTRIES_PER_PAGE as usize).map(row).collect();
    let retention_days = retention::get(&mut snapshot).await?;
    let events = AuditEvent::ALL.map(|event| (event.as_str().to_owned(), event.label().to_owned())).to_vec();
    Ok(AuditPage { rows, newer, older, retention_days, events })
}

/// The conditions of a query, without its position.
///
/// # Errors
/// If a day is no date.
pub fn filter(query: &AuditQuery) -> Result<AuditFilter, AppError> {
    let no_date = || AppError::BadRequest("A day has to be a date, such as 2026-11-23.".to_owned());
    let day = |text: &str| match text {
        "" => Ok(None),
        text => start_of_day(text).map(Some).ok_or_else(no_date),
    };
    Ok(AuditFilter {
        account_name: query.person.clone(),
        event: query.event.map(|event| event.as_str().to_owned()).unwrap_or_default(),
        outcome: query.outcome.map(|outcome| outcome.as_str().to_owned()).unwrap_or_default(),
        workspace_name: query.workspace.clone(),
        object_name: query.object.clone(),
        object_id: None,
        only_edits: false,
        from: day(&query.from)?.map(id_at),
        before: day(&query.until)?.map(|day| id_at(day + DAY)),
    })
}

fn row(record: AuditRecord) -> AuditRow {
    AuditRow {
        what: label(&record.event),
        changes: changes(&record),
        at: display_time(record.at),
        id: record.id,
        who: who(record.account_name.clone(), record.token_name.clone()),
        person: record.account_name,
        token: record.token_name,
        event: record.event,
        address: record.address,
        user_agent: record.user_agent,
        outcome: record.outcome,
        workspace: record.workspace_name,
        object: record.object_name,
    }
}

/// Who did something, with or without a token.
pub fn who(account: String, token: Option<String>) -> String {
    match token {
        Some(token) if account.is_empty() => format!("token {token}"),
        Some(token) => format!("{account} (token {token})"),
        None => account,
    }
}

/// The label of an event; its word if a newer version wrote it.
pub fn label(event: &str) -> String {
    AuditEvent::parse(event).map_or_else(|| event.to_owned(), |event| event.label().to_owned())
}

/// What was changed, a sentence for each field.
pub fn changes(record: &AuditRecord) -> Vec<String> {
    let changes: Vec<AuditChange> = serde_json::from_str(&record.changes).unwrap_or_default();
    let sentence = |AuditChange { field, from, to }: AuditChange| match (from.as_str(), to.as_str()) {
        ("", to) => format!("{field}: {to}"),
        (from, "") => format!("{field}: {from} \u{2192} none"),
        (from, to) => format!("{field}: {from} \u{2192} {to}"),
    };
    changes.into_iter().map(sentence).collect()
}
