//! The way between Portolan and a database server, which a test can move to another server, or block.

use std::future::pending;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

/// Forwards connections from a port of the loopback address to the socket of a server. Lasts as long as the runtime.
pub struct Forwarder {
    pub port: u16,
    current: Arc<Mutex<Route>>,
}

/// Where connections lead to that begin now, and what becomes of them later.
struct Route {
    socket: PathBuf,
    state: watch::Sender<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// The connections are open at both ends, and nothing passes.
    Stalled,
    Closed,
}

impl Forwarder {
    pub async fn to(socket: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let current = Arc::new(Mutex::new(Route::to(socket)));
        tokio::spawn(accept(listener, current.clone()));
        Self { port, current }
    }

    /// The URL of a database, through the forwarder.
    #[track_caller]
    pub fn url(&self, database: &str) -> String {
        let name = database.split(['/', '?']).nth(3).unwrap();
        format!("postgres://postgres@127.0.0.1:{}/{name}?sslmode=disable", self.port)
    }

    /// Closes all connections, and leads new ones to this socket. What is stalled stays so.
    pub fn switch_to(&self, socket: &Path) {
        self.replace(socket.to_owned());
    }

    /// From now on nothing passes, as in a network that swallows packets: connections stay open, and new ones are
    /// accepted.
    pub fn stall(&self) {
        let current = self.current.lock().unwrap();
        current.state.send_replace(State::Stalled);
    }

    /// New connections pass again. Those from before stay stalled.
    pub fn resume(&self) {
        let socket = self.current.lock().unwrap().socket.clone();
        self.replace(socket);
    }

    fn replace(&self, socket: PathBuf) {
        let mut current = self.current.lock().unwrap();
        current.state.send_if_modified(|state| {
            let is_open = *state == State::Open;
            if is_open {
                *state = State::Closed;
            }
            is_open
        });
        *current = Route::to(&socket);
    }
}

impl Route {
    fn to(socket: &Path) -> Self {
        Self { socket: socket.to_owned(), state: watch::Sender::new(State::Open) }
    }
}

async fn accept(listener: TcpListener, current: Arc<Mutex<Route>>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let (socket, state) = {
            let current = current.lock().unwrap();
            (current.socket.clone(), current.state.subscribe())
        };
        tokio::spawn(forward(client, socket, state));
    }
}

/// Both ends are closed when this returns.
async fn forward(client: TcpStream, socket: PathBuf, state: watch::Receiver<State>) {
    let mut closed = state.clone();
    tokio::select! {
        () = pass(client, socket, state) => {}
        // What is stalled when the route is replaced is never closed: there is no such change to wait for.
        Ok(_) = closed.wait_for(|state| *state == State::Closed) => {}
    }
}

async fn pass(mut client: TcpStream, socket: PathBuf, state: watch::Receiver<State>) {
    let _ = client.set_nodelay(true);
    wait_if_stalled(&state).await;
    // If the server is down, the connection ends here.
    let Ok(mut server) = UnixStream::connect(socket).await else { return };
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    tokio::select! {
        () = copy(from_client, to_server, &state) => {}
        () = copy(from_server, to_client, &state) => {}
    }
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, state: &watch::Receiver<State>) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await;
        // After reading: what was sent after the stall began must not pass, nor must the end of the connection.
        wait_if_stalled(state).await;
        let Ok(size @ 1..) = read else { return };
        if to.write_all(&buffer[..size]).await.is_err() {
            return;
        }
    }
}

/// Waits for ever: a stall never ends for a connection that it has met.
async fn wait_if_stalled(state: &watch::Receiver<State>) {
    let stalled = *state.borrow() == State::Stalled;
    if stalled {
        pending::<()>().await;
    }
}
