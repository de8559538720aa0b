//! Upgrades: a database filled by an earlier version is opened and shows the same content.

use super::kit::{App, By, database, is_postgres};
use super::registry::Registry;
use super::start::{NEWEST, forget_newest_migration, undo_newest_migration};
use app::image_registries::{RegistryDetails, StepOutcome};
use app::workspaces::WorkspaceList;
use domain::Phase;
use http::StatusCode;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");

/// The time of everything in the database. Milliseconds.
const AT: i64 = 1_795_466_000_000;

const CERTIFICATE_NOBODY_READS: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/// A report as written by the first version that stored reports.
const OLD_REPORT: &str = r#"{"finding":"TlsThere","hops":[
    {"hop":"Tcp","peer":"registry.example.com:443","milliseconds":2,"finding":null},
    {"hop":"Api","peer":"registry.example.com:443","milliseconds":3,"finding":"TlsThere"}]}"#;

/// Hashes and sealed values, which only a running server can create. Their format has not changed since the first
/// version.
struct Made {
    key_id: String,
    key_proof: String,
    account_id: String,
    password_hash: String,
    session_id: String,
    session_cookie: String,
    registry_id: String,
    password_sealed: String,
}

/// Lets a server create them. Leaves its key in the folder, but no database.
async fn made_in(data: &Path, url: &str) -> Made {
    let app = App::on(data).await.set_up().await;
    let registry_id = app
        .create_registry(&[
            ("name", "one"),
            ("url", url),
            ("repository", "team"),
            ("username", "robot"),
            ("password", "canary"),
        ])
        .await;
    let session_cookie = app.cookie().unwrap();
    app.state.close().await;
    drop(app);
    let pool = database(data).await;
    let (key_id, key_proof) = sqlx::query_as("select id, proof from vault_key").fetch_one(&pool).await.unwrap();
    let (account_id, password_hash) =
        sqlx::query_as("select id, password_hash from account").fetch_one(&pool).await.unwrap();
    let session_id = sqlx::query_scalar("select id from session").fetch_one(&pool).await.unwrap();
    let password_sealed =
        sqlx::query_scalar("select password_sealed from image_registry").fetch_one(&pool).await.unwrap();
    pool.close().await;
    fs::remove_file(data.join("portolan.db")).unwrap();
    Made { key_id, key_proof, account_id, password_hash, session_id, session_cookie, registry_id, password_sealed }
}

