//! Start-up: errors are reported, and nothing is written.

use super::kit::{App, database, database_address, execute, is_postgres};
use server::{KeySource, Settings, StartError, SystemClock, SystemEntropy, start};
use sqlx::AssertSqlSafe;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

async fn try_start(data: &Path, key_file: Option<&Path>) -> Result<Arc<server::AppState>, StartError> {
    let key = key_file.map(|path| KeySource::File(path.to_owned()));
    let settings = Settings { key, database: database_address(data), ..Settings::within(data) };
    start(&settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await
}

async fn error(data: &Path, key_file: Option<&Path>) -> String {
    let before = fs::read(data.join("portolan.db")).ok();
    let message = try_start(data, key_file).await.err().unwrap().to_string();
    assert_eq!(fs::read(data.join("portolan.db")).ok(), before, "nothing was written");
    message
}

#[tokio::test]
async fn s3_the_key_file_is_created_once_and_only_readable_by_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new/data");
    let portolan = try_start(&data, None).await.unwrap();
    portolan.close().await;
    drop(portolan);
    let key = data.join("portolan.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let first = fs::read(&key).unwrap();
    try_start(&data, None).await.unwrap().close().await;
    assert_eq!(fs::read(&key).unwrap(), first);
}

#[tokio::test]
async fn s3_s4_a_wrong_short_missing_or_exposed_key_file_prevents_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let key = data.join("portolan.key");
    let portolan = try_start(data, None).await.unwrap();
    portolan.close().await;
    drop(portolan);
    let right = fs::read(&key).unwrap();
    let write = |content: &[u8], mode| {
        let _ = fs::remove_file(&key);
        fs::write(&key, content).unwrap();
        fs::set_permissions(&key, Permissions::from_mode(mode)).unwrap();
    };

    write(&right, 0o644);
    let exposed = error(data, None).await;
    assert!(exposed.contains("chmod 600") && exposed.contains("portolan.key"), "{exposed}");

    write(&right[..40], 0o600);
    assert!(error(data, None).await.contains("64 hexadecimal digits"));

    write("0".repeat(64).as_bytes(), 0o600);
    let wrong = error(data, None).await;
    assert!(wrong.contains("--key-file") && !wrong.contains(&"0".repeat(64)), "{wrong}");

    fs::remove_file(&key).unwrap();
    assert!(error(data, None).await.contains("there is no key file"));
    assert!(!key.exists(), "no new key was created");

    let elsewhere = data.join("elsewhere.key");
    fs::write(&elsewhere, &right).unwrap();
    fs::set_permissions(&elsewhere, Permissions::from_mode(0o600)).unwrap();
    try_start(data, Some(&elsewhere)).await.unwrap().close().await;
}

#[tokio::test]
async fn r10_a_second_server_on_one_data_folder_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let first = try_start(folder.path(), None).await.unwrap();
    let second = try_start(folder.path(), None).await.err().unwrap().to_string();
    assert!(second.contains("Another Portolan instance is using"), "{second}");
    first.close().await;
    drop(first);
    try_start(folder.path(), None).await.unwrap();
}

async fn start_once(data: &Path) {
    try_start(data, None).await.unwrap().close().await;
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn s3_data_files_are_only_readable_by_their_owner() {
    if is_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let files = ["portolan.db", "portolan.db-wal", "portolan.db-shm", "portolan.key", "portolan.lock"];
    for _ in 0..2 {
        let portolan = try_start(folder.path(), None).await.unwrap();
        for file in files {
            assert_eq!(mode(&folder.path().join(file)), 0o600, "{file}");
        }
        portolan.close().await;
        drop(portolan);
        // As an earlier version left it.
        fs::set_permissions(folder.path().join("portolan.db"), Permissions::from_mode(0o644)).unwrap();
    }
}

#[tokio::test]
async fn s4_no_key_is_created_if_sealed_secrets_exist_without_a_key_record() {
    let folder = tempfile::tempdir().unwrap();
    start_once(folder.path()).await;
    execute(
        folder.path(),
        "insert into image_registry (id, workspace_id, name, url, repository, username, password_sealed, password_set_at,
         phase_since, created_at, updated_at) values ('1', 'default', 'one', 'https://a.example', '', 'u', 'v1:x:y', 1, 1, 1, 1)",
    )
    .await;
    execute(folder.path(), "delete from vault_key").await;
    for key_is_there in [true, false] {
        if !key_is_there {
            fs::remove_file(folder.path().join("portolan.key")).unwrap();
        }
        let message = error(folder.path(), None).await;
        assert!(message.contains("sealed passwords") && message.contains("backup"), "{message}");
    }
    assert!(!folder.path().join("portolan.key").exists());
}

