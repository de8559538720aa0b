//! PostgreSQL databases that cannot be used: each with a sentence that says what to do, and nothing is written.

use super::events::heard;
use super::kit::{App, By, DATABASE_FILE, Forwarder, is_postgres};
use app::{AppError, WriteFailure};
use http::StatusCode;
use server::{DatabaseAddress, Settings, SystemClock, SystemEntropy, start};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn settings(data: &Path, url: &str) -> Settings {
    Settings { database: Some(DatabaseAddress::Postgres(url.parse().unwrap())), ..Settings::within(data) }
}

/// The message of a start that fails.
async fn error(data: &Path, url: &str) -> String {
    let settings = settings(data, url);
    let started = start(&settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await;
    started.err().unwrap().to_string()
}

/// Starts, and stops again.
async fn start_once(data: &Path, url: &str) {
    let settings = settings(data, url);
    start(&settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await.unwrap().close().await;
}

async fn execute(url: &str, statement: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
}

async fn tables(url: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let count = sqlx::query_scalar("select count(*) from information_schema.tables where table_schema = 'public'");
    count.fetch_one(&mut connection).await.unwrap()
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_left_alone_and_the_message_says_what_to_do() {
    if !is_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let url = test_postgres::new_database();
    let name = url.split(['/', '?']).nth(3).unwrap();

    let missing = url.replace(name, "missing");
    assert!(error(data, &missing).await.contains("missing at /"), "the database is named");
    assert!(error(data, &missing).await.contains("it does not exist. Create it"));
    assert!(error(data, &url.replace("postgres@", "nobody@")).await.contains("rejects the user, its password"));
    assert!(error(data, "postgres://a@127.0.0.1:1/b").await.contains("Check host and port"));

    execute(&url, "create role guest login").await;
    let guest = url.replace("postgres@", "guest@");
    assert!(error(data, &guest).await.contains("Make that user the owner"));

    execute(&url, &format!("alter database {name} set default_transaction_read_only = on")).await;
    assert!(error(data, &url).await.contains("accepts no changes"));
    let reset = format!("alter database {name} reset default_transaction_read_only");
    execute(&format!("{url}&options=-c default_transaction_read_only=off"), &reset).await;

    execute(&url, "create table orders (id bigint)").await;
    assert!(error(data, &url).await.contains("belongs to another application"));
    assert_eq!(tables(&url).await, 1, "nothing was written");
    execute(&url, "drop table orders").await;

    start_once(data, &url).await;
    let other = tempfile::tempdir().unwrap();
    let message = error(other.path(), &url).await;
    assert!(message.contains("are sealed with key") && message.contains("--key-file"), "{message}");

    execute(&url, "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'new', true, '', 0)").await;
    assert!(error(data, &url).await.contains("a newer version of Portolan"));
}

#[tokio::test]
async fn a_server_that_swallows_what_it_is_sent_does_not_hold_up_the_start() {
    if !is_postgres() {
        return;
    }
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("postgres://a@{}/b", silent.local_addr().unwrap());
    assert!(error(folder.path(), &url).await.contains("the server does not answer"));
}

#[tokio::test]
async fn while_the_database_is_down_pages_say_so_and_the_server_recovers_by_itself() {
    if !is_postgres() {
        return;
    }
    let mut server = test_postgres::Server::start();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(DATABASE_FILE), server.new_database()).unwrap();
    let app = App::on(folder.path()).await.set_up().await;
    app.create_registry(&[("name", "before")]).await;
    let form = [
        ("name", "typed"),
        ("workspace", "default"),
        ("url", "https://typed.example.com"),
        ("page", "/image-registries/create"),
    ];
    for round in 0..3 {
        server.kill();
        let page = app.page("/image-registries").await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.text);
        assert!(page.text.contains("The database cannot be reached"), "{}", page.text);
        let script = app.post("/ui/image-registries/create", &form, By::Script).await;
        assert_eq!(script.expect_error(), AppError::NotSaved(WriteFailure::Unreachable), "round {round}");
        server.start_again();
        let recovered = Instant::now();
        while app.page("/image-registries").await.status != StatusCode::OK {
            assert!(recovered.elapsed() < Duration::from_secs(5), "round {round}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let name = format!("round-{round}");
        app.create_registry(&[("name", &name)]).await;
    }
    assert_eq!(app.list("").await.page_info.total, 4, "what was acknowledged is there, what was refused is not");
}

#[tokio::test]
async fn a_character_that_postgresql_cannot_store_is_not_an_error_of_the_server() {
    let app = App::signed_in().await;
    let id = app.create_registry(&[("name", "one")]).await;
    for path in [
        "/workspaces/a%00b",
        "/image-registries/default/a%00b",
        "/image-registries?q=a%00b",
        "/image-registries?workspace=a%00b",
    ] {
        let page = app.page(path).await;
        assert!(!page.status.is_server_error(), "{path}: {}", page.status);
    }
    let nul = format!("{id}\0");
    for (path, field) in [
        ("/ui/login", "user_name"),
        ("/ui/image-registries/check", "id"),
        ("/ui/image-registries/update", "registry"),
        ("/ui/workspaces/delete", "workspace"),
    ] {
        let fields = [(field, nul.as_str()), ("password", "x"), ("based_on", "1"), ("url", "a.example")];
        let answer = app.post(path, &fields, By::Script).await;
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_postgresql_rolls_back_because_of_a_deadlock_is_tried_again() {
    if !is_postgres() {
        return;
    }
    let app = App::signed_in().await;
    let mut ids = [app.create_registry(&[("name", "one")]).await, app.create_registry(&[("name", "two")]).await];
    ids.sort();
    let url = std::fs::read_to_string(app.folder.path().join(DATABASE_FILE)).unwrap();
    // Another client locks the registries in the other order.
    let mut other = PgConnection::connect(&url).await.unwrap();
    let lock = "select id from image_registry where id = $1 for update";
    // PostgreSQL looks for a deadlock after this long, and ends the transaction that has found it.
    sqlx::raw_sql("set deadlock_timeout = '10s'; begin").execute(&mut other).await.unwrap();
    sqlx::query(lock).bind(&ids[1]).execute(&mut other).await.unwrap();
    let ask = async {
        let fields = [("id", ids[0].as_str()), ("id", ids[1].as_str())];
        app.post("/ui/image-registries/check", &fields, By::Script).await
    };
    let collide = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        sqlx::query(lock).bind(&ids[0]).execute(&mut other).await.unwrap();
        sqlx::query("commit").execute(&mut other).await.unwrap();
    };
    let (answer, ()) = tokio::join!(ask, collide);
    assert_eq!(answer.form_response().flash.unwrap(), "Checking 2 image registries.");
    let mut observer = PgConnection::connect(&url).await.unwrap();
    // Counted when the backend next reports.
    let deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";
    let begin = Instant::now();
    while sqlx::query_scalar::<_, i64>(deadlocks).fetch_one(&mut observer).await.unwrap() == 0 {
        assert!(begin.elapsed() < Duration::from_mins(1), "there was no deadlock");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The machine of the database vanishes, and with it every packet. Nobody closes a connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_swallows_packets_does_not_hold_up_requests_for_longer_than_the_limits() {
    if !is_postgres() {
        return;
    }
    let server = test_postgres::Server::start();
    let database = server.new_database();
    let forwarder = Forwarder::to(&server.socket()).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(DATABASE_FILE), forwarder.url(&database)).unwrap();
    let app = App::on(folder.path()).await.set_up().await;
    let id = app.create_registry(&[("name", "one")]).await;
    let mut stream = app.stream("/events").await;
    heard(&mut stream, "id:").await;
    // One statement is on its way when the network fails: it waits for a lock.
    let mut other = PgConnection::connect(&database).await.unwrap();
    sqlx::raw_sql("begin; lock table image_registry").execute(&mut other).await.unwrap();
    let begin = Instant::now();
    let fields = [("id", id.as_str())];
    let on_its_way = app.post("/ui/image-registries/check", &fields, By::Script);
    let fail = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        forwarder.stall();
        // The connections of the pool do not answer, and neither do new ones.
        app.page("/image-registries").await
    };
    let (answer, page) = tokio::join!(on_its_way, fail);
    assert_eq!(answer.expect_error(), AppError::NotSaved(WriteFailure::Unreachable));
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(begin.elapsed() < Duration::from_secs(25), "{:?}", begin.elapsed());
    heard(&mut stream, "the stream ends").await;

    let mut observer = PgConnection::connect(&database).await.unwrap();
    sqlx::raw_sql("create table resumed as select clock_timestamp() as at").execute(&mut observer).await.unwrap();
    forwarder.resume();
    drop(other);
    let recovered = Instant::now();
    while app.page("/image-registries").await.status != StatusCode::OK {
        assert!(recovered.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let listens = "select count(*) > 0 from pg_stat_activity, resumed
                   where application_name = 'portolan events' and backend_start > at and query ilike 'listen%'";
    while !sqlx::query_scalar::<_, bool>(listens).fetch_one(&mut observer).await.unwrap() {
        assert!(recovered.elapsed() < Duration::from_secs(15));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Once it listens, all streams end, so that their pages ask what they have missed.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut stream = app.stream("/events").await;
    heard(&mut stream, "id:").await;
    app.post("/ui/logout", &[], By::Script).await.form_response();
    heard(&mut stream, "the stream ends").await;
}

#[tokio::test]
async fn r5_what_the_engine_refuses_is_a_sentence_and_nothing_is_stored() {
    if !is_postgres() {
        return;
    }
    let app = App::signed_in().await;
    let url = std::fs::read_to_string(app.folder.path().join(DATABASE_FILE)).unwrap();
    let form = [
        ("name", "typed"),
        ("workspace", "default"),
        ("url", "https://typed.example.com"),
        ("page", "/image-registries/create"),
    ];
    for (code, failure, sentence) in [
        ("53100", WriteFailure::DiskFull, "disk is full"),
        ("58030", WriteFailure::DiskFailing, "disk reports errors"),
        ("53200", WriteFailure::Busy, "the database is busy"),
        ("57014", WriteFailure::Busy, "the database is busy"),
        ("40001", WriteFailure::Busy, "the database is busy"),
        ("25006", WriteFailure::Unreachable, "the database cannot be reached"),
    ] {
        let raise = format!(
            "create or replace function fail() returns trigger language plpgsql as $$ begin
             raise exception 'raw text of the engine' using errcode = '{code}'; end $$;
             create or replace trigger fail before insert on image_registry execute function fail()"
        );
        let mut other = PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(raise)).execute(&mut other).await.unwrap();
        let script = app.post("/ui/image-registries/create", &form, By::Script).await;
        assert!(!script.text.contains("raw text"), "{}", script.text);
        assert_eq!(script.expect_error(), AppError::NotSaved(failure), "{code}");
        let plain = app.post("/ui/image-registries/create", &form, By::PlainForm).await;
        assert_eq!(plain.status, StatusCode::SERVICE_UNAVAILABLE, "{code}");
        assert!(plain.text.contains(sentence) && plain.text.contains("https://typed.example.com"), "{}", plain.text);
        assert!(!plain.text.contains("raw text"), "{}", plain.text);
    }
    assert_eq!(app.list("").await.page_info.total, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_takes_too_long_is_given_up() {
    if !is_postgres() {
        return;
    }
    let app = App::signed_in().await;
    let url = std::fs::read_to_string(app.folder.path().join(DATABASE_FILE)).unwrap();
    let slow =
        "create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return new; end $$;
                create trigger slow before insert on workspace for each row execute function slow()";
    sqlx::raw_sql(slow).execute(&mut PgConnection::connect(&url).await.unwrap()).await.unwrap();
    let begin = Instant::now();
    let answer = app.post("/ui/workspaces/create", &[("name", "slow")], By::Script).await;
    assert_eq!(answer.expect_error(), AppError::NotSaved(WriteFailure::Busy));
    assert!(begin.elapsed() < Duration::from_secs(30));
    assert_eq!(app.page("/workspaces").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_user_without_free_connections_is_told_which_settings_to_change() {
    if !is_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let url = test_postgres::new_database();
    execute(&url, "create role without_connections login connection limit 0").await;
    let message = error(folder.path(), &url.replace("postgres@", "without_connections@")).await;
    assert!(message.contains("max_connections") && message.contains("--database-connections"), "{message}");
}

/// A certificate for `localhost` and its key, and the authority that has issued it, in PEM.
fn certificate() -> (String, String, String) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let issued_by = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    (params.signed_by(&key, &issuer).unwrap().pem(), key.serialize_pem(), issued_by)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_encrypted_and_verified_as_sslmode_says() {
    if !is_postgres() {
        return;
    }
    let (certificate, key, authority) = certificate();
    let server = test_postgres::Server::start_with_tls(&certificate, &key);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        std::fs::write(folder.path().join(name), content).unwrap();
        folder.path().join(name).display().to_string()
    };
    let right = file("right.pem", &authority);
    let wrong = file("wrong.pem", &self::certificate().2);
    let url = |host: &str, options: &str| format!("postgres://postgres@{host}:{}/postgres?{options}", server.port());
    for (host, options) in [
        ("localhost", format!("sslmode=verify-full&sslrootcert={wrong}")),
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={right}")),
        ("localhost", "sslmode=verify-full".to_owned()),
    ] {
        let message = error(folder.path(), &url(host, &options)).await;
        assert!(message.contains("Check sslmode and sslrootcert"), "{host} {options}: {message}");
    }
    let encrypted = "select count(*) filter (where ssl), count(*) from pg_stat_ssl join pg_stat_activity using (pid)
                     where application_name like 'portolan%'";
    for (host, options, is_encrypted) in [
        ("localhost", format!("sslmode=verify-full&sslrootcert={right}"), true),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={right}"), true),
        ("127.0.0.1", "sslmode=require".to_owned(), true),
        ("127.0.0.1", "sslmode=prefer".to_owned(), true),
        ("127.0.0.1", "sslmode=disable".to_owned(), false),
    ] {
        let settings = settings(folder.path(), &url(host, &options));
        let state = start(&settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await.unwrap();
        let mut observer = PgConnection::connect(&url("localhost", "sslmode=disable")).await.unwrap();
        let (with_tls, all): (i64, i64) = sqlx::query_as(encrypted).fetch_one(&mut observer).await.unwrap();
        assert!(all > 0 && with_tls == if is_encrypted { all } else { 0 }, "{options}: {with_tls} of {all}");
        state.close().await;
        drop(state);
        // The connection for events ends a moment later.
        let begin = Instant::now();
        while sqlx::query_as::<_, (i64, i64)>(encrypted).fetch_one(&mut observer).await.unwrap().1 > 0 {
            assert!(begin.elapsed() < Duration::from_secs(10));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
