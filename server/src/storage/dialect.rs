//! What the engines do differently.
//!
//! SQLite runs one write transaction at a time, so what one reads does not change until it ends. On PostgreSQL they run
//! side by side: what is read in order to decide about a change must be locked first. Locks are taken in the same order
//! everywhere (account, sessions; workspace, registries by id), so that two transactions never wait for each other at
//! the same time. Who locks the records of keys locks nothing else afterwards.

use super::database::Connection;
use super::error::Result;
use super::sets::{MOST_IN_A_SET, placeholders};
use sqlx::AssertSqlSafe;

impl Connection {
    /// Ends the query for the ids of rows that an `update` is going to change, so that they are locked in its order.
    pub(super) fn for_update(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "",
            Self::Postgres(_) => " for update",
        }
    }

    /// Whether a column contains the pattern with this number, in any ASCII letter case. The pattern is in lower case.
    pub(super) fn contains(&self, column: &str, place: usize) -> String {
        match self {
            // `like` ignores the case of ASCII letters by itself, and `lower` takes longer than the comparison.
            Self::Sqlite(_) => format!("{column} like ${place} escape '\\'"),
            // Of a column with the collation "C", `lower` folds only ASCII.
            Self::Postgres(_) => format!("lower({column}) like ${place} escape '\\'"),
        }
    }

    /// Waits until no other transaction is using a key to seal, and keeps others from reading which key to use until this
    /// one ends. PostgreSQL keeps the lock of a statement that only reads until its transaction ends, and a statement
    /// that waits for a lock sees what was committed meanwhile.
    ///
    /// Gives up after a second, for instance while a backup reads everything: those who want to seal are waiting behind.
    pub async fn lock_vault_key(&mut self) -> Result<()> {
        if let Self::Postgres(_) = self {
            self.query("set local lock_timeout = '1s'").execute().await?;
            self.query("lock table vault_key in access exclusive mode").execute().await?;
        }
        Ok(())
    }

    /// Keeps other transactions from adding, changing and deleting accounts until this one ends.
    pub async fn lock_accounts(&mut self) -> Result<()> {
        if let Self::Postgres(_) = self {
            self.query("lock table account in share row exclusive mode").execute().await?;
        }
        Ok(())
    }

    /// Makes other transactions that store or delete sessions wait until this one ends. Taken before the first of these
    /// statements: a stronger lock taken later could wait for a transaction that waits for this one.
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

    /// Keeps other transactions from deleting this registry.
    pub async fn keep_registry(&mut self, id: &str) -> Result<()> {
        if let Self::Postgres(_) = self {
            self.query("select id from image_registry where id = $1 for key share").bind(id).execute().await?;
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
                self.query(AssertSqlSafe(sql)).persistent(false).bind_all(some).execute().await?;
            }
        }
        Ok(())
    }

    /// Whether there are any tables, ours or another application's.
    pub(super) async fn has_tables(&mut self) -> Result<bool> {
        let sql = match self {
            Self::Sqlite(_) => {
                "select count(*) > 0 from sqlite_master where type = 'table' and name not like 'sqlite_%'
                 and name <> '_sqlx_migrations'"
            }
            // Not views, nor what belongs to an extension.
            Self::Postgres(_) => {
                "select count(*) > 0 from pg_class c where relkind in ('r', 'p')
                 and relnamespace = to_regnamespace(current_schema()) and relname <> '_sqlx_migrations'
                 and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype = 'e')"
            }
        };
        self.query(sql).fetch_scalar().await
    }

    pub(super) async fn has_column(&mut self, table: &str, column: &str) -> Result<bool> {
        let sql = match self {
            Self::Sqlite(_) => "select count(*) > 0 from pragma_table_info($1) where name = $2",
            Self::Postgres(_) => {
                "select count(*) > 0 from pg_attribute where attrelid = to_regclass($1) and attname = $2
                 and not attisdropped"
            }
        };
        self.query(sql).bind(table).bind(column).fetch_scalar().await
    }

    pub(super) async fn has_table(&mut self, name: &str) -> Result<bool> {
        let sql = match self {
            Self::Sqlite(_) => "select count(*) > 0 from sqlite_master where type = 'table' and name = $1",
            Self::Postgres(_) => {
                "select count(*) > 0 from pg_class where relname = $1 and relkind in ('r', 'p')
                 and relnamespace = to_regnamespace(current_schema())"
            }
        };
        self.query(sql).bind(name).fetch_scalar().await
    }
}

/// The `like` pattern of texts that contain this one, for [`Connection::contains`]. Wildcards in the text are escaped.
pub(super) fn pattern_containing(text: &str) -> String {
    let escaped = text.to_ascii_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

#[cfg(test)]
mod tests {
    use super::pattern_containing;

    #[test]
    fn wildcards_in_a_search_text_are_escaped() {
        assert_eq!(pattern_containing("50%_A\\b"), "%50\\%\\_a\\\\b%");
    }
}
