use super::{mode, names, start_once, try_start};
use crate::maintenance::{back_up, restore};
use crate::storage::sample::{count, execute, sqlite};
use crate::vault::KeySource;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A data folder, and a backup of it with a workspace `harbour`.
struct Backup {
    folder: TempDir,
    file: PathBuf,
}

impl Backup {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        start_once(&data).await;
        execute(&sqlite(&data), "insert into workspace (id, name, created_at) values ('h', 'harbour', 1)").await;
        let file = folder.path().join("backup");
        back_up(&data, &file).await.unwrap();
        Self { folder, file }
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("data/portolan.key")
    }

    /// Another data folder, which need not exist.
    fn other(&self) -> PathBuf {
        self.folder.path().join("other")
    }
}

async fn error(file: &Path, data: &Path) -> String {
    let message = restore(file, data, None).await.err().unwrap().to_string();
    assert!(!data.join("portolan.db.part").exists(), "{message}");
    message
}

async fn assert_is_restored(data: &Path) {
    start_once(data).await;
    assert_eq!(count(&sqlite(data), "select count(*) from workspace where name = 'harbour'").await, 1);
}

#[tokio::test]
async fn r8_a_server_starts_on_a_restored_backup_once_its_key_is_there() {
    let backup = Backup::new().await;
    let data = backup.other();
    let restored = restore(&backup.file, &data, None).await.unwrap();
    assert_eq!(restored.database, fs::canonicalize(&data).unwrap().join("portolan.db"));
    assert_eq!(mode(&restored.database), 0o600);
    assert_eq!(names(&data), ["portolan.db"]);
    let [id] = &restored.missing_keys[..] else { panic!("{restored:?}") };
    let message = try_start(&data).await.err().unwrap().to_string();
    assert!(message.contains(id.as_str()) && message.contains("no key file"), "{message}");
    fs::copy(backup.key(), data.join("portolan.key")).unwrap();
    assert_is_restored(&data).await;

    // With the key in place, and over what an interrupted attempt has left.
    fs::rename(data.join("portolan.db"), backup.folder.path().join("away")).unwrap();
    fs::write(data.join("portolan.db.part"), "half of it").unwrap();
    let restored = restore(&backup.file, &data, None).await.unwrap();
    assert!(restored.missing_keys.is_empty());
    assert_eq!(names(&data), ["portolan.db"]);
    assert_is_restored(&data).await;
}

#[tokio::test]
async fn a_plain_copy_of_a_closed_database_can_be_restored() {
    let backup = Backup::new().await;
    let copy = backup.folder.path().join("copy");
    fs::copy(backup.folder.path().join("data/portolan.db"), &copy).unwrap();
    restore(&copy, &backup.other(), Some(KeySource::File(backup.key()))).await.unwrap();
    fs::copy(backup.key(), backup.other().join("portolan.key")).unwrap();
    assert_is_restored(&backup.other()).await;
    assert!(!backup.folder.path().join("copy-wal").exists() && !backup.folder.path().join("copy-shm").exists());
}

#[tokio::test]
async fn a_restore_replaces_nothing_and_needs_a_stopped_server() {
    let backup = Backup::new().await;
    let data = backup.folder.path().join("data");
    let message = error(&backup.file, &data).await;
    assert!(message.contains("portolan.db already. Move it away first"), "{message}");
    let other = backup.other();
    fs::create_dir(&other).unwrap();
    for name in ["portolan.db", "portolan.db-wal", "portolan.db-shm"] {
        fs::write(other.join(name), "precious").unwrap();
        let message = error(&backup.file, &other).await;
        assert!(message.contains(&format!("{name} already")), "{message}");
        assert_eq!(names(&other), [name]);
        assert_eq!(fs::read_to_string(other.join(name)).unwrap(), "precious");
        fs::remove_file(other.join(name)).unwrap();
    }
    let server = try_start(&other).await.unwrap();
    let message = error(&backup.file, &other).await;
    assert!(message.contains("Another Portolan instance is using"), "{message}");
    server.close().await;
}

#[tokio::test]
async fn a_backup_of_another_key_is_not_restored() {
    let backup = Backup::new().await;
    let other = backup.other();
    start_once(&other).await;
    fs::remove_file(other.join("portolan.db")).unwrap();
    let message = error(&backup.file, &other).await;
    assert!(message.contains("are sealed with key") && message.contains("holds key"), "{message}");
    assert_eq!(names(&other), Vec::<String>::new());
    fs::write(other.join("portolan.key"), "too short").unwrap();
    assert!(error(&backup.file, &other).await.contains("64 hexadecimal digits"));
    restore(&backup.file, &other, Some(KeySource::File(backup.key()))).await.unwrap();
    assert_eq!(names(&other), ["portolan.db"]);
}

#[tokio::test]
async fn r8_what_is_not_a_complete_backup_of_portolan_is_not_restored() {
    let backup = Backup::new().await;
    let other = backup.other();
    let file = backup.folder.path().join("file");
    let message = error(&file, &other).await;
    assert!(message.contains("file cannot be read"), "{message}");
    assert!(error(backup.folder.path(), &other).await.contains("cannot be read"));

    let complete = fs::read(&backup.file).unwrap();
    for (bytes, expected) in [
        (&b"a text that is longer than the head of a database file, which has a hundred bytes, and so is no database"[..], "not a SQLite database"),
        (&[][..], "does not hold Portolan's tables"),
        (&complete[..50], "it is damaged"),
        (&complete[..complete.len() / 2], "it is damaged"),
        (&complete[..complete.len() - 4096], "it is damaged"),
        (&complete[..complete.len() - 1], "bytes are there"),
    ] {
        fs::write(&file, bytes).unwrap();
        let message = error(&file, &other).await;
        assert!(message.contains(expected), "{}: {message}", bytes.len());
    }

    // Something in the middle has changed.
    let mut changed = complete.clone();
    changed[4096..4096 + 64].fill(0xff);
    fs::write(&file, &changed).unwrap();
    let message = error(&file, &other).await;
    assert!(message.contains("it is damaged"), "{message}");

    fs::write(&file, &complete).unwrap();
    File::create(backup.folder.path().join("file-wal")).unwrap().set_len(1).unwrap();
    let message = error(&file, &other).await;
    assert!(message.contains("has a write-ahead log"), "{message}");
    fs::remove_file(backup.folder.path().join("file-wal")).unwrap();
    assert_eq!(names(&other), Vec::<String>::new());
    restore(&file, &other, None).await.unwrap();
}

#[tokio::test]
async fn a_backup_of_a_newer_version_is_not_restored() {
    let backup = Backup::new().await;
    let data = backup.folder.path().join("data");
    execute(&sqlite(&data), "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'new', 1, x'00', 0)").await;
    let message = error(&data.join("portolan.db"), &backup.other()).await;
    assert!(message.contains("a newer version of Portolan wrote it (step 9999"), "{message}");
    assert_eq!(names(&backup.other()), Vec::<String>::new());
}

#[tokio::test]
async fn a_backup_whose_rows_refer_to_missing_ones_is_not_restored() {
    let backup = Backup::new().await;
    let data = backup.folder.path().join("data");
    let sessions = "insert into session (id, account_id, created_at, last_seen_at) values ('s', 'nobody', 1, 1)";
    crate::storage::sample::execute_without_foreign_keys(&data.join("portolan.db"), sessions).await;
    let message = error(&data.join("portolan.db"), &backup.other()).await;
    assert!(message.contains("a row in session refers to one that does not exist"), "{message}");
}