/// Creates the database of the version with this migration, and fills all its tables and columns.
async fn fill(data: &Path, version: i64, made: &Made, url: &str) {
    let options = SqliteConnectOptions::new().filename(data.join("portolan.db")).create_if_missing(true);
    let pool = SqlitePool::connect_with(options.foreign_keys(true)).await.unwrap();
    let known = MIGRATIONS.iter().filter(|migration| migration.version <= version).cloned().collect();
    Migrator::with_migrations(known).run(&pool).await.unwrap();
    let key = sqlx::query("insert into vault_key (id, proof, created_at) values ($1, $2, $3)");
    key.bind(&made.key_id).bind(&made.key_proof).bind(AT).execute(&pool).await.unwrap();
    if version >= 13 {
        sqlx::query("update vault_key set active_since = created_at").execute(&pool).await.unwrap();
        let removed = sqlx::query("insert into vault_key values ('9f8e7d6c', 'v1:9f8e7d6c:00', 1, 2, 3)");
        removed.execute(&pool).await.unwrap();
    }
    if version >= 2 {
        sqlx::query(
            "insert into account (id, name, password_hash, password_changed_at, created_at) values ($1, 'Anna', $2, $3, $3)",
        )
        .bind(&made.account_id)
        .bind(&made.password_hash)
        .bind(AT)
        .execute(&pool)
        .await
        .unwrap();
        sqlx::query("insert into session (id, account_id, created_at, last_seen_at) values ($1, $2, $3, $3)")
            .bind(&made.session_id)
            .bind(&made.account_id)
            .bind(AT)
            .execute(&pool)
            .await
            .unwrap();
    }
    if version >= 3 {
        let workspace = sqlx::query("insert into workspace (id, name, created_at) values ('h', 'harbour', $1)");
        workspace.bind(AT).execute(&pool).await.unwrap();
    }
    if version >= 11 {
        for statement in [
            "update account set role = 'Administrator'",
            "update session set address = '192.0.2.1', user_agent = 'Firefox'",
            "insert into workspace_role (id, account_id, workspace_id, role) select 'r', id, 'h', 'Viewer' from account",
            "insert into password_link (id, account_id, created_at, expires_at) select 'p', id, 1, 2 from account",
        ] {
            sqlx::query(statement).execute(&pool).await.unwrap();
        }
    }
    if version >= 4 {
        sqlx::query(
            "insert into image_registry (id, workspace_id, name, url, repository, username, password_sealed, password_set_at,
             phase, reason, phase_since, checked_at, created_at, created_by, updated_at, updated_by, version)
             values ($1, 'default', 'one', $2, 'team', 'robot', $3, $4, 'Connected', 'all is well', $4, $4, $4, $5, $4, $5, 1),
             ('two', 'h', 'two', 'https://registry.example.com', '', null, null, null,
              'Failed', 'https on this port', $4, $4, $4, null, $4, null, 7)",
        )
        .bind(&made.registry_id)
        .bind(url)
        .bind(&made.password_sealed)
        .bind(AT)
        .bind(&made.account_id)
        .execute(&pool)
        .await
        .unwrap();
    }
    let columns: [(i64, &str); 5] = [
        (5, "last_connected_at = 1795460000000, failures = 3, next_check_at = 1795470000000"),
        (6, "skip_verification = 1, token_service = 'auth.example.net'"),
        (8, "test_image = 'app:1.2'"),
        (9, "asked_at = 1795460000000, next_check_at = 1795460000000"),
        (10, "leased_by = 'a server', leased_until = 1795460000000"),
    ];
    for (since, set) in columns.into_iter().filter(|(since, _)| version >= *since) {
        let statement = sqlx::AssertSqlSafe(format!("update image_registry set {set} where id = 'two'"));
        sqlx::query(statement).execute(&pool).await.unwrap_or_else(|error| panic!("{since}: {error}"));
    }
    if version >= 5 {
        let report = sqlx::query("update image_registry set report = $1 where id = 'two'");
        report.bind(OLD_REPORT).execute(&pool).await.unwrap();
    }
    if version >= 6 {
        let certificates = sqlx::query("update image_registry set ca_certificates = $1 where id = 'two'");
        certificates.bind(CERTIFICATE_NOBODY_READS).execute(&pool).await.unwrap();
    }
    if version >= 12 {
        for statement in [
            "insert into audit_entry (id, at, account_name, address, user_agent, event, outcome, changes)
             values ('a', 1, 'anna', '', '', 'setup', 'Done', '[]')",
            "insert into setting (id, value) values ('audit_retention_days', '40000')",
        ] {
            sqlx::query(statement).execute(&pool).await.unwrap();
        }
    }
    if version >= 15 {
        for statement in [
            "update account set read_credentials = 1",
            "update workspace_role set read_credentials = 1",
            "update image_registry set labels = '{\"team\":\"a\"}', annotations = '{\"x/y\":\"z\"}',
             updated_by_token = 'ci', created_by_token = 'ci' where id = 'two'",
            "update audit_entry set token_name = 'ci'",
            "insert into api_token (id, hash, name, account_id, role, read_credentials, created_by, created_at, expires_at)
             select 't', 'h', 'ci', id, 'Viewer', 1, 'Anna', 1, 2 from account",
            "insert into credential_read (id, registry_id, consumer, address, last_read_at)
             values ('c', 'two', 'ci', '192.0.2.1', 1)",
            "insert into idempotency_key (id, request, registry_id, created_at) values ('k', 'r', 'two', 1)",
        ] {
            sqlx::query(statement).execute(&pool).await.unwrap();
        }
    }
    if version >= 7 {
        sqlx::query("insert into write_probe (id, writes) values (1, 5)").execute(&pool).await.unwrap();
    }
    pool.close().await;
}

/// What the registry with only the oldest columns must look like.
#[track_caller]
fn assert_oldest_registry_unchanged(one: &RegistryDetails) {
    assert_eq!(one.url.split(':').next(), Some("http"));
    assert_eq!((one.repository.as_str(), one.username.as_deref()), ("team", Some("robot")));
    assert_eq!((one.created_by.as_str(), one.updated_by.as_str()), ("Anna", "Anna"));
    let (password_set, checked) = (one.password_set.as_ref().unwrap(), one.checked.as_ref().unwrap());
    for time in [password_set, checked, &one.created, &one.updated, &one.status_since] {
        assert_eq!(time.at, AT, "{one:?}");
    }
    assert_eq!((one.status.phase, one.status.reason.as_str()), (Phase::Connected, "all is well"));
    assert_eq!((one.test_image.as_str(), one.trust.ca_certificates.as_str()), ("", ""));
    assert_eq!((&one.report, &one.connected), (&None, &None));
    assert_eq!((one.version, one.status.checking), (1, false));
}

