//! Opens a PostgreSQL database.

use super::address::PostgresSettings;
use super::database::{Connection, Handle, Storage};
use super::error::OpenError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgPoolOptions};
use sqlx::{Connection as _, Error};
use std::time::Duration;
use tokio::time::timeout;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/postgres");

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens the database and migrates it. Servers that start at the same time wait for each other.
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
