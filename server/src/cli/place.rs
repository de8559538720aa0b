//! Where a command finds the database.

use server::{AddressError, DatabaseAddress};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Place {
    /// Folder with the database and the key
    #[arg(long, env = "PORTOLAN_DATA", default_value = "data", global = true)]
    pub data: PathBuf,

    /// PostgreSQL database in place of the SQLite file in the data folder, as for portolan serve
    #[arg(long, env = "PORTOLAN_DATABASE", value_name = "URL", hide_env_values = true, global = true)]
    // Not parsed by clap, whose message would repeat it, with the password that it must not contain.
    database: Option<String>,
}

impl Place {
    /// The PostgreSQL database, if one is named.
    pub fn database(&self) -> Result<Option<DatabaseAddress>, AddressError> {
        self.database.as_ref().map(|address| Ok(DatabaseAddress::Postgres(address.parse()?))).transpose()
    }

    /// The PostgreSQL database, or the file in the data folder.
    pub fn address(&self) -> Result<DatabaseAddress, AddressError> {
        Ok(self.database()?.unwrap_or_else(|| DatabaseAddress::in_folder(&self.data)))
    }
}
