//! The list of one's own sessions, ending them, and when they expire.

use super::events::heard;
use super::kit::{App, By, PASSWORD, RequestExt, USER, database};
use app::{SessionList, SessionRow};
use http::{Method, StatusCode};
use server::{Clock, SessionLimits};
use std::process::Command;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const MINUTE: i64 = 60 * 1000;

async fn list(app: &App) -> SessionList {
    app.page("/ui/account/sessions").await.json()
}

/// The handles of the sessions other than that of the request.
async fn other_handles(app: &App) -> Vec<String> {
    let rows = list(app).await.rows.into_iter();
    rows.filter(|session| !session.is_current).map(|session| session.handle).collect()
}

async fn is_valid(app: &App, cookie: &str) -> bool {
    let request = app.request(Method::GET, "/workspaces").with_header("cookie", cookie);
    app.send(request).await.status == StatusCode::OK
}

/// The ids in the database.
async fn stored_ids(app: &App) -> Vec<String> {
    let database = database(app.folder.path()).await;
    sqlx::query_scalar("select id from session").fetch_all(&database).await.unwrap()
}

#[tokio::test]
async fn the_list_says_from_where_and_when_each_session_was_used() {
    let app = App::signed_in().await;
    let began = app.clock.now();
    app.clock.advance(10 * MINUTE);
    let fields = [("user_name", USER), ("password", PASSWORD)];
    let request =
        app.form("/ui/login", &fields, By::Script).without_header("cookie").with_header("user-agent", FIREFOX);
    app.send(request.with_peer("10.0.0.1").with_header("x-forwarded-for", "192.0.2.7")).await.form_response();
    app.clock.advance(5 * MINUTE);

    let SessionList { rows, left_out } = list(&app).await;
    let [here, there]: [SessionRow; 2] = rows.try_into().unwrap();
    assert_eq!(left_out, 0);
    assert!(here.is_current && !there.is_current);
    assert_eq!((here.browser.as_str(), here.since.at), ("Unknown browser", began));
    assert_eq!(here.last_used.at, app.clock.now(), "by this request, although that is not stored yet");
    assert_eq!((there.browser.as_str(), there.address.as_deref()), ("Firefox on Linux", Some("192.0.2.7")));
    assert_eq!((there.since.at, there.last_used.at), (began + 10 * MINUTE, began + 10 * MINUTE));

    let page = app.page("/account").await.text;
    let button = |session: &SessionRow| format!("name=\"session\" value=\"{}\"", session.handle);
    for shown in ["Firefox on Linux", "192.0.2.7", "This one", "5 minutes ago", &button(&there)] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!page.contains(&button(&here)), "there is no button for the present session");
    for id in stored_ids(&app).await {
        assert!(!page.contains(&id[..16]), "what the database knows a session by stays there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_a_session_ends_its_requests_and_its_events_and_no_others() {
    let mut app = App::signed_in().await;
    let here = app.cookie().unwrap();
    for by in [By::Script, By::PlainForm] {
        let (third, there) = (app.second_session().await, app.second_session().await);
        app.clock.advance(MINUTE);
        assert!(is_valid(&app, &there).await, "so that it is the last used");
        app.set_cookie(Some(&there));
        let mut stream = app.stream("/events").await;
        app.set_cookie(Some(&here));
        let handles = other_handles(&app).await;
        let fields = [("session", handles[0].as_str()), ("page", "/account")];
        let ended = app.post("/ui/account/sessions/end", &fields, by).await;
        match by {
            By::Script => assert_eq!(ended.form_response().flash.as_deref(), Some("Session ended.")),
            By::PlainForm => assert_eq!(ended.redirect(), "/account"),
        }
        heard(&mut stream, "the end").await;
        assert!(!is_valid(&app, &there).await && is_valid(&app, &third).await && is_valid(&app, &here).await);
        assert_eq!(other_handles(&app).await, handles[1..], "{by:?}");
        let again = app.post("/ui/account/sessions/end", &fields, by).await;
        assert_eq!(again.status, StatusCode::NOT_FOUND);
        assert!(again.text.contains("This session has ended already."), "{}", again.text);
    }
}

#[tokio::test]
async fn w6_a_session_of_somebody_else_is_like_one_that_does_not_exist() {
    let mut app = App::signed_in().await;
    let here = app.cookie().unwrap();
    let bo = app.person("bo", "Viewer", &[]).await;
    app.set_cookie(Some(&bo));
    let theirs = list(&app).await.rows.remove(0).handle;
    app.set_cookie(Some(&here));
    assert_eq!(other_handles(&app).await, [] as [String; 0], "nobody sees the sessions of others");

    let ids = stored_ids(&app).await;
    let unknown = "0".repeat(32);
    let absent = app.post("/ui/account/sessions/end", &[("session", &unknown)], By::Script).await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    for named in [theirs.as_str(), "", "%", &ids[0], &ids[1]] {
        let answer = app.post("/ui/account/sessions/end", &[("session", named)], By::Script).await;
        assert_eq!((answer.status, answer.text), (absent.status, absent.text.clone()), "{named}");
        let fields = [("session", named), ("page", "/account")];
        let plain = app.post("/ui/account/sessions/end", &fields, By::PlainForm).await;
        assert_eq!(plain.status, StatusCode::NOT_FOUND, "{named}");
    }
    assert!(is_valid(&app, &bo).await && is_valid(&app, &here).await);
}

#[tokio::test]
async fn logging_out_all_others_keeps_this_session_and_those_of_other_people() {
    let mut app = App::signed_in().await;
    let here = app.cookie().unwrap();
    let bo = app.person("bo", "Viewer", &[]).await;
    for by in [By::Script, By::PlainForm] {
        let others = [app.second_session().await, app.second_session().await];
        let done = app.post("/ui/logout/others", &[("page", "/account")], by).await;
        match by {
            By::Script => assert_eq!(done.form_response().location, "/account"),
            By::PlainForm => assert_eq!(done.redirect(), "/account"),
        }
        assert!(done.session_cookie().is_none());
        for other in others {
            assert!(!is_valid(&app, &other).await);
        }
        assert!(is_valid(&app, &here).await && is_valid(&app, &bo).await);
        assert_eq!(list(&app).await.rows.len(), 1);
    }
}

#[tokio::test]
async fn expired_sessions_are_not_listed() {
    let mut app = App::signed_in().await;
    app.second_session().await;
    for expected in [2, 1] {
        app.clock.advance(SessionLimits::DEFAULT.idle / 2);
        assert_eq!(list(&app).await.rows.len(), expected);
    }
    assert_eq!(stored_ids(&app).await.len(), 2, "it is still stored");
}

#[tokio::test]
async fn the_list_holds_the_present_session_and_the_last_used_of_very_many() {
    let app = App::signed_in().await;
    let database = database(app.folder.path()).await;
    for index in 0..102 {
        // More recent than the present session, as by a script that logs in for each request.
        let insert = sqlx::query(
            "insert into session (id, account_id, created_at, last_seen_at) select $1, id, $2, $3 from account",
        );
        let at = app.clock.now();
        insert.bind(format!("{index:064}")).bind(at).bind(at + index).execute(&database).await.unwrap();
    }
    let SessionList { rows, left_out } = list(&app).await;
    assert_eq!((rows.len(), left_out), (100, 3));
    assert!(rows[0].is_current && rows[1].address.is_none());
    assert_eq!(rows[1].last_used.at, app.clock.now() + 101);
}

#[tokio::test]
async fn w2_the_limits_of_sessions_can_be_set() {
    let mut app = App::with_session_limits(SessionLimits::new(5, 1)).await;
    let logged_in = async |app: &App| app.page("/workspaces").await.status == StatusCode::OK;
    app.clock.advance(5 * MINUTE - 1);
    assert!(logged_in(&app).await);
    app.clock.advance(5 * MINUTE);
    assert!(!logged_in(&app).await, "idle for five minutes");
    app.log_in().await;
    for _ in 0..14 {
        app.clock.advance(4 * MINUTE);
        assert!(logged_in(&app).await);
    }
    app.clock.advance(4 * MINUTE);
    assert!(!logged_in(&app).await, "an hour after it began");
}

#[test]
fn w2_limits_that_leave_no_session_or_an_endless_one_are_refused() {
    for (option, value, range) in [
        ("--session-idle", "4", "5..=60"),
        ("--session-idle", "61", "5..=60"),
        ("--session-lifetime", "0", "1..=12"),
        ("--session-lifetime", "13", "1..=12"),
    ] {
        // If it were accepted, the start would fail on the data folder.
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--data", "/dev/null/data", option, value];
        let refused = Command::new(env!("CARGO_BIN_EXE_portolan")).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains(option) && said.contains(range), "{said}");
    }
}
