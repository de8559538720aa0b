//! The open database and its connections. The engines also differ in [`sqlite`](super::sqlite) and
//! [`postgres`](super::postgres) (opening), [`dialect`](super::dialect) (locks and tables), [`query`](super::query)
//! (drivers), [`error`](super::error) (codes), [`events`] (delivery) and [`leases`](super::leases) (only PostgreSQL).

use super::address::DatabaseAddress;
use super::error::{OpenError, Result, StorageError};
use super::events::{self, StoredEvent};
use super::postgres::{PostgresConnection, PostgresDatabase, ServerLock};
use super::query::{Query, Statement};
use super::{postgres, sqlite};
use crate::metrics::PoolUse;
use sqlx::pool::PoolConnection;
use sqlx::{Pool, SqlSafeStr, Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::ops::{Deref, DerefMut};
use tokio::sync::broadcast;
use tracing::Instrument;

/// The open database.
#[derive(Clone)]
pub enum Storage {
    /// One connection writes, several read.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
        /// For events that were committed.
        events: broadcast::Sender<StoredEvent>,
    },
    Postgres(PostgresDatabase),
}

/// What statements run on.
pub enum Connection {
    Sqlite(SqliteHandle),
    Postgres(PostgresConnection),
}

/// A connection of a pool, alone or within a transaction that is rolled back if dropped.
pub enum SqliteHandle {
    Single(PoolConnection<Sqlite>),
    Transaction(Transaction<'static, Sqlite>),
}

/// A change that is stored completely on commit, and not at all if dropped before.
pub struct WriteTransaction {
    connection: Connection,
    /// The texts of events to publish with the commit.
    events: Vec<String>,
    /// Where to send them on SQLite. PostgreSQL sends them itself.
    sender: Option<broadcast::Sender<StoredEvent>>,
}

/// Locks a PostgreSQL database for this process alone. A SQLite file is locked with its folder.
///
/// # Errors
/// If a server uses it.
pub async fn lock(address: &DatabaseAddress) -> Result<Option<ServerLock>, OpenError> {
    match address {
        DatabaseAddress::Sqlite(_) => Ok(None),
        DatabaseAddress::Postgres(settings) => Ok(Some(postgres::lock(settings).await?)),
    }
}

/// Keeps other processes from locking a PostgreSQL database for themselves, while a server starts.
///
/// # Errors
/// If another process has locked it for itself.
pub async fn share(address: &DatabaseAddress) -> Result<Option<ServerLock>, OpenError> {
    match address {
        DatabaseAddress::Sqlite(_) => Ok(None),
        DatabaseAddress::Postgres(settings) => Ok(Some(postgres::share(settings).await?)),
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
            Self::Sqlite { readers, .. } => Connection::Sqlite(SqliteHandle::Single(readers.acquire().await?)),
            Self::Postgres(database) => Connection::Postgres(database.connection().await?),
        })
    }

    /// For several queries that must see the same state.
    ///
    /// # Errors
    /// If no connection becomes free in time.
    pub async fn snapshot(&self) -> Result<Connection> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Connection::Sqlite(SqliteHandle::Transaction(readers.begin().await?)),
            Self::Postgres(database) => Connection::Postgres(database.begin(postgres::SNAPSHOT).await?),
        })
    }

    /// Begins a write transaction. SQLite takes its only write lock at once: a transaction that reads first and writes
    /// later could fail half-way, whatever the busy timeout. On PostgreSQL, transactions run side by side; what one
    /// reads in order to change it, it must lock (see [`dialect`](super::dialect)).
    ///
    /// # Errors
    /// If no connection becomes free, or the lock cannot be taken, in time.
    pub async fn write(&self) -> Result<WriteTransaction> {
        Ok(match self {
            Self::Sqlite { writer, events, .. } => {
                let transaction = writer.begin_with("begin immediate").await?;
                let connection = Connection::Sqlite(SqliteHandle::Transaction(transaction));
                WriteTransaction { connection, events: Vec::new(), sender: Some(events.clone()) }
            }
            Self::Postgres(database) => {
                let connection = Connection::Postgres(database.begin("begin").await?);
                WriteTransaction { connection, events: Vec::new(), sender: None }
            }
        })
    }

    /// How many connections there are.
    pub fn pools(&self) -> Vec<PoolUse> {
        match self {
            Self::Sqlite { writer, readers, .. } => vec![pool_use("writer", writer), pool_use("readers", readers)],
            Self::Postgres(database) => vec![pool_use("postgres", database.pool())],
        }
    }

    /// Whether other servers may be using the database, too.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Closes all connections. The last one to SQLite merges the write-ahead log into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(database) => database.close().await,
        }
    }
}

fn pool_use<DB: sqlx::Database>(name: &'static str, pool: &Pool<DB>) -> PoolUse {
    let (open, idle) = (pool.size() as usize, pool.num_idle());
    let most = pool.options().get_max_connections() as usize;
    PoolUse { pool: name, idle, in_use: open.saturating_sub(idle), most }
}

impl Connection {
    /// A statement with placeholders `$1`, `$2`, …, which both engines understand.
    pub fn query(&mut self, sql: impl SqlSafeStr) -> Query<'_> {
        let sql = sql.into_sql_str();
        // The text has placeholders; no value is in it.
        let span = tracing::debug_span!("statement", sql = sql.as_str());
        let statement = match self {
            Self::Sqlite(handle) => Statement::Sqlite(sqlx::query(sql), handle),
            Self::Postgres(handle) => Statement::Postgres(sqlx::query(sql), handle),
        };
        Query::new(statement, span)
    }
}

impl WriteTransaction {
    /// Publishes an event with the commit.
    pub fn publish(&mut self, text: String) {
        self.events.push(text);
    }

    /// Commits the change, in a task of its own: if the request is dropped meanwhile, the events are still sent.
    ///
    /// # Errors
    /// If it cannot be stored. In that case none of it is, except that after [`StorageError::Unconfirmed`] it may be.
    pub async fn commit(self) -> Result<()> {
        let committing = async move {
            let Self { mut connection, events: texts, sender } = self;
            let mut events = Vec::new();
            if sender.is_some() {
                for text in &texts {
                    let number = events::next_number(&mut connection).await?;
                    events.push(StoredEvent { number, text: text.clone() });
                }
            }
            match connection {
                Connection::Sqlite(SqliteHandle::Transaction(transaction)) => transaction.commit().await?,
                // Each statement was committed by itself.
                Connection::Sqlite(SqliteHandle::Single(_)) => {}
                Connection::Postgres(connection) => {
                    let notify: String = texts.iter().map(|text| events::notify(text)).collect();
                    connection.commit(&notify).await?;
                }
            }
            for event in events {
                // Nobody may be listening.
                let _ = sender.as_ref().map(|sender| sender.send(event));
            }
            Ok(())
        };
        let committed = tokio::spawn(committing.instrument(tracing::debug_span!("commit")));
        // It does not panic, so it only fails to end if the runtime does.
        committed.await.unwrap_or(Err(StorageError::Database(sqlx::Error::PoolClosed)))
    }
}

impl Deref for SqliteHandle {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Single(connection) => connection,
            Self::Transaction(transaction) => transaction,
        }
    }
}

impl DerefMut for SqliteHandle {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Single(connection) => connection,
            Self::Transaction(transaction) => transaction,
        }
    }
}

impl Deref for WriteTransaction {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for WriteTransaction {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}
