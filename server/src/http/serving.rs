//! The listener and its connections.

use super::PeerAddress;
use super::connections::{Connections, Slot};
use super::limits::MAX_BUFFER_BYTES;
use super::monitored::Monitored;
use super::tls::{Protocol, Tls};
use axum::extract::Request;
use axum::{BoxError, Router};
use http::uri::PathAndQuery;
use http::{HeaderValue, Uri, header};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt;

/// The longest time that a request head, or a TLS handshake, may take, so that slow clients cannot hold a connection
/// (Slowloris).
const HEADER_TIME: Duration = Duration::from_secs(10);

/// The most requests at a time on one HTTP/2 connection: the least that RFC 9113 6.5.2 recommends.
const MOST_STREAMS: u32 = 100;

/// How often an HTTP/2 client has to show that it is still there.
const PING_EVERY: Duration = Duration::from_secs(20);

/// How long it may take to do so.
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// How long in-flight requests may take at shutdown.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(9);

/// The delay after a failed accept.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// The most connections, whatever the limit of open files.
pub const MOST_CONNECTIONS: u64 = 4_096;

/// With room for fewer connections, the operator is warned.
pub const FEW_CONNECTIONS: u64 = MOST_CONNECTIONS / 8;

/// The most connections for figures: a few of Prometheus, and one of a person who looks.
const MOST_SCRAPES: usize = 8;

/// File descriptors reserved for the database, checks and name lookups.
const RESERVED_FILES: u64 = 160;

/// The length of the accept queue. If it is full, connections are not refused: clients retry after a second.
const BACKLOG: u32 = 4_096;

/// Listens on an address.
///
/// # Errors
/// If the address is in use, or does not belong to this machine.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Allows a restart while old connections are still in TIME_WAIT.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// A socket that connections arrive at.
pub struct Listener {
    socket: TcpListener,
    tls: Option<Arc<Tls>>,
}

impl Listener {
    /// With TLS, which offers HTTP/2 as well.
    pub fn with_tls(socket: TcpListener, tls: Arc<Tls>) -> Self {
        Self { socket, tls: Some(tls) }
    }
}

impl From<TcpListener> for Listener {
    /// Plain HTTP/1.1.
    fn from(socket: TcpListener) -> Self {
        Self { socket, tls: None }
    }
}

/// How many connections there is room for if this many files may be open.
pub fn room_for_connections(file_limit: u64) -> u64 {
    MOST_CONNECTIONS.min(file_limit.saturating_sub(RESERVED_FILES).max(file_limit / 2))
}

/// Serves until `stop` completes, then shuts down. `file_limit` is how many files this process may open.
///
/// # Errors
/// If the listener fails permanently.
pub async fn serve(
    listener: impl Into<Listener>,
    router: Router,
    file_limit: u64,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let room = room_for_connections(file_limit);
    if room < FEW_CONNECTIONS {
        tracing::warn!(file_limit, room, "the limit of open files allows only a few connections; raise it");
    }
    serve_connections(listener.into(), router, usize::try_from(room).unwrap_or(usize::MAX), stop).await
}

/// Serves figures on an address of their own, with few connections. Never returns, unless the listener fails.
///
/// # Errors
/// If the listener fails permanently.
pub async fn serve_metrics(listener: TcpListener, router: Router) -> io::Result<()> {
    serve_connections(listener.into(), router, MOST_SCRAPES, std::future::pending()).await
}

async fn serve_connections(
    Listener { socket, tls }: Listener,
    router: Router,
    room: usize,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let connections = Connections::new(room);
    // Closed once every connection has ended.
    let (stopping, stopped) = watch::channel(());
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            accepted = socket.accept() => match accepted {
                Ok((stream, peer)) => {
                    let slot = tokio::select! {
                        slot = connections.slot() => slot,
                        () = &mut stop => break,
                    };
                    let connection = Connection { slot, peer, router: router.clone(), stopped: stopped.clone() };
                    tokio::spawn(connection.serve(stream, tls.clone()));
                }
                Err(error) => {
                    // Out of file descriptors, or the client has already disconnected. The next attempt may succeed.
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            },
            () = &mut stop => break,
        }
    }
    drop((socket, stopped));
    stopping.send_replace(());
    let _ = tokio::time::timeout(SHUTDOWN_GRACE, stopping.closed()).await;
    // Close the rest, so that no further request writes to the database.
    connections.close_all();
    Ok(())
}

