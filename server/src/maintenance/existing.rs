//! Opens the database of a server that exists, for a command beside it.

use crate::storage::{DatabaseAddress, ExistingDatabase, OpenError, Storage, TablesVersion};
use thiserror::Error;

/// Why a command has no database to work on. Nothing was changed.
#[derive(Debug, Error)]
pub enum NoDatabase {
    #[error("There is no database at {0}. Name its folder with --data, or a PostgreSQL database with --database.")]
    Missing(DatabaseAddress),
    #[error("The database {0} is empty. Start Portolan on it once.")]
    Empty(DatabaseAddress),
    #[error("The tables of {0} are those of an earlier version. Start this version of Portolan on it first.")]
    Older(DatabaseAddress),
    #[error("The database {0} cannot be used: {1}.")]
    Unusable(DatabaseAddress, #[source] OpenError),
}

/// Opens a database, beside running servers. Its tables must be those of this version: bringing them up to date is for a
/// server to do.
///
/// # Errors
/// See [`NoDatabase`].
pub async fn open_existing(address: &DatabaseAddress) -> Result<Storage, NoDatabase> {
    let unusable = |error| NoDatabase::Unusable(address.clone(), error);
    let existing = ExistingDatabase::open(address).await.map_err(unusable)?;
    let mut existing = existing.ok_or_else(|| NoDatabase::Missing(address.clone()))?;
    let version = existing.tables_version().await;
    existing.close().await;
    match version.map_err(unusable)? {
        TablesVersion::None => Err(NoDatabase::Empty(address.clone())),
        TablesVersion::Older => Err(NoDatabase::Older(address.clone())),
        TablesVersion::Current => Storage::open(address).await.map_err(unusable),
    }
}
