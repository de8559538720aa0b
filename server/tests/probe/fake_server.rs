//! Fake servers: each answers with a script and records the requests it received.

use domain::{
    Access, CaCertificates, CheckReport, ConnectionSettings, Credentials, Finding, Pull, RegistryUrl, Repository,
    Secret, Step, TestImage, TrustPolicy, Unverified,
};
use server::SystemClock;
use server::probe::{AddressPolicy, Client, Resolve, ResolveError, Target};
use std::collections::HashMap;
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// The findings that most tests expect.
pub const PULL_VERIFIED: Finding = Finding::Connected(Access::Accepted, Pull::Verified);
pub const ACCEPTED: Finding = not_verified(Access::Accepted, Unverified::NoImageNamed);
pub const ACCEPTED_NO_IMAGE: Finding = not_verified(Access::Accepted, Unverified::NoImageAtPath);
pub const ANONYMOUS_PULL: Finding = Finding::Connected(Access::Anonymous, Pull::Verified);
pub const ANONYMOUS: Finding = not_verified(Access::Anonymous, Unverified::NoImageNamed);
pub const ANONYMOUS_NO_IMAGE: Finding = not_verified(Access::Anonymous, Unverified::NoImageAtPath);
pub const ANONYMOUS_REFUSED: Finding = not_verified(Access::Anonymous, Unverified::Refused);

/// The registry works, but pull access could not be verified for this reason.
pub const fn not_verified(access: Access, reason: Unverified) -> Finding {
    Finding::Connected(access, Pull::NotVerified(reason))
}

pub const USERNAME: &str = "robot$team+ci";
pub const PASSWORD: &str = "canary: pässword";

/// A received request.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub authorization: Option<String>,
}

impl Asked {
    /// Whether the request carries [`USERNAME`] and [`PASSWORD`].
    pub fn is_logged_in(&self) -> bool {
        use base64::Engine;
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{USERNAME}:{PASSWORD}"));
        self.authorization.as_deref() == Some(&format!("Basic {pair}"))
    }
}

/// What a fake server sends.
pub enum Reply {
    /// An HTTP response: status line, headers, body.
    Http(&'static str, Vec<(&'static str, String)>, String),
    /// These bytes, then closes the connection.
    Bytes(Vec<u8>),
    /// These bytes, then nothing, for ever.
    Silence(&'static str),
    /// The first bytes, then the second ones for ever.
    Endless(Vec<u8>, Vec<u8>),
    /// These bytes, one every 200 ms.
    Drip(Vec<u8>),
    /// Closes the connection.
    Hangup,
}

/// A response without a body.
pub fn status(line: &'static str) -> Reply {
    Reply::Http(line, Vec::new(), String::new())
}

/// The response to `/v2/` of a registry without authentication.
pub fn open() -> Reply {
    Reply::Http("200 OK", vec![("Docker-Distribution-Api-Version", "registry/2.0".into())], "{}".into())
}

/// A 401 with this challenge.
pub fn asks(challenge: impl Into<String>) -> Reply {
    Reply::Http("401 Unauthorized", vec![("WWW-Authenticate", challenge.into())], String::new())
}

pub fn json(body: impl Into<String>) -> Reply {
    Reply::Http("200 OK", vec![("Content-Type", "application/json".into())], body.into())
}

type Script = dyn Fn(&Asked) -> Reply + Send + Sync;

/// A server on loopback. It stops when dropped.
pub struct FakeServer {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    endless_bytes: Arc<AtomicUsize>,
    _task: JoinSet<()>,
}

impl FakeServer {
    pub async fn plain(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::play(None, script).await
    }

    pub async fn encrypted(tls: TlsAcceptor, script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::play(Some(tls), script).await
    }

