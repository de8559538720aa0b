//! The database, and the clock, which is compared with it.

use super::{Site, doctor};
use server::{Clock, SystemClock};
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

#[test]
fn a_damaged_file_and_one_that_is_no_database_are_named() {
    let site = Site::on_sqlite();
    let path = site.data().join("portolan.db");
    let file = fs::File::options().write(true).open(&path).unwrap();
    let pages = file.metadata().unwrap().len() / 4096;
    // Not the first two, with which nothing could be read.
    for page in 2..pages {
        file.write_all_at(&[0x55; 64], page * 4096).unwrap();
    }
    site.doctor(&[]).says("problem", &["database", "restore a backup"]);
    fs::write(&path, "Not a database, but long enough to be taken for one. ".repeat(200)).unwrap();
    site.doctor(&[]).says("problem", &["database", "not a database", "restore a backup"]);
}

#[test]
fn a_single_damaged_index_is_found() {
    let site = Site::on_sqlite();
    let path = site.data().join("portolan.db");
    // One that nothing else reads.
    let root = root_page(&path, "image_registry_by_created");
    let file = fs::File::options().write(true).open(&path).unwrap();
    // A b-tree page that says that it is of no known kind.
    file.write_all_at(&[0x55], (root - 1) * 4096).unwrap();
    site.doctor(&[]).says("problem", &["database", "it is damaged", "restore a backup", "SQLite says"]);
}

/// The number of the first page of an index.
fn root_page(path: &Path, index: &str) -> u64 {
    let url = format!("sqlite://{}", path.display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let root: i64 = runtime.block_on(async {
        use sqlx::Connection;
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let query = sqlx::query_scalar("select rootpage from sqlite_master where name = $1").bind(index);
        let root = query.fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        root
    });
    root.unsigned_abs()
}

#[test]
fn tables_of_another_version_or_application_are_named() {
    for site in Site::on_both_engines() {
        let is_sqlite = site.database.is_none();
        let none = if is_sqlite { "x''" } else { "''" };
        site.execute(&format!("insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'new', true, {none}, 0)"));
        site.doctor(&[]).says("problem", &["database", "a newer version of Portolan"]);
        site.execute("delete from _sqlx_migrations where version > 12");
        site.doctor(&[]).says("warning", &["database", "of an earlier version", "Back up"]);
        site.execute("drop table _sqlx_migrations");
        site.doctor(&[]).says("problem", &["database", "belongs to another application"]);
    }
}

#[test]
fn a_postgresql_server_that_cannot_be_used_is_named() {
    let server = test_postgres::Server::start();
    let site = Site::on(Some(server.new_database()));
    let url = site.database.clone().unwrap();
    let name = url.split(['/', '?']).nth(3).unwrap();
    let ask = |url: &str| doctor(site.data(), &["--database", url]);
    ask(&url.replace(name, "missing")).says("problem", &["database", "does not exist", "Create it"]);
    ask("postgres://a@127.0.0.1:1/b").says("problem", &["cannot be reached", "Check host and port"]);
    ask(&url.replace("postgres@", "nobody@")).says("problem", &["rejects the user", "PGPASS"]);
    let guest = url.replace("postgres@", "guest@");
    site.execute("create role guest login");
    ask(&guest).says("problem", &["database", "permission denied", "Check that the user owns"]);
    let empty = server.new_database().replace("postgres@", "guest@");
    ask(&empty).says("problem", &["may not create tables", "owner"]);
    site.execute("create database latin encoding 'LATIN1' locale 'C' template template0 locale_provider libc");
    ask(&url.replace(name, "latin")).says("problem", &["server_encoding is LATIN1 where it has to be UTF8"]);
    site.execute(&format!("alter database {name} set default_transaction_read_only = on"));
    site.doctor(&[]).says("problem", &["accepts no changes", "primary"]);
    let writable = Site { folder: tempfile::tempdir().unwrap(), database: Some(server.new_database()) };
    writable.execute(&format!("alter database {name} reset default_transaction_read_only"));
    writable.execute("alter system set fsync = off");
    writable.execute("select pg_reload_conf()");
    let begun = std::time::Instant::now();
    while site.doctor(&[]).succeeded {
        assert!(begun.elapsed() < Duration::from_secs(20), "the server reads its settings again");
    }
    site.doctor(&[]).says("problem", &["fsync is off where it has to be on", "Change it"]);
}

#[test]
fn a_clock_that_was_set_back_is_noticed() {
    for site in Site::on_both_engines() {
        for (ahead, severity) in [(2 * 60, "warning"), (3_600, "problem")] {
            let at = SystemClock.now() + ahead * 1_000;
            site.execute(&format!(
                "insert into audit_entry (id, at, account_name, address, user_agent, event, outcome, changes)
                 values ('z{ahead:05}', {at}, 'anna', '', '', 'LogIn', 'Done', '[]')"
            ));
            site.doctor(&[]).says(severity, &["clock", "behind what was stored last", "NTP"]);
        }
    }
}
