//! The open database, and the three kinds of connections to it.

use super::error::Result;
use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::ops::{Deref, DerefMut};

/// What statements run on. Readers, snapshots and write transactions can all be passed as one.
pub type Connection = SqliteConnection;

/// A connection for a single question.
pub type Reader = PoolConnection<Sqlite>;

/// A connection whose questions all see the database as it was at the first of them.
pub type Snapshot = Transaction<'static, Sqlite>;

/// The open database: one connection writes, several read.
#[derive(Clone)]
pub struct Storage {
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
}

/// A change that is stored as a whole or, if it is dropped before the commit, not at all.
pub struct WriteTransaction(Transaction<'static, Sqlite>);

impl Storage {
    /// Where a single question is asked: any number of readers work beside one writer.
    ///
    /// # Errors
    /// If no connection is free in time.
    pub async fn reader(&self) -> Result<Reader> {
        Ok(self.readers.acquire().await?)
    }

    /// Where several questions are asked that belong together.
    ///
    /// # Errors
    /// If no connection is free in time.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        Ok(self.readers.begin().await?)
    }

    /// Begins to write. The lock is taken at once: a transaction that reads first and writes later could be
    /// refused half-way, whatever the busy timeout.
    ///
    /// # Errors
    /// If the lock cannot be taken in time.
    pub async fn write(&self) -> Result<WriteTransaction> {
        Ok(WriteTransaction(self.writer.begin_with("begin immediate").await?))
    }

    /// Closes every connection; the last one leaves the file whole, without a log beside it.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl WriteTransaction {
    /// Stores the change for good.
    ///
    /// # Errors
    /// If it cannot be stored: nothing of it is, then.
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
