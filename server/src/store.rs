//! The SQLite file: one connection that writes, several that read.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool, Transaction};
use std::path::Path;
use std::time::Duration;

/// Versions before this one can corrupt a database in WAL mode when two connections checkpoint at once.
const OLDEST_SOUND_SQLITE: (u32, u32, u32) = (3, 51, 3);

const READERS: u32 = 4;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Access to the data.
#[derive(Clone)]
pub struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
}

/// Why the database cannot be used.
#[derive(Debug)]
pub enum StoreError {
    /// SQLite itself is of a version that can lose data.
    Unsound(String),
    /// A connection is not set up as it must be: this pragma reads so.
    Pragma(&'static str, String),
    /// A newer version of Portolan wrote this database, or a migration was changed.
    Migration(MigrateError),
    /// The database says no.
    Database(sqlx::Error),
}

impl Store {
    /// Opens the database, makes it where it is missing, and brings its tables up to date.
    ///
    /// # Errors
    /// See [`StoreError`]. A failed migration leaves the tables as they were.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(Duration::from_secs(5))
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .pragma("journal_size_limit", "67108864")
            .optimize_on_close(true, None);
        // A connection to a file does not go away: asking each time whether it is there costs a journey between threads.
        let pool = || SqlitePoolOptions::new().test_before_acquire(false);
        let writer = pool().max_connections(1).connect_with(options.clone().create_if_missing(true)).await?;
        prove(&mut *writer.acquire().await?).await?;
        MIGRATIONS.run(&writer).await.map_err(StoreError::Migration)?;

        let readers = pool()
            .min_connections(READERS)
            .max_connections(READERS)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    prove(connection).await.map_err(|error| sqlx::Error::Configuration(error.to_string().into()))
                })
            })
            .connect_with(options.pragma("query_only", "on"))
            .await?;
        Ok(Self { writer, readers })
    }

    /// Where to read: any number of readers go beside one writer.
    pub fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Begins to write. The lock is taken at once: a transaction that reads first and writes later could be
    /// refused half-way, whatever the busy timeout.
    ///
    /// # Errors
    /// Where the lock cannot be had in time.
    pub async fn write(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.writer.begin_with("begin immediate").await
    }

    /// Closes every connection; the last one leaves the file whole, without a log beside it.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Proves that a connection keeps what a credential store promises.
async fn prove(connection: &mut sqlx::SqliteConnection) -> Result<(), StoreError> {
    let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(&mut *connection).await?;
    if parse_version(&version).is_none_or(|version| version < OLDEST_SOUND_SQLITE) {
        return Err(StoreError::Unsound(version));
    }
    let journal: String = sqlx::query_scalar("pragma journal_mode").fetch_one(&mut *connection).await?;
    if journal != "wal" {
        return Err(StoreError::Pragma("journal_mode", journal));
    }
    let numbers = [
        ("synchronous", "pragma synchronous", 2),
        ("foreign_keys", "pragma foreign_keys", 1),
        ("busy_timeout", "pragma busy_timeout", 5000),
    ];
    for (name, query, wanted) in numbers {
        let value: i64 = sqlx::query_scalar(query).fetch_one(&mut *connection).await?;
        if value != wanted {
            return Err(StoreError::Pragma(name, value.to_string()));
        }
    }
    Ok(())
}

fn parse_version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

/// The key that the secrets in an existing database were sealed with: its id and its proof. Only reads.
///
/// # Errors
/// Where the file is no database of ours.
pub async fn sealed_with(path: &Path) -> Result<Option<(String, String)>, StoreError> {
    if !path.exists() {
        return Ok(None);
    }
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    let found = read_key(&mut pool.acquire().await?).await;
    pool.close().await;
    Ok(found?)
}

async fn read_key(connection: &mut PoolConnection<Sqlite>) -> Result<Option<(String, String)>, sqlx::Error> {
    let tables: i64 = sqlx::query_scalar("select count(*) from sqlite_master where name = 'vault_key'")
        .fetch_one(&mut **connection)
        .await?;
    if tables == 0 {
        return Ok(None);
    }
    sqlx::query_as("select id, proof from vault_key").fetch_optional(&mut **connection).await
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unsound(version) => write!(f, "SQLite {version} can lose data; this needs 3.51.3 or newer"),
            Self::Pragma(name, value) => write!(f, "SQLite does not keep {name}: it reads {value}"),
            Self::Migration(MigrateError::VersionMissing(version)) => {
                write!(f, "a newer version of Portolan wrote it (step {version} is not known here); run that version")
            }
            Self::Migration(error) => write!(f, "its tables cannot be brought up to date: {error}"),
            Self::Database(error) => write!(f, "{error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_connection_keeps_the_promise() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("portolan.db")).await.unwrap();
        let mut held = Vec::new();
        for _ in 0..READERS {
            let mut connection = store.readers().acquire().await.unwrap();
            prove(&mut connection).await.unwrap();
            assert!(sqlx::query("delete from workspace").execute(&mut *connection).await.is_err());
            held.push(connection);
        }
    }

    #[tokio::test]
    async fn a_database_of_a_newer_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("portolan.db");
        let store = Store::open(&path).await.unwrap();
        let mut transaction = store.write().await.unwrap();
        sqlx::query("insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'new', 1, x'00', 0)")
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        store.close().await;
        let error = Store::open(&path).await.err().unwrap().to_string();
        assert!(error.contains("newer version"), "{error}");
    }

    #[test]
    fn versions_are_read_as_numbers() {
        assert!(parse_version("3.51.10") > parse_version("3.51.3"));
        assert_eq!(parse_version("three"), None);
    }
}
