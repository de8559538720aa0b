//! Opens a SQLite file.

mod migrations;

pub use self::migrations::known_migrations;
use self::migrations::migrate;
use super::database::{Connection, SqliteHandle, Storage};
use super::error::{OpenError, Result};
use super::events;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqliteConnection};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::broadcast;

/// Older versions can corrupt a database in WAL mode when two connections checkpoint at once.
const OLDEST_SOUND_SQLITE: (u32, u32, u32) = (3, 51, 3);

const READERS: u32 = 4;

/// How long to wait for a lock that another process holds, and for a free connection.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens or creates the database and migrates it. Before a migration, the database is copied to
/// `portolan.db.before-N`, where N is the first pending migration.
///
/// # Errors
/// See [`OpenError`].
pub async fn open(path: &Path) -> Result<Storage, OpenError> {
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
    // At the start rather than at the end, because it may wait for a lock, and the exit should not. If it fails, only
    // query plans get worse.
    let _ = sqlx::query("pragma optimize = 0x10002").execute(&writer).await;
    let readers = pool(READERS).min_connections(READERS).connect_with(options.pragma("query_only", "on")).await?;
    Ok(Storage::Sqlite { writer, readers, events: broadcast::Sender::new(events::WAITING) })
}

/// Reads from an existing database without changing it. `None` if there is none.
///
/// # Errors
/// If the file is not a database.
pub async fn open_read_only(path: &Path) -> Result<Option<Connection>, OpenError> {
    if !path.exists() {
        return Ok(None);
    }
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    Ok(Some(Connection::Sqlite(SqliteHandle::Single(pool.acquire().await?))))
}

/// A pool that verifies the settings of each new connection. Connections to a file do not break, so they are not tested
/// before use.
fn pool(most: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(most)
        .acquire_timeout(BUSY_TIMEOUT)
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                verify_settings(connection).await.map_err(|error| sqlx::Error::Configuration(error.to_string().into()))
            })
        })
}

/// Whether the connection can be reused. If SQLite rolls back by itself (disk full, I/O error), the rollback sent by
/// sqlx fails, and sqlx, believing that the transaction is still open, refuses every `begin immediate`. Such a
/// connection is closed and replaced.
async fn is_reusable(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // The rollback of a dropped transaction is queued. A ping returns after it has run.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// The path of a file that belongs to another, such as its log.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Makes the file accessible only to its owner. SQLite gives its log and its shared memory the permissions of the
/// database.
fn restrict_to_owner(path: &Path) -> io::Result<()> {
    let file = File::options().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "the database was readable by other users; restricted it to its owner");
    }
    for file in ["", "-wal", "-shm"].map(|suffix| with_suffix(path, suffix)) {
        if fs::exists(&file)? {
            fs::set_permissions(&file, Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}

/// Verifies the settings that durability depends on.
async fn verify_settings(connection: &mut SqliteConnection) -> Result<(), OpenError> {
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
    use sqlx::Row;

    #[tokio::test]
    async fn r1_every_database_connection_has_the_required_settings() {
        let folder = tempfile::tempdir().unwrap();
        let storage = open(&folder.path().join("portolan.db")).await.unwrap();
        let mut held = Vec::new();
        for _ in 0..READERS {
            let mut connection = storage.reader().await.unwrap();
            let Connection::Sqlite(handle) = &mut connection else { panic!("not SQLite") };
            verify_settings(handle).await.unwrap();
            assert!(connection.query("delete from workspace").execute().await.is_err());
            held.push(connection);
        }
    }

    /// Read one by one, and not by the code that refuses a connection.
    #[tokio::test]
    async fn r1_the_writer_and_every_reader_sync_each_commit_of_a_sound_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        let storage = open(&folder.path().join("portolan.db")).await.unwrap();
        let Storage::Sqlite { writer, readers, .. } = &storage else { panic!("not SQLite") };
        let mut held = Vec::new();
        for (pool, count) in [(writer, 1), (readers, READERS)] {
            for _ in 0..count {
                let mut connection = pool.acquire().await.unwrap();
                for (pragma, wanted) in [
                    ("pragma journal_mode", "wal"),
                    ("pragma synchronous", "2"),
                    ("pragma foreign_keys", "1"),
                    ("pragma busy_timeout", "5000"),
                ] {
                    let row = sqlx::query(pragma).fetch_one(&mut *connection).await.unwrap();
                    let value = row.try_get_unchecked::<String, _>(0).unwrap();
                    assert_eq!(value, wanted, "{pragma}");
                }
                let version: String =
                    sqlx::query_scalar("select sqlite_version()").fetch_one(&mut *connection).await.unwrap();
                assert!(parse_version(&version) >= Some((3, 51, 3)), "{version}");
                held.push(connection);
            }
        }
        assert_eq!(held.len(), 5);
    }

    #[tokio::test]
    async fn r9_a_database_of_a_newer_version_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("portolan.db");
        let storage = open(&path).await.unwrap();
        let mut transaction = storage.write().await.unwrap();
        transaction
            .query("insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'new', 1, x'00', 0)")
            .execute()
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        storage.close().await;
        let error = open(&path).await.err().unwrap().to_string();
        assert!(error.contains("newer version"), "{error}");
    }

    #[test]
    fn r1_sqlite_versions_are_compared_as_numbers() {
        assert!(parse_version("3.51.10") > parse_version("3.51.3"));
        assert_eq!(parse_version("three"), None);
    }
}
