//! Registries behind a forward proxy (goharbor/harbor#21933, #19416).

use super::fake_server::{
    ANONYMOUS, Asked, FakeServer, Names, PULL_VERIFIED, TargetExt, asks, client, is_denied, last_step, open, status,
    target,
};
use domain::{Finding, Step};
use server::probe::{Client, Proxies};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A proxy that connects every name to one registry and records the requests.
struct ForwardProxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    _task: JoinSet<()>,
}

impl ForwardProxy {
    /// With `error`, responds with this status line instead of connecting.
    async fn start(registry: SocketAddr, error: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let heard = heads.clone();
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut clients = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                clients.spawn(forward(client, registry, error, heard.clone()));
            }
        });
        Self { address, heads, _task: task }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// A client that can resolve no names and uses this proxy.
    fn client(&self) -> Client {
        let address = format!("http://robot:canary@{}", self.address);
        client(Names::default()).through(Arc::new(Proxies::all(&address, ".lab.example").unwrap()))
    }
}

async fn forward(
    mut client: TcpStream,
    registry: SocketAddr,
    error: Option<&'static str>,
    heads: Arc<Mutex<Vec<String>>>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = client.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8(head).unwrap();
    heads.lock().unwrap().push(head.clone());
    if let Some(line) = error {
        let _ = client.write_all(format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n").as_bytes()).await;
        return;
    }
    let mut server = TcpStream::connect(registry).await.unwrap();
    if head.starts_with("CONNECT ") {
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
    } else {
        // A proxy forwards requests with a path instead of a URI, and without its own credentials.
        let (line, rest) = head.split_once("\r\n").unwrap();
        let mut words = line.splitn(3, ' ');
        let (method, uri) = (words.next().unwrap(), words.next().unwrap());
        let path = uri.strip_prefix("http://").and_then(|rest| rest.find('/').map(|at| &rest[at..])).unwrap();
        let rest: Vec<_> = rest.split("\r\n").filter(|line| !line.starts_with("proxy-authorization")).collect();
        let request = format!("{method} {path} HTTP/1.1\r\n{}", rest.join("\r\n"));
        server.write_all(request.as_bytes()).await.unwrap();
    }
    let _ = copy_bidirectional(&mut client, &mut server).await;
}

fn registry(asked: &super::fake_server::Asked) -> super::fake_server::Reply {
    if asked.is_logged_in() { open() } else { asks("Basic realm=\"x\"") }
}

#[tokio::test]
async fn http_requests_through_a_proxy_use_absolute_uris() {
    let registry = FakeServer::plain(registry).await;
    let proxy = ForwardProxy::start(registry.address, None).await;
    let robot = target("http://registry.example.com:5000").logged_in().pulling("team/app");
    let report = proxy.client().check(&robot).await;
    assert_eq!(report.finding, PULL_VERIFIED, "{report:?}");
    let steps: Vec<_> = report.steps.iter().map(|step| step.step).collect();
    assert_eq!(steps, [Step::Proxy, Step::Api, Step::Authentication, Step::Pull], "the proxy resolves the name");
    assert_eq!(report.steps[0].peer, proxy.address.to_string());
    let heads = proxy.heads();
    assert!(heads[0].starts_with("GET http://registry.example.com:5000/v2/ HTTP/1.1"), "{heads:?}");
    assert!(!format!("{report:?}").contains("canary"));
}

#[tokio::test]
async fn https_requests_through_a_proxy_use_a_tunnel() {
    let (tls, pem) = super::tls::self_signed(|_| ());
    let registry = FakeServer::encrypted(tls, registry).await;
    let proxy = ForwardProxy::start(registry.address, None).await;
    let robot = target(&format!("https://{}", super::tls::HOST)).logged_in().trusting(&pem);
    let report = proxy.client().check(&robot).await;
    assert_eq!(report.finding, super::fake_server::ACCEPTED, "{report:?}");
    let head = proxy.heads().remove(0);
    assert!(
        head.starts_with("CONNECT registry.example.com:443 HTTP/1.1\r\nHost: registry.example.com:443\r\n"),
        "{head}"
    );
    assert!(head.contains("Proxy-Authorization: Basic cm9ib3Q6Y2FuYXJ5"), "{head}");
    assert!(!head.contains("\r\nAuthorization"), "the registry's credentials are only sent inside the tunnel");
    assert!(registry.asked().iter().any(Asked::is_logged_in));
}

#[tokio::test]
async fn errors_of_a_proxy_are_not_attributed_to_the_registry() {
    let nobody = FakeServer::plain(|_| status("500 Nobody calls")).await;
    for (line, finding) in [
        ("407 Proxy Authentication Required", Finding::ProxyCredentialsRejected),
        ("403 Forbidden", Finding::ProxyRefused),
        ("502 Bad Gateway", Finding::ProxyFailed),
        ("503 Service Unavailable", Finding::ProxyFailed),
    ] {
        let proxy = ForwardProxy::start(nobody.address, Some(line)).await;
        let report = proxy.client().check(&target("https://registry.example.com").logged_in()).await;
        assert_eq!(last_step(&report), (Step::Proxy, Some(finding)), "{line}");
    }
    let proxy = ForwardProxy::start(nobody.address, Some("407 Proxy Authentication Required")).await;
    let report = proxy.client().check(&target("http://registry.example.com")).await;
    assert_eq!(report.finding, Finding::ProxyCredentialsRejected);

    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let client = client(Names::default()).through(Arc::new(Proxies::all(&format!("http://{gone}"), "").unwrap()));
    let report = client.check(&target("https://registry.example.com")).await;
    assert_eq!(last_step(&report), (Step::Proxy, Some(Finding::ProxyUnreachable)));
    assert_eq!(nobody.connections(), 0);
}

#[tokio::test]
async fn hosts_in_no_proxy_are_reached_directly() {
    let registry = FakeServer::plain(|_| open()).await;
    let proxy = ForwardProxy::start(registry.address, Some("403 Forbidden")).await;
    let address = format!("http://{}", proxy.address);
    let names = Names::default().with("registry.lab.example", &["127.0.0.1"]);
    let client = client(names).through(Arc::new(Proxies::all(&address, ".lab.example").unwrap()));
    let report = client.check(&target(&format!("http://registry.lab.example:{}", registry.address.port()))).await;
    assert_eq!(report.finding, ANONYMOUS, "{report:?}");
    assert_eq!(proxy.heads().len(), 0);
}

#[tokio::test]
async fn t1_a_denied_address_is_not_reached_through_a_proxy() {
    let registry = FakeServer::plain(|_| open()).await;
    let proxy = ForwardProxy::start(registry.address, None).await;
    for url in ["http://169.254.169.254", "https://[fe80::1]:5000", "http://[::ffff:169.254.169.254]"] {
        let report = proxy.client().check(&target(url)).await;
        assert!(is_denied(&report.finding), "{url}: {report:?}");
    }
    assert_eq!(proxy.heads().len(), 0);
}
