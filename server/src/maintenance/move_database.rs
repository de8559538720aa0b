//! Moves everything to another database, of the same or of the other engine.

use crate::data_folder::{DataFolder, FolderError};
use crate::storage::{
    CopiedRows, CopyError, DatabaseAddress, ExistingDatabase, OpenError, SealedWith, ServerLock, Storage, StorageError,
    TablesVersion, copy_rows, is_empty, lock,
};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{self, Path, PathBuf};
use thiserror::Error;

/// Seconds after which a statement is given up. Counting a million rows may take longer than a request.
const STATEMENT_TIMEOUT: u32 = 600;

/// What was moved.
#[derive(Debug)]
pub struct Moved {
    pub rows: Vec<CopiedRows>,
    /// The ids of the keys that the passwords are sealed with: several while keys are being rotated.
    pub keys: Vec<String>,
}

/// Why nothing was moved. The source is unchanged, and the target is still empty, unless the message says otherwise.
#[derive(Debug, Error)]
pub enum MoveError {
    #[error("There is no database at {0}.")]
    NoSource(DatabaseAddress),
    #[error("{path} is a folder. Name the file in it: {path}/portolan.db.", path = .0.display())]
    IsFolder(PathBuf),
    #[error("The database {0} has no tables, so there is nothing to move.")]
    NoTables(DatabaseAddress),
    #[error(
        "The tables of {0} are those of an earlier version. Start this version of Portolan on it once, then move it."
    )]
    Older(DatabaseAddress),
    #[error("Source and target are the same database: {0}.")]
    Same(DatabaseAddress),
    #[error("The target {0} is not empty. Name an empty database, or a file that does not exist yet.")]
    NotEmpty(DatabaseAddress),
    #[error("Another Portolan instance is using {path}. Stop it first.", path = .0.display())]
    FolderTaken(PathBuf),
    #[error("The data folder {path} cannot be used: {1}.", path = .0.display())]
    Folder(PathBuf, #[source] io::Error),
    #[error("The database {0} cannot be used: {1}.")]
    Database(DatabaseAddress, #[source] OpenError),
    #[error("Nothing was moved to {0}: {1}.")]
    Copy(DatabaseAddress, #[source] CopyError),
    /// The connection may have been lost after the server of the target had stored everything.
    #[error(
        "{0} did not confirm the move: {1}. Run it again. If it then says that the target is not empty, all is there."
    )]
    Commit(DatabaseAddress, #[source] StorageError),
}

/// Moves everything from one database to another, which must be empty. The source stays as it is.
///
/// # Errors
/// See [`MoveError`].
pub async fn move_database(
    from: &DatabaseAddress,
    to: &DatabaseAddress,
    progress: &mut (dyn FnMut(CopiedRows) + Send),
) -> Result<Moved, MoveError> {
    let (from, to) = (&patient(from), &patient(to));
    let mut source = open(from).await?.ok_or_else(|| MoveError::NoSource(from.clone()))?;
    let mut target = open(to).await?;
    if is_same(from, to, &mut source, target.as_mut()).await? {
        return Err(MoveError::Same(from.clone()));
    }
    let _folders = lock_folders([from, to])?;
    let _source_lock = lock_postgres(from).await?;
    let _target_lock = lock_postgres(to).await?;

    source.begin_snapshot().await.map_err(|error| of_storage(from, error))?;
    match source.tables_version().await.map_err(|error| of(from, error))? {
        TablesVersion::None => return Err(MoveError::NoTables(from.clone())),
        TablesVersion::Older => return Err(MoveError::Older(from.clone())),
        TablesVersion::Current => {}
    }
    let keys = match source.sealed_with().await.map_err(|error| of(from, error))? {
        SealedWith::Keys(keys) => keys.into_iter().map(|key| key.id).collect(),
        SealedWith::Nothing | SealedWith::Unknown => Vec::new(),
    };
    if let Some(target) = &mut target {
        target.tables_version().await.map_err(|error| of(to, error))?;
        // Before the tables are brought up to date.
        if !is_empty(&mut target.connection).await.map_err(|error| of_storage(to, error))? {
            return Err(MoveError::NotEmpty(to.clone()));
        }
    }
    if let Some(target) = target {
        target.close().await;
    }
    let storage = Storage::open(to).await.map_err(|error| of(to, error))?;
    let rows = copy(&mut source, &storage, to, progress).await;
    storage.close().await;
    source.close().await;
    Ok(Moved { rows: rows?, keys })
}

/// The same database, whose statements may take longer than those of a server.
fn patient(address: &DatabaseAddress) -> DatabaseAddress {
    let mut address = address.clone();
    if let DatabaseAddress::Postgres(settings) = &mut address {
        settings.statement_timeout = STATEMENT_TIMEOUT;
    }
    address
}

async fn copy(
    source: &mut ExistingDatabase,
    target: &Storage,
    to: &DatabaseAddress,
    progress: &mut (dyn FnMut(CopiedRows) + Send),
) -> Result<Vec<CopiedRows>, MoveError> {
    let mut transaction = target.write().await.map_err(|error| of_storage(to, error))?;
    let copied = copy_rows(&mut source.connection, &mut transaction, progress).await;
    let rows = copied.map_err(|error| match error {
        CopyError::NotEmpty => MoveError::NotEmpty(to.clone()),
        error => MoveError::Copy(to.clone(), error),
    })?;
    transaction.commit().await.map_err(|error| MoveError::Commit(to.clone(), error))?;
    Ok(rows)
}

async fn open(address: &DatabaseAddress) -> Result<Option<ExistingDatabase>, MoveError> {
    if let Some(path) = file(address).filter(|path| path.is_dir()) {
        return Err(MoveError::IsFolder(path.to_owned()));
    }
    ExistingDatabase::open(address).await.map_err(|error| of(address, error))
}

async fn is_same(
    from: &DatabaseAddress,
    to: &DatabaseAddress,
    source: &mut ExistingDatabase,
    target: Option<&mut ExistingDatabase>,
) -> Result<bool, MoveError> {
    let Some(target) = target else { return Ok(false) };
    if let (Some(one), Some(other)) = (file(from), file(to)) {
        // The same file, whatever links lead to it.
        let identity = |path| fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino())).ok();
        return Ok(identity(one) == identity(other));
    }
    source.is_same_server_database(target).await.map_err(|error| of_storage(from, error))
}

