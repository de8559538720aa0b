//! TLS: which certificates are trusted, and what went wrong, in terms that help to fix it.

use super::chain::{Chain, is_short_of_key, validity};
use super::peek_stream::{PeekStream, Protocol};
use domain::{CaCertificate, Finding, Host, TrustPolicy};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, IpAddr, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme,
};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// TLS settings of the connections to one registry.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ClientConfig>,
    asked: Arc<ClientCertProbe>,
}

/// The CAs that the system trusts.
pub fn authorities_of_the_machine() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::warn!(
            "this machine trusts no CA, so https certificates cannot be verified; install its CA certificates"
        );
    }
    roots
}

impl Tls {
    pub fn new(machine: &RootCertStore, trust: &TrustPolicy) -> Result<Self, Finding> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let asked = Arc::new(ClientCertProbe::default());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|_| Finding::CheckFailed)?;
        let rule = if trust.skip_verification {
            Verification::AcceptAny
        } else {
            Verification::verifying(machine, trust, &provider)?
        };
        let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(Verifier { provider, rule }));
        let config = Arc::new(builder.with_client_cert_resolver(asked.clone()));
        Ok(Self { config, asked })
    }

    pub async fn connect(
        &self,
        stream: PeekStream,
        host: &Host,
        first: &Protocol,
    ) -> Result<TlsStream<PeekStream>, Finding> {
        let name = match host {
            Host::Dns(name) => ServerName::try_from(name.clone()).map_err(|_| Finding::CertificateForOtherHost)?,
            Host::V4(address) => ServerName::IpAddress(IpAddr::V4((*address).into())),
            Host::V6(address) => ServerName::IpAddress(IpAddr::V6((*address).into())),
        };
        TlsConnector::from(self.config.clone())
            .connect(name, stream)
            .await
            .map_err(|error| self.finding(&error, first).unwrap_or(Finding::TlsFailed))
    }

    pub fn wants_client_certificate(&self) -> bool {
        self.asked.0.load(Ordering::Relaxed)
    }

    /// What an error says about TLS; `None` if it has another cause. An error can arrive late: with TLS 1.3 a server
    /// rejects a client without a certificate only after the handshake.
    pub fn finding(&self, error: &(dyn Error + 'static), first: &Protocol) -> Option<Finding> {
        let error = cause(error)?;
        Some(match error {
            rustls::Error::InvalidCertificate(error) => of_certificate(error),
            rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => Finding::ClientCertificateRequired,
            rustls::Error::AlertReceived(_) if self.wants_client_certificate() => Finding::ClientCertificateRequired,
            // Front ends for several hosts send this alert for a host that they do not serve (RFC 6066 3).
            rustls::Error::AlertReceived(AlertDescription::UnrecognisedName) => Finding::CertificateForOtherHost,
            _ if first.is_http() => Finding::PlainHttpOnTlsPort,
            _ => Finding::TlsFailed,
        })
    }
}

fn own_authorities(trust: &TrustPolicy) -> Result<Vec<CaCertificate>, Finding> {
    match &trust.authorities {
        Some(certificates) => certificates.read().map_err(|_| Finding::CertificateUnusable),
        None => Ok(Vec::new()),
    }
}

/// Finds the rustls error among the causes of another error.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        // An I/O error does not name the error that it wraps as its source.
        next = match error.downcast_ref::<std::io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

fn of_certificate(error: &CertificateError) -> Finding {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Finding::CertificateExpired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Finding::CertificateNotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Finding::CertificateForOtherHost
        }
        CertificateError::UnknownIssuer => Finding::UnknownAuthority,
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => Finding::SignatureNotSupported,
        CertificateError::Other(other) if other.0.is::<Refused>() => {
            other.0.downcast_ref::<Refused>().map_or(Finding::CertificateUnusable, |refused| refused.0.clone())
        }
        // The certificate is self-signed or signed by an unknown CA.
        error if is_marked_as_authority(error) => Finding::UnknownAuthority,
        _ => Finding::CertificateUnusable,
    }
}

