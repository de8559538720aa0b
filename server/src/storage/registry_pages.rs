//! Pages of registries with everything that may be seen of them, by cursor: a page takes as long at the end of the list
//! as at its beginning, and repeats or leaves out nothing while others create and delete.

use super::database::Connection;
use super::error::Result;
use super::image_registries::{DetailsRecord, SELECT_DETAILS};
use super::registry_list::RegistryFilter;
use sqlx::AssertSqlSafe;

/// What pages are sorted by. Names repeat between workspaces, times do anywhere: the id decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKey {
    Name,
    Created,
    Updated,
}

/// The last registry of the page before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    /// The name, or the time in milliseconds since 1970.
    pub value: String,
    pub id: String,
}

/// The registries after a position.
pub async fn page(
    connection: &mut Connection,
    filter: RegistryFilter<'_>,
    (key, descending): (PageKey, bool),
    after: Option<&After>,
    limit: u32,
) -> Result<Vec<DetailsRecord>> {
    let (mut conditions, mut values) = filter.conditions(connection);
    let column = match key {
        PageKey::Name => "r.name",
        PageKey::Created => "r.created_at",
        PageKey::Updated => "r.updated_at",
    };
    let (direction, beyond) = if descending { (" desc", "<") } else { ("", ">") };
    if let Some(After { value, id }) = after {
        let place = values.len() + 1;
        let bound = match key {
            PageKey::Name => format!("${place}"),
            PageKey::Created | PageKey::Updated => format!("cast(cast(${place} as text) as bigint)"),
        };
        let joined = if conditions.is_empty() { " where" } else { " and" };
        conditions = format!("{conditions}{joined} ({column}, r.id) {beyond} ({bound}, ${})", place + 1);
        values.extend([value.clone(), id.clone()]);
    }
    let sql = format!("{SELECT_DETAILS}{conditions} order by {column}{direction}, r.id{direction} limit {limit}");
    connection.query(AssertSqlSafe(sql)).bind_all(&values).fetch_all().await
}
