//! What the engines do differently.
//!
//! SQLite runs one write transaction at a time, so what one reads does not change until it ends. On PostgreSQL they run
//! side by side: what is read in order to decide about a change must be locked first. Locks are taken in the same order
//! everywhere (workspace, registries by id), so that two transactions never wait for each other.

use super::database::Connection;
use super::error::Result;
use super::sets::{MOST_IN_A_SET, placeholders};
use sqlx::AssertSqlSafe;

impl Connection {
    /// Keeps other transactions from adding accounts until this one ends.
    pub async fn lock_accounts(&mut self) -> Result<()> {
        if let Self::Postgres(_) = self {
            self.query("lock table account in share row exclusive mode").execute().await?;
        }
        Ok(())
    }

    /// Makes other transactions that store or delete many sessions wait until this one ends.
    pub async fn lock_sessions(&mut self) -> Result<()> {
        if let Self::Postgres(_) = self {
            self.query("lock table session in share row exclusive mode").execute().await?;
        }
        Ok(())
    }

    /// Keeps other transactions from deleting this workspace.
    pub async fn keep_workspace(&mut self, name: &str) -> Result<()> {
        if let Self::Postgres(_) = self {
            self.query("select id from workspace where name = $1 for key share").bind(name).execute().await?;
        }
        Ok(())
    }

    /// Keeps other transactions from deleting this workspace, and from adding registries to it.
    pub async fn lock_workspace(&mut self, name: &str) -> Result<()> {
        if let Self::Postgres(_) = self {
            self.query("select id from workspace where name = $1 for update").bind(name).execute().await?;
        }
        Ok(())
    }

    /// Keeps other transactions from changing or deleting these registries.
    pub async fn lock_registries(&mut self, ids: &[String]) -> Result<()> {
        if let Self::Postgres(_) = self {
            let mut sorted = ids.to_vec();
            sorted.sort_unstable();
            for some in sorted.chunks(MOST_IN_A_SET) {
                let set = placeholders(1, some.len());
                let sql = format!("select id from image_registry where id in {set} order by id for update");
                self.query(AssertSqlSafe(sql)).bind_all(some).execute().await?;
            }
        }
        Ok(())
    }

    /// Whether there are any tables, ours or another application's.
    pub(super) async fn has_tables(&mut self) -> Result<bool> {
        let sql = match self {
            Self::Sqlite(_) => "select count(*) > 0 from sqlite_master where type = 'table'",
            Self::Postgres(_) => {
                "select count(*) > 0 from information_schema.tables where table_schema = current_schema()"
            }
        };
        self.query(sql).fetch_scalar().await
    }

    pub(super) async fn has_table(&mut self, name: &str) -> Result<bool> {
        let sql = match self {
            Self::Sqlite(_) => "select count(*) > 0 from sqlite_master where type = 'table' and name = $1",
            Self::Postgres(_) => "select to_regclass($1) is not null",
        };
        self.query(sql).bind(name).fetch_scalar().await
    }
}
