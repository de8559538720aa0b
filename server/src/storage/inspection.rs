//! Looks at a database for `portolan doctor`, beside a running server or without one. Nothing is written, not even the
//! files of SQLite's log.

use super::address::DatabaseAddress;
use super::database::Connection;
use super::error::{OpenError, Result};
use super::existing::{ExistingDatabase, TablesVersion};
use super::sealed::{self, SealedCount};
use super::sqlite;
use super::vault_key::{self, KeyRecord, SealedWith};
use std::io;
use std::path::Path;

/// The most addresses of registries that are returned.
const MOST_REGISTRIES: i64 = 1_000;

/// The most faults of a damaged file that are listed.
const MOST_FAULTS: usize = 3;

/// What there is to know about a database.
#[derive(Debug)]
pub struct Inspection {
    /// The engine and its version.
    pub engine: String,
    pub tables: TablesVersion,
    /// Whether tables can be created, for a first start or an upgrade.
    pub may_create_tables: bool,
    /// The keys that its secrets are sealed with.
    pub sealed_with: SealedWith,
    /// The rest is read only if the tables are current.
    pub contents: Option<Contents>,
}

/// What the doctor reads from current tables.
#[derive(Debug)]
pub struct Contents {
    /// The newest time that was stored. Milliseconds since 1970.
    pub newest: Option<i64>,
    /// The clock of a PostgreSQL server. Milliseconds since 1970.
    pub clock: Option<i64>,
    /// All keys, the active one first.
    pub keys: Vec<KeyRecord>,
    /// How many secrets are sealed with each key.
    pub sealed: Vec<SealedCount>,
    /// The addresses of registries, or of some if there are very many.
    pub registries: Vec<String>,
}

/// Inspects a database. `None` if there is no such file.
///
/// # Errors
/// [`OpenError::Damaged`] if the file is damaged; otherwise as a server that starts.
pub async fn inspect(address: &DatabaseAddress) -> Result<Option<Inspection>, OpenError> {
    let Some(mut database) = ExistingDatabase::open_untouched(address).await? else { return Ok(None) };
    let inspection = read(&mut database).await;
    database.close().await;
    inspection.map(Some)
}

async fn read(database: &mut ExistingDatabase) -> Result<Inspection, OpenError> {
    let faults = faults(&mut database.connection).await?;
    if !faults.is_empty() {
        return Err(OpenError::Damaged(faults.join("; ")));
    }
    let tables = database.tables_version().await?;
    let sealed_with = database.sealed_with().await?;
    let connection = &mut database.connection;
    let contents = if tables == TablesVersion::Current { Some(contents(connection).await?) } else { None };
    Ok(Inspection {
        engine: engine(connection).await?,
        tables,
        may_create_tables: may_create_tables(connection).await?,
        sealed_with,
        contents,
    })
}

async fn contents(connection: &mut Connection) -> Result<Contents> {
    Ok(Contents {
        newest: newest(connection).await?,
        clock: clock(connection).await?,
        keys: vault_key::records(connection).await?,
        sealed: sealed::counts(connection).await?,
        registries: connection
            .query("select distinct url from image_registry order by url limit $1")
            .bind(MOST_REGISTRIES)
            .fetch_scalars()
            .await?,
    })
}

/// What SQLite finds wrong with its file. PostgreSQL has checksums and `amcheck` for that.
async fn faults(connection: &mut Connection) -> Result<Vec<String>> {
    let Connection::Sqlite(_) = connection else { return Ok(Vec::new()) };
    let found: Vec<String> = connection.query("pragma quick_check(100)").fetch_scalars().await?;
    // Its findings are lists.
    let lines = found.iter().flat_map(|text| text.lines()).map(str::trim);
    Ok(lines.filter(|line| *line != "ok" && !line.is_empty()).take(MOST_FAULTS).map(str::to_owned).collect())
}

async fn engine(connection: &mut Connection) -> Result<String> {
    let sql = match connection {
        Connection::Sqlite(_) => "select 'SQLite ' || sqlite_version()",
        Connection::Postgres(_) => "select 'PostgreSQL ' || current_setting('server_version')",
    };
    connection.query(sql).fetch_scalar().await
}

async fn may_create_tables(connection: &mut Connection) -> Result<bool> {
    match connection {
        // For the rights of the file and its folder to say.
        Connection::Sqlite(_) => Ok(true),
        Connection::Postgres(_) => {
            let sql = "select coalesce(has_schema_privilege(current_schema(), 'create'), false)";
            connection.query(sql).fetch_scalar().await
        }
    }
}

/// Entries of the audit trail are numbered by their time. Sessions are few.
async fn newest(connection: &mut Connection) -> Result<Option<i64>> {
    let sql = "select max(at) from (select at from (select at from audit_entry order by id desc limit 1) entry
               union all select max(last_seen_at) from session
               union all select max(updated_at) from image_registry) times";
    connection.query(sql).fetch_scalar().await
}

async fn clock(connection: &mut Connection) -> Result<Option<i64>> {
    match connection {
        Connection::Sqlite(_) => Ok(None),
        Connection::Postgres(_) => {
            let sql = "select cast(extract(epoch from clock_timestamp()) * 1000 as bigint)";
            connection.query(sql).fetch_scalar().await.map(Some)
        }
    }
}

/// Whether a file has a log that has to be read with it.
pub(super) fn has_log(path: &Path) -> io::Result<bool> {
    // The index of the log as well: without it, a connection would create it, and leave it behind.
    Ok(sqlite::with_suffix(path, "-wal").try_exists()? && sqlite::with_suffix(path, "-shm").try_exists()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::on_both_engines;

    #[tokio::test]
    async fn the_newest_time_is_that_of_an_entry_a_session_or_a_registry() {
        on_both_engines(async |storage| {
            let mut connection = storage.reader().await.unwrap();
            assert_eq!(newest(&mut connection).await.unwrap(), None);
            drop(connection);
            let mut transaction = storage.write().await.unwrap();
            for (statement, expected) in [
                (
                    "insert into image_registry (id, workspace_id, name, url, repository, phase_since, created_at, updated_at)
                     values ('r', 'default', 'r', 'https://a.example', '', 5, 5, 7)",
                    7,
                ),
                (
                    "insert into audit_entry (id, at, account_name, address, user_agent, event, outcome, changes)
                     values ('1', 9, '', '', '', 'x', 'Done', '[]')",
                    9,
                ),
                (
                    "insert into audit_entry (id, at, account_name, address, user_agent, event, outcome, changes)
                     values ('2', 11, '', '', '', 'x', 'Done', '[]')",
                    11,
                ),
            ] {
                transaction.query(statement).execute().await.unwrap();
                assert_eq!(newest(&mut transaction).await.unwrap(), Some(expected));
            }
        })
        .await;
    }
}
