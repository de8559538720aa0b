//! A crowd of anonymous clients of one kind.

use crate::http::Client;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How many requests those who never read send at once.
const ASKED_AT_ONCE: usize = 50;
/// The connect timeout.
const CONNECT_WITHIN: Duration = Duration::from_millis(200);

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Connects and sends nothing.
    Silent,
    /// Sends a request head byte by byte.
    Dripping,
    /// Announces a body and does not send it.
    Bodiless,
    /// Requests a large file many times and never reads.
    Greedy,
    /// Requests pages and events and never reads.
    Deaf,
    /// Connects and closes, in a loop.
    Restless,
}

pub struct Crowd {
    sort: Sort,
    address: Option<SocketAddr>,
    /// What each client sends at once.
    opening: Vec<u8>,
    strangers: Vec<Option<TcpStream>>,
    pub opened: usize,
    pub most_at_once: usize,
}

impl Sort {
    pub const ALL: [Self; 6] = [Self::Silent, Self::Dripping, Self::Bodiless, Self::Greedy, Self::Deaf, Self::Restless];

    fn opening(self, client: &Client, asset: &str) -> String {
        let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", client.address);
        match self {
            Self::Silent | Self::Restless => String::new(),
            Self::Dripping => format!("GET /login HTTP/1.1\r\nHost: {}\r\nX-Slow: ", client.address),
            Self::Bodiless => format!(
                "POST /ui/login HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n",
                client.address
            ),
            Self::Greedy => get(asset).repeat(ASKED_AT_ONCE),
            Self::Deaf => (get("/events") + &get("/login")).repeat(ASKED_AT_ONCE / 2),
        }
    }
}

impl Crowd {
    pub fn new(sort: Sort, count: usize, client: &Client, asset: &str) -> Self {
        Self {
            sort,
            address: client.address.parse().ok(),
            opening: sort.opening(client, asset).into_bytes(),
            strangers: std::iter::repeat_with(|| None).take(count).collect(),
            opened: 0,
            most_at_once: 0,
        }
    }

    /// Visits the whole crowd once: disconnected clients return, slow ones send a byte.
    pub fn sweep(&mut self, end: Instant) {
        for index in 0..self.strangers.len() {
            if Instant::now() >= end {
                return;
            }
            let anonymous = self.strangers[index].take().filter(|_| self.sort != Sort::Restless);
            self.strangers[index] = anonymous.and_then(|stream| self.stay(stream)).or_else(|| self.arrive());
        }
        self.most_at_once = self.most_at_once.max(self.strangers.iter().flatten().count());
    }

    /// Connects and sends as much of the opening as the server accepts.
    fn arrive(&mut self) -> Option<TcpStream> {
        let mut stream = TcpStream::connect_timeout(&self.address?, CONNECT_WITHIN).ok()?;
        self.opened += 1;
        stream.set_nonblocking(true).ok()?;
        let _ = stream.write(&self.opening);
        Some(stream)
    }

    /// The connection, unless it has ended.
    fn stay(&self, mut stream: TcpStream) -> Option<TcpStream> {
        match self.sort {
            // These never read, so only the next write shows that the server has closed the connection.
            Sort::Greedy | Sort::Deaf => is_open(stream.write(b"\r\n")),
            Sort::Dripping => is_open(stream.write(b"x")) && is_open(stream.read(&mut [0; 1024])),
            _ => is_open(stream.read(&mut [0; 1024])),
        }
        .then_some(stream)
    }
}

/// Whether the connection is still open: bytes were moved, or could not be moved yet.
fn is_open(moved: std::io::Result<usize>) -> bool {
    match moved {
        Ok(count) => count > 0,
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    }
}
