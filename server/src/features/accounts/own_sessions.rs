//! The sessions of the signed-in person: which there are, and ending them.

use super::super::audit::Entry;
use super::browser_name::browser_name;
use super::session::{Times, last_use};
use crate::app_state::AppState;
use crate::display_time::display_time;
use crate::error::Result;
use crate::events::{self, Message};
use crate::storage::sessions::{self, OwnSessionRecord};
use app::{Actor, AppError, SessionList, SessionRow};
use domain::{AuditChange, AuditEvent};
use sha2::{Digest, Sha256};

/// The most sessions in the list. A script that logs in for every request has more.
const MOST_LISTED: usize = 100;

pub async fn list(state: &AppState, actor: &Actor) -> Result<SessionList> {
    // Read before the rows: a recorded time is removed only once it is stored in its row.
    let noted = state.last_seen.all_noted();
    let records = sessions::of_account(&mut state.storage.reader().await?, &actor.user_id).await?;
    let now = state.clock.now();
    let mut valid: Vec<_> = records
        .into_iter()
        .filter_map(|record| {
            let times = Times { began: record.created_at, last_used: record.last_seen_at };
            let last_used = last_use(state.session_limits, times, noted.get(&record.id).copied(), now)?;
            Some((record, last_used))
        })
        .collect();
    // This one first, then the last used.
    valid.sort_by_key(|(record, last_used)| (record.id != actor.session_id, -last_used));
    let left_out = valid.len().saturating_sub(MOST_LISTED);
    valid.truncate(MOST_LISTED);
    let rows = valid.into_iter().map(|(record, last_used)| row(record, last_used, actor)).collect();
    Ok(SessionList { rows, left_out: u32::try_from(left_out).unwrap_or(u32::MAX) })
}

fn row(record: OwnSessionRecord, last_used: i64, actor: &Actor) -> SessionRow {
    SessionRow {
        handle: handle_of(&record.id),
        browser: browser_name(record.user_agent.as_deref().unwrap_or_default()),
        address: record.address,
        since: display_time(record.created_at),
        last_used: display_time(last_used),
        is_current: record.id == actor.session_id,
    }
}

/// Ends the session with this handle. Only the actor's own are searched, so somebody else's does not exist.
pub async fn end(state: &AppState, actor: &Actor, handle: &str) -> Result<()> {
    let mut transaction = state.storage.write().await?;
    let records = sessions::of_account(&mut transaction, &actor.user_id).await?;
    let Some(session) = records.into_iter().find(|record| handle_of(&record.id) == handle) else {
        return Err(AppError::NotFound("This session has ended already.".to_owned()).into());
    };
    sessions::delete(&mut transaction, &session.id).await?;
    let began = AuditChange::of("Address", session.address.unwrap_or_default(), "");
    Entry::own(actor, AuditEvent::EndSession).with_changes(began).record(state, &mut transaction).await?;
    events::publish(&mut transaction, &Message::SessionEnded(session.id));
    Ok(transaction.commit().await?)
}

/// Ends every session of the actor except the one of the request.
pub async fn end_others(state: &AppState, actor: &Actor) -> Result<()> {
    let mut transaction = state.storage.write().await?;
    sessions::delete_others(&mut transaction, &actor.user_id, &actor.session_id).await?;
    Entry::own(actor, AuditEvent::EndOtherSessions).record(state, &mut transaction).await?;
    // This also ends the streams of the present session. They open again by themselves.
    events::publish(&mut transaction, &Message::SessionsEnded(actor.user_id.clone()));
    Ok(transaction.commit().await?)
}

/// Names a session in a form: the hash of its id, which is the hash of its token. So a page holds neither what the browser
/// sends nor what the database looks it up by.
fn handle_of(session_id: &str) -> String {
    const_hex::encode(&Sha256::digest(session_id)[..16])
}
