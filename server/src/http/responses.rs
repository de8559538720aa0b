//! Responses over HTTP/2 that a connection is sending.
//!
//! Over HTTP/1.1, a client that does not read stalls its socket. Over HTTP/2 it can keep the socket alive and take
//! nothing of a stream, by granting it no window (RFC 9113 5.2). So responses are handed over in small pieces, and how
//! long each piece has been waiting is noted.

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::time::Instant;

/// As much as fits into one frame (RFC 9113 4.2).
const PIECE_BYTES: usize = 16 * 1024;

/// The responses of one connection.
pub struct Responses {
    start: Instant,
    /// Since when each waits for the client to take a piece, plus one; 0 if it does not wait. Milliseconds since
    /// `start`.
    open: Mutex<Vec<Arc<AtomicU64>>>,
    /// When the last one ended. Milliseconds since `start`; `u64::MAX` before the first.
    ended: AtomicU64,
}

/// A response that is being sent, until dropped.
pub struct Response {
    responses: Arc<Responses>,
    waiting: Arc<AtomicU64>,
}

impl Responses {
    pub fn new(start: Instant) -> Self {
        Self { start, open: Mutex::default(), ended: AtomicU64::new(u64::MAX) }
    }

    /// Call when a request has arrived; pass the result to [`Response::send`], or keep it until the request is dropped.
    pub fn begin(self: &Arc<Self>) -> Response {
        let waiting = Arc::default();
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&waiting));
        Response { responses: self.clone(), waiting }
    }

    /// Since when the client has not taken the next piece of a response. Milliseconds since the start.
    pub fn stalled_since(&self) -> Option<u64> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.iter().filter_map(|waiting| waiting.load(Ordering::Relaxed).checked_sub(1)).min()
    }

    /// Since when there is neither a request nor a response. Milliseconds since the start; `None` while there is one,
    /// and before the first.
    pub fn idle_since(&self) -> Option<u64> {
        let is_open = !self.open.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
        let ended = self.ended.load(Ordering::Relaxed);
        (!is_open && ended < u64::MAX).then_some(ended)
    }

    /// Whether the connection has received no request yet.
    pub fn is_new(&self) -> bool {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
            && self.ended.load(Ordering::Relaxed) == u64::MAX
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX - 1)
    }
}

impl Response {
    /// The same body, in pieces.
    pub fn send(self, body: Body) -> Body {
        Body::new(Pieces { body, rest: Bytes::new(), response: self })
    }
}

impl Drop for Response {
    fn drop(&mut self) {
        let mut open = self.responses.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|waiting| !Arc::ptr_eq(waiting, &self.waiting));
        self.responses.ended.store(self.responses.now(), Ordering::Relaxed);
    }
}

/// hyper asks for the next piece once the client has room for it.
struct Pieces {
    body: Body,
    rest: Bytes,
    response: Response,
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        this.response.waiting.store(0, Ordering::Relaxed);
        if this.rest.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                end => return Poll::Ready(end),
            }
        }
        let piece = this.rest.split_to(this.rest.len().min(PIECE_BYTES));
        this.response.waiting.store(this.response.responses.now() + 1, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        let body = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower() + rest);
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn a_response_waits_from_the_moment_that_a_piece_is_not_taken() {
        let responses = Arc::new(Responses::new(Instant::now()));
        assert!(responses.is_new() && responses.idle_since().is_none());
        let mut body = responses.begin().send(Body::from(vec![b'x'; 40_000]));
        assert_eq!(body.size_hint().exact(), Some(40_000));
        assert!(!responses.is_new() && responses.stalled_since().is_none());
        tokio::time::advance(Duration::from_secs(7)).await;
        let mut lengths = Vec::new();
        while let Some(frame) = body.frame().await {
            lengths.push(frame.unwrap().into_data().unwrap().len());
            assert_eq!(responses.stalled_since(), Some(7_000));
        }
        assert_eq!((lengths, responses.stalled_since()), (vec![16_384, 16_384, 7_232], None));
        assert_eq!(responses.idle_since(), None);
        drop(body);
        assert_eq!(responses.idle_since(), Some(7_000));
    }
}
