//! Set-up, log-in, log-out, passwords and sessions.

use super::kit::{
    Answer, App, By, DAY, PASSWORD, RequestExt, THEIR_PASSWORD, USER, database, set_up_form, stored_bytes,
};
use super::metrics::{figures, sample};
use http::{Method, StatusCode};
use server::SessionLimits;
use std::sync::Arc;
use std::time::Duration;

fn log_in<'a>(password: &'a str, next: &'a str) -> [(&'a str, &'a str); 4] {
    [("user_name", USER), ("password", password), ("next", next), ("page", "/login")]
}

#[tokio::test]
async fn s9_the_set_up_link_works_once() {
    let app = App::fresh().await;
    let token = app.setup_token();
    let post = async |token: &str| app.post("/ui/setup", &set_up_form(token), By::Script).await;
    assert_eq!(app.page(&format!("/setup?token={token}")).await.status, StatusCode::OK);
    assert_eq!(app.page("/setup?token=wrong").await.status, StatusCode::FORBIDDEN);
    assert_eq!(post("wrong").await.status, StatusCode::FORBIDDEN);

    let (one, other) = tokio::join!(post(&token), post(&token));
    let mut both = [one.status, other.status];
    both.sort();
    assert_eq!(both, [StatusCode::OK, StatusCode::NOT_FOUND], "only one of two concurrent requests succeeds");

    assert_eq!(post(&token).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.page(&format!("/setup?token={token}")).await.status, StatusCode::NOT_FOUND);
    assert!(app.state.setup_path().is_none());
}

#[tokio::test]
async fn the_set_up_form_reports_every_invalid_field() {
    let app = App::fresh().await;
    let token = app.setup_token();
    let form = [("token", token.as_str()), ("user_name", " "), ("new_password", "short"), ("repeated_password", "")];
    let answer = app.post("/ui/setup", &form, By::Script).await;
    assert_eq!(answer.invalid_fields(), ["user_name", "new_password"]);
    let plain = app
        .post("/ui/setup", &[form.as_slice(), &[("page", &format!("/setup?token={token}"))]].concat(), By::PlainForm)
        .await;
    assert_eq!(plain.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(plain.text.contains("Use 12 characters or more"));
}

#[tokio::test]
async fn logging_in_returns_to_the_requested_page() {
    let mut app = App::signed_in().await;
    app.set_cookie(None);
    let asked = app.page("/image-registries?q=a&page=2").await;
    assert_eq!(asked.redirect(), "/login?next=%2Fimage-registries%3Fq%3Da%26page%3D2");
    let answer = app.post("/ui/login", &log_in(PASSWORD, "/image-registries?q=a&page=2"), By::PlainForm).await;
    assert_eq!(answer.redirect(), "/image-registries?q=a&page=2");
    app.keep_session(&answer);
    assert_eq!(app.page("/workspaces").await.status, StatusCode::OK);
}

#[tokio::test]
async fn w12_logging_in_never_redirects_to_another_site() {
    let app = App::signed_in().await;
    for next in
        ["https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nset-cookie: x=y", "\0", "/\u{202e}"]
    {
        let answer = app.post("/ui/login", &log_in(PASSWORD, next), By::PlainForm).await;
        assert_eq!(answer.redirect(), "/image-registries", "{next:?}");
    }
}

/// What leads away, in pieces that are put together in every order.
#[tokio::test]
async fn w12_no_form_and_no_page_leads_to_another_site_whatever_is_asked_for() {
    const PIECES: [&str; 24] = [
        "/",
        "//",
        "\\",
        "/\\",
        "https:",
        "javascript:",
        "evil.example",
        "@",
        ":443",
        "\r\n",
        "\t",
        "\0",
        "%2f",
        "%5c",
        "%0d%0aset-cookie:%20a=b",
        "%00",
        "\u{202e}",
        "\u{2028}",
        "/image-registries",
        "..",
        "?next=//evil.example",
        "#",
        ";",
        " ",
    ];
    let mut app = App::signed_in().await;
    let session = app.cookie();
    // A fixed sequence (Knuth's MMIX).
    let mut random = 1_u64;
    let mut below = |limit: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).unwrap() % limit
    };
    for number in 0..1_000 {
        let count = 1 + below(6);
        let next: String = (0..count).map(|_| PIECES[below(PIECES.len())]).collect();
        let chosen = app.post("/ui/preferences/theme", &[("theme", "dark"), ("page", &next)], By::PlainForm).await;
        assert_leads_home(&chosen, &next);
        if number % 10 == 0 {
            // The page itself, for strangers and for others; and what it leads to in the end.
            let query = serde_urlencoded::to_string([("next", &next)]).unwrap();
            for cookie in [None, session.as_deref()] {
                app.set_cookie(cookie);
                let page = app.page(&format!("/login?{query}")).await;
                assert!(!page.status.is_server_error(), "{next:?}: {}", page.text);
                if page.status.is_redirection() {
                    assert_leads_home(&page, &next);
                }
            }
        }
        if number % 50 == 0 {
            assert_leads_home(&app.post("/ui/login", &log_in(PASSWORD, &next), By::PlainForm).await, &next);
        }
    }
}

