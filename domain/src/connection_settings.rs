//! Where a password goes, and who is trusted on the way.

use super::{CaCertificates, FieldError, RegistryUrl, TokenService, broken};

/// Whom the console trusts on its way to a registry, beyond what it trusts anyway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustPolicy {
    /// Authorities of the registry's own, beside those of the machine.
    pub authorities: Option<CaCertificates>,
    /// Whether any certificate will do, whatever the authorities are. They are kept for when it is no longer skipped.
    pub skip_verification: bool,
    /// A token service outside of the registry's own domain.
    pub token_service: Option<TokenService>,
}

impl TrustPolicy {
    /// Reads the three fields as typed; empty means none.
    ///
    /// # Errors
    /// Every problem of the fields `ca_certificates`, `skip_verification` and `token_service`.
    pub fn parse(ca_certificates: &str, skip_verification: bool, token_service: &str) -> Result<Self, Vec<FieldError>> {
        let mut field_errors = Vec::new();
        let authorities = match ca_certificates.trim() {
            "" => None,
            text => {
                CaCertificates::parse(text).map_err(|error| field_errors.push(broken("ca_certificates", error))).ok()
            }
        };
        let token_service = match token_service {
            "" => None,
            text => TokenService::parse(text).map_err(|error| field_errors.push(broken("token_service", error))).ok(),
        };
        if field_errors.is_empty() {
            Ok(Self { authorities, skip_verification, token_service })
        } else {
            Err(field_errors)
        }
    }
}

/// The way to a registry. A password is entered for one way; on another it has to be entered again (whoever could
/// change the way alone could have it sent to themselves).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// Where it answers.
    pub url: RegistryUrl,
    /// Who is trusted.
    pub trust: TrustPolicy,
}
