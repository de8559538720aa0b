//! The tables and columns that a copy of the database consists of. A test compares them with the real ones.

use super::super::database::Connection;

/// A table. Its first column is `id`, the primary key.
pub struct Table {
    pub name: &'static str,
    /// What its rows are, for people.
    pub rows: &'static str,
    pub columns: &'static [Column],
}

/// A column. On the way from one engine to the other, every value is a text.
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    /// In SQLite an integer, 0 or 1.
    Boolean,
    /// In SQLite a text.
    Json,
}

use Kind::{Boolean, Integer, Json, Text};

/// In an order in which rows refer only to earlier ones. Not in it: the probe of `/readyz`, the number of the last
/// event, who is checking a registry, and which requests may be repeated. These belong to running servers, and begin anew.
pub const TABLES: [Table; 12] = [
    table(
        "vault_key",
        "records of a key",
        &[
            column("id", Text),
            column("proof", Text),
            column("created_at", Integer),
            column("active_since", Integer),
            column("removed_at", Integer),
        ],
    ),
    table(
        "account",
        "accounts",
        &[
            column("id", Text),
            column("name", Text),
            column("password_hash", Text),
            column("password_changed_at", Integer),
            column("created_at", Integer),
            column("role", Text),
            column("disabled_at", Integer),
            column("read_credentials", Boolean),
        ],
    ),
    table(
        "session",
        "sessions",
        &[
            column("id", Text),
            column("account_id", Text),
            column("created_at", Integer),
            column("last_seen_at", Integer),
            column("address", Text),
            column("user_agent", Text),
        ],
    ),
    table(
        "password_link",
        "password links",
        &[column("id", Text), column("account_id", Text), column("created_at", Integer), column("expires_at", Integer)],
    ),
    table("workspace", "workspaces", &[column("id", Text), column("name", Text), column("created_at", Integer)]),
    table(
        "workspace_role",
        "roles in workspaces",
        &[
            column("id", Text),
            column("account_id", Text),
            column("workspace_id", Text),
            column("role", Text),
            column("read_credentials", Boolean),
        ],
    ),
    table(
        "api_token",
        "tokens",
        &[
            column("id", Text),
            column("hash", Text),
            column("name", Text),
            column("account_id", Text),
            column("workspace_id", Text),
            column("role", Text),
            column("read_credentials", Boolean),
            column("created_by", Text),
            column("created_at", Integer),
            column("expires_at", Integer),
            column("last_used_at", Integer),
            column("last_used_address", Text),
        ],
    ),
    table(
        "image_registry",
        "image registries",
        &[
            column("id", Text),
            column("workspace_id", Text),
            column("name", Text),
            column("url", Text),
            column("repository", Text),
            column("username", Text),
            column("password_sealed", Text),
            column("password_set_at", Integer),
            column("phase", Text),
            column("reason", Text),
            column("phase_since", Integer),
            column("checked_at", Integer),
            column("created_at", Integer),
            column("created_by", Text),
            column("updated_at", Integer),
            column("updated_by", Text),
            column("version", Integer),
            column("report", Json),
            column("last_connected_at", Integer),
            column("failures", Integer),
            column("next_check_at", Integer),
            column("ca_certificates", Text),
            column("skip_verification", Boolean),
            column("token_service", Text),
            column("test_image", Text),
            column("asked_at", Integer),
            column("labels", Text),
            column("annotations", Text),
            column("created_by_token", Text),
            column("updated_by_token", Text),
        ],
    ),
    table(
        "credential_read",
        "readers of credentials",
        &[
            column("id", Text),
            column("registry_id", Text),
            column("consumer", Text),
            column("address", Text),
            column("last_read_at", Integer),
        ],
    ),
    table(
        "audit_entry",
        "entries of the audit trail",
        &[
            column("id", Text),
            column("at", Integer),
            column("account_id", Text),
            column("account_name", Text),
            column("address", Text),
            column("user_agent", Text),
            column("event", Text),
            column("outcome", Text),
            column("workspace_id", Text),
            column("workspace_name", Text),
            column("object_id", Text),
            column("object_name", Text),
            column("changes", Text),
            column("token_name", Text),
        ],
    ),
    table("setting", "settings", &[column("id", Text), column("value", Text)]),
    table("setup_link", "setup links", &[column("id", Integer), column("token_sealed", Text)]),
];