#[track_caller]
fn assert_leads_home(answer: &Answer, asked_for: &str) {
    let location = answer.header("location");
    let is_local = location.starts_with('/') && !location.starts_with("//") && !location.contains(['\\', '\r', '\n']);
    assert!(answer.status.is_redirection() && is_local, "{asked_for:?}: {} {location}", answer.status);
}

#[tokio::test]
async fn w8_a_wrong_password_and_an_unknown_user_get_the_same_response() {
    let app = App::signed_in().await;
    let wrong_password = app.post("/ui/login", &log_in("wrong password!", ""), By::Script).await;
    let wrong_name = app.post("/ui/login", &[("user_name", "bert"), ("password", PASSWORD)], By::Script).await;
    assert_eq!(wrong_password.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((wrong_password.status, &wrong_password.text), (wrong_name.status, &wrong_name.text));
    assert!(wrong_password.session_cookie().is_none());
    let plain = app.post("/ui/login", &log_in("wrong password!", ""), By::PlainForm).await;
    assert!(plain.text.contains("Incorrect username or password."));
    assert!(!plain.text.contains("wrong password!"), "a password is not shown again");
}

/// The time itself is reported by `cargo xtask soak --only log-ins`.
#[tokio::test]
async fn w8_a_failed_log_in_is_the_same_work_for_a_user_a_disabled_one_and_nobody() {
    let mut app = App::signed_in().await;
    for name in ["bo", "di"] {
        app.person(name, "None", &[]).await;
    }
    let id = app.user_id("di").await;
    app.post("/ui/users/disabled", &[("user", &id), ("disabled", "yes")], By::Script).await.form_response();
    app.set_cookie(None);
    let computed = async || sample(&figures(&app).await, "portolan_password_hashes_computed_total");
    let mut answers = Vec::new();
    // Nobody first: nothing must be made ready that later attempts find.
    for name in ["nobody", "di", "bo", "nobody-else"] {
        let before = computed().await;
        let answer = app.post("/ui/login", &[("user_name", name), ("password", "wrong password!")], By::Script).await;
        assert_eq!(computed().await - before, 1, "{name}");
        answers.push((answer.status, answer.text));
    }
    // The right password of somebody who is disabled is no different.
    let right = [("user_name", "di"), ("password", THEIR_PASSWORD)];
    let before = computed().await;
    let answer = app.post("/ui/login", &right, By::Script).await;
    assert_eq!(computed().await - before, 1);
    answers.push((answer.status, answer.text));
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:?}");
}

