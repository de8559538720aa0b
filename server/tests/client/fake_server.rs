//! A server in the place of Portolan, which answers as a test wants it.

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

/// What a test writes into a connection, after it has read this request.
type Respond = dyn Fn(&Request, &mut dyn Write) + Send + Sync;

/// A request, as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method, path and query, such as `GET /api/v1/credentials?image=a`.
    pub line: String,
    /// In lower case.
    head: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let prefix = format!("{name}: ");
        self.head.lines().find_map(|line| line.strip_prefix(&prefix))
    }
}

pub struct FakeServer {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl FakeServer {
    pub fn http(respond: impl Fn(&Request, &mut dyn Write) + Send + Sync + 'static) -> Self {
        Self::start(None, Arc::new(respond))
    }

    /// A server that gives the same answer to everybody.
    pub fn answering(answer: Vec<u8>) -> Self {
        Self::http(move |_, connection| connection.write_all(&answer).unwrap_or_default())
    }

    /// A server whose certificate is for `127.0.0.1`.
    pub fn https(authority: &Authority, answer: Vec<u8>) -> Self {
        let respond = move |_: &Request, connection: &mut dyn Write| connection.write_all(&answer).unwrap_or_default();
        Self::start(Some(authority.server_config("127.0.0.1")), Arc::new(respond))
    }

    /// A server whose certificate is for another host.
    pub fn https_for(authority: &Authority, host: &str, answer: Vec<u8>) -> Self {
        let respond = move |_: &Request, connection: &mut dyn Write| connection.write_all(&answer).unwrap_or_default();
        Self::start(Some(authority.server_config(host)), Arc::new(respond))
    }

    fn start(tls: Option<Arc<ServerConfig>>, respond: Arc<Respond>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let (tls, respond, seen) = (tls.clone(), respond.clone(), seen.clone());
                std::thread::spawn(move || match tls {
                    Some(tls) => {
                        let mut stream = StreamOwned::new(ServerConnection::new(tls).unwrap(), connection);
                        serve(&mut stream, &*respond, &seen);
                        stream.conn.send_close_notify();
                        let _ = stream.flush();
                    }
                    None => serve(&mut { connection }, &*respond, &seen),
                });
            }
        });
        Self { url, requests }
    }

    /// What has arrived so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// One request on one connection.
fn serve(stream: &mut (impl Read + Write), respond: &Respond, seen: &Mutex<Vec<Request>>) {
    let mut head = String::new();
    let mut lines = BufReader::new(&mut *stream);
    // No request of these tests has a body.
    while lines.read_line(&mut head).is_ok_and(|bytes| bytes > 2) {}
    let Some((line, rest)) = head.split_once("\r\n") else { return };
    let request = Request { line: line.trim_end_matches(" HTTP/1.1").to_owned(), head: rest.replace('\r', "") };
    seen.lock().unwrap().push(request.clone());
    respond(&request, stream);
    let _ = stream.flush();
}

/// The address of a server that is gone.
pub fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A server that accepts connections and says nothing.
/// Its clients arrive in the channel, once the first bytes of a request are there.
pub fn silent() -> (Receiver<TcpStream>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().map_while(Result::ok) {
            connection.read_exact(&mut [0; 64]).unwrap();
            if sender.send(connection).is_err() {
                break;
            }
        }
    });
    (receiver, url)
}

/// An answer with a body.
pub fn answer(status: &str, media_type: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n");
    format!("{head}connection: close\r\n\r\n{body}").into_bytes()
}

pub fn json(body: &serde_json::Value) -> Vec<u8> {
    answer("200 OK", "application/json", &body.to_string())
}

/// An error of Portolan.
pub fn problem(status: u16, kind: &str, detail: &str) -> Vec<u8> {
    let body = serde_json::json!({"type": kind, "title": "Title", "status": status, "detail": detail});
    answer(&format!("{status} Title"), api::PROBLEM_MEDIA_TYPE, &body.to_string())
}

/// A CA.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for a host, and its key.
    pub fn certify(&self, host: &str) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    fn server_config(&self, host: &str) -> Arc<ServerConfig> {
        let (certificate, key) = self.certify(host);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap())
    }
}
