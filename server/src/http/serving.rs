//! The listener and its connections.

use super::PeerAddress;
use super::connections::{Connections, Slot};
use super::limits::MAX_BUFFER_BYTES;
use super::monitored::Monitored;
use axum::Router;
use axum::extract::Request;
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tower::ServiceExt;

/// The longest time that a request head may take, so that slow clients cannot hold a connection (Slowloris).
const HEADER_TIME: Duration = Duration::from_secs(10);

/// How long in-flight requests may take at shutdown.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(9);

/// The delay after a failed accept.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// The most connections, whatever the limit of open files.
const MOST_CONNECTIONS: u64 = 4_096;

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

/// Serves until `stop` completes, then shuts down. `file_limit` is how many files this process may open.
///
/// # Errors
/// If the listener fails permanently.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    file_limit: u64,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let room = MOST_CONNECTIONS.min(file_limit.saturating_sub(RESERVED_FILES).max(file_limit / 2));
    if room < MOST_CONNECTIONS / 8 {
        tracing::warn!(file_limit, room, "the limit of open files allows only a few connections; raise it");
    }
    let connections = Connections::new(usize::try_from(room).unwrap_or(usize::MAX));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let slot = tokio::select! {
                        slot = connections.slot() => slot,
                        () = &mut stop => break,
                    };
                    tokio::spawn(serve_connection(slot, stream, peer, router.clone(), graceful.watcher()));
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
    drop(listener);
    let _ = tokio::time::timeout(SHUTDOWN_GRACE, graceful.shutdown()).await;
    // Close the rest, so that no further request writes to the database.
    connections.close_all();
    Ok(())
}

async fn serve_connection(slot: Slot, stream: TcpStream, peer: SocketAddr, router: Router, watcher: Watcher) {
    let activity = slot.activity.clone();
    let of_connection = activity.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(PeerAddress(peer.ip()));
        request.extensions_mut().insert(of_connection.clone());
        // A request without a body is complete; any other is complete once a handler has read the body.
        let answering = request.body().is_end_stream().then(|| of_connection.answering());
        let answer = router.clone().oneshot(request);
        async move {
            let _answering = answering;
            answer.await
        }
    });
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIME).max_buf_size(MAX_BUFFER_BYTES);
    let _ = stream.set_nodelay(true);
    let stream = TokioIo::new(Monitored::new(stream, activity.clone()));
    let connection = watcher.watch(builder.serve_connection(stream, service).into_owned());
    tokio::select! {
        ended = connection => if let Err(error) = ended {
            tracing::debug!(%error, "connection failed");
        },
        reason = activity.closed() => tracing::debug!(%peer, reason, "connection closed"),
    }
}
