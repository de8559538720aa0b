//! What happened to one image registry, for whoever may see it.

use super::list::{changes, label, who};
use crate::display_time::display_time;
use crate::error::Result;
use crate::storage::Connection;
use crate::storage::audit::{self, AuditFilter};

/// The most entries that a page shows.
const SHOWN: u32 = 10;

/// The last changes of a registry, newest first, a line for each: when, and what by whom. Names are those of their time.
pub async fn history(connection: &mut Connection, registry_id: &str) -> Result<String> {
    let filter = AuditFilter { object_id: Some(registry_id.to_owned()), only_edits: true, ..AuditFilter::default() };
    let records = audit::page(connection, &filter, true, SHOWN).await?;
    let entries = records.into_iter().map(|record| {
        let changes = changes(&record).join("; ");
        let end = if changes.is_empty() { "." } else { ". " };
        let text = format!("{} by {}{end}{changes}", label(&record.event), who(record.account_name, record.token_name));
        format!("{}: {text}", display_time(record.at).exact)
    });
    Ok(entries.collect::<Vec<_>>().join("\n"))
}
