//! Databases for tests: filled, and compared, without regard to the engine.

use super::{Connection, DatabaseAddress, Storage};
use serde_json::{Map, Value};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use std::collections::BTreeMap;
use std::path::Path;

/// The address of a new, empty PostgreSQL database.
pub fn postgres() -> DatabaseAddress {
    DatabaseAddress::Postgres(test_postgres::new_database().parse().unwrap())
}

/// The address of a file that does not exist yet.
pub fn sqlite(folder: &Path) -> DatabaseAddress {
    DatabaseAddress::Sqlite(folder.join("portolan.db"))
}

/// Fills every column of every table. Creates the database if need be.
pub async fn fill(address: &DatabaseAddress, registries: u32) {
    let storage = Storage::open(address).await.unwrap();
    let mut transaction = storage.write().await.unwrap();
    let yes = if matches!(address, DatabaseAddress::Sqlite(_)) { "1" } else { "true" };
    for statement in [
        "insert into vault_key (id, proof, created_at, active_since, removed_at)
         values ('0a1b2c3d', 'v1:0a1b2c3d:eA', 1795466000001, 1795466000002, null),
         ('9f8e7d6c', 'v1:9f8e7d6c:eA', 1, 2, 3)",
        "insert into account (id, name, password_hash, password_changed_at, created_at, role, disabled_at)
         values ('anna', 'Anna', '$argon2id$', 1795466000002, 1795466000003, 'Administrator', null),
         ('bo', 'bo', '$argon2id$', 4, 5, null, 21)",
        "insert into session (id, account_id, created_at, last_seen_at, address, user_agent)
         values ('s1', 'anna', 1795466000006, 7, '192.0.2.1', 'Firefox')",
        "insert into password_link (id, account_id, created_at, expires_at) values ('p1', 'bo', 22, 23)",
        "update workspace set created_at = 8 where id = 'default'",
        "insert into workspace (id, name, created_at) values ('h', 'harbour', 9)",
        "insert into workspace_role (id, account_id, workspace_id, role) values ('r1', 'bo', 'h', 'Editor')",
        "insert into audit_entry (id, at, account_id, account_name, address, user_agent, event, outcome, workspace_id,
         workspace_name, object_id, object_name, changes, token_name)
         values ('a1', 24, 'gone', 'carl', '192.0.2.1', 'Firefox', 'registry.edit', 'Done', 'h', 'harbour', 'full', 'full', '[]', 'ci'),
         ('a2', 25, null, '', '192.0.2.1', '', 'session.begin', 'Failed', null, null, null, null, '[]', null)",
        "insert into setting (id, value) values ('audit_retention_days', '400')",
        "insert into setup_link (id, token_sealed) values (1, 'v1:0a1b2c3d:dA')",
        "insert into write_probe (id, writes) values (1, 5)",
    ] {
        transaction.query(statement).execute().await.unwrap();
    }
    let everything = format!(
        "insert into image_registry (id, workspace_id, name, url, repository, username, password_sealed, password_set_at,
         phase, reason, phase_since, checked_at, created_at, created_by, updated_at, updated_by, version, report,
         last_connected_at, failures, next_check_at, ca_certificates, skip_verification, token_service, test_image,
         asked_at, leased_by, leased_until)
         values ('full', 'h', 'full', 'https://registry.example.com', 'team/ä', 'rob''ot', 'v1:0a1b2c3d:cA', 10,
         'Failed', 'https on this port', 11, 12, 13, 'anna', 14, 'bo', 15,
         '{{\"b\": [1, 2.5, null, true], \"a\": \"é \\\" \\n\"}}', 16, 17, 18, 'two{{}}\nlines', {yes}, 'auth.example.net',
         'app:1.2', 19, 'a server', 20)"
    );
    transaction.query(AssertSqlSafe(everything)).execute().await.unwrap();
    for statement in [
        format!("update account set read_credentials = {yes} where id = 'bo'"),
        format!("update workspace_role set read_credentials = {yes}"),
        format!(
            "insert into api_token (id, hash, name, account_id, workspace_id, role, read_credentials, created_by,
             created_at, expires_at, last_used_at, last_used_address)
             values ('t1', 'h1', 'ci', 'bo', 'h', 'Editor', {yes}, 'bo', 26, 27, 28, '192.0.2.1')"
        ),
        "update image_registry set labels = '{\"a\":\"b\"}', annotations = '{\"c\":\"é\"}', created_by_token = 'ci',
         updated_by_token = 'cd' where id = 'full'"
            .to_owned(),
        "insert into credential_read (id, registry_id, consumer, address, last_read_at)
         values ('c1', 'full', 'ci', '192.0.2.1', 29)"
            .to_owned(),
        "insert into idempotency_key (id, request, registry_id, created_at) values ('k1', 'r', 'full', 30)".to_owned(),
    ] {
        transaction.query(AssertSqlSafe(statement)).execute().await.unwrap();
    }
    for number in 0..registries {
        transaction
            .query(
                "insert into image_registry (id, workspace_id, name, url, repository, phase_since, created_at, updated_at)
                 values ($1, 'default', $1, 'https://a.example', '', 1, 1, 1)",
            )
            .bind(format!("registry-{number}"))
            .execute()
            .await
            .unwrap();
    }
    transaction.commit().await.unwrap();
    storage.close().await;
}

