//! The trust policy of a registry, as it is shown.

use crate::app_state::AppState;
use crate::display_time;
use crate::storage::image_registries::TrustRecord;
use app::image_registries::{Authority, TrustView};
use domain::{CaCertificate, CaCertificates};
use sha2::{Digest, Sha256};

pub fn trust_view(state: &AppState, record: TrustRecord) -> TrustView {
    let ca_certificates = record.ca_certificates.unwrap_or_default();
    let read = CaCertificates::parse(&ca_certificates).and_then(|certificates| certificates.read());
    TrustView {
        authorities: read.unwrap_or_default().into_iter().map(|certificate| authority(state, certificate)).collect(),
        ca_certificates,
        skip_verification: record.skip_verification,
        token_service: record.token_service.unwrap_or_default(),
    }
}

fn authority(state: &AppState, certificate: CaCertificate) -> Authority {
    let fingerprint = const_hex::encode_upper(Sha256::digest(&certificate.der));
    let pairs: Vec<_> = fingerprint.as_bytes().chunks(2).map(String::from_utf8_lossy).collect();
    Authority {
        subject: escape_invisible(&certificate.subject),
        fingerprint: pairs.join(":"),
        expires: display_time::day(certificate.not_after).unwrap_or_else(|| "never".to_owned()),
        expired: certificate.not_after < state.clock.now() / 1000,
    }
}

/// Escapes characters that hide or reverse others, which a certificate may contain.
fn escape_invisible(text: &str) -> String {
    let hides = |c: char| c.is_control() || domain::is_invisible(c);
    text.chars().flat_map(|c| if hides(c) { c.escape_unicode().collect() } else { vec![c] }).collect()
}

#[cfg(test)]
mod tests {
    use super::escape_invisible;

    #[test]
    fn invisible_characters_in_a_certificate_name_are_escaped() {
        assert_eq!(escape_invisible("CN=good\u{202e}gpj.exe\0"), "CN=good\\u{202e}gpj.exe\\u{0}");
        assert_eq!(escape_invisible("O=Hafenb\u{fc}ro, CN=\u{6e2f}"), "O=Hafenb\u{fc}ro, CN=\u{6e2f}");
    }
}
