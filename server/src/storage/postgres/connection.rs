//! A connection of the pool that never waits without a limit.

use crate::storage::error::{Result, StorageError, Unavailable};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Error, PgConnection, PgPool, Postgres};
use std::time::Duration;
use tokio::time::timeout;

/// How long returning a connection to the pool may take, including the end of its last statement.
const RETURN_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection of the pool, alone or within a transaction that is rolled back if dropped before the commit.
///
/// PostgreSQL limits how long a statement runs, but it cannot do so if its machine vanishes without closing
/// connections. TCP gives up only after many minutes, so there is a limit here, too. This is also why sqlx's own
/// transaction is not used: it cannot close its connection, and it forgets a `begin` that is on its way if the request
/// is dropped (launchbadge/sqlx#4393).
pub struct PostgresConnection {
    /// `None` only once it is being dropped.
    connection: Option<PoolConnection<Postgres>>,
    limit: Duration,
    is_in_transaction: bool,
    is_lost: bool,
}

impl PostgresConnection {
    /// Takes a connection from the pool. Its statements are given up after `limit`.
    ///
    /// # Errors
    /// If there is none in time.
    pub async fn acquire(pool: &PgPool, limit: Duration) -> Result<Self> {
        let connection = pool.acquire().await.map_err(|error| match error {
            // While the server is down, sqlx tries again until the time is over.
            Error::PoolTimedOut if pool.size() < pool.options().get_max_connections() => {
                StorageError::Unavailable(Unavailable::Unreachable, error)
            }
            error => error.into(),
        })?;
        Ok(Self { connection: Some(connection), limit, is_in_transaction: false, is_lost: false })
    }

    /// Begins a transaction with this statement.
    ///
    /// # Errors
    /// If the connection is lost.
    pub async fn begin(&mut self, statement: &str) -> Result<()> {
        self.is_in_transaction = true;
        self.execute(statement).await
    }

    /// Commits the transaction, after these statements. They go to the server together, so that the locks of these
    /// statements do not wait for this process.
    ///
    /// # Errors
    /// If it cannot be stored. [`StorageError::Unconfirmed`] if the connection is lost: it may be stored or not.
    pub async fn commit(mut self, before: &str) -> Result<()> {
        self.connection()?;
        match self.execute(&format!("{before}commit")).await {
            Ok(()) => {
                self.is_in_transaction = false;
                Ok(())
            }
            // Also if an administrator ends a commit that waits for a standby: it is on this server's disk.
            Err(StorageError::Unavailable(Unavailable::Unreachable, error)) => Err(StorageError::Unconfirmed(error)),
            Err(error) => Err(error),
        }
    }

    /// Executes statements that have no placeholders.
    async fn execute(&mut self, statements: &str) -> Result<()> {
        let limit = self.limit;
        let statements = AssertSqlSafe(statements.to_owned());
        let done = timeout(limit, sqlx::raw_sql(statements).execute(self.connection()?)).await;
        self.within_limit(done.ok())?;
        Ok(())
    }

    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// # Errors
    /// If an earlier statement was given up: its answer may still come.
    pub fn connection(&mut self) -> Result<&mut PgConnection> {
        match &mut self.connection {
            Some(connection) if !self.is_lost => Ok(connection),
            _ => Err(lost()),
        }
    }

    /// The result of a statement; `None` if it took longer than the limit.
    ///
    /// # Errors
    /// That of the statement, or that the connection is lost.
    pub fn within_limit<T>(&mut self, done: Option<Result<T, Error>>) -> Result<T> {
        let Some(result) = done else {
            self.is_lost = true;
            return Err(lost());
        };
        Ok(result?)
    }
}

fn lost() -> StorageError {
    StorageError::Unavailable(Unavailable::Unreachable, Error::PoolTimedOut)
}

impl Drop for PostgresConnection {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        // Unless it turns out to be sound: if that takes too long, it must not go back as it is.
        connection.close_on_drop();
        if self.is_lost {
            return;
        }
        let is_in_transaction = self.is_in_transaction;
        let returned = async move {
            if !is_in_transaction || sqlx::raw_sql("rollback").execute(&mut *connection).await.is_ok() {
                // Tests the connection first.
                connection.return_to_pool().await;
            }
        };
        tokio::spawn(timeout(RETURN_TIMEOUT, returned));
    }
}