/// Changes a database behind the server's back.
pub async fn execute(address: &DatabaseAddress, statement: &'static str) {
    let storage = Storage::open(address).await.unwrap();
    let mut transaction = storage.write().await.unwrap();
    transaction.query(statement).execute().await.unwrap();
    transaction.commit().await.unwrap();
    storage.close().await;
}

pub async fn count(address: &DatabaseAddress, sql: &'static str) -> i64 {
    let storage = Storage::open(address).await.unwrap();
    let count = storage.reader().await.unwrap().query(sql).fetch_scalar().await.unwrap();
    storage.close().await;
    count
}

/// All rows of all tables, each sorted by its key, except what belongs to running servers.
pub async fn dump(address: &DatabaseAddress) -> BTreeMap<String, Vec<Map<String, Value>>> {
    let storage = Storage::open(address).await.unwrap();
    let mut connection = storage.reader().await.unwrap();
    let mut dump = BTreeMap::new();
    for table in tables(&mut connection).await {
        let sql = match &connection {
            Connection::Sqlite(_) => {
                let pairs = "select group_concat('''' || name || ''', ' || name) from pragma_table_info($1)";
                let pairs: String = connection.query(pairs).bind(&table).fetch_scalar().await.unwrap();
                format!("select json_object({pairs}) from {table} order by id")
            }
            Connection::Postgres(_) => format!("select cast(to_jsonb(t) as text) from {table} t order by id"),
        };
        let rows: Vec<String> = connection.query(AssertSqlSafe(sql)).fetch_scalars().await.unwrap();
        dump.insert(table, rows.iter().map(|row| normal(row)).collect());
    }
    drop(connection);
    storage.close().await;
    dump
}

async fn tables(connection: &mut Connection) -> Vec<String> {
    let sql = match connection {
        Connection::Sqlite(_) => "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'",
        Connection::Postgres(_) => {
            "select cast(table_name as text) from information_schema.tables where table_schema = 'public'"
        }
    };
    let mut all: Vec<String> = connection.query(sql).fetch_scalars().await.unwrap();
    all.retain(|table| {
        !["_sqlx_migrations", "write_probe", "event_counter", "idempotency_key"].contains(&table.as_str())
    });
    all
}

/// A row as PostgreSQL has it.
fn normal(row: &str) -> Map<String, Value> {
    let mut row: Map<String, Value> = serde_json::from_str(row).unwrap();
    row.retain(|column, _| !column.starts_with("leased_"));
    if let Some(Value::String(report)) = row.get("report") {
        let report = serde_json::from_str(report).unwrap();
        row.insert("report".to_owned(), report);
    }
    for column in ["skip_verification", "read_credentials"] {
        if let Some(number) = row.get(column).and_then(Value::as_i64) {
            row.insert(column.to_owned(), (number == 1).into());
        }
    }
    row
}

/// Damages a SQLite file.
pub async fn execute_without_foreign_keys(file: &Path, statement: &'static str) {
    let options = SqliteConnectOptions::new().filename(file).foreign_keys(false);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