/// A certificate that only our own rules reject.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.sentence())]
struct Refused(Finding);

impl From<Refused> for rustls::Error {
    fn from(refused: Refused) -> Self {
        CertificateError::Other(OtherError(Arc::new(refused))).into()
    }
}

/// Presents no client certificate, and records whether the server requested one.
#[derive(Debug, Default)]
struct ClientCertProbe(AtomicBool);

impl ResolvesClientCert for ClientCertProbe {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Verifies the peer's certificate. Under every policy, the handshake signature has to prove possession of the private
/// key, unless the key is too short to be verified.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    rule: Verification,
}

#[derive(Debug)]
enum Verification {
    /// Accepts any certificate, because an editor chose so.
    AcceptAny,
    /// The usual verification. A self-signed certificate is also accepted if it is configured as the registry's own CA,
    /// as is common in labs; nodes with the same file accept it as well.
    WebPki { usual: Arc<WebPkiServerVerifier>, own: Vec<CaCertificate> },
}

impl Verification {
    fn verifying(
        machine: &RootCertStore,
        trust: &TrustPolicy,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, Finding> {
        let own = own_authorities(trust)?;
        let mut roots = machine.clone();
        for authority in &own {
            roots.add(CertificateDer::from(authority.der.as_slice())).map_err(|_| Finding::CertificateUnusable)?;
        }
        let usual = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
            .build()
            // Without any trusted CA, every certificate has an unknown authority.
            .map_err(|_| Finding::UnknownAuthority)?;
        Ok(Self::WebPki { usual, own })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Verification::WebPki { usual, own } = &self.rule else { return Ok(ServerCertVerified::assertion()) };
        let chain = Chain { own, end_entity, intermediates, now };
        let verified = if own.iter().any(|own| own.der == end_entity.as_ref()) {
            verify_itself(end_entity, name, now)
        } else {
            match usual.verify_server_cert(end_entity, intermediates, name, ocsp, now) {
                // openssl marks every self-signed certificate as a CA by default, and nodes accept that.
                Err(rustls::Error::InvalidCertificate(error))
                    if is_marked_as_authority(&error)
                        && chain.is_signed_by_own(self.provider.signature_verification_algorithms.all) =>
                {
                    verify_itself(end_entity, name, now)
                }
                other => other,
            }
        };
        match verified {
            Ok(verified) => chain.rejected_by_nodes().map_or(Ok(verified), |finding| Err(Refused(finding).into())),
            Err(rustls::Error::InvalidCertificate(error)) => {
                Err(chain.explain(&error, name).map_or(error.into(), |finding| Refused(finding).into()))
            }
            Err(other) => Err(other),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let verified = rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms);
        verified.or_else(|error| self.unverified(certificate, error))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let verified = rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms);
        verified.or_else(|error| self.unverified(certificate, error))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl Verifier {
    /// The result for a handshake signature that cannot be verified. That is always so for a key that is too short;
    /// under [`Verification::AcceptAny`] such a certificate is accepted as well.
    fn unverified(
        &self,
        certificate: &CertificateDer<'_>,
        error: rustls::Error,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match &self.rule {
            _ if !is_short_of_key(certificate) => Err(error),
            Verification::AcceptAny => Ok(HandshakeSignatureValid::assertion()),
            Verification::WebPki { .. } => Err(Refused(Finding::SignatureNotSupported).into()),
        }
    }
}

/// A certificate that is trusted directly must still be in its validity period and match the host.
fn verify_itself(
    shown: &CertificateDer<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, rustls::Error> {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let (not_before, not_after) = validity(shown).ok_or(CertificateError::BadEncoding)?;
    if now < not_before {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > not_after {
        return Err(CertificateError::Expired.into());
    }
    rustls::client::verify_server_name(&ParsedCertificate::try_from(shown)?, name)?;
    Ok(ServerCertVerified::assertion())
}

fn is_marked_as_authority(error: &CertificateError) -> bool {
    let CertificateError::Other(other) = error else { return false };
    matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}
