//! Opens a PostgreSQL database.

use super::address::PostgresSettings;
use super::database::{Connection, Handle, Storage};
use super::error::{OpenError, StorageError};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgPoolOptions};
use sqlx::{Connection as _, Error, PgPool, Postgres, Transaction};
use std::io;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/postgres");

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The key of the advisory lock that a server holds: `portolan` in ASCII.
const SERVER_LOCK: i64 = 0x706f_7274_6f6c_616e;

/// How long to wait for that lock. The connection of a server that has just ended may still be there.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// Holds a database for one server, for as long as its connection lasts.
pub struct ServerLock(#[expect(dead_code, reason = "the lock ends with the connection")] PgConnection);

/// Locks the database, because servers do not share the work yet.
///
/// # Errors
/// If another server has locked it, or it cannot be reached.
pub async fn lock(settings: &PostgresSettings) -> Result<ServerLock, OpenError> {
    let options = settings.options.clone().application_name("portolan lock").options([("idle_session_timeout", "0")]);
    let mut connection = connect(&options).await?;
    let begin = Instant::now();
    loop {
        let lock = sqlx::query_scalar("select pg_try_advisory_lock($1)").bind(SERVER_LOCK);
        if lock.fetch_one(&mut connection).await.map_err(open_error)? {
            return Ok(ServerLock(connection));
        }
        if begin.elapsed() > LOCK_TIMEOUT {
            return Err(OpenError::InUse);
        }
        sleep(LOCK_TIMEOUT / 20).await;
    }
}

/// Begins a transaction, in a task of its own: if a request is dropped while `begin` is on its way, sqlx takes the
/// transaction for not yet open, and would give the connection back to the pool with it (launchbadge/sqlx#4393).
pub async fn begin(pool: &PgPool, begin: &'static str) -> Result<Transaction<'static, Postgres>, StorageError> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(begin).await }).await;
    // A task only fails to end if the runtime does.
    begun.unwrap_or(Err(Error::PoolClosed)).map_err(StorageError::of_connecting)
}

/// Opens the database and migrates it.
///
/// # Errors
/// See [`OpenError`].
pub async fn open(settings: &PostgresSettings) -> Result<Storage, OpenError> {
    let statement_timeout = format!("{}s", settings.statement_timeout);
    let options = settings.options.clone().application_name("portolan").options([
        // These end what a dead or hanging client holds.
        ("lock_timeout", "5s"),
        ("statement_timeout", &statement_timeout),
        ("idle_in_transaction_session_timeout", "30s"),
        // It may be off for the whole server. What is acknowledged must be on disk.
        ("synchronous_commit", "on"),
    ]);
    let mut connection = connect(&options).await?;
    let read_only: String =
        sqlx::query_scalar("show transaction_read_only").fetch_one(&mut connection).await.map_err(open_error)?;
    if read_only == "on" {
        return Err(OpenError::ReadOnly);
    }
    // A migration takes as long as it takes.
    sqlx::query("set statement_timeout = 0").execute(&mut connection).await.map_err(open_error)?;
    MIGRATIONS.run(&mut connection).await.map_err(migration_error)?;
    let _ = connection.close().await;
    let pool = pool(settings.connections).connect_with(options).await.map_err(open_error)?;
    Ok(Storage::Postgres(pool))
}

/// Reads from a database without changing it.
///
/// # Errors
/// If it cannot be reached.
pub async fn open_read_only(settings: &PostgresSettings) -> Result<Connection, OpenError> {
    let options = settings.options.clone().options([("default_transaction_read_only", "on")]);
    // The pool would try again, and say in the end that it took too long.
    let _ = connect(&options).await?.close().await;
    let pool = pool(1).connect_with(options).await.map_err(open_error)?;
    Ok(Connection::Postgres(Handle::Single(pool.acquire().await.map_err(open_error)?)))
}

fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new().max_connections(connections).acquire_timeout(CONNECT_TIMEOUT)
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

    #[tokio::test]
    async fn a_database_is_locked_for_one_server() {
        let settings = test_postgres::new_database().parse().unwrap();
        let first = lock(&settings).await.unwrap();
        assert!(matches!(lock(&settings).await, Err(OpenError::InUse)));
        drop(first);
        lock(&settings).await.unwrap();
    }
}
