//! A certificate chain as nodes see it. Go, which containerd and Docker are written in, is stricter than webpki in some
//! places, and webpki names some mistakes only in general: here they get their own names.

use app::domain::{CaCertificate, Finding};
use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::OID_PKIX_AUTHORITY_INFO_ACCESS;
use x509_parser::parse_x509_certificate;

/// What a server has shown, and the authorities of the registry's own.
pub struct Chain<'a> {
    pub own: &'a [CaCertificate],
    pub end_entity: &'a CertificateDer<'a>,
    pub intermediates: &'a [CertificateDer<'a>],
    pub now: UnixTime,
}

impl Chain<'_> {
    /// Why nodes refuse a chain that webpki accepts: Go looks at the dates and at the CA flag of a root as well
    /// (crypto/x509, `isValid` and `CheckSignatureFrom`).
    pub fn refused_by_nodes(&self) -> Option<Finding> {
        let shown = std::iter::once(self.end_entity).chain(self.intermediates);
        let issuers: Vec<_> = shown.filter_map(|der| parsed(der)).map(|it| it.issuer().to_string()).collect();
        let is_given = |own: &&CaCertificate| own.der != self.end_entity.as_ref() && issuers.contains(&own.subject);
        let anchors: Vec<_> = self.own.iter().filter(is_given).collect();
        let now = i64::try_from(self.now.as_secs()).unwrap_or(i64::MAX);
        if anchors.is_empty() {
            None
        } else if anchors.iter().all(|anchor| anchor.not_after < now) {
            Some(Finding::AuthorityExpired)
        } else if anchors.iter().all(|anchor| !is_authority(&anchor.der)) {
            Some(Finding::AuthorityNotCa)
        } else {
            None
        }
    }

    /// A closer reason for what webpki has found; none if there is none.
    pub fn explained(&self, error: &CertificateError, name: &ServerName<'_>) -> Option<Finding> {
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
                // Public authorities say where their own certificate is; of a given authority a chain is expected.
                let is_known =
                    !self.own.is_empty() || leaf.extensions().iter().any(|it| it.oid == OID_PKIX_AUTHORITY_INFO_ACCESS);
                (self.intermediates.is_empty() && !signed_itself && is_known).then_some(Finding::IntermediateMissing)
            }
            _ => None,
        }
    }
}

/// Whether a certificate may sign others. Version 1 has no flag for it, and Go takes it.
fn is_authority(der: &[u8]) -> bool {
    let Ok((_, certificate)) = parse_x509_certificate(der) else { return false };
    let constraints = certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::BasicConstraints(constraints) => Some(constraints.ca),
        _ => None,
    });
    constraints.unwrap_or(certificate.version().0 != 2)
}

fn parsed<'a>(der: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    parse_x509_certificate(der.as_ref()).ok().map(|(_, certificate)| certificate)
}
