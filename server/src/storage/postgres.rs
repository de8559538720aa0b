//! Opens a PostgreSQL database.

use super::database::{Connection, Handle, Storage};
use super::error::OpenError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/postgres");

/// The most connections of one server process.
const CONNECTIONS: u32 = 10;

/// How long to wait for a free connection, and the server for a lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Settings of each session, which end what a dead or hanging client holds.
const SESSION: [(&str, &str); 4] = [
    ("lock_timeout", "5s"),
    ("statement_timeout", "30s"),
    ("idle_in_transaction_session_timeout", "30s"),
    // An operator may have turned it off for the whole server. What is answered must be on disk.
    ("synchronous_commit", "on"),
];

/// Opens the database and migrates it.
///
/// # Errors
/// See [`OpenError`].
pub async fn open(options: &PgConnectOptions) -> Result<Storage, OpenError> {
    let options = options.clone().application_name("portolan").options(SESSION);
    let pool = pool(CONNECTIONS).connect_with(options).await?;
    MIGRATIONS.run(&pool).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => OpenError::Newer(version),
        error => OpenError::Migration(error),
    })?;
    Ok(Storage::Postgres(pool))
}

/// Reads from a database without changing it.
///
/// # Errors
/// If it cannot be reached.
pub async fn open_read_only(options: &PgConnectOptions) -> Result<Connection, OpenError> {
    let pool = pool(1).connect_with(options.clone().options([("default_transaction_read_only", "on")])).await?;
    Ok(Connection::Postgres(Handle::Single(pool.acquire().await?)))
}

fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new().max_connections(connections).acquire_timeout(BUSY_TIMEOUT)
}
