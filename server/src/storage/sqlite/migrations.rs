//! Schema migrations.

use super::with_suffix;
use crate::storage::error::OpenError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{SqliteConnection, SqlitePool};
use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");

/// The numbers of all migrations of this version, sorted. PostgreSQL's have the same.
pub fn known_migrations() -> Vec<i64> {
    MIGRATIONS.iter().map(|migration| migration.version).collect()
}

/// Runs the pending migrations, each in its own transaction. If one fails, the earlier ones stay; the copy made
/// beforehand is the way back.
pub async fn migrate(writer: &SqlitePool, path: &Path) -> Result<(), OpenError> {
    let mut connection = writer.acquire().await?;
    let copy = match first_missing(&mut connection).await? {
        Some(version) => Some(copy_before(&mut connection, path, version).await?),
        None => None,
    };
    drop(connection);
    let Err(error) = MIGRATIONS.run(writer).await else { return Ok(()) };
    // The last connection to close removes the write-ahead log, which would otherwise be replayed over a restored copy.
    writer.close().await;
    Err(match (error, copy) {
        (MigrateError::VersionMissing(version), _) => OpenError::Newer(version),
        (error @ (MigrateError::Execute(_) | MigrateError::ExecuteMigration(..)), Some(copy)) => {
            OpenError::HalfMigrated(error, copy)
        }
        (error, _) => OpenError::Migration(error),
    })
}

/// The first pending migration of an existing database; `None` if it is new or up to date.
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

/// Copies the database, including the content of its log. Replaces an earlier copy for the same migration.
async fn copy_before(connection: &mut SqliteConnection, path: &Path, version: i64) -> Result<PathBuf, OpenError> {
    let copy = with_suffix(path, &format!(".before-{version}"));
    let unfinished = with_suffix(&copy, ".part");
    // `vacuum into` writes into an existing empty file, so create one that only its owner can read. Always a new file:
    // anyone else with write access to the folder could have placed a symbolic link there.
    let _ = fs::remove_file(&unfinished);
    let file = File::options().create_new(true).write(true).mode(0o600).open(&unfinished)?;
    sqlx::query("vacuum into $1").bind(unfinished.to_string_lossy().into_owned()).execute(connection).await?;
    file.sync_all()?;
    fs::rename(&unfinished, &copy)?;
    tracing::info!(copy = %copy.display(), "copied the database before migrating it");
    Ok(copy)
}