const fn table(name: &'static str, rows: &'static str, columns: &'static [Column]) -> Table {
    Table { name, rows, columns }
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind }
}

impl Table {
    /// The names of the columns.
    pub fn names(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| column.name).collect();
        names.join(", ")
    }

    /// The columns as texts, to be read.
    pub fn as_texts(&self, engine: &Connection) -> String {
        let texts: Vec<_> = self.columns.iter().map(|Column { name, kind }| kind.as_text(name, engine)).collect();
        texts.join(", ")
    }
}

impl Kind {
    fn as_text(self, name: &str, engine: &Connection) -> String {
        match (self, engine) {
            (Text, _) => name.to_owned(),
            (Boolean, Connection::Postgres(_)) => format!("cast(cast({name} as integer) as text)"),
            (Integer | Boolean | Json, _) => format!("cast({name} as text)"),
        }
    }

    /// The value of a placeholder, which is a text.
    pub fn of_text(self, placeholder: &str, engine: &Connection) -> String {
        match (self, engine) {
            (Text, _) | (Json, Connection::Sqlite(_)) => placeholder.to_owned(),
            (Integer | Boolean, Connection::Sqlite(_)) => format!("cast({placeholder} as integer)"),
            (Integer, Connection::Postgres(_)) => format!("cast({placeholder} as bigint)"),
            (Boolean, Connection::Postgres(_)) => format!("cast(cast({placeholder} as integer) as boolean)"),
            (Json, Connection::Postgres(_)) => format!("cast({placeholder} as jsonb)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::on_both_engines;
    use std::collections::BTreeSet;

    /// What is left out of a copy on purpose.
    const LEFT_OUT: [&str; 5] = [
        "write_probe.",
        "event_counter.",
        "idempotency_key.",
        "image_registry.leased_by ",
        "image_registry.leased_until ",
    ];

    fn type_of(kind: Kind, engine: &Connection) -> &'static str {
        match (kind, engine) {
            (Text, _) | (Json, Connection::Sqlite(_)) => "text",
            (Integer | Boolean, Connection::Sqlite(_)) => "integer",
            (Integer, Connection::Postgres(_)) => "bigint",
            (Boolean, Connection::Postgres(_)) => "boolean",
            (Json, Connection::Postgres(_)) => "jsonb",
        }
    }

    #[tokio::test]
    async fn a_copy_has_every_column_of_every_table_unless_left_out_on_purpose() {
        on_both_engines(async |storage| {
            let mut connection = storage.reader().await.unwrap();
            let sql = match &connection {
                Connection::Sqlite(_) => {
                    "select t.name || '.' || c.name || ' ' || lower(c.type) from sqlite_master t
                     join pragma_table_info(t.name) c where t.type = 'table' and t.name not like 'sqlite_%'"
                }
                Connection::Postgres(_) => {
                    "select table_name || '.' || column_name || ' ' || data_type from information_schema.columns
                     where table_schema = 'public'"
                }
            };
            let all: Vec<String> = connection.query(sql).fetch_scalars().await.unwrap();
            let is_left_out = |line: &str| LEFT_OUT.iter().any(|start| line.starts_with(start));
            let real: BTreeSet<_> =
                all.into_iter().filter(|line| !is_left_out(line) && !line.starts_with("_sqlx_migrations.")).collect();
            let mut copied = BTreeSet::new();
            for table in &TABLES {
                assert_eq!(table.columns[0].name, "id", "{}", table.name);
                for Column { name, kind } in table.columns {
                    copied.insert(format!("{}.{name} {}", table.name, type_of(*kind, &connection)));
                }
            }
            assert_eq!(real, copied);
        })
        .await;
    }
}
