//! The open database and its three kinds of connections.

use super::error::Result;
use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::ops::{Deref, DerefMut};

/// What statements run on. A reader, a snapshot or a write transaction can be passed.
pub type Connection = SqliteConnection;

/// A connection for a single query.
pub type Reader = PoolConnection<Sqlite>;

/// A connection whose queries all see the same state of the database.
pub type Snapshot = Transaction<'static, Sqlite>;

/// The open database: one connection writes, several read.
#[derive(Clone)]
pub struct Storage {
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
}

/// A change that is stored completely on commit, and not at all if dropped before.
pub struct WriteTransaction(Transaction<'static, Sqlite>);

impl Storage {
    /// For a single query. Readers do not block, and are not blocked by, the writer.
    ///
    /// # Errors
    /// If no connection becomes free in time.
    pub async fn reader(&self) -> Result<Reader> {
        Ok(self.readers.acquire().await?)
    }

    /// For several queries that must see the same state.
    ///
    /// # Errors
    /// If no connection becomes free in time.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        Ok(self.readers.begin().await?)
    }

    /// Begins a write transaction. The lock is taken at once: a transaction that reads first and writes later could
    /// fail half-way, whatever the busy timeout.
    ///
    /// # Errors
    /// If the lock cannot be taken in time.
    pub async fn write(&self) -> Result<WriteTransaction> {
        Ok(WriteTransaction(self.writer.begin_with("begin immediate").await?))
    }

    /// Closes all connections. The last one merges the write-ahead log into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl WriteTransaction {
    /// Commits the change.
    ///
    /// # Errors
    /// If it cannot be stored. In that case none of it is.
    pub async fn commit(self) -> Result<()> {
        Ok(self.0.commit().await?)
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
