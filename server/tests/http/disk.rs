//! A full disk and a locked database: writes fail with a clear message, pages are served, and the first write after
//! recovery succeeds without a restart.

use super::kit::{Answer, App, By, is_postgres, set_up_form};
use app::{AppError, WriteFailure};
use http::StatusCode;
use server::SessionLimits;
use sqlx::{Connection, SqliteConnection};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

/// A file system of 3 MiB in memory. Needs root.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` if this process may not mount.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=3m,mode=0700", "tmpfs"]).arg(folder.path());
        if mount.output().is_ok_and(|output| output.status.success()) {
            Some(Self(folder))
        } else {
            eprintln!("skipped: mounting a small disk needs root");
            None
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    fn fill(&self) {
        let mut file = File::create(self.filler()).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

async fn create(app: &App, name: &str, by: By) -> Answer {
    let page = ("page", "/image-registries/create");
    let fields = [("name", name), ("workspace", "default"), ("url", "https://registry.example.com"), page];
    app.post("/ui/image-registries/create", &fields, by).await
}

/// While nothing can be written: one clear message, nothing half done, and every page works.
async fn assert_writes_fail_and_pages_work(app: &App, round: usize, failure: WriteFailure, sentence: &str) {
    let name = format!("lost-{round}");
    let script = create(app, &name, By::Script).await;
    assert_eq!(script.expect_error(), AppError::NotSaved(failure), "round {round}");
    let plain = create(app, &name, By::PlainForm).await;
    assert_eq!(plain.status, StatusCode::SERVICE_UNAVAILABLE, "round {round}");
    assert!(plain.text.contains(sentence) && plain.text.contains(&name), "round {round}: {}", plain.text);
    // Late enough that the session's last use would be written if reading needed a write.
    app.clock.advance(SessionLimits::DEFAULT.idle / 2);
    for path in
        ["/image-registries", "/workspaces", "/account", "/image-registries/create", "/image-registries/default/first"]
    {
        assert_eq!(app.page(path).await.status, StatusCode::OK, "round {round}: {path}");
    }
    assert_eq!(app.page(&format!("/image-registries/default/{name}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.page("/healthz").await.status, StatusCode::OK);
    app.clock.advance(1_000);
    assert_eq!(app.page("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE, "round {round}");
}

async fn assert_first_write_succeeds(app: &App, round: usize) {
    let answer = create(app, &format!("kept-{round}"), By::Script).await;
    assert_eq!(answer.status, StatusCode::OK, "round {round}: {}", answer.text);
    assert_eq!(app.page(&format!("/image-registries/default/kept-{round}")).await.status, StatusCode::OK);
    app.clock.advance(1_000);
    assert_eq!(app.page("/readyz").await.status, StatusCode::OK, "round {round}");
}

#[tokio::test]
async fn r5_a_full_disk_stops_writes_but_not_pages_until_there_is_space() {
    if is_postgres() {
        return;
    }
    let Some(disk) = SmallDisk::mount() else { return };
    let mut app = App::on(disk.path()).await.set_up().await;
    app.create_registry(&[("name", "first")]).await;
    for round in 0..20 {
        disk.fill();
        assert_writes_fail_and_pages_work(&app, round, WriteFailure::DiskFull, "disk is full").await;
        disk.make_room();
        assert_first_write_succeeds(&app, round).await;
        // Sessions do not last for twenty rounds.
        app.log_in().await;
    }
    app.state.close().await;
}

#[tokio::test]
async fn r5_a_locked_database_stops_writes_but_not_pages() {
    if is_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let app = App::on(folder.path()).await.set_up().await;
    app.create_registry(&[("name", "first")]).await;
    let mut other =
        SqliteConnection::connect(&format!("sqlite://{}/portolan.db", folder.path().display())).await.unwrap();
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    assert_writes_fail_and_pages_work(&app, 0, WriteFailure::Busy, "the database is busy").await;
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    assert_first_write_succeeds(&app, 0).await;
}

#[tokio::test]
async fn the_set_up_link_keeps_working_if_the_set_up_could_not_be_stored() {
    if is_postgres() {
        return;
    }
    let Some(disk) = SmallDisk::mount() else { return };
    let app = App::on(disk.path()).await;
    let token = app.setup_token();
    let form = set_up_form(&token);
    disk.fill();
    assert_eq!(app.post("/ui/setup", &form, By::Script).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(app.page(&format!("/setup?token={token}")).await.status, StatusCode::OK);
    disk.make_room();
    assert_eq!(app.post("/ui/setup", &form, By::Script).await.status, StatusCode::OK);
    assert_eq!(app.page(&format!("/setup?token={token}")).await.status, StatusCode::NOT_FOUND);
    app.state.close().await;
}

#[tokio::test]
async fn a_start_on_a_full_disk_does_not_prevent_a_later_start() {
    let Some(disk) = SmallDisk::mount() else { return };
    let settings = server::Settings::within(disk.path());
    let start = async || server::start(&settings, Arc::new(server::SystemClock), Arc::new(server::SystemEntropy)).await;
    disk.fill();
    assert!(start().await.is_err());
    disk.make_room();
    start().await.map_err(|error| error.to_string()).unwrap().close().await;
}