/// A connection from accept to close.
struct Connection {
    slot: Slot,
    peer: SocketAddr,
    router: Router,
    /// Changes when the server stops.
    stopped: watch::Receiver<()>,
}

impl Connection {
    async fn serve(self, stream: TcpStream, tls: Option<Arc<Tls>>) {
        let (peer, activity) = (self.peer, self.slot.activity.clone());
        let _ = stream.set_nodelay(true);
        tokio::select! {
            ended = self.serve_until_closed(stream, tls) => if let Err(error) = ended {
                tracing::debug!(%peer, error = &*error, "connection failed");
            },
            reason = activity.closed() => tracing::debug!(%peer, reason, "connection closed"),
        }
    }

    async fn serve_until_closed(mut self, stream: TcpStream, tls: Option<Arc<Tls>>) -> Result<(), BoxError> {
        let stream = Monitored::new(stream, self.slot.activity.clone());
        let Some(tls) = tls else { return self.serve_http(stream, Protocol::Http1).await };
        let accepted = tokio::select! {
            accepted = tokio::time::timeout(HEADER_TIME, tls.accept(stream)) => accepted,
            _ = self.stopped.changed() => return Ok(()),
        };
        match accepted.map_err(|_| "the TLS handshake takes too long")?? {
            Some((stream, protocol)) => self.serve_http(stream, protocol).await,
            None => Ok(()),
        }
    }

    async fn serve_http(
        mut self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        protocol: Protocol,
    ) -> Result<(), BoxError> {
        let (peer, router, activity) = (self.peer.ip(), self.router, self.slot.activity.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            name_host_in_header(&mut request);
            request.extensions_mut().insert(PeerAddress(peer));
            request.extensions_mut().insert(activity.clone());
            // A request without a body is complete; any other is complete once a handler has read the body.
            let answering = request.body().is_end_stream().then(|| activity.answering());
            let sending = (protocol == Protocol::Http2).then(|| activity.responses.begin());
            let answer = router.clone().oneshot(request);
            async move {
                let _answering = answering;
                let answer = answer.await?;
                Ok::<_, Infallible>(match sending {
                    Some(sending) => answer.map(|body| sending.send(body)),
                    None => answer,
                })
            }
        });
        let builder = connection_builder(protocol);
        let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
        let unused = async {
            match protocol {
                Protocol::Http1 => std::future::pending().await,
                Protocol::Http2 => self.slot.activity.unused(HEADER_TIME).await,
            }
        };
        tokio::select! {
            ended = connection.as_mut() => return ended,
            _ = self.stopped.changed() => connection.as_mut().graceful_shutdown(),
            () = unused => {
                connection.as_mut().graceful_shutdown();
                return tokio::time::timeout(HEADER_TIME, connection).await?;
            }
        }
        connection.await
    }
}

/// The limits of a connection. Over HTTP/2, a client may send four times as much as over HTTP/1.1 before it is read;
/// hyper's default is sixteen times. What is not set here has hyper's defaults. If a client resets its streams at once
/// (CVE-2023-44487), h2 closes the connection after 20 of them that no request was made of yet.
fn connection_builder(protocol: Protocol) -> Builder<TokioExecutor> {
    let builder = Builder::new(TokioExecutor::new());
    let mut builder = match protocol {
        Protocol::Http1 => builder.http1_only(),
        Protocol::Http2 => builder.http2_only(),
    };
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIME).max_buf_size(MAX_BUFFER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MOST_STREAMS)
        .max_header_list_size(MAX_BUFFER_BYTES as u32)
        .initial_stream_window_size(MAX_BUFFER_BYTES as u32)
        .initial_connection_window_size(4 * MAX_BUFFER_BYTES as u32)
        .max_send_buf_size(MAX_BUFFER_BYTES)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_TIMEOUT);
    builder
}

/// HTTP/2 names the host in the URI (RFC 9113 8.3.1), HTTP/1.1 in a header. What comes behind knows the header, and a
/// URI that is a path.
fn name_host_in_header(request: &mut Request<Incoming>) {
    let Some(authority) = request.uri().authority() else { return };
    if let Ok(host) = HeaderValue::from_str(authority.as_str()) {
        request.headers_mut().insert(header::HOST, host);
    }
    let path = request.uri().path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
    *request.uri_mut() = Uri::from(path);
}
