//! Whom the console trusts on the way to a registry, as it is stored and shown.

use crate::backend::Portolan;
use crate::hex;
use crate::moment;
use app::domain::{CaCertificate, CaCertificates};
use app::image_registries::{Authority, StoredTrust};
use sha2::{Digest, Sha256};

/// The columns that say so.
#[derive(sqlx::FromRow)]
pub struct TrustColumns {
    ca_certificates: Option<String>,
    skip_verification: bool,
    token_service: Option<String>,
}

impl TrustColumns {
    pub fn shown(self, portolan: &Portolan) -> StoredTrust {
        let ca_certificates = self.ca_certificates.unwrap_or_default();
        let read = CaCertificates::parse(&ca_certificates).and_then(|certificates| certificates.read());
        StoredTrust {
            authorities: read
                .unwrap_or_default()
                .into_iter()
                .map(|certificate| authority(portolan, certificate))
                .collect(),
            ca_certificates,
            skip_verification: self.skip_verification,
            token_service: self.token_service.unwrap_or_default(),
        }
    }
}

fn authority(portolan: &Portolan, certificate: CaCertificate) -> Authority {
    let fingerprint = hex::encode(Sha256::digest(&certificate.der)).to_ascii_uppercase();
    let pairs: Vec<_> = fingerprint.as_bytes().chunks(2).map(String::from_utf8_lossy).collect();
    let expires = certificate.not_after.saturating_mul(1000);
    Authority {
        subject: certificate.subject,
        fingerprint: pairs.join(":"),
        expires: moment::day(expires),
        expired: expires < portolan.clock.now(),
    }
}
