//! Bringing the tables of an older version up to date.

use super::error::OpenError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{SqliteConnection, SqlitePool};
use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Runs the migrations that are missing. Each has a transaction of its own: if one fails, those before it stay, and
/// the copy that was made first is the way back.
pub async fn migrate(writer: &SqlitePool, path: &Path) -> Result<(), OpenError> {
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
        (MigrateError::VersionMissing(version), _) => OpenError::Newer(version),
        (error @ (MigrateError::Execute(_) | MigrateError::ExecuteMigration(..)), Some(copy)) => {
            OpenError::HalfMigrated(error, copy)
        }
        (error, _) => OpenError::Migration(error),
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

/// Copies the database, with what is still in its log. Replaces an earlier copy for the same migration.
async fn copy_before(connection: &mut SqliteConnection, path: &Path, version: i64) -> Result<PathBuf, OpenError> {
    let copy = with_suffix(path, &format!(".before-{version}"));
    let unfinished = with_suffix(&copy, ".part");
    // SQLite writes into an empty file, which only its owner can read from the start. Always a new one: somebody else who
    // can write to the folder could have put a link there.
    let _ = fs::remove_file(&unfinished);
    let file = File::options().create_new(true).write(true).mode(0o600).open(&unfinished)?;
    sqlx::query("vacuum into $1").bind(unfinished.to_string_lossy().into_owned()).execute(connection).await?;
    file.sync_all()?;
    fs::rename(&unfinished, &copy)?;
    tracing::info!(copy = %copy.display(), "the tables are about to change; this is a copy of the database before");
    Ok(copy)
}

/// The path with this at its end.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
