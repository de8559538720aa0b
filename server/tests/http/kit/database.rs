//! The database behind a server's back.

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use std::path::Path;

/// Opens the database in a data folder. It must exist.
pub async fn database(data: &Path) -> SqlitePool {
    SqlitePool::connect_with(SqliteConnectOptions::new().filename(data.join("portolan.db"))).await.unwrap()
}

/// Changes the database as no server would.
pub async fn execute(data: &Path, statement: &'static str) {
    let pool = database(data).await;
    sqlx::query(statement).execute(&pool).await.unwrap();
    pool.close().await;
}
