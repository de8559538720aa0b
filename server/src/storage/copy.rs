//! Copies all rows of one database to another, of the same or of the other engine.

mod tables;

use self::tables::{Kind, TABLES, Table};
use super::database::Connection;
use super::error::{Result, StorageError};
use sqlx::{AssertSqlSafe, ColumnIndex, Decode, FromRow, Row, Type};
use thiserror::Error;

/// The values that a statement stores. SQLite searches all placeholders for each: with ten times as many, a row takes
/// three times as long.
const VALUES_AT_ONCE: usize = 1_000;

/// The rows that were copied from one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopiedRows {
    /// What they are, for people: "accounts".
    pub rows: &'static str,
    pub count: u64,
}

/// Why rows were not copied. The transaction must not be committed.
#[derive(Debug, Error)]
pub enum CopyError {
    /// There are rows that a new database does not have.
    #[error("it is not empty. Name an empty database, or a file that does not exist yet")]
    NotEmpty,
    #[error("the {0} cannot be read: {1}")]
    Read(&'static str, #[source] StorageError),
    #[error("the {0} cannot be stored: {1}")]
    Store(&'static str, #[source] StorageError),
    #[error("{stored} of {read} {rows} were stored")]
    Count { rows: &'static str, read: i64, stored: i64 },
}

/// The values of a row, as texts.
struct Texts(Vec<Option<String>>);

impl<'r, R: Row> FromRow<'r, R> for Texts
where
    usize: ColumnIndex<R>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        (0..row.len()).map(|index| row.try_get(index)).collect::<Result<_, _>>().map(Self)
    }
}

/// Whether a database has no rows but those that the migrations insert.
///
/// # Errors
/// If it cannot be read.
pub async fn is_empty(connection: &mut Connection) -> Result<bool> {
    for table in &TABLES {
        let sql = match table.name {
            "workspace" => "select count(*) > 0 from workspace where id <> 'default' or name <> 'default'".to_owned(),
            name => format!("select count(*) > 0 from {name}"),
        };
        // The tables of an earlier version may lack one.
        if connection.has_table(table.name).await? && connection.query(AssertSqlSafe(sql)).fetch_scalar().await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Copies all rows from a snapshot of one database to a transaction of another, which must be empty. Afterwards both
/// have the same number of rows. `progress` is called after each step with the rows of this table so far.
///
/// # Errors
/// See [`CopyError`].
pub async fn copy_rows(
    source: &mut Connection,
    target: &mut Connection,
    progress: &mut (dyn FnMut(CopiedRows) + Send),
) -> Result<Vec<CopiedRows>, CopyError> {
    let store = |error| CopyError::Store("rows", error);
    if let Connection::Postgres(_) = target {
        // The source may take its time.
        target.query("set local idle_in_transaction_session_timeout = 0").execute().await.map_err(store)?;
    }
    if !is_empty(target).await.map_err(store)? {
        return Err(CopyError::NotEmpty);
    }
    target.query("delete from workspace").execute().await.map_err(store)?;
    for table in &TABLES {
        copy_table(table, source, target, progress).await?;
    }
    let mut copied = Vec::new();
    for table in &TABLES {
        copied.push(count(table, source, target).await?);
    }
    Ok(copied)
}

/// Copies a table in the order of its key, as many rows at once as a statement has room for.
async fn copy_table(
    table: &Table,
    source: &mut Connection,
    target: &mut Connection,
    progress: &mut (dyn FnMut(CopiedRows) + Send),
) -> Result<(), CopyError> {
    let most = VALUES_AT_ONCE / table.columns.len();
    let mut last: Option<String> = None;
    let mut count = 0;
    loop {
        let rows =
            read(table, source, last.as_deref(), most).await.map_err(|error| CopyError::Read(table.rows, error))?;
        let Some(Texts(row)) = rows.last() else { return Ok(()) };
        last.clone_from(&row[0]);
        count += rows.len() as u64;
        store(table, target, &rows, most).await.map_err(|error| CopyError::Store(table.rows, error))?;
        progress(CopiedRows { rows: table.rows, count });
    }
}

/// The next rows after the one with this key.
async fn read(table: &Table, source: &mut Connection, last: Option<&str>, most: usize) -> Result<Vec<Texts>> {
    let key = &table.columns[0];
    let after = match last {
        Some(_) => format!("where {} > {}", key.name, key.kind.of_text("$1", source)),
        None => String::new(),
    };
    let sql = format!(
        "select {} from {} {after} order by {}.id limit {most}",
        table.as_texts(source),
        table.name,
        table.name
    );
    let mut query = source.query(AssertSqlSafe(sql));
    if let Some(last) = last {
        query = query.bind(last);
    }
    query.fetch_all().await
}

async fn store(table: &Table, target: &mut Connection, rows: &[Texts], most: usize) -> Result<()> {
    let kinds: Vec<Kind> = table.columns.iter().map(|column| column.kind).collect();
    let mut number = 0;
    let mut values = Vec::new();
    for _ in rows {
        let row: Vec<_> = kinds
            .iter()
            .map(|kind| {
                number += 1;
                kind.of_text(&format!("${number}"), target)
            })
            .collect();
        values.push(format!("({})", row.join(", ")));
    }
    let sql = format!("insert into {} ({}) values {}", table.name, table.names(), values.join(", "));
    // All but the last have the same text.
    let mut query = target.query(AssertSqlSafe(sql)).persistent(rows.len() == most);
    for Texts(row) in rows {
        for value in row {
            query = query.bind(value.as_deref());
        }
    }
    query.execute().await?;
    Ok(())
}

async fn count(table: &Table, source: &mut Connection, target: &mut Connection) -> Result<CopiedRows, CopyError> {
    let rows = table.rows;
    let sql = format!("select count(*) from {}", table.name);
    let read = source.query(AssertSqlSafe(sql.clone())).fetch_scalar().await;
    let read: i64 = read.map_err(|error| CopyError::Read(rows, error))?;
    let stored = target.query(AssertSqlSafe(sql)).fetch_scalar().await;
    let stored: i64 = stored.map_err(|error| CopyError::Store(rows, error))?;
    if read != stored {
        return Err(CopyError::Count { rows, read, stored });
    }
    Ok(CopiedRows { rows, count: read.unsigned_abs() })
}
