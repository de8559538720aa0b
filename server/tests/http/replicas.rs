//! Several servers on one PostgreSQL database. A SQLite file has only one.

use super::events::heard;
use super::kit::{App, By, database, execute, is_postgres, set_up_form, wait_until};
use super::registry::Registry;
use app::image_registries::RegistryDetails;
use domain::Phase;
use http::StatusCode;
use server::{DatabaseAddress, SessionLimits, Settings, StartError, SystemClock, SystemEntropy, start};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn the_result_of_a_check_reaches_the_pages_of_every_server() {
    if !is_postgres() {
        return;
    }
    let registry = Registry::with_status(200).await;
    let app = App::checking().await;
    let replica = app.replica().await;
    let mut streams = [app.stream("/events").await, replica.stream("/events").await];
    let id = app.create_registry(&[("name", "one"), ("url", &registry.url)]).await;
    let mut numbers = Vec::new();
    for stream in &mut streams {
        let text = heard(stream, "Connected").await;
        assert!(text.contains(&id), "{text}");
        numbers.push(text.rsplit_once("\"as_of\":").unwrap().1.to_owned());
    }
    assert_eq!(numbers[0], numbers[1], "an event has the same number on every server");
    let details: [RegistryDetails; 2] = [app.details("default", "one").await, replica.details("default", "one").await];
    assert!(numbers[0].starts_with(&details[0].status.as_of.to_string()), "{numbers:?}");
    assert_eq!(details[0].status, details[1].status);
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_ends_the_session_and_its_streams_on_every_server() {
    if !is_postgres() {
        return;
    }
    let app = App::signed_in().await;
    let replica = app.replica().await;
    assert_eq!(replica.page("/workspaces").await.status, StatusCode::OK);
    let mut stream = replica.stream("/events").await;
    app.post("/ui/logout", &[], By::Script).await.form_response();
    heard(&mut stream, "never said").await;
    assert_eq!(replica.page("/workspaces").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_used_on_one_server_stays_alive_on_the_other() {
    if !is_postgres() {
        return;
    }
    let app = App::checking().await;
    let replica = app.replica().await;
    app.clock.advance(SessionLimits::DEFAULT.idle - 1_000);
    assert_eq!(replica.page("/workspaces").await.status, StatusCode::OK);
    // It is stored in the background.
    tokio::time::sleep(Duration::from_secs(3)).await;
    app.clock.advance(SessionLimits::DEFAULT.idle - 1_000);
    assert_eq!(app.page("/workspaces").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn s9_the_set_up_link_of_one_server_works_on_every_server_and_once() {
    if !is_postgres() {
        return;
    }
    let app = App::fresh().await;
    let replica = app.replica().await;
    let token = app.setup_token();
    assert_eq!(replica.setup_token(), token);
    assert!(app.page("/login").await.text.contains("There is no administrator yet."));
    replica.post("/ui/setup", &set_up_form(&token), By::Script).await.form_response();
    assert_eq!(app.page(&format!("/setup?token={token}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.post("/ui/setup", &set_up_form(&token), By::Script).await.status, StatusCode::NOT_FOUND);
    assert!(!app.page("/login").await.text.contains("There is no administrator yet."));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_that_start_at_once_with_different_keys_only_one_does() {
    if !is_postgres() {
        return;
    }
    for _ in 0..5 {
        let url = test_postgres::new_database();
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let starts = folders.each_ref().map(|folder| {
            let database = Some(DatabaseAddress::Postgres(url.parse().unwrap()));
            let settings = Settings { database, ..Settings::within(folder.path()) };
            async move { start(&settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await }
        });
        let [one, other] = starts;
        let (one, other) = tokio::join!(one, other);
        let refused = [one.err(), other.err()].into_iter().flatten().collect::<Vec<_>>();
        // The slower one may even find the key of the other before it has made its own.
        assert!(matches!(refused[..], [StartError::OtherKey { .. } | StartError::KeyLost(..)]), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_share_the_checks_and_never_check_a_registry_twice_at_once() {
    if !is_postgres() {
        return;
    }
    let app = App::checking().await;
    // Each check takes three seconds.
    let mut registries = Vec::new();
    for _ in 0..30 {
        registries.push(Registry::with_status(0).await);
    }
    execute(app.folder.path(), "create table claimed_by (server text, registry text)").await;
    execute(
        app.folder.path(),
        "create function note_claim() returns trigger language plpgsql as $$ begin
         insert into claimed_by values (new.leased_by, new.id); return new; end $$",
    )
    .await;
    execute(
        app.folder.path(),
        "create trigger claimed after update on image_registry for each row
         when (new.leased_by is not null and new.leased_by is distinct from old.leased_by)
         execute function note_claim()",
    )
    .await;
    let _replica = app.replica().await;
    for (index, registry) in registries.iter().enumerate() {
        app.create_registry(&[("name", &format!("n{index}")), ("url", &registry.url)]).await;
    }
    for index in 0..registries.len() {
        app.checked("default", &format!("n{index}")).await;
    }
    let asked: Vec<_> = registries.iter().map(|registry| registry.asked.load(Ordering::SeqCst)).collect();
    assert_eq!(asked, vec![1; 30]);
    let pool = database(app.folder.path()).await;
    let counts: Vec<i64> =
        sqlx::query_scalar("select count(*) from claimed_by group by server").fetch_all(&pool).await.unwrap();
    assert_eq!(counts.iter().sum::<i64>(), 30, "each was claimed once");
    assert_eq!(counts.len(), 2, "both servers took part: {counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checks_of_a_dead_server_are_taken_over_when_its_leases_run_out() {
    if !is_postgres() {
        return;
    }
    let registry = Registry::with_status(200).await;
    let app = App::checking().await;
    let id = app.create_registry(&[("name", "one"), ("url", &registry.url)]).await;
    app.checked("default", "one").await;
    execute(
        app.folder.path(),
        "update image_registry set leased_by = 'dead', leased_until = extract(epoch from now()) * 1000 + 2000",
    )
    .await;
    app.post("/ui/image-registries/check", &[("id", &id)], By::Script).await.form_response();
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(registry.asked.load(Ordering::SeqCst), 1, "the other server may still be checking");
    app.checked("default", "one").await;
    assert_eq!(registry.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_registry_is_checked_at_once_although_another_server_was_checking_it() {
    if !is_postgres() {
        return;
    }
    let (before, after) = (Registry::with_status(200).await, Registry::with_status(200).await);
    let app = App::checking().await;
    let id = app.create_registry(&[("name", "one"), ("url", &before.url)]).await;
    app.checked("default", "one").await;
    execute(
        app.folder.path(),
        "update image_registry set leased_by = 'other', leased_until = extract(epoch from now()) * 1000 + 40000",
    )
    .await;
    let edit = [("registry", id.as_str()), ("based_on", "1"), ("url", &after.url)];
    app.post("/ui/image-registries/update", &edit, By::Script).await.form_response();
    app.checked("default", "one").await;
    assert_eq!(after.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_gives_its_checks_back() {
    if !is_postgres() {
        return;
    }
    let registry = Registry::with_status(0).await;
    let app = App::checking().await;
    let stopping = app.replica().await;
    app.create_registry(&[("name", "one"), ("url", &registry.url)]).await;
    wait_until(|| registry.asked.load(Ordering::SeqCst) > 0).await;
    let pool = database(app.folder.path()).await;
    let leases = async || -> i64 {
        let count = sqlx::query_scalar("select count(*) from image_registry where leased_by is not null");
        count.fetch_one(&pool).await.unwrap()
    };
    assert_eq!(leases().await, 1);
    for state in [&stopping.state, &app.state] {
        state.close().await;
    }
    assert_eq!(leases().await, 0);
}

/// Each server remembers by itself that the password was rejected.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_accepted_again_is_accepted_for_every_registry_and_by_every_server() {
    if !is_postgres() {
        return;
    }
    let registry = Registry::with_credentials("robot", "another").await;
    let app = App::checking().await;
    let _replica = app.replica().await;
    let mut ids = Vec::new();
    for index in 0..8 {
        let name = format!("n{index}");
        let fields = [("name", name.as_str()), ("url", &registry.url), ("username", "robot"), ("password", "canary")];
        ids.push(app.create_registry(&fields).await);
    }
    let phases = async || {
        let mut phases = Vec::new();
        for index in 0..8 {
            phases.push(app.checked("default", &format!("n{index}")).await.status.phase);
        }
        phases
    };
    assert_eq!(phases().await, [Phase::Failed; 8]);
    registry.set_credentials("robot", "canary");
    app.post("/ui/image-registries/check", &[("id", &ids[0])], By::Script).await.form_response();
    app.checked("default", "n0").await;
    assert_eq!(phases().await, [Phase::Connected; 8], "they were made due with the result");
    for _ in 0..3 {
        app.clock.advance(6 * 60_000);
        assert_eq!(phases().await, [Phase::Connected; 8]);
    }
}

/// A rolling upgrade: the newer version starts first and adds to the tables.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_keeps_working_when_a_newer_version_adds_to_the_tables() {
    if !is_postgres() {
        return;
    }
    let registry = Registry::with_status(200).await;
    let app = App::checking().await;
    app.create_registry(&[("name", "before"), ("url", &registry.url)]).await;
    assert_eq!(app.checked("default", "before").await.status.phase, Phase::Connected);
    for statement in [
        "alter table image_registry add column later text not null default ''",
        "alter table session add column later bigint",
        "create table later (id bigint primary key)",
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (999, 'later', true, '', 0)",
    ] {
        execute(app.folder.path(), statement).await;
    }
    app.create_registry(&[("name", "after"), ("url", &registry.url)]).await;
    assert_eq!(app.checked("default", "after").await.status.phase, Phase::Connected);
    assert_eq!(app.list("").await.page_info.total, 2);
    assert_eq!(app.page("/image-registries/default/after").await.status, StatusCode::OK);
    assert_eq!(app.page("/readyz").await.status, StatusCode::OK);
}
