use super::{interrupt, names, start_once, try_start, unless_interrupted};
use crate::clock::SystemClock;
use crate::entropy::SystemEntropy;
use crate::maintenance::{MoveError, Moved, move_database};
use crate::start::{Settings, start};
use crate::storage::sample::{count, dump, execute, fill, postgres, sqlite};
use crate::storage::{CopiedRows, DatabaseAddress, lock};
use std::fs;
use std::sync::Arc;

/// More than the rows of two statements.
const REGISTRIES: u32 = 1_000;

const NEWER: [&str; 2] = [
    "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'new', 1, x'00', 0)",
    "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'new', true, '', 0)",
];

async fn run(from: &DatabaseAddress, to: &DatabaseAddress) -> Result<Moved, MoveError> {
    move_database(from, to, &mut |_| {}).await
}

async fn error(from: &DatabaseAddress, to: &DatabaseAddress) -> String {
    run(from, to).await.err().unwrap().to_string()
}

/// An empty database of each engine.
fn targets(folder: &tempfile::TempDir) -> [DatabaseAddress; 2] {
    [sqlite(&folder.path().join("target")), postgres()]
}

#[tokio::test]
async fn a_database_moved_through_both_engines_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let first = sqlite(&path("first"));
    fs::create_dir(path("first")).unwrap();
    fill(&first, REGISTRIES).await;
    let original = dump(&first).await;
    assert_eq!(original["image_registry"].len(), 1_001);
    assert_eq!(original.len(), 12, "{:?}", original.keys());

    // A file without the name that servers look for, too.
    let chain = [postgres(), postgres(), sqlite(&path("second")), DatabaseAddress::Sqlite(path("third.db"))];
    let mut from = first.clone();
    for to in chain {
        let moved = run(&from, &to).await.unwrap();
        assert_eq!(moved.keys, ["0a1b2c3d"]);
        assert!(moved.rows.contains(&CopiedRows { rows: "image registries", count: 1_001 }), "{moved:?}");
        assert!(moved.rows.contains(&CopiedRows { rows: "accounts", count: 2 }), "{moved:?}");
        assert_eq!(dump(&to).await, original, "{from} to {to}");
        let leases = "select count(*) from image_registry where leased_by is not null or leased_until is not null";
        assert_eq!(count(&to, leases).await, 0);
        assert_eq!(count(&to, "select count(*) from write_probe").await, 0);
        from = to;
    }
    assert_eq!(dump(&first).await, original, "the source is unchanged");
    for folder in ["first", "second"] {
        assert_eq!(names(&path(folder)), ["portolan.db"], "the files of the log are not left behind");
    }
    let report = &original["image_registry"][0]["report"];
    assert_eq!(report["b"][1], 2.5, "{report}");
}

#[tokio::test]
async fn a_server_starts_on_a_moved_database_with_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    start_once(&old).await;
    let through = postgres();
    run(&sqlite(&old), &through).await.unwrap();
    run(&through, &sqlite(&new)).await.unwrap();
    let message = try_start(&new).await.err().unwrap().to_string();
    assert!(message.contains("there is no key file"), "{message}");
    fs::copy(old.join("portolan.key"), new.join("portolan.key")).unwrap();
    start_once(&new).await;
}

#[tokio::test]
async fn a_target_that_is_not_empty_is_refused_and_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let source = sqlite(folder.path());
    fill(&source, 0).await;
    for statement in [
        "insert into vault_key (id, proof, created_at, active_since) values ('k', 'p', 1, 1)",
        "insert into account (id, name, password_hash, password_changed_at, created_at) values ('a', 'a', 'h', 1, 1)",
        "insert into workspace (id, name, created_at) values ('w', 'w', 1)",
        "insert into image_registry (id, workspace_id, name, url, repository, phase_since, created_at, updated_at)
         values ('r', 'default', 'r', 'https://a.example', '', 1, 1, 1)",
        "insert into setup_link (id, token_sealed) values (1, 't')",
    ] {
        let targets = tempfile::tempdir().unwrap();
        fs::create_dir(targets.path().join("target")).unwrap();
        for target in self::targets(&targets) {
            execute(&target, statement).await;
            let before = dump(&target).await;
            let message = error(&source, &target).await;
            assert!(message.contains("is not empty. Name an empty database"), "{message}");
            assert_eq!(dump(&target).await, before, "{statement}");
        }
    }
}

