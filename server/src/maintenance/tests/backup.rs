use super::{mode, names, start_once, try_start};
use crate::maintenance::back_up;
use crate::storage::sample::{count, execute, sqlite};
use crate::storage::{DatabaseAddress, Storage};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

async fn error(data: &Path, file: &Path) -> String {
    back_up(data, file).await.err().unwrap().to_string()
}

/// Stores pairs of workspaces until it is aborted.
async fn write_pairs(storage: Storage) {
    for number in 0.. {
        let mut transaction = storage.write().await.unwrap();
        for name in ["left", "right"] {
            transaction
                .query("insert into workspace (id, name, created_at) values ($1, $1, 1)")
                .bind(format!("{name}-{number}"))
                .execute()
                .await
                .unwrap();
        }
        transaction.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_r8_a_backup_beside_a_server_that_writes_is_one_state_without_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let state = try_start(&data).await.unwrap();
    let writer = tokio::spawn(write_pairs(state.storage.clone()));
    let mut last = 0;
    for round in 0..5 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let file = folder.path().join(format!("backup-{round}"));
        back_up(&data, &file).await.unwrap();
        assert_eq!(mode(&file), 0o600);
        let backup = DatabaseAddress::Sqlite(file);
        let lefts = count(&backup, "select count(*) from workspace where name like 'left-%'").await;
        let rights = count(&backup, "select count(*) from workspace where name like 'right-%'").await;
        assert_eq!(lefts, rights);
        assert!(lefts > last, "{lefts} after {last}: the latest changes are in the backup");
        last = lefts;
    }
    assert!(!writer.is_finished(), "the backups did not disturb the server");
    writer.abort();
    let key = fs::read_to_string(data.join("portolan.key")).unwrap();
    for name in names(folder.path()).iter().filter(|name| name.starts_with("backup-")) {
        let bytes = fs::read(folder.path().join(name)).unwrap();
        let key = const_hex::decode(key.trim()).unwrap();
        assert!(!bytes.windows(key.len()).any(|window| window == key), "{name} holds the key");
        assert!(!String::from_utf8_lossy(&bytes).contains(&const_hex::encode(&key)), "{name} holds the key");
        assert!(!name.ends_with(".part"), "{name}");
    }
}

#[tokio::test]
async fn r8_a_backup_replaces_no_file_but_the_rest_of_an_interrupted_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    start_once(&data).await;
    let files = folder.path().join("files");
    fs::create_dir(&files).unwrap();
    let file = files.join("backup");
    fs::write(&file, "precious").unwrap();
    let message = error(&data, &file).await;
    assert!(message.contains("exists already. Name another file"), "{message}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    assert_eq!(names(&files), ["backup"]);

    fs::rename(&file, files.join("backup.part")).unwrap();
    back_up(&data, &file).await.unwrap();
    assert_eq!(names(&files), ["backup"]);
    assert_eq!(count(&DatabaseAddress::Sqlite(file), "select count(*) from vault_key").await, 1);
    assert_eq!(names(&data), ["portolan.db"], "the files of the log are not left behind");
}

#[tokio::test]
async fn r8_what_is_not_a_usable_database_is_not_backed_up() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let files = folder.path().join("files");
    fs::create_dir(&files).unwrap();
    let file = files.join("backup");
    let message = error(&data, &file).await;
    assert!(message.contains("no database at") && message.contains("--data"), "{message}");
    assert!(!data.exists());

    fs::create_dir(&data).unwrap();
    fs::write(data.join("portolan.db"), "not a database, but long enough to be taken for the head of one").unwrap();
    let message = error(&data, &file).await;
    assert!(message.contains("portolan.db cannot be read") && message.contains("not a database"), "{message}");
    fs::remove_file(data.join("portolan.db")).unwrap();

    start_once(&data).await;
    let message = error(&data, &folder.path().join("missing/backup")).await;
    assert!(message.contains("missing/backup cannot be written"), "{message}");

    execute(&sqlite(&data), "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'new', 1, x'00', 0)").await;
    let message = error(&data, &file).await;
    assert!(message.contains("a newer version of Portolan wrote it (step 9999"), "{message}");
    assert_eq!(names(&files), Vec::<String>::new());
}

#[tokio::test]
async fn r8_a_backup_to_a_full_disk_says_so_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    start_once(&data).await;
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs"]).arg(&disk);
    if !mount.output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: mounting a small disk needs root");
        return;
    }
    let mut filler = File::create(disk.join("filler")).unwrap();
    while filler.write_all(&[0; 4096]).is_ok() {}
    drop(filler);
    let message = error(&data, &disk.join("backup")).await;
    let left = names(&disk);
    fs::remove_file(disk.join("filler")).unwrap();
    let repeated = back_up(&data, &disk.join("backup")).await;
    let _ = Command::new("umount").arg("--lazy").arg(&disk).status();
    assert!(message.contains("There is no room for") && message.contains("on another disk"), "{message}");
    assert_eq!(left, ["filler"]);
    repeated.unwrap();
}