#[tokio::test]
async fn w1_the_session_cookie_is_host_bound_and_its_token_is_stored_hashed() {
    let app = App::signed_in().await;
    let answer = app.post("/ui/login", &log_in(PASSWORD, ""), By::Script).await;
    let cookie = answer.cookie("__Host-portolan").unwrap();
    for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let token = cookie.split(['=', ';']).nth(1).unwrap();
    assert_eq!(token.len(), 64);
    app.state.close().await;
    let database = stored_bytes(app.folder.path());
    assert!(!database.windows(token.len()).any(|window| window == token.as_bytes()));
}

#[tokio::test]
async fn w2_forged_ended_and_expired_sessions_lead_to_the_log_in_page() {
    let mut app = App::signed_in().await;
    let session = app.cookie().unwrap();
    let logged_in = async |app: &App| app.page("/workspaces").await.status == StatusCode::OK;

    for forged in
        ["__Host-portolan=", "__Host-portolan=0000", "portolan=x", &format!("__Host-portolan={}", "0".repeat(64))]
    {
        app.set_cookie(Some(forged));
        assert!(!logged_in(&app).await, "{forged}");
    }

    let SessionLimits { idle, lifetime } = SessionLimits::DEFAULT;
    app.set_cookie(Some(&session));
    app.clock.advance(idle - 1);
    assert!(logged_in(&app).await, "used before it expired");
    app.clock.advance(idle - 1);
    assert!(logged_in(&app).await);
    app.clock.advance(idle);
    assert!(!logged_in(&app).await, "idle for too long");

    let answer = app.post("/ui/login", &log_in(PASSWORD, ""), By::Script).await;
    app.keep_session(&answer);
    for _ in 0..lifetime / (idle / 2) - 1 {
        app.clock.advance(idle / 2);
        assert!(logged_in(&app).await);
    }
    app.clock.advance(idle / 2);
    assert!(!logged_in(&app).await, "the absolute lifetime has ended");

    let answer = app.post("/ui/login", &log_in(PASSWORD, ""), By::Script).await;
    app.keep_session(&answer);
    let session = app.cookie().unwrap();
    let left = app.post("/ui/logout", &[("page", "/workspaces")], By::PlainForm).await;
    assert_eq!(left.redirect(), "/login");
    app.set_cookie(Some(&session));
    assert!(!logged_in(&app).await, "the session has ended on the server");
}

