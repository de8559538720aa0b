//! Opens a PostgreSQL database.

mod connection;
mod listener;

pub use connection::PostgresConnection;
pub use listener::PostgresListener;

use super::address::PostgresSettings;
use super::database::Storage;
use super::error::{OpenError, Result};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgPoolOptions};
use sqlx::{Connection as _, Error, PgPool};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/postgres");

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long testing a connection of the pool may take.
const TEST_TIMEOUT: Duration = Duration::from_millis(500);

/// A connection that was used within this time is not tested again.
const FRESH: Duration = Duration::from_secs(1);

/// How much longer than PostgreSQL itself a statement is waited for.
const GRACE: Duration = Duration::from_secs(3);

/// Begins a transaction that sees one state.
pub const SNAPSHOT: &str = "begin isolation level repeatable read read only";

/// The key of the advisory lock that servers share: `portolan` in ASCII.
pub const SERVER_LOCK: i64 = 0x706f_7274_6f6c_616e;

/// The key of the advisory lock of the command that changes the keys of sealed secrets: `rotation` in ASCII.
pub const ROTATION_LOCK: i64 = 0x726f_7461_7469_6f6e;

/// The first key of the advisory locks that a server shares for each key that it can read: `keys` in ASCII. The second
/// one is the id of the key.
pub const KEY_LOCKS: i32 = 0x6b65_7973;

/// Takes that lock as servers do: together with others.
const SHARE_LOCK: &str = "select pg_try_advisory_lock_shared($1)";

/// How long to wait for that lock. The connection of a server that has just ended may still be there.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// An open database.
#[derive(Clone)]
pub struct PostgresDatabase {
    pool: PgPool,
    options: Arc<PgConnectOptions>,
    /// How long a statement is waited for.
    limit: Duration,
}

/// Holds a database for one process, for as long as its connection lasts.
pub struct ServerLock(#[expect(dead_code, reason = "the lock ends with the connection")] PgConnection);

/// Locks the database for this process alone.
///
/// # Errors
/// If a server uses it, or it cannot be reached.
pub async fn lock(settings: &PostgresSettings) -> Result<ServerLock, OpenError> {
    // A server that has just lost the connection that holds its lock still has others.
    let others = "select pg_try_advisory_lock($1) and not exists (select 1 from pg_stat_activity
                  where datname = current_database() and application_name = 'portolan')";
    lock_with(settings, others).await
}

/// Keeps other processes from locking the database for themselves, while a server starts. Later its listener does.
///
/// # Errors
/// If another process has locked it for itself, or it cannot be reached.
pub async fn share(settings: &PostgresSettings) -> Result<ServerLock, OpenError> {
    lock_with(settings, SHARE_LOCK).await
}

/// Keeps other commands from changing the keys, and from locking the database for themselves. `None` if another one is
/// changing the keys.
///
/// # Errors
/// If another process has locked it for itself, or it cannot be reached.
pub async fn lock_rotation(settings: &PostgresSettings) -> Result<Option<ServerLock>, OpenError> {
    let mut connection = connect_for_locks(settings).await?;
    // First, so that a command that is refused is not taken for a server without the new key.
    let lock = sqlx::query_scalar("select pg_try_advisory_lock($1)").bind(ROTATION_LOCK);
    if !lock.fetch_one(&mut connection).await.map_err(open_error)? {
        return Ok(None);
    }
    wait_for_lock(&mut connection, SHARE_LOCK).await?;
    Ok(Some(ServerLock(connection)))
}

/// The id of a key as a number. It is a hash in eight hexadecimal digits.
pub fn key_number(id: &str) -> i32 {
    u32::from_str_radix(id, 16).unwrap_or_default().cast_signed()
}

async fn lock_with(settings: &PostgresSettings, statement: &'static str) -> Result<ServerLock, OpenError> {
    let mut connection = connect_for_locks(settings).await?;
    wait_for_lock(&mut connection, statement).await?;
    Ok(ServerLock(connection))
}

async fn connect_for_locks(settings: &PostgresSettings) -> Result<PgConnection, OpenError> {
    let options = settings.options.clone().application_name("portolan lock");
    connect(&options.options([("idle_session_timeout", "0"), ("statement_timeout", "5s")])).await
}

async fn wait_for_lock(connection: &mut PgConnection, statement: &'static str) -> Result<(), OpenError> {
    let begin = Instant::now();
    loop {
        let lock = sqlx::query_scalar(statement).bind(SERVER_LOCK);
        if lock.fetch_one(&mut *connection).await.map_err(open_error)? {
            return Ok(());
        }
        if begin.elapsed() > LOCK_TIMEOUT {
            return Err(OpenError::InUse);
        }
        sleep(LOCK_TIMEOUT / 20).await;
    }
}

