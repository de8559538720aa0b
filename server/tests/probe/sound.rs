//! Registries that work, with differences that the specification allows.

use super::fake_server::{
    FakeServer, PULL_VERIFIED, Reply, TargetExt, asks, client, http, last_step, not_verified, open, status,
};
use domain::{Access, Finding, Pull, Step, Unverified};
use std::sync::atomic::{AtomicUsize, Ordering};

#[tokio::test]
async fn an_open_registry_is_checked_anonymously() {
    let registry = FakeServer::plain(|_| open()).await;
    let report = client(Default::default()).check(&http(&registry)).await;
    assert_eq!(report.finding, super::fake_server::ANONYMOUS);
    let steps: Vec<_> = report.steps.iter().map(|step| step.step).collect();
    assert_eq!(steps, [Step::Address, Step::Tcp, Step::Api]);
    assert!(report.steps.iter().all(|step| step.peer == registry.authority() && step.finding.is_none()));
}

#[tokio::test]
async fn credentials_are_not_sent_or_called_accepted_without_a_challenge() {
    let registry = FakeServer::plain(|_| open()).await;
    let report = client(Default::default()).check(&http(&registry).logged_in().pulling("team/app")).await;
    assert_eq!(report.finding, Finding::Connected(Access::NotAsked, Pull::Verified));
    assert!(!registry.got_credentials());
}

#[tokio::test]
async fn basic_authentication_is_accepted_rejected_or_required() {
    let registry =
        FakeServer::plain(|asked| if asked.is_logged_in() { open() } else { asks("Basic realm=\"x\"") }).await;
    let client = client(Default::default());
    assert_eq!(client.check(&http(&registry).logged_in()).await.finding, super::fake_server::ACCEPTED);
    let report = client.check(&http(&registry)).await;
    assert_eq!(last_step(&report), (Step::Authentication, Some(Finding::CredentialsRequired)));

    let strict = FakeServer::plain(|_| asks("Basic realm=\"x\"")).await;
    let report = client.check(&http(&strict).logged_in()).await;
    assert_eq!(last_step(&report), (Step::Authentication, Some(Finding::CredentialsRejected)));
}

#[tokio::test]
async fn pull_access_is_verified_by_the_tag_list() {
    let registry = |line: &'static str| {
        FakeServer::plain(move |asked| match asked.path.as_str() {
            _ if !asked.is_logged_in() => asks("Basic"),
            "/v2/" => open(),
            "/v2/team/app/tags/list?n=1" | "/v2/team/tags/list?n=1" => status(line),
            _ => status("500 Unknown Question"),
        })
    };
    let unverified = |reason| not_verified(Access::Accepted, reason);
    for (line, repository, finding) in [
        ("200 OK", "team/app", PULL_VERIFIED),
        ("404 Not Found", "team/app", unverified(Unverified::NoImageAtPath)),
        ("401 Unauthorized", "team/app", unverified(Unverified::Refused)),
        ("403 Forbidden", "team/app", unverified(Unverified::Refused)),
        ("403 Forbidden", "team", unverified(Unverified::Refused)),
        ("429 Too Many Requests", "team/app", unverified(Unverified::RateLimited(None))),
        ("503 Service Unavailable", "team/app", unverified(Unverified::ServerError)),
        ("307 Temporary Redirect", "team/app", unverified(Unverified::Redirected)),
    ] {
        let registry = registry(line).await;
        let report = client(Default::default()).check(&http(&registry).logged_in().pulling(repository)).await;
        assert_eq!(report.finding, finding, "{line}");
        assert_eq!(report.steps.last().unwrap().step, Step::Pull);
    }
}

#[tokio::test]
async fn a_registry_that_closes_after_each_response_is_reconnected() {
    let registry = FakeServer::plain(|asked| {
        let answer = if asked.is_logged_in() {
            "HTTP/1.1 200 OK\r\nDocker-Distribution-Api-Version: registry/2.0\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
        } else {
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        };
        super::fake_server::Reply::Bytes(answer.into())
    })
    .await;
    let report = client(Default::default()).check(&http(&registry).logged_in().pulling("team/app")).await;
    assert_eq!(report.finding, PULL_VERIFIED);
    assert_eq!(registry.connections(), 3);
}

#[tokio::test]
async fn a_request_is_repeated_if_the_server_closed_the_idle_connection() {
    let requests = AtomicUsize::new(0);
    let registry = FakeServer::plain(move |asked| match requests.fetch_add(1, Ordering::SeqCst) {
        // The connection was kept open, and is closed when the second request arrives.
        1 => Reply::Hangup,
        _ if asked.is_logged_in() => open(),
        _ => asks("Basic realm=\"x\""),
    })
    .await;
    let report = client(Default::default()).check(&http(&registry).logged_in()).await;
    assert_eq!(report.finding, super::fake_server::ACCEPTED, "{report:?}");
    assert_eq!(registry.connections(), 2);
}

#[tokio::test]
async fn t8_a_server_that_always_hangs_up_is_not_retried_for_ever() {
    let registry =
        FakeServer::plain(|asked| if asked.is_logged_in() { Reply::Hangup } else { asks("Basic realm=\"x\"") }).await;
    let report = client(Default::default()).check(&http(&registry).logged_in()).await;
    assert_eq!(last_step(&report), (Step::Authentication, Some(Finding::BrokenAnswer)));
    assert!(registry.asked().len() <= 3);
}
