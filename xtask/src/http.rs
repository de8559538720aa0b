//! A plain HTTP/1.1 client on blocking sockets, with one request per connection.

use crate::command::TaskResult;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// The timeout of a response.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// The address of a server, a session cookie (empty for an anonymous client), and headers beyond what pages send.
#[derive(Clone)]
pub struct Client {
    pub address: String,
    pub session: String,
    /// Each with its line end.
    pub headers: String,
}

impl Client {
    /// A client without a session.
    pub fn anonymous(address: &str) -> Self {
        Self { address: address.to_owned(), session: String::new(), headers: String::new() }
    }

    /// A client at this address, as a proxy reports it.
    pub fn forwarded_for(self, address: &str) -> Self {
        Self { headers: format!("X-Forwarded-For: {address}\r\n"), ..self }
    }

    pub fn get(&self, path: &str) -> TaskResult<Answer> {
        self.exchange("GET", path, "")
    }

    /// Posts a form.
    pub fn post(&self, path: &str, form: &str) -> TaskResult<Answer> {
        self.exchange("POST", path, form)
    }

    /// The bytes of a request.
    fn request(&self, method: &str, path: &str, body: &str) -> String {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nAccept: application/json\r\nCookie: {1}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {2}\r\nConnection: close\r\n{3}\r\n{body}",
            self.address,
            self.session,
            body.len(),
            self.headers
        )
    }

    /// Sends a request without reading the response.
    pub fn send(&self, method: &str, path: &str, body: &str) -> TaskResult<TcpStream> {
        let failed = |error: std::io::Error| format!("{method} {path}: {error}");
        let mut stream = TcpStream::connect(&self.address).map_err(failed)?;
        stream.set_read_timeout(Some(RESPONSE_TIMEOUT)).map_err(failed)?;
        stream.set_write_timeout(Some(RESPONSE_TIMEOUT)).map_err(failed)?;
        stream.write_all(self.request(method, path, body).as_bytes()).map_err(failed)?;
        Ok(stream)
    }

    /// A response counts once its head has arrived, even if the connection breaks afterwards.
    fn exchange(&self, method: &str, path: &str, body: &str) -> TaskResult<Answer> {
        let mut bytes = Vec::new();
        let ended = self.send(method, path, body)?.read_to_end(&mut bytes);
        Answer::parse(&bytes).ok_or_else(|| format!("{method} {path}: no answer ({ended:?})"))
    }
}

impl Answer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let rest = &bytes[end + 4..];
        let body = if head.contains("transfer-encoding: chunked") { unchunked(rest) } else { rest.to_vec() };
        Some(Self { status, head, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// The session cookie that it sets.
    pub fn session(&self) -> Option<String> {
        let cookies = self.head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
        let session = cookies.filter_map(|cookie| cookie.split(';').next()).find(|it| it.starts_with("portolan="));
        session.map(str::to_owned)
    }

    /// Status and body in one line, for messages.
    pub fn summary(&self) -> String {
        let body: String = self.body.chars().take(200).collect();
        format!("{} {}", self.status, body.trim())
    }
}

/// Decodes a chunked body.
fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(at) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = String::from_utf8_lossy(&rest[..at]);
        let Some(size) = usize::from_str_radix(size.trim(), 16).ok().filter(|size| *size > 0) else { break };
        let chunk = &rest[at + 2..];
        whole.extend_from_slice(chunk.get(..size).unwrap_or(chunk));
        rest = chunk.get(size + 2..).unwrap_or_default();
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn chunks_are_joined() {
        let sent = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\na\xc3\xa4\r\n2\r\nbc\r\n0\r\n\r\n";
        let answer = Answer::parse(sent).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (200, "a\u{e4}bc"));
    }

    #[test]
    fn half_a_head_is_no_answer() {
        assert!(Answer::parse(b"HTTP/1.1 200 OK\r\ncontent-le").is_none());
    }

    #[test]
    fn the_session_is_found_among_cookies() {
        let sent = b"HTTP/1.1 200 OK\r\nset-cookie: theme=dark\r\nset-cookie: portolan=abc; HttpOnly\r\n\r\n{}";
        assert_eq!(Answer::parse(sent).unwrap().session().as_deref(), Some("portolan=abc"));
    }
}
