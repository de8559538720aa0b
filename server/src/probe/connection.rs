//! A socket to an address that passed the policy, and HTTP on top of it.
//!
//! This uses hyper's connection API without a client: nothing here follows redirects, uses a proxy, stores cookies or
//! decompresses bodies on its own.

use super::endpoint::Endpoint;
use super::peek_stream::{PeekStream, Protocol};
use super::proxy::Proxy;
use super::shortage::is_shortage;
use super::tls::Tls;
use crate::entropy::SystemEntropy;
use crate::trace::{self, TRACEPARENT};
use domain::Finding;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HOST, PROXY_AUTHORIZATION};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// The largest total size of the response headers. Bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Some registries reject requests without a User-Agent.
const USER_AGENT: &str = concat!("portolan/", env!("CARGO_PKG_VERSION"));

/// An open connection. Dropping it closes the socket.
pub struct HttpConnection {
    requests: SendRequest<Empty<Bytes>>,
    first: Protocol,
    tls: Option<Tls>,
    used: bool,
    _driver: JoinSet<()>,
}

/// A request to a peer.
#[derive(Clone, Debug)]
pub struct ProbeRequest<'a> {
    pub method: Method,
    pub path: &'a str,
    pub accept: &'static str,
}

impl<'a> ProbeRequest<'a> {
    pub fn json(path: &'a str) -> Self {
        Self { method: Method::GET, path, accept: "application/json" }
    }
}

/// Why a request got no response.
pub struct RequestError {
    pub finding: Finding,
    /// Whether the connection closed before a complete response head arrived.
    pub closed: bool,
}

impl From<Finding> for RequestError {
    fn from(finding: Finding) -> Self {
        Self { finding, closed: false }
    }
}

pub async fn dial(address: SocketAddr) -> Result<TcpStream, Finding> {
    TcpStream::connect(address).await.map_err(|error| match error.raw_os_error() {
        // The machine has no IPv6, which is not a resource shortage.
        Some(libc::EADDRNOTAVAIL) if address.is_ipv6() => Finding::Unreachable,
        _ => of_socket(&error),
    })
}

impl HttpConnection {
    /// Negotiates TLS on the socket if needed, then HTTP.
    pub async fn open(stream: TcpStream, endpoint: &Endpoint, tls: Option<Tls>) -> Result<Self, Finding> {
        let (stream, first) = PeekStream::new(stream);
        let mut driver = JoinSet::new();
        let mut http = http1::Builder::new();
        http.max_buf_size(MAX_HEAD_BYTES);
        let broken = |_| Finding::BrokenAnswer;
        let requests = if let Some(settings) = &tls {
            let stream = settings.connect(stream, &endpoint.host, &first).await?;
            let (requests, connection) = http.handshake(TokioIo::new(stream)).await.map_err(broken)?;
            driver.spawn(async { drop(connection.await) });
            requests
        } else {
            let (requests, connection) = http.handshake(TokioIo::new(stream)).await.map_err(broken)?;
            driver.spawn(async { drop(connection.await) });
            requests
        };
        Ok(Self { requests, first, tls, used: false, _driver: driver })
    }

    /// Whether the connection can take another request.
    pub async fn is_open(&mut self) -> bool {
        self.requests.ready().await.is_ok()
    }

    pub fn was_used(&self) -> bool {
        self.used
    }

    /// Sends a request; `proxy` is set if it goes to a forward proxy rather than through a tunnel.
    pub async fn send(
        &mut self,
        endpoint: &Endpoint,
        request: &ProbeRequest<'_>,
        authorization: Option<&HeaderValue>,
        proxy: Option<&Proxy>,
    ) -> Result<Response<Incoming>, RequestError> {
        self.used = true;
        // A proxy expects the absolute URI (RFC 9112 3.2.2).
        let uri = match proxy {
            Some(_) => format!("http://{}{}", endpoint.authority(), request.path),
            None => request.path.to_owned(),
        };
        let mut request = Request::builder()
            .method(&request.method)
            .uri(uri)
            .header(HOST, endpoint.authority())
            .header(http::header::USER_AGENT, USER_AGENT)
            .header(ACCEPT, request.accept)
            .header(ACCEPT_ENCODING, "identity");
        if let Some(check) = trace::current() {
            request = request.header(TRACEPARENT, check.traceparent(&SystemEntropy));
        }
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if let Some(authorization) = proxy.and_then(Proxy::authorization) {
            request = request.header(PROXY_AUTHORIZATION, authorization);
        }
        let request = request.body(Empty::new()).map_err(|_| Finding::ChallengeNotUnderstood)?;
        self.requests.send_request(request).await.map_err(|error| RequestError {
            closed: error.is_canceled() || error.is_closed() || error.is_incomplete_message() || was_reset(&error),
            finding: self.finding(&error),
        })
    }

    pub fn wants_client_certificate(&self) -> bool {
        self.tls.as_ref().is_some_and(Tls::wants_client_certificate)
    }

    /// What an error on this connection means.
    pub fn finding(&self, error: &(dyn Error + 'static)) -> Finding {
        if let Some(finding) = self.tls.as_ref().and_then(|tls| tls.finding(error, &self.first)) {
            return finding;
        }
        if self.tls.is_none() && self.first.is_tls() {
            return Finding::TlsOnHttpPort;
        }
        match error.downcast_ref::<hyper::Error>() {
            Some(error) if error.is_parse_too_large() => Finding::TooLarge,
            _ => Finding::BrokenAnswer,
        }
    }
}

fn was_reset(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| matches!(cause.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe))
}

fn of_socket(error: &io::Error) -> Finding {
    match error.kind() {
        _ if is_shortage(error) => Finding::CheckFailed,
        io::ErrorKind::ConnectionRefused => Finding::ConnectionRefused,
        io::ErrorKind::TimedOut => Finding::TimedOut,
        _ => Finding::Unreachable,
    }
}
