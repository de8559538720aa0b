//! TLS without a proxy: HTTP/2 or HTTP/1.1 by ALPN, and a certificate that can be replaced while the server runs.

mod certificate;

pub use certificate::{Certificate, CertificateError, CertificateFiles, CertificateWarning, date};

use super::monitored::Monitored;
use crate::clock::Clock;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use std::fmt;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use thiserror::Error;
use tokio::io::AsyncWriteExt;
use tokio::signal::unix::Signal;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The protocol that ALPN has selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Http1,
    Http2,
}

/// Protocols by their names in ALPN (RFC 7301, RFC 9113 3.2), the preferred one first.
const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The answer to a request without TLS, as browsers send it to an address that was typed with a port.
pub const PLAIN_HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n\
    This port speaks HTTPS. Write https:// in front of the address.\n";

/// How often to look for changed files. They are small, and read as a whole: the time of a change says nothing about
/// a symbolic link that leads elsewhere now.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The console's side of TLS.
pub struct Tls {
    files: CertificateFiles,
    current: Arc<Current>,
    acceptor: TlsAcceptor,
    clock: Arc<dyn Clock>,
}

/// Why TLS cannot be offered.
#[derive(Debug, Error)]
pub enum TlsError {
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The library rejects its own defaults.
    #[error("TLS cannot be set up: {0}.")]
    Library(#[from] rustls::Error),
}

/// The certificate for connections that begin now.
struct Current(RwLock<Certificate>);

impl Tls {
    /// Reads the certificate and its key, and warns about what browsers will not accept.
    ///
    /// # Errors
    /// If no connection could be served with them.
    pub fn new(files: CertificateFiles, clock: Arc<dyn Clock>) -> Result<Arc<Self>, TlsError> {
        let current = Arc::new(Current(RwLock::new(files.certificate()?)));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth();
        let mut config = config.with_cert_resolver(current.clone());
        config.alpn_protocols = ALPN.map(<[u8]>::to_vec).to_vec();
        let tls = Self { files, current, acceptor: TlsAcceptor::from(Arc::new(config)), clock };
        tls.warn();
        Ok(Arc::new(tls))
    }

    /// The server's half of a handshake. `None` if the client speaks plain HTTP, which is answered here.
    ///
    /// # Errors
    /// If the client does not complete the handshake, or has nothing in common with this server.
    pub(super) async fn accept(&self, mut stream: Monitored) -> io::Result<Option<(TlsStream<Monitored>, Protocol)>> {
        // A method begins with a capital letter, a handshake with the byte 22 (RFC 8446 5.1).
        if stream.first_byte().await?.is_ascii_uppercase() {
            stream.write_all(PLAIN_HTTP).await?;
            stream.shutdown().await?;
            // With unread bytes, closing would discard the answer.
            tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
            return Ok(None);
        }
        let stream = self.acceptor.accept(stream).await?;
        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(ALPN[0]);
        Ok(Some((stream, if is_http2 { Protocol::Http2 } else { Protocol::Http1 })))
    }

    /// Uses the files again after they have changed, and at each SIGHUP. Open connections keep what they have. Never
    /// returns.
    pub async fn follow_files(&self, mut hangup: Signal) {
        let mut seen = self.files.fingerprint().ok();
        loop {
            let asked = tokio::select! {
                _ = hangup.recv() => true,
                () = tokio::time::sleep(LOOK_EVERY) => false,
            };
            let found = self.files.fingerprint().ok();
            if asked || found != seen {
                self.reload();
                seen = found;
            }
        }
    }

    /// When the certificate expires. Seconds since 1970.
    pub fn expires_at(&self) -> i64 {
        self.current.0.read().unwrap_or_else(PoisonError::into_inner).not_after
    }

    fn reload(&self) {
        match self.files.certificate() {
            Ok(certificate) => {
                tracing::info!(valid_until = %date(certificate.not_after), "the certificate was read again");
                *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = certificate;
                self.warn();
            }
            Err(error) => tracing::error!("The certificate stays the one that was read before. {error}"),
        }
    }

    /// What browsers or clients will complain about.
    fn warn(&self) {
        let current = self.current.0.read().unwrap_or_else(PoisonError::into_inner);
        for warning in self.files.warnings(&current, self.clock.now() / 1000) {
            tracing::warn!("{warning}");
        }
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).key.clone())
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Current")
    }
}
