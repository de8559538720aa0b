//! Health checks for load balancers, service managers and scripts.

use super::tls::PLAIN_HTTP;
use crate::app_state::AppState;
use crate::error::write_failure;
use axum::extract::State;
use http::StatusCode;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The path of [`alive`].
pub const ALIVE_PATH: &str = "/healthz";

/// What [`alive`] answers.
const ALIVE: &str = "ok\n";

/// How long a server may take to say that it is Portolan.
const RECOGNITION_TIMEOUT: Duration = Duration::from_secs(3);

/// The most that is read for that. Bytes.
const MOST_BYTES: u64 = 4_096;

/// Liveness: the process responds. The database is not queried, because a restart would not fix a full disk.
pub async fn alive() -> &'static str {
    ALIVE
}

/// Whether a Portolan answers at an address, with TLS or without.
pub async fn is_portolan(address: SocketAddr) -> bool {
    let answer = timeout(RECOGNITION_TIMEOUT, plain_answer(address)).await;
    // With TLS, the answer to plain HTTP is as much a sign.
    answer.is_ok_and(|answer| answer.is_ok_and(|answer| answer == PLAIN_HTTP || is_alive(&answer)))
}

fn is_alive(answer: &[u8]) -> bool {
    answer.starts_with(b"HTTP/1.1 200 ") && answer.ends_with([b"\r\n\r\n", ALIVE.as_bytes()].concat().as_slice())
}

async fn plain_answer(address: SocketAddr) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {ALIVE_PATH} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MOST_BYTES).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Readiness: changes can be stored. Fails for as long as they cannot, and recovers by itself.
pub async fn ready(State(state): State<Arc<AppState>>) -> (StatusCode, String) {
    match state.readiness.check(&state.storage, &*state.clock).await {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", write_failure(why))),
    }
}