/// Keeps servers away from PostgreSQL for as long as the lock lives.
///
/// # Errors
/// [`OpenError::InUse`] if a server uses it.
async fn lock_postgres(address: &DatabaseAddress) -> Result<Option<ServerLock>, MoveError> {
    lock(address).await.map_err(|error| of(address, error))
}

/// Locks the data folders of SQLite files that a server would use.
fn lock_folders(addresses: [&DatabaseAddress; 2]) -> Result<Vec<DataFolder>, MoveError> {
    // One folder can be named twice, but not locked twice.
    let mut folders = BTreeSet::new();
    for path in addresses.into_iter().filter_map(file) {
        // A server finds the file by its name, which may be a link.
        let names = [path::absolute(path).ok(), fs::canonicalize(path).ok()];
        for name in names.into_iter().flatten().filter(|name| name.ends_with(DataFolder::DATABASE)) {
            let folder = name.parent().unwrap_or(Path::new("/"));
            folders.insert(fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()));
        }
    }
    let take = |path: PathBuf| {
        DataFolder::take(&path).map_err(|error| match error {
            FolderError::Taken => MoveError::FolderTaken(path),
            FolderError::Io(error) => MoveError::Folder(path, error),
        })
    };
    folders.into_iter().map(take).collect()
}

fn file(address: &DatabaseAddress) -> Option<&Path> {
    match address {
        DatabaseAddress::Sqlite(path) => Some(path),
        DatabaseAddress::Postgres(_) => None,
    }
}

fn of(address: &DatabaseAddress, error: OpenError) -> MoveError {
    MoveError::Database(address.clone(), error)
}

fn of_storage(address: &DatabaseAddress, error: StorageError) -> MoveError {
    of(address, error.into())
}