/// What the registry with all columns of its version must look like.
#[track_caller]
fn assert_newest_registry_unchanged(two: &RegistryDetails, version: i64) {
    assert_eq!((&two.username, &two.password_set), (&None, &None));
    let by = if version >= 15 { "token ci" } else { "a former user" };
    assert_eq!((two.created_by.as_str(), two.version), (by, 7));
    assert_eq!((two.status.phase, two.status.reason.as_str()), (Phase::Failed, "https on this port"));
    assert_eq!(two.status.checking, version >= 9);
    assert_eq!(two.connected.as_ref().map(|time| time.at), (version >= 5).then_some(1_795_460_000_000));
    assert_eq!(two.report.is_some(), version >= 5);
    if let Some(report) = &two.report {
        assert_eq!(report.phase, Phase::Failed);
        assert!(report.next_step.is_some(), "{report:?}");
        let lines: Vec<_> = report.steps.iter().map(|step| (step.label.as_str(), step.outcome)).collect();
        assert_eq!(lines, [("Connection", StepOutcome::Passed), ("Registry API", StepOutcome::Failed)]);
    }
    let (certificates, service) = if version >= 6 { (CERTIFICATE_NOBODY_READS, "auth.example.net") } else { ("", "") };
    assert_eq!(two.trust.skip_verification, version >= 6);
    assert_eq!((two.trust.ca_certificates.as_str(), two.trust.token_service.as_str()), (certificates, service));
    assert_eq!(two.test_image, if version >= 8 { "app:1.2" } else { "" });
}

async fn assert_unchanged(app: &App, version: i64) {
    let workspaces: WorkspaceList = app.page("/ui/workspaces/list?page=1").await.json();
    let names: Vec<_> = workspaces.rows.into_iter().map(|row| row.name).collect();
    assert_eq!(names, if version >= 3 { vec!["default", "harbour"] } else { vec!["default"] });
    let list = app.list("").await;
    assert_eq!(list.page_info.total, if version >= 4 { 2 } else { 0 }, "{list:?}");
    if version < 4 {
        return;
    }
    assert_eq!((list.rows[0].name.as_str(), list.rows[1].name.as_str()), ("one", "two"));
    assert_eq!(list.rows[1].own_authorities, version >= 6);
    assert_oldest_registry_unchanged(&app.details("default", "one").await);
    assert_newest_registry_unchanged(&app.details("harbour", "two").await, version);
    let page = app.page("/image-registries/harbour/two").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.text.contains("Registry API"), version >= 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn r9_a_database_of_any_earlier_version_is_upgraded_without_loss() {
    if is_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::with_credentials("robot", "canary").await;
    let made = made_in(folder.path(), &registry.url).await;
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap();
    assert_eq!(newest, NEWEST, "fill the columns of the new migration, too");
    for version in 1..=newest {
        let data = folder.path().join(version.to_string());
        fs::create_dir(&data).unwrap();
        fs::copy(folder.path().join("portolan.key"), data.join("portolan.key")).unwrap();
        fill(&data, version, &made, &registry.url).await;
        let mut app = App::on_with_loopback(&data).await;
        assert_eq!(app.state.setup_path().is_none(), version >= 2);
        assert_eq!(data.join(format!("portolan.db.before-{}", version + 1)).exists(), version < newest);
        if version == 1 {
            app.set_up().await.state.close().await;
            continue;
        }
        // Sessions are still valid, and so is the old password.
        app.set_cookie(Some(&made.session_cookie));
        assert_unchanged(&app, version).await;
        app.log_in().await;
        if version >= 4 {
            tokio::spawn(server::run_in_background(app.state.clone()));
            app.post("/ui/image-registries/check", &[("id", &made.registry_id)], By::Script).await.form_response();
            let one = app.checked("default", "one").await;
            assert_eq!(one.status.phase, Phase::Connected, "version {version}: {one:?}");
            assert_eq!(registry.wrong_log_ins.load(Ordering::SeqCst), 0, "the sealed password opens");
        }
        assert_eq!(app.page("/readyz").await.status, StatusCode::OK);
    }
}

/// On PostgreSQL, whose first version had the ninth step, too.
#[tokio::test(flavor = "multi_thread")]
async fn r9_a_database_of_the_previous_version_is_upgraded_without_loss() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::with_credentials("robot", "canary").await;
    let app = App::on(folder.path()).await.set_up().await;
    let credentials = [("name", "one"), ("url", &registry.url), ("username", "robot"), ("password", "canary")];
    let id = app.create_registry(&credentials).await;
    app.create_workspace("harbour").await;
    let (before, session) = (app.details("default", "one").await, app.cookie());
    app.state.close().await;
    drop(app);
    undo_newest_migration(folder.path()).await;
    forget_newest_migration(folder.path()).await;

    let mut app = App::on_with_loopback(folder.path()).await;
    app.set_cookie(session.as_deref());
    let after = app.details("default", "one").await;
    assert_eq!((&after.url, &after.username, after.version), (&before.url, &before.username, before.version));
    assert_eq!((after.created.at, after.updated.at), (before.created.at, before.updated.at));
    assert!(after.status.as_of >= before.status.as_of, "numbers of events go on");
    let workspaces: WorkspaceList = app.page("/ui/workspaces/list?page=1").await.json();
    assert_eq!(workspaces.rows.len(), 2);
    tokio::spawn(server::run_in_background(app.state.clone()));
    app.post("/ui/image-registries/check", &[("id", &id)], By::Script).await.form_response();
    assert_eq!(app.checked("default", "one").await.status.phase, Phase::Connected);
}
