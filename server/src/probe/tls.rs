//! Encryption: who is trusted, and what went wrong, in the terms that people need to fix it.

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

/// The settings of the connections to one registry.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ClientConfig>,
    asked: Arc<ClientCertProbe>,
}

/// The authorities that the machine trusts.
pub fn authorities_of_the_machine() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::warn!("this machine trusts no authority: install its CA certificates, or https cannot be verified");
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

    /// Whether the peer has asked for a client certificate.
    pub fn wants_client_certificate(&self) -> bool {
        self.asked.0.load(Ordering::Relaxed)
    }

    /// What an error says about the encryption; none if it is about something else. An error can come late:
    /// with TLS 1.3 a server refuses a client without a certificate only after the handshake.
    pub fn finding(&self, error: &(dyn Error + 'static), first: &Protocol) -> Option<Finding> {
        let error = cause(error)?;
        Some(match error {
            rustls::Error::InvalidCertificate(error) => of_certificate(error),
            rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => Finding::ClientCertificateRequired,
            rustls::Error::AlertReceived(_) if self.wants_client_certificate() => Finding::ClientCertificateRequired,
            // Front ends that serve several hosts say so of one that they do not know (RFC 6066 3).
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

/// The encryption's own error among the causes of another.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        // The cause that an I/O error wraps is not the one that it names as its source.
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
        // It has signed itself, as an authority would, or somebody has who is not known here.
        error if is_marked_as_authority(error) => Finding::UnknownAuthority,
        _ => Finding::CertificateUnusable,
    }
}

/// A certificate that is refused by a rule of this console.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.sentence())]
struct Refused(Finding);

impl From<Refused> for rustls::Error {
    fn from(refused: Refused) -> Self {
        CertificateError::Other(OtherError(Arc::new(refused))).into()
    }
}

/// Has no certificate to show, and remembers whether one was asked for.
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

/// Decides about the peer's certificate. Whatever the rule, the handshake is proved to come from its owner, unless
/// its key is too short for that.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    rule: Verification,
}

#[derive(Debug)]
enum Verification {
    /// Any certificate is accepted, because an editor has chosen so.
    AcceptAny,
    /// As is usual, and one certificate more: the registry's own, if it is given as its authority. It has signed
    /// itself then, as people make it in a lab; nodes that are given the same file take it as well.
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
            // A machine that trusts nobody: every certificate is of an unknown authority.
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
                // openssl marks every certificate as an authority by default. Nodes do not mind.
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
            Ok(verified) => chain.refused_by_nodes().map_or(Ok(verified), |finding| Err(Refused(finding).into())),
            Err(rustls::Error::InvalidCertificate(error)) => {
                Err(chain.explained(&error, name).map_or(error.into(), |finding| Refused(finding).into()))
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
    /// What a signature of the handshake that is not verified means. That of a short key cannot be: whoever takes any
    /// certificate takes this one too.
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

/// A certificate that is known to be the right one still has its time and its names.
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
