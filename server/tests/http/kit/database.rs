//! The database behind a server's back.
//!
//! The tests run once for each engine: on SQLite, unless `PORTOLAN_TEST_ENGINE` is `postgres`.

use server::DatabaseAddress;
use sqlx::AnyPool;
use sqlx::any::install_default_drivers;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The file in a data folder that contains the URL of its database.
pub const DATABASE_FILE: &str = "test-database";

/// Whether this run is for PostgreSQL. A test of SQLite's own files ends early then.
pub fn is_postgres() -> bool {
    env::var_os("PORTOLAN_TEST_ENGINE").is_some_and(|engine| engine == "postgres")
}

/// The database of a data folder, if it is not the file in it. A folder keeps its database.
pub fn database_address(data: &Path) -> Option<DatabaseAddress> {
    is_postgres().then(|| DatabaseAddress::Postgres(postgres_url(data).parse().unwrap()))
}

fn postgres_url(data: &Path) -> String {
    let file = data.join(DATABASE_FILE);
    fs::read_to_string(&file).unwrap_or_else(|_| {
        let url = test_postgres::new_database();
        fs::create_dir_all(data).unwrap();
        fs::write(&file, &url).unwrap();
        url
    })
}

/// Opens the database of a data folder. It must exist.
pub async fn database(data: &Path) -> AnyPool {
    install_default_drivers();
    let url =
        if is_postgres() { postgres_url(data) } else { format!("sqlite://{}", data.join("portolan.db").display()) };
    AnyPool::connect(&url).await.unwrap()
}

/// Everything that is stored, for a search for what must not be: the bytes of the files, or a dump.
pub fn stored_bytes(data: &Path) -> Vec<u8> {
    if is_postgres() {
        let dump = Command::new("pg_dump").arg(postgres_url(data)).output().unwrap();
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        return dump.stdout;
    }
    let files = ["portolan.db", "portolan.db-wal"].map(|file| fs::read(data.join(file)).unwrap_or_default());
    files.concat()
}

/// Changes the database as no server would.
pub async fn execute(data: &Path, statement: &'static str) {
    let pool = database(data).await;
    sqlx::query(statement).execute(&pool).await.unwrap();
    pool.close().await;
}
