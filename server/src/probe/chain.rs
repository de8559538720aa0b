//! Checks a certificate chain the way cluster nodes do. Go, which containerd and Docker are written in, is in some
//! respects stricter than webpki, and webpki reports some errors only in general terms: this module gives them precise
//! findings.

use domain::{CaCertificate, Finding};
use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, ServerName, SignatureVerificationAlgorithm, UnixTime};
use webpki::EndEntityCert;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::OID_PKIX_AUTHORITY_INFO_ACCESS;
use x509_parser::parse_x509_certificate;
use x509_parser::public_key::PublicKey;

/// Signatures with MD5 and SHA-1 (RFC 3279 2.2). Go rejects them as well.
const WEAK_SIGNATURES: [&str; 3] = ["1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10045.4.1"];

/// The certificates that a server presented, and the registry's own CAs.
pub struct Chain<'a> {
    pub own: &'a [CaCertificate],
    pub end_entity: &'a CertificateDer<'a>,
    pub intermediates: &'a [CertificateDer<'a>],
    pub now: UnixTime,
}

impl Chain<'_> {
    /// Why nodes would reject a chain that webpki accepts. Of a trusted CA, webpki uses only the name and the key; Go
    /// also checks its validity dates and its constraints (crypto/x509, `isValid` and `CheckSignatureFrom`).
    pub fn rejected_by_nodes(&self) -> Option<Finding> {
        let leaf = parsed(self.end_entity)?;
        if !is_for_servers(&leaf) {
            return Some(Finding::CertificateUnusable);
        }
        // These certificates are trusted themselves, no matter who signed them.
        if self.own.iter().any(|own| own.der == self.end_entity.as_ref()) {
            return None;
        }
        let own: Vec<_> = self.own.iter().filter_map(|own| parsed(&own.der)).collect();
        let shown: Vec<_> = self.intermediates.iter().filter_map(|der| parsed(der)).collect();
        self.rejected_above(&leaf, 0, &own, &mut shown.iter().collect())
    }

    /// Why no path leads from a certificate, with `below` CAs beneath it, to a trusted CA. If the next issuer is not
    /// known here, it is a CA of the system. Each presented certificate is visited once, so the work is bounded.
    fn rejected_above<'c>(
        &self,
        certificate: &X509Certificate<'_>,
        below: usize,
        own: &[X509Certificate<'_>],
        shown: &mut Vec<&'c X509Certificate<'c>>,
    ) -> Option<Finding> {
        let signs = |issuer: &X509Certificate<'_>| issuer.subject().as_raw() == certificate.issuer().as_raw();
        let mut reason = None;
        for issuer in own.iter().filter(|issuer| signs(issuer)) {
            let refused = self.cannot_sign_because(issuer, below)?;
            reason = reason.or(Some(refused));
        }
        while let Some(at) = shown.iter().position(|issuer| signs(issuer)) {
            let issuer = shown.swap_remove(at);
            let refused = self
                .cannot_sign_because(issuer, below)
                .or_else(|| self.rejected_above(issuer, below + 1, own, shown))?;
            reason = reason.or(Some(refused));
        }
        reason
    }

    /// Why a certificate may not sign another one that has `below` CAs beneath it.
    fn cannot_sign_because(&self, issuer: &X509Certificate<'_>, below: usize) -> Option<Finding> {
        let now = i64::try_from(self.now.as_secs()).unwrap_or(i64::MAX);
        let constraints = issuer.basic_constraints().ok().flatten();
        // Version 1 certificates have no CA flag, and Go accepts them.
        let is_authority = constraints.as_ref().map_or(issuer.version().0 != 2, |it| it.value.ca);
        let may_sign = issuer.key_usage().ok().flatten().is_none_or(|usage| usage.value.key_cert_sign());
        let most = constraints.and_then(|it| it.value.path_len_constraint).and_then(|most| usize::try_from(most).ok());
        if issuer.validity().not_after.timestamp() < now {
            Some(Finding::AuthorityExpired)
        } else if issuer.validity().not_before.timestamp() > now {
            Some(Finding::CertificateNotYetValid)
        } else if !is_authority || !may_sign {
            Some(Finding::AuthorityNotCa)
        } else if most.is_some_and(|most| below > most) || !is_for_servers(issuer) || has_unknown_rule(issuer) {
            Some(Finding::CertificateUnusable)
        } else {
            None
        }
    }

    /// Whether a chain of signatures leads to one of the registry's own CAs. CAs with name constraints are left to
    /// webpki.
    pub fn is_signed_by_own(&self, algorithms: &[&dyn SignatureVerificationAlgorithm]) -> bool {
        let mut shown: Vec<_> = self.intermediates.iter().collect();
        parsed(self.end_entity).is_some_and(|leaf| self.is_signed(&leaf, 0, &mut shown, algorithms))
    }

    fn is_signed(
        &self,
        certificate: &X509Certificate<'_>,
        below: usize,
        shown: &mut Vec<&CertificateDer<'_>>,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> bool {
        let (message, signature) = (certificate.tbs_certificate.as_ref(), &certificate.signature_value.data);
        let signs = |der: &CertificateDer<'_>| {
            let is_issuer = parsed(der).is_some_and(|issuer| {
                issuer.subject().as_raw() == certificate.issuer().as_raw()
                    && matches!(issuer.name_constraints(), Ok(None))
            });
            is_issuer
                && EndEntityCert::try_from(der).is_ok_and(|issuer| {
                    algorithms.iter().any(|algorithm| issuer.verify_signature(*algorithm, message, signature).is_ok())
                })
        };
        if self.own.iter().any(|own| signs(&CertificateDer::from(own.der.as_slice()))) {
            return true;
        }
        while let Some(at) = shown.iter().position(|der| signs(der)) {
            let issuer =
                parsed(shown.swap_remove(at)).filter(|issuer| self.cannot_sign_because(issuer, below).is_none());
            if issuer.is_some_and(|issuer| self.is_signed(&issuer, below + 1, shown, algorithms)) {
                return true;
            }
        }
        false
    }

    /// A more precise finding for an error of webpki, if there is one.
    pub fn explain(&self, error: &CertificateError, name: &ServerName<'_>) -> Option<Finding> {
        let leaf = parsed(self.end_entity)?;
        match error {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                let names = leaf.subject_alternative_name().ok().flatten().map(|names| &names.value.general_names);
                let has_address =
                    |names: &Vec<GeneralName>| names.iter().any(|name| matches!(name, GeneralName::IPAddress(_)));
                match (names, name) {
                    (None, _) => Some(Finding::CertificateWithoutSan),
                    (Some(names), ServerName::IpAddress(_)) if !has_address(names) => {
                        Some(Finding::CertificateWithoutAddress)
                    }
                    _ => None,
                }
            }
            CertificateError::UnknownIssuer => {
                let signed_itself = leaf.issuer() == leaf.subject();
                // Certificates of public CAs say where the issuer's certificate can be downloaded; with a private CA,
                // the server has to send the chain.
                let is_known =
                    !self.own.is_empty() || leaf.extensions().iter().any(|it| it.oid == OID_PKIX_AUTHORITY_INFO_ACCESS);
                (self.intermediates.is_empty() && !signed_itself && is_known).then_some(Finding::IntermediateMissing)
            }
            CertificateError::UnsupportedSignatureAlgorithmContext { .. } => {
                let is_weak = |certificate: &X509Certificate<'_>| {
                    WEAK_SIGNATURES.contains(&certificate.signature_algorithm.algorithm.to_id_string().as_str())
                };
                self.shown().any(|it| is_weak(&it)).then_some(Finding::CertificateUnusable)
            }
            CertificateError::BadSignature => {
                let own = self.own.iter().filter_map(|own| parsed(&own.der));
                let is_short = self.shown().chain(own).any(|it| has_short_key(&it));
                // A CA that was recreated under its old name has a different key.
                Some(if is_short { Finding::SignatureNotSupported } else { Finding::UnknownAuthority })
            }
            _ => None,
        }
    }

    fn shown(&self) -> impl Iterator<Item = X509Certificate<'_>> {
        std::iter::once(self.end_entity).chain(self.intermediates).filter_map(|der| parsed(der))
    }
}