#[tokio::test]
async fn a_move_that_is_dropped_half_way_leaves_the_target_empty_and_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let source = sqlite(folder.path());
    fill(&source, REGISTRIES).await;
    let targets = tempfile::tempdir().unwrap();
    for target in self::targets(&targets) {
        let mut progress = |copied: CopiedRows| {
            if copied.rows == "image registries" && copied.count > 500 {
                interrupt();
            }
        };
        assert!(unless_interrupted(move_database(&source, &target, &mut progress)).await.is_none());
        assert_eq!(count(&target, "select count(*) from image_registry").await, 0);
        assert_eq!(count(&target, "select count(*) from vault_key").await, 0);
        assert_eq!(count(&target, "select count(*) from workspace where id = 'default'").await, 1);
        run(&source, &target).await.unwrap();
        assert_eq!(dump(&target).await, dump(&source).await);
    }
}

#[tokio::test]
async fn source_and_target_must_have_the_tables_of_this_version() {
    let folder = tempfile::tempdir().unwrap();
    let source = sqlite(folder.path());
    fill(&source, 0).await;
    let targets = tempfile::tempdir().unwrap();
    fs::create_dir(targets.path().join("target")).unwrap();
    for (target, newer) in self::targets(&targets).into_iter().zip(NEWER) {
        execute(&target, newer).await;
        let message = error(&source, &target).await;
        assert!(message.contains("a newer version of Portolan wrote it (step 9999"), "{message}");
        let message = error(&target, &postgres()).await;
        assert!(message.contains("a newer version of Portolan wrote it (step 9999"), "{message}");
    }
    execute(&source, "delete from _sqlx_migrations where version = 10").await;
    let message = error(&source, &postgres()).await;
    assert!(message.contains("Start this version of Portolan on it once"), "{message}");
}

#[tokio::test]
async fn what_is_not_portolans_is_neither_moved_nor_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let source = sqlite(folder.path());
    let (empty, foreign) = (postgres(), postgres());
    assert!(error(&source, &empty).await.contains("There is no database at"));
    assert!(!folder.path().join("portolan.db").exists());
    let this_folder = DatabaseAddress::Sqlite(folder.path().to_owned());
    assert!(error(&this_folder, &empty).await.contains("is a folder. Name the file in it"));
    assert!(error(&empty, &source).await.contains("has no tables"));
    assert!(!folder.path().join("portolan.db").exists());

    fill(&source, 0).await;
    execute(&foreign, "drop table vault_key").await;
    for (from, to) in [(&source, &foreign), (&foreign, &empty)] {
        let message = error(from, to).await;
        assert!(message.contains("belongs to another application"), "{message}");
    }
}

#[tokio::test]
async fn source_and_target_are_two_databases() {
    let folder = tempfile::tempdir().unwrap();
    let source = sqlite(folder.path());
    fill(&source, 0).await;
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(folder.path().join("portolan.db"), &link).unwrap();
    let hard_link = folder.path().join("hard-link.db");
    fs::hard_link(folder.path().join("portolan.db"), &hard_link).unwrap();
    for same in [source.clone(), DatabaseAddress::Sqlite(link), DatabaseAddress::Sqlite(hard_link)] {
        let message = error(&source, &same).await;
        assert!(message.contains("are the same database"), "{message}");
    }
    let url = test_postgres::new_database();
    let one = DatabaseAddress::Postgres(url.parse().unwrap());
    let other = DatabaseAddress::Postgres(url.replace("localhost", "127.0.0.1").parse().unwrap());
    fill(&one, 0).await;
    let message = error(&one, &other).await;
    assert!(message.contains("are the same database"), "{message}");
}

#[tokio::test]
async fn a_database_that_a_server_uses_is_not_moved() {
    let folder = tempfile::tempdir().unwrap();
    let (data, free) = (folder.path().join("data"), folder.path().join("free"));
    let server = try_start(&data).await.unwrap();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(data.join("portolan.db"), &link).unwrap();
    for source in [sqlite(&data), DatabaseAddress::Sqlite(link)] {
        let message = error(&source, &sqlite(&free)).await;
        assert!(message.contains("Another Portolan instance is using"), "{message}");
    }
    start_once(&free).await;
    let message = error(&sqlite(&free), &sqlite(&data)).await;
    assert!(message.contains("Another Portolan instance is using"), "{message}");
    server.close().await;

    let used = postgres();
    fill(&used, 0).await;
    let held = lock(&used).await.unwrap();
    let message = error(&used, &sqlite(&folder.path().join("target"))).await;
    assert!(message.contains("another process of Portolan is using it"), "{message}");
    drop(held);

    let served = postgres();
    let settings = Settings { database: Some(served.clone()), ..Settings::within(folder.path().join("served")) };
    let server = start(&settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await.unwrap();
    for (from, to) in [(&served, &postgres()), (&used, &served)] {
        let message = error(from, to).await;
        assert!(message.contains("another process of Portolan is using it"), "{message}");
    }
    server.close().await;
    drop(server);
    run(&used, &sqlite(&folder.path().join("target"))).await.unwrap();
}