    async fn play(tls: Option<TlsAcceptor>, script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let [connections, open, endless_bytes] = [const { AtomicUsize::new(0) }; 3].map(Arc::new);
        let script: Arc<Script> = Arc::new(script);
        let mut task = JoinSet::new();
        let (heard, count, live, sent) = (asked.clone(), connections.clone(), open.clone(), endless_bytes.clone());
        task.spawn(async move {
            let mut visitors = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let (script, heard, tls) = (script.clone(), heard.clone(), tls.clone());
                let (live, sent) = (live.clone(), sent.clone());
                visitors.spawn(async move {
                    live.fetch_add(1, Ordering::SeqCst);
                    serve(stream, tls, &*script, &heard, &sent).await;
                    live.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, asked, connections, open, endless_bytes, _task: task }
    }

    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// How many bytes of [`Reply::Endless`] the clients have let it send.
    pub fn endless_bytes(&self) -> usize {
        self.endless_bytes.load(Ordering::SeqCst)
    }

    /// Whether any request had an `Authorization` header.
    pub fn got_credentials(&self) -> bool {
        self.asked().iter().any(|asked| asked.authorization.is_some())
    }

    /// Waits until all connections are closed.
    pub async fn has_no_open_connections(&self) -> bool {
        for _ in 0..1000 {
            if self.open.load(Ordering::SeqCst) == 0 {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }
}

async fn serve(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    script: &Script,
    heard: &Mutex<Vec<Asked>>,
    sent: &AtomicUsize,
) {
    match tls {
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                converse(stream, script, heard, sent).await;
            }
        }
        None => converse(stream, script, heard, sent).await,
    }
}

async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    script: &Script,
    heard: &Mutex<Vec<Asked>>,
    endless_bytes: &AtomicUsize,
) {
    while let Some(asked) = read_head(&mut stream).await {
        heard.lock().unwrap().push(asked.clone());
        match script(&asked) {
            Reply::Http(line, headers, body) => {
                let mut head = format!("HTTP/1.1 {line}\r\nContent-Length: {}\r\n", body.len());
                let body = if asked.method == "HEAD" { "" } else { &body };
                for (name, value) in &headers {
                    let _ = write!(head, "{name}: {value}\r\n");
                }
                if stream.write_all(format!("{head}\r\n{body}").as_bytes()).await.is_err() {
                    return;
                }
            }
            Reply::Bytes(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Reply::Endless(first, more) => {
                let mut sent = stream.write_all(&first).await;
                while sent.is_ok() {
                    endless_bytes.fetch_add(more.len(), Ordering::SeqCst);
                    sent = stream.write_all(&more).await;
                }
                return;
            }
            Reply::Drip(bytes) => {
                for byte in bytes {
                    if stream.write_all(&[byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                return;
            }
            // Until the client disconnects.
            Reply::Silence(first) => {
                let _ = stream.write_all(first.as_bytes()).await;
                let _ = stream.read(&mut [0]).await;
                return;
            }
            Reply::Hangup => return,
        }
    }
}

async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Option<Asked> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1)?.to_owned();
    let headers = head.lines().filter_map(|line| line.split_once(": "));
    let authorization = headers
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        .map(|(_, value)| value.to_owned());
    let method = head.split(' ').next()?.to_owned();
    Some(Asked { method, path, authorization })
}

/// A resolver with fixed answers. If a name has several, they rotate.
#[derive(Default)]
pub struct Names {
    answers: HashMap<String, Vec<Result<Vec<IpAddr>, ResolveError>>>,
    questions: AtomicUsize,
}

impl Names {
    pub fn with(mut self, name: &str, addresses: &[&str]) -> Self {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.answers.entry(name.to_owned()).or_default().push(Ok(addresses));
        self
    }

    pub fn failing(mut self, name: &str) -> Self {
        self.answers.entry(name.to_owned()).or_default().push(Err(ResolveError::Failed));
        self
    }
}

#[async_trait::async_trait]
impl Resolve for Names {
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let question = self.questions.fetch_add(1, Ordering::SeqCst);
        match self.answers.get(name) {
            Some(answers) => answers[question % answers.len()].clone(),
            None => Err(ResolveError::NotFound),
        }
    }
}

/// A client that may connect to loopback, where the fake servers are.
pub fn client(names: Names) -> Client {
    let loopback = vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
    Client::new(Arc::new(names), AddressPolicy::new(loopback, Vec::new()), Arc::new(SystemClock))
}

pub fn target(url: &str) -> Target {
    Target {
        settings: ConnectionSettings { url: RegistryUrl::parse(url).unwrap(), trust: TrustPolicy::default() },
        repository: Repository::default(),
        test_image: None,
        credentials: None,
    }
}

pub fn http(actor: &FakeServer) -> Target {
    target(&format!("http://{}", actor.authority()))
}

pub trait TargetExt: Sized {
    fn logged_in(self) -> Self;
    fn pulling(self, repository: &str) -> Self;
    fn testing(self, image: &str) -> Self;
    fn trusting(self, pem: &str) -> Self;
}

impl TargetExt for Target {
    fn logged_in(mut self) -> Self {
        self.credentials = Some(Credentials { username: USERNAME.to_owned(), password: Secret::new(PASSWORD) });
        self
    }

    fn pulling(mut self, repository: &str) -> Self {
        self.repository = Repository::parse(repository).unwrap();
        self
    }

    fn testing(mut self, image: &str) -> Self {
        self.test_image = Some(TestImage::parse(image).unwrap());
        self
    }

    fn trusting(mut self, pem: &str) -> Self {
        self.settings.trust.authorities = Some(CaCertificates::parse(pem).unwrap());
        self
    }
}

/// Whether the check failed because of an address.
pub fn is_denied(finding: &Finding) -> bool {
    matches!(finding, Finding::AddressDenied(..))
}

/// The last step of a report.
pub fn last_step(report: &CheckReport) -> (Step, Option<Finding>) {
    let last = report.steps.last().unwrap();
    (last.step, last.finding.clone())
}
