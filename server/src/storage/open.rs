//! Opening the database file: the one place, with [`migrations`](super::migrations), that only SQLite understands.

use super::database::Storage;
use super::error::{OpenError, Result};
use super::migrations::{migrate, with_suffix};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

/// Versions before this one can corrupt a database in WAL mode when two connections checkpoint at once.
const OLDEST_SOUND_SQLITE: (u32, u32, u32) = (3, 51, 3);

const READERS: u32 = 4;

/// How long to wait for a lock that another process holds, and how long to wait for a connection.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

impl Storage {
    /// Opens the database, creates it if it is missing, and brings its tables up to date. Before tables change, the
    /// database is copied to `portolan.db.before-N`, N being the first new migration.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        restrict_to_owner(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(BUSY_TIMEOUT)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .pragma("journal_size_limit", "67108864");
        let writer = pool(1).after_release(|connection, _| Box::pin(is_reusable(connection)));
        let writer = writer.connect_with(options.clone()).await?;
        migrate(&writer, path).await?;
        // At the start, not at the end: it may have to wait for a lock, and an exit should not wait. Without it, only
        // query plans get worse.
        let _ = sqlx::query("pragma optimize = 0x10002").execute(&writer).await;
        let readers = pool(READERS).min_connections(READERS).connect_with(options.pragma("query_only", "on")).await?;
        Ok(Self { writer, readers })
    }
}

/// A pool whose connections are verified when they open, also those that replace others later. A connection to a file
/// does not break, so none is tested before it is used.
fn pool(most: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(most)
        .acquire_timeout(BUSY_TIMEOUT)
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                prove(connection).await.map_err(|error| sqlx::Error::Configuration(error.to_string().into()))
            })
        })
}

/// Whether the next transaction can use this connection. If SQLite rolls back by itself (disk full, I/O error), the
/// rollback that sqlx sends fails, sqlx believes the transaction open for ever and refuses every `begin immediate`.
/// Such a connection is closed, and the pool opens another.
async fn is_reusable(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // The rollback of a dropped transaction is queued. A ping comes back after it has run.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// Creates the file for its owner alone, or takes other people's access away. SQLite gives its log and its shared
/// memory the permissions of the database.
fn restrict_to_owner(path: &Path) -> io::Result<()> {
    let file = File::options().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others could read the database; now only its owner can");
    }
    for file in ["", "-wal", "-shm"].map(|suffix| with_suffix(path, suffix)) {
        if fs::exists(&file)? {
            fs::set_permissions(&file, Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}

/// Verifies that a connection has the settings that durability depends on.
async fn prove(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(&mut *connection).await?;
    if parse_version(&version).is_none_or(|version| version < OLDEST_SOUND_SQLITE) {
        return Err(OpenError::Unsound(version));
    }
    let journal: String = sqlx::query_scalar("pragma journal_mode").fetch_one(&mut *connection).await?;
    if journal != "wal" {
        return Err(OpenError::Pragma("journal_mode", journal));
    }
    let numbers = [
        ("synchronous", "pragma synchronous", 2),
        ("foreign_keys", "pragma foreign_keys", 1),
        ("busy_timeout", "pragma busy_timeout", BUSY_TIMEOUT.as_millis() as i64),
    ];
    for (name, query, wanted) in numbers {
        let value: i64 = sqlx::query_scalar(query).fetch_one(&mut *connection).await?;
        if value != wanted {
            return Err(OpenError::Pragma(name, value.to_string()));
        }
    }
    Ok(())
}

fn parse_version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_connection_has_the_required_settings() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::open(&folder.path().join("portolan.db")).await.unwrap();
        let mut held = Vec::new();
        for _ in 0..READERS {
            let mut connection = storage.reader().await.unwrap();
            prove(&mut connection).await.unwrap();
            assert!(sqlx::query("delete from workspace").execute(&mut *connection).await.is_err());
            held.push(connection);
        }
    }

    #[tokio::test]
    async fn a_database_of_a_newer_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("portolan.db");
        let storage = Storage::open(&path).await.unwrap();
        let mut transaction = storage.write().await.unwrap();
        sqlx::query("insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'new', 1, x'00', 0)")
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        storage.close().await;
        let error = Storage::open(&path).await.err().unwrap().to_string();
        assert!(error.contains("newer version"), "{error}");
    }

    #[test]
    fn versions_are_read_as_numbers() {
        assert!(parse_version("3.51.10") > parse_version("3.51.3"));
        assert_eq!(parse_version("three"), None);
    }
}