/// The validity period of a certificate, in seconds since 1970.
pub fn validity(der: &CertificateDer<'_>) -> Option<(i64, i64)> {
    let times = parsed(der)?.validity().clone();
    Some((times.not_before.timestamp(), times.not_after.timestamp()))
}

/// Whether a certificate has an RSA key that Go accepts and that is too short for this server's TLS library.
pub fn is_short_of_key(der: &CertificateDer<'_>) -> bool {
    parsed(der).is_some_and(|certificate| has_short_key(&certificate))
}

fn has_short_key(certificate: &X509Certificate<'_>) -> bool {
    let key = certificate.public_key().parsed();
    matches!(key, Ok(PublicKey::RSA(key)) if key.key_size() < 2048)
}

/// Whether a certificate may be used by servers, or by CAs that sign server certificates.
fn is_for_servers(certificate: &X509Certificate<'_>) -> bool {
    let usage = certificate.extended_key_usage().ok().flatten();
    usage.is_none_or(|usage| usage.value.any || usage.value.server_auth)
}

/// Whether a certificate has an unknown critical extension, which has to be rejected (RFC 5280 4.2).
fn has_unknown_rule(certificate: &X509Certificate<'_>) -> bool {
    let is_unknown = |kind: &ParsedExtension<'_>| matches!(kind, ParsedExtension::UnsupportedExtension { .. });
    certificate.extensions().iter().any(|extension| extension.critical && is_unknown(extension.parsed_extension()))
}

fn parsed(der: &[u8]) -> Option<X509Certificate<'_>> {
    parse_x509_certificate(der).ok().map(|(_, certificate)| certificate)
}
