//! The trail as a file: JSON lines or CSV (RFC 4180), oldest first. It is read piece by piece, so that its size does not
//! matter.

use super::entry::Entry;
use super::list::filter;
use crate::app_state::AppState;
use crate::auth::authorize;
use crate::display_time::rfc3339;
use crate::entropy::Entropy;
use crate::error::Result;
use crate::storage::Storage;
use crate::storage::audit::{self, AuditFilter, AuditRecord};
use app::Actor;
use app::audit::AuditQuery;
use domain::{Action, AuditChange, AuditEvent, Resource};
use futures_util::stream::{self, Stream, StreamExt};

/// How many entries are read at once.
const AT_ONCE: u32 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    JsonLines,
    Csv,
}

const COLUMNS: [&str; 12] = [
    "id",
    "time",
    "person",
    "address",
    "user_agent",
    "event",
    "outcome",
    "workspace",
    "object",
    "object_id",
    "changes",
    "token",
];

/// Records the export, and returns its text in pieces. The trail is not locked meanwhile: what is added while it is
/// being read may be in it.
pub async fn export(
    state: &AppState,
    actor: &Actor,
    query: &AuditQuery,
    format: ExportFormat,
) -> Result<impl Stream<Item = Result<String>> + use<>> {
    let permit = authorize(actor, Action::ReadAudit, Resource::Everything)?;
    let entry = Entry::permitted(&permit, AuditEvent::ExportAudit);
    export_from(&state.storage, entry, state.clock.now(), &*state.entropy, query, format).await
}

/// The same without a running server. `entry` says who exports, and `now` is in milliseconds since 1970.
pub async fn export_from(
    storage: &Storage,
    entry: Entry,
    now: i64,
    entropy: &dyn Entropy,
    query: &AuditQuery,
    format: ExportFormat,
) -> Result<impl Stream<Item = Result<String>> + use<>> {
    let filter = filter(query)?;
    let mut transaction = storage.write().await?;
    let name = if format == ExportFormat::Csv { "CSV" } else { "JSON lines" };
    let entry = entry.with_changes(AuditChange::of("Format", "", name));
    entry.record_at(now, entropy, &mut transaction).await?;
    transaction.commit().await?;
    let head = (format == ExportFormat::Csv).then(|| Ok(line(&COLUMNS.map(str::to_owned))));
    let storage = storage.clone();
    let pieces = stream::unfold(Some(filter), move |next| {
        let storage = storage.clone();
        async move {
            let filter = next?;
            match piece(&storage, &filter, format).await {
                Ok((text, next)) => Some((Ok(text), next)),
                Err(error) => Some((Err(error), None)),
            }
        }
    });
    // What sends it may ask again after the end.
    Ok(stream::iter(head).chain(pieces).fuse())
}

/// The next entries, and where to go on.
async fn piece(storage: &Storage, filter: &AuditFilter, format: ExportFormat) -> Result<(String, Option<AuditFilter>)> {
    let records = audit::page(&mut storage.reader().await?, filter, false, AT_ONCE).await?;
    let next = records.last().filter(|_| records.len() == AT_ONCE as usize).map(|last| AuditFilter {
        // The next greater text.
        from: Some(format!("{}0", last.id)),
        ..filter.clone()
    });
    let text = records.into_iter().map(|record| match format {
        ExportFormat::JsonLines => json(record),
        ExportFormat::Csv => line(&fields(record)),
    });
    Ok((text.collect(), next))
}

fn fields(record: AuditRecord) -> [String; 12] {
    [
        record.id,
        rfc3339(record.at),
        record.account_name,
        record.address,
        record.user_agent,
        record.event,
        record.outcome,
        record.workspace_name.unwrap_or_default(),
        record.object_name.unwrap_or_default(),
        record.object_id.unwrap_or_default(),
        record.changes,
        record.token_name.unwrap_or_default(),
    ]
}

/// One object on one line: JSON escapes control characters, so no value can begin another line.
fn json(record: AuditRecord) -> String {
    let changes: serde_json::Value = serde_json::from_str(&record.changes).unwrap_or_default();
    let mut object: serde_json::Map<_, _> =
        COLUMNS.into_iter().map(str::to_owned).zip(fields(record).map(serde_json::Value::from)).collect();
    object.insert("changes".to_owned(), changes);
    serde_json::Value::Object(object).to_string() + "\n"
}

/// One record on one line. Control characters are escaped, and a text that a spreadsheet would run as a formula begins
/// with an apostrophe (OWASP, CSV Injection).
fn line(fields: &[String]) -> String {
    let quoted = fields.iter().map(|field| {
        let visible: String =
            field.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect();
        let is_formula = visible.starts_with(['=', '+', '-', '@']);
        format!("\"{}{}\"", if is_formula { "'" } else { "" }, visible.replace('"', "\"\""))
    });
    quoted.collect::<Vec<_>>().join(",") + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w11_no_value_begins_another_line_or_a_formula() {
        let line = line(&["a\r\nb".to_owned(), "=1+1".to_owned(), "say \"x\"".to_owned(), String::new()]);
        assert_eq!(line, "\"a\\r\\nb\",\"'=1+1\",\"say \"\"x\"\"\",\"\"\r\n");
    }
}
