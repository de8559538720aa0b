//! The open database and its connections. The engines also differ in [`sqlite`](super::sqlite) and
//! [`postgres`](super::postgres) (opening), [`dialect`](super::dialect) (locks and tables), [`query`](super::query)
//! (drivers) and [`error`](super::error) (codes).

use super::address::DatabaseAddress;
use super::error::{OpenError, Result, StorageError};
use super::postgres::ServerLock;
use super::query::Query;
use super::{postgres, sqlite};
use sqlx::pool::PoolConnection;
use sqlx::{Database, PgPool, Postgres, SqlSafeStr, Sqlite, SqlitePool, Transaction};
use std::ops::{Deref, DerefMut};

/// The open database.
#[derive(Clone)]
pub enum Storage {
    /// One connection writes, several read.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// What statements run on.
pub enum Connection {
    Sqlite(Handle<Sqlite>),
    Postgres(Handle<Postgres>),
}

/// A connection of a pool, alone or within a transaction that is rolled back if dropped.
pub enum Handle<Engine: Database> {
    Single(PoolConnection<Engine>),
    Transaction(Transaction<'static, Engine>),
}

/// A change that is stored completely on commit, and not at all if dropped before.
pub struct WriteTransaction(Connection);

/// Locks a PostgreSQL database for this server. A SQLite file is locked with its folder.
///
/// # Errors
/// If another server uses it.
pub async fn lock(address: &DatabaseAddress) -> Result<Option<ServerLock>, OpenError> {
    match address {
        DatabaseAddress::Sqlite(_) => Ok(None),
        DatabaseAddress::Postgres(settings) => Ok(Some(postgres::lock(settings).await?)),
    }
}

impl Storage {
    /// Opens the database and brings its tables up to date.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(address: &DatabaseAddress) -> Result<Self, OpenError> {
        match address {
            DatabaseAddress::Sqlite(path) => sqlite::open(path).await,
            DatabaseAddress::Postgres(settings) => postgres::open(settings).await,
        }
    }

    /// For a single query. On SQLite, readers do not block, and are not blocked by, the writer.
    ///
    /// # Errors
    /// If no connection becomes free in time.
    pub async fn reader(&self) -> Result<Connection> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Connection::Sqlite(Handle::Single(readers.acquire().await?)),
            Self::Postgres(pool) => {
                let connection = pool.acquire().await.map_err(StorageError::of_connecting)?;
                Connection::Postgres(Handle::Single(connection))
            }
        })
    }

    /// For several queries that must see the same state.
    ///
    /// # Errors
    /// If no connection becomes free in time.
    pub async fn snapshot(&self) -> Result<Connection> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Connection::Sqlite(Handle::Transaction(readers.begin().await?)),
            Self::Postgres(pool) => {
                let transaction = postgres::begin(pool, "begin isolation level repeatable read read only").await?;
                Connection::Postgres(Handle::Transaction(transaction))
            }
        })
    }

    /// Begins a write transaction. SQLite takes its only write lock at once: a transaction that reads first and writes
    /// later could fail half-way, whatever the busy timeout. On PostgreSQL, transactions run side by side; what one
    /// reads in order to change it, it must lock (see [`dialect`](super::dialect)).
    ///
    /// # Errors
    /// If no connection becomes free, or the lock cannot be taken, in time.
    pub async fn write(&self) -> Result<WriteTransaction> {
        Ok(WriteTransaction(match self {
            Self::Sqlite { writer, .. } => {
                Connection::Sqlite(Handle::Transaction(writer.begin_with("begin immediate").await?))
            }
            Self::Postgres(pool) => {
                let transaction = postgres::begin(pool, "begin").await?;
                Connection::Postgres(Handle::Transaction(transaction))
            }
        }))
    }

    /// Closes all connections. The last one to SQLite merges the write-ahead log into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Connection {
    /// A statement with placeholders `$1`, `$2`, …, which both engines understand.
    pub fn query(&mut self, sql: impl SqlSafeStr) -> Query<'_> {
        match self {
            Self::Sqlite(handle) => Query::Sqlite(sqlx::query(sql), handle),
            Self::Postgres(handle) => Query::Postgres(sqlx::query(sql), handle),
        }
    }
}

impl WriteTransaction {
    /// Commits the change.
    ///
    /// # Errors
    /// If it cannot be stored. In that case none of it is.
    pub async fn commit(self) -> Result<()> {
        match self.0 {
            Connection::Sqlite(handle) => handle.commit().await,
            Connection::Postgres(handle) => handle.commit().await,
        }
    }
}

impl<Engine: Database> Handle<Engine> {
    async fn commit(self) -> Result<()> {
        match self {
            // Each statement was committed by itself.
            Self::Single(_) => Ok(()),
            Self::Transaction(transaction) => Ok(transaction.commit().await?),
        }
    }
}

impl<Engine: Database> Deref for Handle<Engine> {
    type Target = Engine::Connection;

    fn deref(&self) -> &Engine::Connection {
        match self {
            Self::Single(connection) => connection,
            Self::Transaction(transaction) => transaction,
        }
    }
}

impl<Engine: Database> DerefMut for Handle<Engine> {
    fn deref_mut(&mut self) -> &mut Engine::Connection {
        match self {
            Self::Single(connection) => connection,
            Self::Transaction(transaction) => transaction,
        }
    }
}

impl Deref for WriteTransaction {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for WriteTransaction {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}
