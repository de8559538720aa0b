//! The SQLite file: one connection that writes, several that read.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Versions before this one can corrupt a database in WAL mode when two connections checkpoint at once.
const OLDEST_SOUND_SQLITE: (u32, u32, u32) = (3, 51, 3);

const READERS: u32 = 4;

/// How long to wait for a lock that another process holds, and how long to wait for a connection.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

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
    /// A migration failed half-way. The file is a copy of the database as it was before.
    HalfMigrated(MigrateError, PathBuf),
    /// The operating system refuses access to the file.
    File(io::Error),
    /// The database reports an error.
    Database(sqlx::Error),
}

impl Store {
    /// Opens the database, creates it if it is missing, and brings its tables up to date. Before tables change, the
    /// database is copied to `portolan.db.before-N`, N being the first new migration.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        restrict_to_owner(path).map_err(StoreError::File)?;
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
        // At the start, not at the end: it may have to wait for a lock, and nobody waits for an exit. Planning gets worse
        // without it, nothing else.
        let _ = sqlx::query("pragma optimize = 0x10002").execute(&writer).await;
        let readers = pool(READERS).min_connections(READERS).connect_with(options.pragma("query_only", "on")).await?;
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
    /// If the lock cannot be had in time.
    pub async fn write(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.writer.begin_with("begin immediate").await
    }

    /// Writes and syncs a row that nobody reads: the only reliable test of whether a change can be stored.
    ///
    /// # Errors
    /// If nothing can be stored at the moment.
    pub async fn prove_writable(&self) -> Result<(), sqlx::Error> {
        let mut transaction = self.write().await?;
        sqlx::query(
            "insert into write_probe (id, writes) values (1, 1) on conflict (id) do update set writes = writes + 1",
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// Closes every connection; the last one leaves the file whole, without a log beside it.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// A pool whose connections are checked when they open, also those that replace others later. A connection to a file
/// does not go away, so none is tested before it is used.
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

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Runs the migrations that are missing. Each has a transaction of its own: if one fails, those before it stay, and
/// the copy that was made first is the way back.
async fn migrate(writer: &SqlitePool, path: &Path) -> Result<(), StoreError> {
    let mut connection = writer.acquire().await?;
    let copy = match first_missing(&mut connection).await? {
        Some(version) => Some(copy_before(&mut connection, path, version).await?),
        None => None,
    };
    drop(connection);
    let Err(error) = MIGRATIONS.run(writer).await else { return Ok(()) };
    // The last connection to go leaves no log behind that would be replayed over the copy.
    writer.close().await;
    Err(match (error, copy) {
        (error @ (MigrateError::Execute(_) | MigrateError::ExecuteMigration(..)), Some(copy)) => {
            StoreError::HalfMigrated(error, copy)
        }
        (error, _) => StoreError::Migration(error),
    })
}

/// The first migration that an existing database lacks; none if it is new or up to date.
async fn first_missing(connection: &mut SqliteConnection) -> Result<Option<i64>, sqlx::Error> {
    let tables: i64 = sqlx::query_scalar("select count(*) from sqlite_master where name = '_sqlx_migrations'")
        .fetch_one(&mut *connection)
        .await?;
    if tables == 0 {
        return Ok(None);
    }
    let last: Option<i64> =
        sqlx::query_scalar("select max(version) from _sqlx_migrations").fetch_one(&mut *connection).await?;
    Ok(MIGRATIONS.iter().map(|migration| migration.version).find(|version| Some(*version) > last))
}

/// Copies the database, with what is still in its log. Takes the place of an earlier copy for the same migration.
async fn copy_before(connection: &mut SqliteConnection, path: &Path, version: i64) -> Result<PathBuf, StoreError> {
    let copy = with_suffix(path, &format!(".before-{version}"));
    let unfinished = with_suffix(&copy, ".part");
    // SQLite writes into an empty file, which exists for its owner alone from the start. A new one: who can write to the
    // folder could have put a link there.
    let _ = fs::remove_file(&unfinished);
    let file = File::options().create_new(true).write(true).mode(0o600).open(&unfinished);
    let file = file.map_err(StoreError::File)?;
    sqlx::query("vacuum into ?").bind(unfinished.to_string_lossy().into_owned()).execute(connection).await?;
    file.sync_all().and_then(|()| fs::rename(&unfinished, &copy)).map_err(StoreError::File)?;
    tracing::info!(copy = %copy.display(), "the tables are about to change; this is a copy of the database before");
    Ok(copy)
}

/// Proves that a connection keeps what a credential store promises.
async fn prove(connection: &mut SqliteConnection) -> Result<(), StoreError> {
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
        ("busy_timeout", "pragma busy_timeout", BUSY_TIMEOUT.as_millis() as i64),
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

/// What an existing database says of the key that its secrets are sealed with. Only reads.
#[derive(Debug, PartialEq, Eq)]
pub enum SealedWith {
    /// Nothing was ever sealed.
    Nothing,
    /// The id of the key, and the proof that tells it from others.
    Key(String, String),
    /// There are sealed secrets, but nothing says with which key.
    Unknown,
}

/// Reads it from the file, before anything is written.
///
/// # Errors
/// If the file is not a database of ours.
pub async fn sealed_with(path: &Path) -> Result<SealedWith, StoreError> {
    if !path.exists() {
        return Ok(SealedWith::Nothing);
    }
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    let found = read_key(&mut pool.acquire().await?).await;
    pool.close().await;
    Ok(found?)
}

async fn read_key(connection: &mut PoolConnection<Sqlite>) -> Result<SealedWith, sqlx::Error> {
    let mut has_table = async |name: &str| -> Result<bool, sqlx::Error> {
        let tables = sqlx::query_scalar("select count(*) from sqlite_master where type = 'table' and name = ?");
        let tables: i64 = tables.bind(name).fetch_one(&mut **connection).await?;
        Ok(tables > 0)
    };
    let (keys, registries) = (has_table("vault_key").await?, has_table("image_registry").await?);
    if keys
        && let Some((id, proof)) =
            sqlx::query_as("select id, proof from vault_key").fetch_optional(&mut **connection).await?
    {
        return Ok(SealedWith::Key(id, proof));
    }
    let sealed: i64 = match registries {
        true => {
            sqlx::query_scalar("select count(*) from image_registry where password_sealed is not null")
                .fetch_one(&mut **connection)
                .await?
        }
        false => 0,
    };
    Ok(if sealed > 0 { SealedWith::Unknown } else { SealedWith::Nothing })
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
            Self::HalfMigrated(error, copy) => write!(
                f,
                "its tables cannot be brought up to date: {error}. To go back: delete portolan.db-wal and portolan.db-shm, rename {} to portolan.db, and start the earlier version",
                copy.display()
            ),
            Self::File(error) => write!(f, "{error}"),
            Self::Database(error) => write!(f, "{error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_connection_has_the_required_settings() {
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
