//! Registries that misbehave. Each has to get its finding in time, without a connection left open.

use super::fake_server::{FakeServer, PASSWORD, Reply, TargetExt, asks, client, http, json, open, status};
use domain::Finding;
use futures_util::future::join_all;
use std::time::{Duration, Instant};

fn head(extra: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nDocker-Distribution-Api-Version: registry/2.0\r\n{extra}").into_bytes()
}

/// A name, the response to `/v2/`, and the expected finding.
type Mode = (&'static str, fn() -> Reply, Finding);

fn modes() -> Vec<Mode> {
    let html = || Reply::Http("200 OK", vec![("Content-Type", "text/html".into())], "<h1>It works!</h1>".into());
    vec![
        ("silence", || Reply::Silence(""), Finding::TimedOut),
        ("a hang-up", || Reply::Hangup, Finding::BrokenAnswer),
        ("noise", || Reply::Bytes(b"\xff\xfe\x00garbage\r\n\r\n".to_vec()), Finding::BrokenAnswer),
        ("ssh", || Reply::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), Finding::BrokenAnswer),
        ("half a status line", || Reply::Bytes(b"HTTP/1.1 20".to_vec()), Finding::BrokenAnswer),
        ("a slow head", || Reply::Drip(head("")), Finding::TimedOut),
        (
            "a body that drips",
            || Reply::Drip([head("Content-Length: 999\r\n\r\n"), vec![b' '; 999]].concat()),
            Finding::TimedOut,
        ),
        (
            "a body that never begins",
            || Reply::Silence("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"),
            Finding::TimedOut,
        ),
        (
            "headers without end",
            || Reply::Endless(head(""), b"X-Flood: aaaaaaaaaaaaaaaa\r\n".to_vec()),
            Finding::TooLarge,
        ),
        ("one endless header", || Reply::Endless(head("X-Flood: "), vec![b'a'; 4096]), Finding::TooLarge),
        (
            "a gigabyte in chunks",
            || {
                let chunk = [b"10000\r\n".to_vec(), vec![b' '; 65536], b"\r\n".to_vec()].concat();
                Reply::Endless(head("Transfer-Encoding: chunked\r\n\r\n"), chunk)
            },
            Finding::TooLarge,
        ),
        (
            "a body as long as a gigabyte",
            || Reply::Endless(head("Content-Length: 1000000000\r\n\r\n"), vec![b' '; 65536]),
            Finding::TooLarge,
        ),
        (
            "a body until the end, without end",
            || Reply::Endless(head("Connection: close\r\n\r\n"), vec![b' '; 65536]),
            Finding::TooLarge,
        ),
        ("a broken chunk", || Reply::Bytes(head("Transfer-Encoding: chunked\r\n\r\nzz\r\n")), Finding::BrokenAnswer),
        ("a body cut short", || Reply::Bytes(head("Content-Length: 99\r\n\r\n{}")), Finding::BrokenAnswer),
        ("a web page", html, Finding::NotARegistry),
        ("a 404", || status("404 Not Found"), Finding::NotARegistry),
        ("a teapot", || status("418 I'm a teapot"), Finding::NotARegistry),
        ("no content", || status("204 No Content"), Finding::NotARegistry),
        ("a 403", || status("403 Forbidden"), Finding::AccessDenied),
        ("a 500", || status("500 Internal Server Error"), Finding::ServerError),
        ("a 502", || status("502 Bad Gateway"), Finding::ServerError),
        (
            "a limit",
            || Reply::Http("429 Too Many Requests", vec![("Retry-After", "120".into())], String::new()),
            Finding::RateLimited(Some(120)),
        ),
        (
            "a limit in riddles",
            || Reply::Http("429 Slow Down", vec![("Retry-After", "<b>soon</b>".into())], String::new()),
            Finding::RateLimited(None),
        ),
        ("TLS", || Reply::Bytes(vec![21, 3, 1, 0, 2, 2, 10]), Finding::TlsOnHttpPort),
        (
            "words about TLS",
            || Reply::Http("400 Bad Request", Vec::new(), "Client sent an HTTP request to an HTTPS server.\n".into()),
            Finding::TlsOnHttpPort,
        ),
        ("a 401 without a challenge", || status("401 Unauthorized"), Finding::ChallengeMissing),
        ("an unknown challenge", || asks("Negotiate"), Finding::ChallengeNotUnderstood),
        ("a broken challenge", || asks("Bearer realm=\"unclosed"), Finding::ChallengeNotUnderstood),
        ("an empty challenge", || asks(""), Finding::ChallengeNotUnderstood),
        ("a relative realm", || asks("Bearer realm=\"/token\""), Finding::ChallengeNotUnderstood),
        (
            "a realm with user information",
            || asks("Bearer realm=\"http://127.0.0.1@evil.example/\""),
            Finding::ChallengeNotUnderstood,
        ),
        ("a realm with another scheme", || asks("Bearer realm=\"ftp://127.0.0.1/\""), Finding::ChallengeNotUnderstood),
        ("an unknown HTTP version", || Reply::Bytes(b"HTTP/9.9 200 OK\r\n\r\n".to_vec()), Finding::BrokenAnswer),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t8_t9_t12_every_hostile_registry_gets_its_finding_in_time() {
    let client = client(Default::default());
    let checks = modes().into_iter().map(|(what, reply, finding)| {
        let client = &client;
        async move {
            let registry = FakeServer::plain(move |_| reply()).await;
            let started = Instant::now();
            let report = client.check(&http(&registry).logged_in().pulling("team/app")).await;
            assert_eq!(report.finding, finding, "{what}: {report:?}");
            // A check may take 15 s. One that allows as long again for another of its steps is over this bound.
            assert!(started.elapsed() < Duration::from_secs(25), "{what}: {:?}", started.elapsed());
            // It keeps no more than it reads. The rest fits into the buffers of the sockets.
            let bytes = registry.endless_bytes();
            assert!(bytes < 16 * 1024 * 1024, "{what}: {bytes} bytes were read");
            assert!(registry.has_no_open_connections().await, "{what}: a socket is still open");
            assert!(!registry.got_credentials(), "{what}");
            let output = format!("{report:?}{}", report.reason());
            for secret in [PASSWORD, "garbage", "It works", "soon", "X-Flood"] {
                assert!(!output.contains(secret), "{what}: {output}");
            }
        }
    });
    join_all(checks).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t3_redirects_to_another_origin_are_never_followed() {
    let decoy = FakeServer::plain(|_| open()).await;
    for line in
        ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        for to in [
            format!("http://{}/v2/", decoy.authority()),
            "http://169.254.169.254/latest/".to_owned(),
            "/v2/".to_owned(),
        ] {
            let inside = to.starts_with('/');
            let registry =
                FakeServer::plain(move |_| Reply::Http(line, vec![("Location", to.clone())], String::new())).await;
            let report = client(Default::default()).check(&http(&registry).logged_in()).await;
            // One redirect within the registry is followed.
            let (finding, asked) = if inside { (Finding::RedirectedInside, 2) } else { (Finding::Redirected, 1) };
            assert_eq!(report.finding, finding, "{line}");
            assert_eq!(registry.asked().len(), asked);
        }
    }
    assert_eq!(decoy.connections(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t8_t9_t12_a_hostile_token_service_gets_its_finding_in_time() {
    let deep = || json("[".repeat(60_000));
    let modes: Vec<Mode> = vec![
        ("silence", || Reply::Silence(""), Finding::TimedOut),
        ("a web page", || Reply::Http("200 OK", Vec::new(), "<h1>Log in</h1>".into()), Finding::NoToken),
        ("an empty token", || json(r#"{"token":""}"#), Finding::NoToken),
        ("no token", || json("{}"), Finding::NoToken),
        ("a number", || json(r#"{"token":42}"#), Finding::NoToken),
        ("a token with a line break", || json("{\"token\":\"a\\r\\nX: y\"}"), Finding::NoToken),
        ("nesting", deep, Finding::NoToken),
        ("a token that is too large", || json(format!("{{\"token\":\"{}\"}}", "a".repeat(70_000))), Finding::TooLarge),
        ("a 401", || status("401 Unauthorized"), Finding::CredentialsRejected),
        ("a 403", || status("403 Forbidden"), Finding::CredentialsRejected),
        ("a 404", || status("404 Not Found"), Finding::NoToken),
        ("a 500", || status("500 Oops"), Finding::ServerError),
        (
            "a limit",
            || Reply::Http("429 Too Many Requests", vec![("Retry-After", "7".into())], String::new()),
            Finding::RateLimited(Some(7)),
        ),
        (
            "a redirect",
            || Reply::Http("302 Found", vec![("Location", "http://169.254.169.254/".into())], String::new()),
            Finding::Redirected,
        ),
    ];
    join_all(modes.into_iter().map(|(what, reply, finding)| async move {
        let service = FakeServer::plain(move |_| reply()).await;
        let realm = format!("Bearer realm=\"http://{}/token\"", service.authority());
        let registry = FakeServer::plain(move |_| asks(realm.clone())).await;
        let report = client(Default::default()).check(&http(&registry).logged_in()).await;
        assert_eq!(report.finding, finding, "{what}: {report:?}");
        assert!(
            report.reason().starts_with(&format!("token service {}: ", service.authority())),
            "{}",
            report.reason()
        );
        assert!(!registry.got_credentials(), "{what}");
        assert!(service.has_no_open_connections().await && registry.has_no_open_connections().await, "{what}");
    }))
    .await;
}

/// Tags are listed to see whether that is allowed: the first page is enough.
#[tokio::test]
async fn t10_links_to_further_pages_are_not_followed() {
    let decoy = FakeServer::plain(|_| open()).await;
    for link in [
        format!("<http://{}/v2/team/app/tags/list?n=1&last=a>; rel=\"next\"", decoy.authority()),
        "</v2/team/app/tags/list?n=1>; rel=\"next\"".to_owned(),
        "</v2/team/app/tags/list?n=1&last=a>; rel=\"next\"".to_owned(),
        "</private>; rel=\"next\"".to_owned(),
    ] {
        let answered = link.clone();
        let registry = FakeServer::plain(move |asked| match asked.is_logged_in() {
            false => asks("Basic realm=\"x\""),
            true if asked.path.contains("/tags/list") => {
                let headers = vec![("Content-Type", "application/json".into()), ("Link", answered.clone())];
                Reply::Http("200 OK", headers, r#"{"name":"team/app","tags":["a"]}"#.into())
            }
            true => open(),
        })
        .await;
        let report = client(Default::default()).check(&http(&registry).logged_in().pulling("team/app")).await;
        assert!(matches!(report.finding, Finding::Connected(..)), "{link}: {report:?}");
        let lists: Vec<_> = registry.asked().into_iter().filter(|asked| asked.path.contains("/tags/list")).collect();
        assert_eq!(lists.len(), 1, "{link}: {:?}", lists.iter().map(|asked| &asked.path).collect::<Vec<_>>());
        assert!(registry.asked().iter().all(|asked| asked.path != "/private"), "{link}");
    }
    assert_eq!(decoy.connections(), 0);
}

/// Whatever a registry says, in its own words or at random: none of it is in the report.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t12_a_report_has_no_text_of_the_registry() {
    const CANARY: &str = "canaryPeer";
    const STATUS_LINES: [&str; 8] = [
        "200 canaryPeer",
        "401 canaryPeer",
        "403 canaryPeer",
        "404 canaryPeer",
        "429 canaryPeer",
        "302 canaryPeer",
        "500 canaryPeer",
        "canaryPeer",
    ];
    const HEADERS: [&str; 8] = [
        "WWW-Authenticate: Basic realm=\"canaryPeer\"",
        "WWW-Authenticate: Bearer realm=\"/canaryPeer\",service=\"canaryPeer\",error=\"canaryPeer\"",
        "WWW-Authenticate: canaryPeer",
        "Retry-After: canaryPeer",
        "Location: /canaryPeer",
        "Content-Type: text/canaryPeer",
        "Docker-Distribution-Api-Version: canaryPeer",
        "canaryPeer: canaryPeer",
    ];
    const BODIES: [&str; 5] = [
        r#"{"errors":[{"code":"canaryPeer","message":"canaryPeer","detail":"canaryPeer"}]}"#,
        "<h1>canaryPeer</h1>",
        r#"{"token":"canaryPeer"}"#,
        "canaryPeer",
        "",
    ];
    // A fixed sequence (Knuth's MMIX).
    let mut random = 1_u64;
    let mut next = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).unwrap()
    };
    let mut answers = Vec::new();
    for _ in 0..60 {
        let body = BODIES[next() % BODIES.len()];
        let headers: String = (0..next() % 4).map(|_| HEADERS[next() % HEADERS.len()].to_owned() + "\r\n").collect();
        let head = format!("HTTP/1.1 {}\r\n{headers}", STATUS_LINES[next() % STATUS_LINES.len()]);
        let mut answer = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes();
        // Some have a byte that does not belong there.
        if next() % 4 == 0 {
            let at = next() % answer.len();
            answer[at] = u8::try_from(next() % 256).unwrap();
        }
        answers.push(answer);
    }
    let checks = answers.into_iter().map(|answer| async move {
        let shown = String::from_utf8_lossy(&answer).into_owned();
        let registry = FakeServer::plain(move |_| Reply::Bytes(answer.clone())).await;
        let report = client(Default::default()).check(&http(&registry).logged_in().pulling("team/app")).await;
        let output = format!("{report:?} {}", report.reason());
        assert!(!output.contains(CANARY), "{shown:?}: {output}");
    });
    join_all(checks).await;
}