#[tokio::test]
async fn w2_changing_the_password_ends_every_other_session() {
    let mut app = App::signed_in().await;
    let here = app.cookie().unwrap();
    let elsewhere = app.second_session().await;
    let new = "a longer secret sentence";

    let wrong = [("current_password", "not this one"), ("new_password", new), ("repeated_password", new)];
    assert_eq!(app.post("/ui/account/password", &wrong, By::Script).await.invalid_fields(), ["current_password"]);
    let short = [("current_password", PASSWORD), ("new_password", "short"), ("repeated_password", "short")];
    assert_eq!(app.post("/ui/account/password", &short, By::Script).await.invalid_fields(), ["new_password"]);

    let right =
        [("current_password", PASSWORD), ("new_password", new), ("repeated_password", new), ("page", "/account")];
    let changed = app.post("/ui/account/password", &right, By::PlainForm).await;
    assert_eq!(changed.redirect(), "/account");
    for old in [&here, &elsewhere] {
        app.set_cookie(Some(old));
        assert_eq!(app.page("/workspaces").await.status, StatusCode::SEE_OTHER);
    }
    app.keep_session(&changed);
    assert_eq!(app.page("/workspaces").await.status, StatusCode::OK);
    assert_eq!(app.post("/ui/login", &log_in(PASSWORD, ""), By::Script).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.post("/ui/login", &log_in(new, ""), By::Script).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_common_password_is_refused_wherever_one_is_set() {
    let app = App::fresh().await;
    let (common, token) = ("1Q2w3E4r5T6y", app.setup_token());
    let refused = async |app: &App, path: &str, more: &[(&str, &str)]| {
        let fields = [&[("new_password", common), ("repeated_password", common)], more].concat();
        let script = app.post(path, &fields, By::Script).await;
        assert!(script.message_at("new_password").contains("guessed first"), "{path}: {}", script.text);
        let plain = app.post(path, &fields, By::PlainForm).await;
        assert_eq!(plain.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(plain.session_cookie().is_none() && !plain.text.contains(common), "{path}");
    };
    let page = format!("/setup?token={token}");
    refused(&app, "/ui/setup", &[("token", &token), ("user_name", USER), ("page", &page)]).await;
    let all = [("token", token.as_str()), ("user_name", " "), ("new_password", common), ("repeated_password", "other")];
    let all = app.post("/ui/setup", &all, By::Script).await;
    assert_eq!(all.invalid_fields(), ["user_name", "repeated_password", "new_password"], "every error at once");

    let app = app.set_up().await;
    refused(&app, "/ui/account/password", &[("current_password", PASSWORD), ("page", "/account")]).await;
    let token = app.invite("captain.anna", "None").await;
    let page = format!("/set-password?token={token}");
    refused(&app, "/ui/set-password", &[("token", &token), ("page", &page)]).await;
    let name = [("token", token.as_str()), ("new_password", "Captain.Anna"), ("repeated_password", "Captain.Anna")];
    let name = app.post("/ui/set-password", &name, By::Script).await;
    assert!(name.message_at("new_password").contains("username"));
    assert!(app.accept(&token).await.is_some(), "the link still works");
}

#[tokio::test]
async fn a_password_of_128_characters_is_accepted_and_a_longer_one_from_before_still_logs_in() {
    let mut app = App::signed_in().await;
    let change = async |app: &App, new: &str| {
        let fields = [("current_password", PASSWORD), ("new_password", new), ("repeated_password", new)];
        app.post("/ui/account/password", &fields, By::Script).await
    };
    let longest = "\u{1f6a2}\u{e4}".repeat(64);
    assert_eq!(change(&app, &format!("{longest}x")).await.invalid_fields(), ["new_password"]);
    let changed = change(&app, &longest).await;
    app.keep_session(&changed);
    assert_eq!(app.post("/ui/login", &log_in(&longest, ""), By::Script).await.status, StatusCode::OK);

    let longer = "a longer secret sentence ".repeat(40);
    let hash = argon2::PasswordHasher::hash_password(&argon2::Argon2::default(), longer.as_bytes()).unwrap();
    let database = database(app.folder.path()).await;
    sqlx::query("update account set password_hash = $1").bind(hash.to_string()).execute(&database).await.unwrap();
    assert_eq!(app.post("/ui/login", &log_in(&longer, ""), By::Script).await.status, StatusCode::OK);
}

#[tokio::test]
async fn w2_logging_out_everywhere_ends_every_session() {
    let mut app = App::signed_in().await;
    let elsewhere = app.second_session().await;
    app.post("/ui/logout/everywhere", &[], By::Script).await.form_response();
    app.set_cookie(Some(&elsewhere));
    assert_eq!(app.page("/workspaces").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn w2_logging_in_again_ends_the_previous_session() {
    let mut app = App::signed_in().await;
    let before = app.cookie().unwrap();
    app.log_in().await;
    assert_eq!(app.page("/workspaces").await.status, StatusCode::OK);
    app.set_cookie(Some(&before));
    assert_eq!(app.page("/workspaces").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_clock_that_jumps_ends_all_sessions() {
    let mut app = App::signed_in().await;
    let session = app.cookie().unwrap();
    for jump in [DAY, -DAY] {
        app.clock.jump(jump);
        assert_eq!(app.page("/workspaces").await.status, StatusCode::SEE_OTHER, "{jump}");
        app.log_in().await;
        assert_eq!(app.page("/workspaces").await.status, StatusCode::OK, "{jump}");
        app.clock.jump(-jump);
        assert_eq!(app.page("/workspaces").await.status, StatusCode::SEE_OTHER, "{jump}: one from another day");
        app.log_in().await;
    }
    app.set_cookie(Some(&session));
    assert_eq!(app.page("/workspaces").await.status, StatusCode::SEE_OTHER, "the first session was deleted");
}

/// Logs in from this address, as reported by the trusted proxy.
async fn log_in_from(app: &App, address: &str, name: &str, password: &str) -> StatusCode {
    let request = app.form("/ui/login", &[("user_name", name), ("password", password)], By::Script);
    app.send(request.with_peer("10.0.0.1").with_header("x-forwarded-for", address)).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_after_a_thousand_failures_a_quiet_address_can_still_log_in() {
    let mut app = App::signed_in().await;
    app.set_cookie(None);
    let app = Arc::new(app);
    let flood: Vec<_> = (0..90)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move {
                let mut refused = 0;
                for attempt in 0..12 {
                    let name = ["anna", "ANNA", " Anna "][attempt % 3];
                    refused +=
                        u32::from(log_in_from(&app, "192.0.2.1", name, "wrong").await == StatusCode::TOO_MANY_REQUESTS);
                }
                refused
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(log_in_from(&app, "192.0.2.2", USER, PASSWORD).await, StatusCode::OK);
    let mut refused = 0;
    for task in flood {
        refused += task.await.unwrap();
    }
    assert!(refused > 1_000, "of 1,080 attempts, {refused} were refused before anything was hashed");
    assert_eq!(log_in_from(&app, "192.0.2.3", USER, PASSWORD).await, StatusCode::OK);
}

#[tokio::test]
async fn w9_a_forwarded_address_from_an_untrusted_peer_does_not_reset_the_throttle() {
    let mut app = App::signed_in().await;
    app.set_cookie(None);
    let mut statuses = Vec::new();
    let addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"];
    for address in addresses.iter().cycle().take(12) {
        let request = app.form("/ui/login", &[("user_name", "nobody"), ("password", "wrong")], By::Script);
        let answer = app.send(request.with_peer("198.51.100.1").with_header("x-forwarded-for", address)).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert_ne!(answer.header("retry-after"), "");
        }
        statuses.push(answer.status);
    }
    assert!(statuses.contains(&StatusCode::TOO_MANY_REQUESTS), "{statuses:?}");
}

#[tokio::test]
async fn s10_a_hash_with_outdated_parameters_is_renewed_at_the_next_log_in() {
    let mut app = App::signed_in().await;
    let weak = argon2::Params::new(8_192, 1, 1, None).unwrap();
    let weak = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, weak);
    let weak = argon2::PasswordHasher::hash_password(&weak, PASSWORD.as_bytes()).unwrap().to_string();
    assert!(weak.starts_with("$argon2id$v=19$m=8192,t=1,p=1$"), "{weak}");
    let database = database(app.folder.path()).await;
    sqlx::query("update account set password_hash = $1").bind(weak).execute(&database).await.unwrap();
    app.set_cookie(None);
    app.log_in().await;
    let renewed: String = sqlx::query_scalar("select password_hash from account").fetch_one(&database).await.unwrap();
    assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{renewed}");
    app.set_cookie(None);
    app.log_in().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w2_a_password_changed_during_a_log_in_starts_no_session() {
    let app = Arc::new(App::signed_in().await);
    let new = "a longer secret sentence";
    let log_ins: Vec<_> = (0..4)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move {
                let request = app.form("/ui/login", &log_in(PASSWORD, ""), By::Script).without_header("cookie");
                app.send(request).await.session_cookie()
            })
        })
        .collect();
    let change = [("current_password", PASSWORD), ("new_password", new), ("repeated_password", new)];
    assert_eq!(app.post("/ui/account/password", &change, By::Script).await.status, StatusCode::OK);
    for log_in in log_ins {
        let Some(cookie) = log_in.await.unwrap() else { continue };
        let request = app.request(Method::GET, "/workspaces").with_header("cookie", &cookie);
        assert_eq!(app.send(request).await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn a_small_clock_correction_ends_no_session() {
    let app = App::signed_in().await;
    app.clock.jump(-2_000);
    assert_eq!(app.page("/workspaces").await.status, StatusCode::OK);
}
