//! Runs a test on both engines.

use super::{Connection, DatabaseAddress, Storage};
use std::collections::BTreeSet;
use std::path::Path;

/// Runs a test with an empty SQLite file and with an empty PostgreSQL database.
pub async fn on_both_engines(test: impl AsyncFn(Storage)) {
    let folder = tempfile::tempdir().unwrap();
    for address in addresses(folder.path()) {
        test(Storage::open(&address).await.unwrap()).await;
    }
}

/// A SQLite file in this folder, and a PostgreSQL database. Both are empty.
fn addresses(folder: &Path) -> [DatabaseAddress; 2] {
    let url = test_postgres::new_database();
    [DatabaseAddress::Sqlite(folder.join("portolan.db")), DatabaseAddress::Postgres(url.parse().unwrap())]
}

/// The tables, columns, indexes and named constraints of a database, in words that do not depend on the engine.
async fn schema(connection: &mut Connection) -> BTreeSet<String> {
    let sql = match connection {
        Connection::Sqlite(_) => {
            "select 'column ' || t.name || '.' || c.name || case when c.\"notnull\" then ' not null' else '' end
             from sqlite_master t join pragma_table_info(t.name) c where t.type = 'table'
             union select 'index ' || name from sqlite_master where type = 'index' and sql is not null
             union select 'constraint ' || c.value from sqlite_master t join json_each('[\"password_has_username\",
             \"password_has_time\"]') c where t.sql like '%constraint ' || c.value || ' check%'"
        }
        Connection::Postgres(_) => {
            "select 'column ' || table_name || '.' || column_name
             || case is_nullable when 'NO' then ' not null' else '' end
             from information_schema.columns where table_schema = 'public'
             union select 'index ' || indexname from pg_indexes where schemaname = 'public'
             and indexname not like '%_key' and indexname not like '%_pkey'
             union select 'constraint ' || conname from pg_constraint where contype = 'c' and conname not like '%_check'"
        }
    };
    let all = connection.query(sql).fetch_scalars::<String>().await.unwrap();
    // Tables of the drivers and of SQLite itself.
    all.into_iter().filter(|line| !line.contains("_sqlx_migrations") && !line.contains("sqlite_stat")).collect()
}

#[tokio::test]
async fn both_engines_have_the_same_tables_columns_indexes_and_constraints() {
    let folder = tempfile::tempdir().unwrap();
    let [sqlite, postgres] = addresses(folder.path());
    let sqlite = Storage::open(&sqlite).await.unwrap();
    let postgres = Storage::open(&postgres).await.unwrap();
    let here = schema(&mut sqlite.reader().await.unwrap()).await;
    let there = schema(&mut postgres.reader().await.unwrap()).await;
    assert!(here.len() > 40, "{here:?}");
    assert_eq!(here, there);
}

#[test]
fn both_engines_have_the_same_migrations() {
    let names = |folder: &str| -> BTreeSet<_> {
        let folder = format!("{}/../migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