/// The number of the newest migration.
pub const NEWEST: i64 = 15;

/// Leaves the tables as the previous version had them.
pub async fn undo_newest_migration(data: &Path) {
    for statement in [
        "drop index audit_entry_by_edit",
        "drop index image_registry_by_url",
        "drop table idempotency_key",
        "drop table credential_read",
        "drop table api_token",
        "alter table audit_entry drop column token_name",
        "alter table image_registry drop column labels",
        "alter table image_registry drop column annotations",
        "alter table image_registry drop column created_by_token",
        "alter table image_registry drop column updated_by_token",
        "alter table workspace_role drop column read_credentials",
        "alter table account drop column read_credentials",
    ] {
        execute(data, statement).await;
    }
}

/// Forgets that the newest migration was run.
pub async fn forget_newest_migration(data: &Path) {
    execute(data, "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)").await;
}

#[tokio::test]
async fn r9_the_database_is_copied_before_a_migration() {
    if is_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    start_once(folder.path()).await;
    // As the previous version left it.
    undo_newest_migration(folder.path()).await;
    forget_newest_migration(folder.path()).await;
    execute(folder.path(), "insert into workspace (id, name, created_at) values ('w', 'from-before', 1)").await;
    start_once(folder.path()).await;
    let copy = folder.path().join(format!("portolan.db.before-{NEWEST}"));
    assert_eq!(mode(&copy), 0o600);
    let url = format!("sqlite://{}", copy.display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    let names: Vec<String> =
        sqlx::query_scalar("select name from workspace order by name").fetch_all(&pool).await.unwrap();
    assert_eq!(names, ["default", "from-before"]);
    pool.close().await;
    fs::remove_file(&copy).unwrap();
    start_once(folder.path()).await;
    assert!(!copy.exists(), "nothing was migrated");
}

#[tokio::test]
async fn r9_a_failed_migration_names_the_copy_of_the_database() {
    if is_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    start_once(folder.path()).await;
    // The index exists already, so the migration fails.
    forget_newest_migration(folder.path()).await;
    let message = try_start(folder.path(), None).await.err().unwrap().to_string();
    for said in [&*format!("portolan.db.before-{NEWEST}"), "delete portolan.db-wal and portolan.db-shm"] {
        assert!(message.contains(said), "{message}");
    }
    // Following the advice of the message works: the previous version finds its own tables.
    for left in ["portolan.db-wal", "portolan.db-shm"] {
        let _ = fs::remove_file(folder.path().join(left));
    }
    fs::rename(folder.path().join(format!("portolan.db.before-{NEWEST}")), folder.path().join("portolan.db")).unwrap();
    undo_newest_migration(folder.path()).await;
    start_once(folder.path()).await;
}

#[tokio::test]
async fn r9_a_migration_that_was_changed_after_it_ran_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    start_once(folder.path()).await;
    let checksum = if is_postgres() { "'\\x00'::bytea" } else { "x'00'" };
    let pool = database(folder.path()).await;
    let change = AssertSqlSafe(format!("update _sqlx_migrations set checksum = {checksum} where version = 4"));
    sqlx::query(change).execute(&pool).await.unwrap();
    pool.close().await;
    let message = error(folder.path(), None).await;
    assert!(message.contains('4') && message.contains("migration"), "{message}");
}

/// What docs/operation.md says about a lost key.
#[tokio::test]
async fn a_lost_key_costs_the_passwords_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::on(folder.path()).await.set_up().await;
    let credentials = [("name", "one"), ("username", "robot"), ("password", "canary")];
    app.create_registry(&credentials).await;
    let session = app.cookie();
    app.state.close().await;
    drop(app);
    fs::remove_file(folder.path().join("portolan.key")).unwrap();
    assert!(error(folder.path(), None).await.contains("there is no key file"));
    for statement in [
        "update image_registry set username = null, password_sealed = null, password_set_at = null",
        "delete from vault_key",
        "delete from setup_link",
    ] {
        execute(folder.path(), statement).await;
    }
    let mut app = App::on(folder.path()).await;
    app.set_cookie(session.as_deref());
    assert_eq!(app.details("default", "one").await.username, None);
    app.create_registry(&[("name", "two"), ("username", "robot"), ("password", "canary")]).await;
    assert_eq!(app.details("default", "two").await.username.as_deref(), Some("robot"));
}
