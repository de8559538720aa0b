//! Databases that are read as they are: nothing is created, and no table is changed.

use super::address::DatabaseAddress;
use super::database::{Connection, SqliteHandle};
use super::error::{OpenError, Result};
use super::inspection::has_log;
use super::vault_key::{SealedWith, read_keys};
use super::{postgres, sqlite};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use std::path::Path;

/// An existing database.
pub struct ExistingDatabase {
    pub connection: Connection,
    file: Option<SqlitePool>,
}

/// How the tables of a database compare to those of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TablesVersion {
    /// There are none.
    None,
    Older,
    Current,
}

impl ExistingDatabase {
    /// Opens a database in order to read it. `None` if there is no such file.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(address: &DatabaseAddress) -> Result<Option<Self>, OpenError> {
        match address {
            DatabaseAddress::Sqlite(path) if !path.try_exists()? => Ok(None),
            // Not read-only: such a connection would leave the files of the log behind.
            DatabaseAddress::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path).pragma("query_only", "on");
                Ok(Some(Self::file(options).await?))
            }
            DatabaseAddress::Postgres(settings) => {
                let connection = Connection::Postgres(postgres::open_read_only(settings).await?);
                Ok(Some(Self { connection, file: None }))
            }
        }
    }

    /// Opens a database beside a running server or without one, and leaves no trace. A PostgreSQL server is connected to
    /// as Portolan does, and its settings are verified. `None` if there is no such file.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub(super) async fn open_untouched(address: &DatabaseAddress) -> Result<Option<Self>, OpenError> {
        match address {
            DatabaseAddress::Sqlite(path) if !path.try_exists()? => Ok(None),
            DatabaseAddress::Sqlite(path) if has_log(path)? => {
                Ok(Some(Self::file(SqliteConnectOptions::new().filename(path).read_only(true)).await?))
            }
            DatabaseAddress::Sqlite(path) => Ok(Some(Self::open_unchanging_file(path).await?)),
            DatabaseAddress::Postgres(settings) => {
                let connection = Connection::Postgres(postgres::open_for_inspection(settings).await?);
                Ok(Some(Self { connection, file: None }))
            }
        }
    }

    /// Opens a SQLite file that a server may be using, in order to copy it.
    pub(super) async fn open_file(path: &Path) -> Result<Self> {
        Self::file(SqliteConnectOptions::new().filename(path)).await
    }

    /// Opens a SQLite file that nobody changes, without its log.
    pub(super) async fn open_unchanging_file(path: &Path) -> Result<Self> {
        Self::file(SqliteConnectOptions::new().filename(path).read_only(true).immutable(true)).await
    }

    async fn file(options: SqliteConnectOptions) -> Result<Self> {
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        let connection = Connection::Sqlite(SqliteHandle::Single(pool.acquire().await?));
        Ok(Self { connection, file: Some(pool) })
    }

    /// From now on, all queries see the same state.
    ///
    /// # Errors
    /// If the server does not answer.
    pub async fn begin_snapshot(&mut self) -> Result<()> {
        match &mut self.connection {
            Connection::Sqlite(_) => {
                self.connection.query("begin").execute().await?;
            }
            Connection::Postgres(connection) => {
                connection.begin(postgres::SNAPSHOT).await?;
                // It lasts as long as what is done with it.
                self.connection.query("set local idle_in_transaction_session_timeout = 0").execute().await?;
            }
        }
        Ok(())
    }

    /// Compares its tables to those of this version.
    ///
    /// # Errors
    /// [`OpenError::NotOurs`], [`OpenError::Newer`], or if they cannot be read.
    pub async fn tables_version(&mut self) -> Result<TablesVersion, OpenError> {
        let connection = &mut self.connection;
        if !connection.has_tables().await? {
            return Ok(TablesVersion::None);
        }
        if !connection.has_table("vault_key").await? || !connection.has_table("_sqlx_migrations").await? {
            return Err(OpenError::NotOurs);
        }
        let versions: Vec<i64> =
            connection.query("select version from _sqlx_migrations order by version").fetch_scalars().await?;
        let known = sqlite::known_migrations();
        match versions.iter().find(|version| !known.contains(version)) {
            Some(newer) => Err(OpenError::Newer(*newer)),
            None if versions == known => Ok(TablesVersion::Current),
            None => Ok(TablesVersion::Older),
        }
    }

    /// The keys that it belongs to.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn sealed_with(&mut self) -> Result<SealedWith, OpenError> {
        read_keys(&mut self.connection).await
    }

    /// Whether both are the same PostgreSQL database, by whatever names they are reached.
    ///
    /// # Errors
    /// If they do not answer.
    pub async fn is_same_server_database(&mut self, other: &mut Self) -> Result<bool> {
        let (Connection::Postgres(_), Connection::Postgres(_)) = (&self.connection, &other.connection) else {
            return Ok(false);
        };
        // The microsecond in which the server started, and the number of the database in it.
        let sql = "select cast(extract(epoch from pg_postmaster_start_time()) as text) || ' ' || cast(oid as text)
                   from pg_database where datname = current_database()";
        let here: String = self.connection.query(sql).fetch_scalar().await?;
        let there: String = other.connection.query(sql).fetch_scalar().await?;
        Ok(here == there)
    }

    /// Closes the connection. The last one to a SQLite file merges the write-ahead log into it.
    pub async fn close(self) {
        let Self { connection, file } = self;
        drop(connection);
        if let Some(file) = file {
            file.close().await;
        }
    }
}
