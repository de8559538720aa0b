//! Copies of a SQLite database: how they are made, and what is verified before one is kept or used.

use super::error::{OpenError, Result, StorageError, Unavailable};
use super::existing::{ExistingDatabase, TablesVersion};
use super::part_file::{PartFile, PartFileError};
use super::vault_key::SealedWith;
use std::fs;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why there is no backup. Nothing is left behind.
#[derive(Debug, Error)]
pub enum BackupError {
    #[error(
        "There is no database at {path}. Name its folder with --data. A PostgreSQL database is backed up with pg_dump.",
        path = .0.display()
    )]
    NoDatabase(PathBuf),
    #[error("The database {path} cannot be read: {1}.", path = .0.display())]
    Database(PathBuf, #[source] StorageError),
    /// The copy was made, but is not good for a restore.
    #[error("The copy of {path} is not kept: {1}.", path = .0.display())]
    Rejected(PathBuf, #[source] CopyRejected),
    #[error(transparent)]
    File(#[from] PartFileError),
}

/// Why a file is not used as a copy of Portolan's database.
#[derive(Debug, Error)]
pub enum CopyRejected {
    #[error("it is not a SQLite database")]
    NotSqlite,
    /// Holds what SQLite says.
    #[error("it is damaged ({0}). Use an earlier backup")]
    Damaged(String),
    #[error("it does not hold Portolan's tables")]
    NotOurs,
    #[error("a newer version of Portolan wrote it (step {0} is not known here). Use that version")]
    Newer(i64),
    #[error(transparent)]
    Other(OpenError),
}

/// Copies a SQLite database to a new file, while a server may be using it: its state at one point in time, verified and
/// on disk. Returns the size in bytes.
///
/// # Errors
/// See [`BackupError`].
pub async fn back_up(database: &Path, file: &Path) -> Result<u64, BackupError> {
    if !database.is_file() {
        return Err(BackupError::NoDatabase(database.to_owned()));
    }
    let part = PartFile::create(file)?;
    if let Err(error) = vacuum_into(database, part.path()).await {
        return Err(match error.unavailable() {
            Some(Unavailable::DiskFull) => PartFileError::DiskFull(file.to_owned()).into(),
            _ => BackupError::Database(database.to_owned(), error),
        });
    }
    verify_copy(part.path()).await.map_err(|error| BackupError::Rejected(database.to_owned(), error))?;
    Ok(part.publish()?)
}

/// Copies the database, including the content of its log, into an empty file.
async fn vacuum_into(database: &Path, file: &Path) -> Result<()> {
    let mut opened = ExistingDatabase::open_file(database).await?;
    // The path was checked to be in UTF-8.
    let file = file.to_string_lossy().into_owned();
    let copied = opened.connection.query("vacuum into $1").bind(file).execute().await;
    opened.close().await;
    copied.map(|_| ())
}

/// Verifies a copy of a SQLite database that nobody is using: it is undamaged, it is Portolan's, and this version can
/// use it. Returns the key that it belongs to.
///
/// # Errors
/// See [`CopyRejected`].
pub async fn verify_copy(file: &Path) -> Result<SealedWith, CopyRejected> {
    let size = fs::metadata(file).map_err(OpenError::File)?.len();
    let mut opened = ExistingDatabase::open_unchanging_file(file).await?;
    let verified = verify(&mut opened, size).await;
    opened.close().await;
    verified
}

async fn verify(copy: &mut ExistingDatabase, size: u64) -> Result<SealedWith, CopyRejected> {
    // SQLite takes what is missing of the last page for zeros.
    let pages = "select page_count * page_size from pragma_page_count, pragma_page_size";
    let pages: i64 = copy.connection.query(pages).fetch_scalar().await?;
    if size < pages.unsigned_abs() {
        return Err(CopyRejected::Damaged(format!("{size} of {pages} bytes are there")));
    }
    let found: Vec<String> = copy.connection.query("pragma integrity_check(1)").fetch_scalars().await?;
    if found != ["ok"] {
        return Err(CopyRejected::Damaged(found.join("; ")));
    }
    if copy.tables_version().await? == TablesVersion::None {
        return Err(CopyRejected::NotOurs);
    }
    let orphans = copy.connection.query("select \"table\" from pragma_foreign_key_check limit 1");
    if let Some((table,)) = orphans.fetch_optional::<(String,)>().await? {
        return Err(CopyRejected::Damaged(format!("a row in {table} refers to one that does not exist")));
    }
    Ok(copy.sealed_with().await?)
}

impl From<OpenError> for CopyRejected {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NotOurs => Self::NotOurs,
            OpenError::Newer(step) => Self::Newer(step),
            OpenError::Storage(error) => error.into(),
            error => Self::Other(error),
        }
    }
}

impl From<StorageError> for CopyRejected {
    fn from(error: StorageError) -> Self {
        let StorageError::Database(sqlx::Error::Database(cause)) = &error else { return Self::Other(error.into()) };
        let code = cause.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or_default();
        match code & 0xff {
            // SQLITE_CORRUPT
            11 => Self::Damaged(cause.message().to_owned()),
            // SQLITE_NOTADB
            26 => Self::NotSqlite,
            _ => Self::Other(error.into()),
        }
    }
}
