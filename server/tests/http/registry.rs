//! A fake registry on this machine.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Responds to `/v2/` with a status. 0 means an invalid response after three seconds.
pub struct Registry {
    pub url: String,
    status: Arc<AtomicU16>,
    wanted: Arc<Mutex<Option<String>>>,
    /// The number of requests with a wrong password.
    pub wrong_log_ins: Arc<AtomicUsize>,
    /// The number of connections.
    pub asked: Arc<AtomicUsize>,
}

impl Registry {
    /// A registry without authentication that responds with this status.
    pub async fn with_status(status: u16) -> Self {
        Self::start(status, None).await
    }

    /// A registry with Basic authentication.
    pub async fn with_credentials(username: &str, password: &str) -> Self {
        Self::start(200, Some(basic(username, password))).await
    }

    async fn start(status: u16, wanted: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let status = Arc::new(AtomicU16::new(status));
        let asked = Arc::new(AtomicUsize::new(0));
        let (wanted, wrong_log_ins) = (Arc::new(Mutex::new(wanted)), Arc::new(AtomicUsize::new(0)));
        let (says, count, wants, wrong) = (status.clone(), asked.clone(), wanted.clone(), wrong_log_ins.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let status = says.load(Ordering::SeqCst);
                let (wanted, wrong) = (wants.lock().unwrap().clone(), wrong.clone());
                tokio::spawn(async move {
                    let mut heard = vec![0; 4096];
                    let length = stream.read(&mut heard).await.unwrap_or_default();
                    let heard = String::from_utf8_lossy(&heard[..length]).into_owned();
                    if status == 0 {
                        tokio::time::sleep(Duration::from_secs(3)).await;
                    }
                    let line = match &wanted {
                        Some(wanted) if !heard.contains(wanted) => {
                            if heard.contains("Basic ") {
                                wrong.fetch_add(1, Ordering::SeqCst);
                            }
                            "401 Who\r\nWWW-Authenticate: Basic realm=\"test\"".to_owned()
                        }
                        _ => format!("{status} X"),
                    };
                    let answer = format!(
                        "HTTP/1.1 {line}\r\nDocker-Distribution-Api-Version: registry/2.0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { url, status, wanted, wrong_log_ins, asked }
    }

    pub fn set_status(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// Changes the accepted credentials.
    pub fn set_credentials(&self, username: &str, password: &str) {
        *self.wanted.lock().unwrap() = Some(basic(username, password));
    }
}

fn basic(username: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
}