impl PostgresDatabase {
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A connection for single statements.
    ///
    /// # Errors
    /// If there is none in time.
    pub async fn connection(&self) -> Result<PostgresConnection> {
        PostgresConnection::acquire(&self.pool, self.limit).await
    }

    /// A connection on which a transaction was begun with this statement.
    ///
    /// # Errors
    /// If there is none in time.
    pub async fn begin(&self, statement: &'static str) -> Result<PostgresConnection> {
        let mut connection = self.connection().await?;
        connection.begin(statement).await?;
        Ok(connection)
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Opens the database and migrates it.
///
/// # Errors
/// See [`OpenError`].
pub async fn open(settings: &PostgresSettings) -> Result<Storage, OpenError> {
    let options = server_options(settings);
    let mut connection = connect_and_verify(&options).await?;
    // A migration takes as long as it takes, and another server that starts waits for it.
    sqlx::raw_sql("set statement_timeout = 0; set lock_timeout = '5min'")
        .execute(&mut connection)
        .await
        .map_err(open_error)?;
    MIGRATIONS.run(&mut connection).await.map_err(migration_error)?;
    let _ = connection.close().await;
    let pool = pool(settings.connections).connect_with(options.clone()).await.map_err(open_error)?;
    Ok(Storage::Postgres(PostgresDatabase { pool, options: Arc::new(options), limit: limit(settings) }))
}

/// How a server connects.
fn server_options(settings: &PostgresSettings) -> PgConnectOptions {
    let statement_timeout = format!("{}s", settings.statement_timeout);
    settings.options.clone().application_name("portolan").options([
        // These end what a dead or hanging client holds.
        ("lock_timeout", "5s"),
        ("statement_timeout", &statement_timeout),
        ("idle_in_transaction_session_timeout", "5s"),
        // If this machine vanishes, its locks should not stay for hours.
        ("tcp_keepalives_idle", "30"),
        ("tcp_keepalives_interval", "10"),
        ("tcp_keepalives_count", "3"),
        ("standard_conforming_strings", "on"),
        // It may be off for the whole server. What is acknowledged must be on disk.
        ("synchronous_commit", "on"),
    ])
}

/// Connects as a server does, and verifies that changes would be accepted and kept.
async fn connect_and_verify(options: &PgConnectOptions) -> Result<PgConnection, OpenError> {
    let mut connection = connect(options).await?;
    let read_only: String =
        sqlx::query_scalar("show transaction_read_only").fetch_one(&mut connection).await.map_err(open_error)?;
    if read_only == "on" {
        return Err(OpenError::ReadOnly);
    }
    verify_settings(&mut connection).await?;
    Ok(connection)
}

/// Reads one state of a database without changing it, after verifying what a server needs.
///
/// # Errors
/// Those of [`open`], except that tables are not looked at.
pub async fn open_for_inspection(settings: &PostgresSettings) -> Result<PostgresConnection, OpenError> {
    // Not the name of a server: whoever wants the database for itself would wait.
    let options = server_options(settings).application_name("portolan doctor");
    let _ = connect_and_verify(&options).await?.close().await;
    let pool = pool(1).connect_with(options).await.map_err(open_error)?;
    let mut connection = PostgresConnection::acquire(&pool, limit(settings)).await?;
    connection.begin(SNAPSHOT).await?;
    Ok(connection)
}

/// Verifies what durability and texts depend on. A pooler in between may have dropped settings.
async fn verify_settings(connection: &mut PgConnection) -> Result<(), OpenError> {
    for (name, wanted) in [("fsync", "on"), ("synchronous_commit", "on"), ("server_encoding", "UTF8")] {
        let setting = sqlx::query_scalar("select current_setting($1)").bind(name);
        let value: String = setting.fetch_one(&mut *connection).await.map_err(open_error)?;
        if value != wanted {
            return Err(OpenError::Setting(name, wanted, value));
        }
    }
    Ok(())
}

/// Reads from a database without changing it.
///
/// # Errors
/// If it cannot be reached.
pub async fn open_read_only(settings: &PostgresSettings) -> Result<PostgresConnection, OpenError> {
    let options = settings.options.clone().options([("default_transaction_read_only", "on")]);
    // The pool would try again, and say in the end that it took too long.
    let _ = connect(&options).await?.close().await;
    let pool = pool(1).connect_with(options).await.map_err(open_error)?;
    Ok(PostgresConnection::acquire(&pool, limit(settings)).await?)
}

/// PostgreSQL itself gives up a statement before that, unless its machine is gone.
fn limit(settings: &PostgresSettings) -> Duration {
    Duration::from_secs(settings.statement_timeout.into()) + GRACE
}

/// A pool that tests connections which have been idle. The test of sqlx has no limit of its own: one dead connection
/// would use up all the time there is for finding another.
fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(CONNECT_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, metadata| {
            Box::pin(async move {
                let is_fresh = metadata.idle_for < FRESH;
                Ok(is_fresh || timeout(TEST_TIMEOUT, connection.ping()).await.is_ok_and(|test| test.is_ok()))
            })
        })
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, OpenError> {
    match timeout(CONNECT_TIMEOUT, PgConnection::connect_with(options)).await {
        Ok(connection) => connection.map_err(open_error),
        Err(_) => Err(OpenError::NoAnswer),
    }
}

fn migration_error(error: MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(version) => OpenError::Newer(version),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => match open_error(error) {
            OpenError::Database(error) => OpenError::Migration(MigrateError::Execute(error)),
            error => error,
        },
        error => OpenError::Migration(error),
    }
}

/// What an operator can do about an error. The codes are in PostgreSQL's manual, appendix A.
fn open_error(error: Error) -> OpenError {
    match &error {
        Error::PoolTimedOut => return OpenError::NoAnswer,
        // What rustls finds wrong with a certificate.
        Error::Io(cause) if cause.kind() == io::ErrorKind::InvalidData => return OpenError::NoTls(error),
        Error::Io(_) => return OpenError::Unreachable(error),
        Error::Tls(_) => return OpenError::NoTls(error),
        _ => {}
    }
    let code = error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>()?.code().into());
    match code {
        // invalid_password, invalid_authorization_specification
        Some("28P01" | "28000") => OpenError::WrongPassword,
        // invalid_catalog_name
        Some("3D000") => OpenError::NoSuchDatabase,
        // too_many_connections
        Some("53300") => OpenError::TooManyConnections,
        // insufficient_privilege
        Some("42501") => OpenError::NotOwner,
        // read_only_sql_transaction
        Some("25006") => OpenError::ReadOnly,
        // cannot_connect_now
        Some("57P03") => OpenError::NoAnswer,
        _ => OpenError::Database(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Vault;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn a_caller_that_goes_away_leaves_no_open_transaction_behind() {
        let settings: PostgresSettings = test_postgres::new_database().parse().unwrap();
        let storage = open(&settings).await.unwrap();
        let mut observer = connect(&settings.options).await.unwrap();
        // Drops the future at every point of its way to the server and back.
        for polls in 1..=8 {
            let mut snapshot = Box::pin(storage.snapshot());
            for _ in 0..polls {
                if snapshot.as_mut().now_or_never().is_some() {
                    break;
                }
                sleep(Duration::from_millis(20)).await;
            }
            drop(snapshot);
            let open = "select count(*) from pg_stat_activity
                        where datname = current_database() and state like 'idle in transaction%'";
            // What is still on its way ends by itself; what is left behind stays.
            let begin = Instant::now();
            while sqlx::query_scalar::<_, i64>(open).fetch_one(&mut observer).await.unwrap() > 0 {
                assert!(begin.elapsed() < Duration::from_secs(10), "left behind after {polls} polls");
                sleep(Duration::from_millis(10)).await;
            }
        }
    }

    /// The statement is on its way, and takes longer than giving the connection back may.
    #[tokio::test]
    async fn a_slow_statement_that_is_dropped_leaves_no_open_transaction_in_the_pool() {
        let mut settings: PostgresSettings = test_postgres::new_database().parse().unwrap();
        settings.connections = 2;
        let storage = open(&settings).await.unwrap();
        let mut transaction = storage.write().await.unwrap();
        transaction.query("insert into write_probe (id, writes) values (1, 1)").execute().await.unwrap();
        let slow = transaction.query("select pg_sleep(8)").execute();
        assert!(timeout(Duration::from_millis(500), slow).await.is_err());
        drop(transaction);
        sleep(Duration::from_secs(9)).await;
        let mut readers = [storage.reader().await.unwrap(), storage.reader().await.unwrap()];
        for reader in &mut readers {
            let rows: i64 = reader.query("select count(*) from write_probe").fetch_scalar().await.unwrap();
            assert_eq!(rows, 0, "within the transaction from before");
        }
    }

    #[tokio::test]
    async fn servers_share_a_database_that_one_process_may_have_for_itself() {
        let settings = test_postgres::new_database().parse().unwrap();
        let alone = lock(&settings).await.unwrap();
        assert!(matches!(share(&settings).await, Err(OpenError::InUse)));
        drop(alone);
        let starting = (share(&settings).await.unwrap(), share(&settings).await.unwrap());
        assert!(matches!(lock(&settings).await, Err(OpenError::InUse)));
        drop(starting);
        let storage = open(&settings).await.unwrap();
        let listener = storage.listen(Vault::new(&[]).watch_keys()).await.unwrap();
        assert!(matches!(lock(&settings).await, Err(OpenError::InUse)));
        drop(listener);
        assert!(matches!(lock(&settings).await, Err(OpenError::InUse)), "it still has other connections");
        storage.close().await;
        lock(&settings).await.unwrap();
    }
}
