//! Listening.

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

/// The longest that the head of a request may take: a client that sends a byte a minute cannot hold a connection (Slowloris).
const HEADER_TIME: Duration = Duration::from_secs(10);

/// How long requests under way are waited for at shutdown.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(9);

/// How long to wait before accepting again after an error.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// The most connections at once, however many files this process may open.
const MOST_CONNECTIONS: u64 = 4_096;

/// File descriptors that are reserved for the database, checks and name lookups.
const RESERVED_FILES: u64 = 160;

/// How many connections may wait to be accepted. One that finds the queue full is not refused: its client tries again
/// after a second.
const BACKLOG: u32 = 4_096;

/// Listens on an address.
///
/// # Errors
/// If the address is taken, or does not belong to this machine.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart need not wait until old connections have left TIME_WAIT.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop` is done, then ends what is under way. `file_limit` is how many files this process may open.
///
/// # Errors
/// If the listener fails for good.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    file_limit: u64,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let room = MOST_CONNECTIONS.min(file_limit.saturating_sub(RESERVED_FILES).max(file_limit / 2));
    if room < MOST_CONNECTIONS / 8 {
        tracing::warn!(
            file_limit,
            room,
            "few files can be opened, so there is room for few connections: raise the limit"
        );
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
                    // Out of file descriptors, or a client that is gone already: the next one may be luckier.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            },
            () = &mut stop => break,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(SHUTDOWN_GRACE, graceful.shutdown()).await;
    // What has not ended by now is not waited for: nothing new begins to write.
    connections.close_all();
    Ok(())
}

async fn serve_connection(slot: Slot, stream: TcpStream, peer: SocketAddr, router: Router, watcher: Watcher) {
    let activity = slot.activity.clone();
    let of_connection = activity.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(PeerAddress(peer.ip()));
        request.extensions_mut().insert(of_connection.clone());
        // A request without a body is complete. Any other is once a handler has read its body.
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
            tracing::debug!(%error, "a connection ended early");
        },
        reason = activity.ended() => tracing::debug!(%peer, reason, "a connection was closed"),
    }
}
