//! A stream that remembers the first byte from the peer, to recognise plain HTTP on a TLS port and TLS on an HTTP port.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The first byte from the peer; zero until it arrives.
#[derive(Clone, Debug, Default)]
pub struct Protocol(Arc<AtomicU8>);

impl Protocol {
    /// The beginning of `HTTP/1.1 400 …`.
    pub fn is_http(&self) -> bool {
        self.0.load(Ordering::Relaxed) == b'H'
    }

    /// The type of a TLS record (RFC 8446 5.1): alert or handshake.
    pub fn is_tls(&self) -> bool {
        matches!(self.0.load(Ordering::Relaxed), 21 | 22)
    }
}

/// A TCP connection whose first received byte is recorded.
#[derive(Debug)]
pub struct PeekStream {
    stream: TcpStream,
    first: Protocol,
}

impl PeekStream {
    pub fn new(stream: TcpStream) -> (Self, Protocol) {
        let first = Protocol::default();
        (Self { stream, first: first.clone() }, first)
    }
}

impl AsyncRead for PeekStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if let Some(first) = buffer.filled().get(before) {
            let _ = self.first.0.compare_exchange(0, *first, Ordering::Relaxed, Ordering::Relaxed);
        }
        read
    }
}

impl AsyncWrite for PeekStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
