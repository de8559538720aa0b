//! Where a password is sent, and which servers are trusted for the connection.

use super::{CaCertificates, FieldError, RegistryUrl, TokenService, server_worded_error};

/// What the console trusts for one registry, in addition to the system's defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustPolicy {
    /// CA certificates for this registry, in addition to the system's.
    pub authorities: Option<CaCertificates>,
    /// Whether any certificate is accepted. `authorities` are kept for when verification is turned on again.
    pub skip_verification: bool,
    /// A token service outside the registry's own domain.
    pub token_service: Option<TokenService>,
}

impl TrustPolicy {
    /// Parses the three fields as typed; empty means none.
    ///
    /// # Errors
    /// All errors at the fields `ca_certificates` and `token_service`.
    pub fn parse(ca_certificates: &str, skip_verification: bool, token_service: &str) -> Result<Self, Vec<FieldError>> {
        let mut field_errors = Vec::new();
        let authorities = match ca_certificates.trim() {
            "" => None,
            text => CaCertificates::parse(text)
                .map_err(|error| field_errors.push(server_worded_error("ca_certificates", error)))
                .ok(),
        };
        let token_service = match token_service {
            "" => None,
            text => TokenService::parse(text)
                .map_err(|error| field_errors.push(server_worded_error("token_service", error)))
                .ok(),
        };
        if field_errors.is_empty() {
            Ok(Self { authorities, skip_verification, token_service })
        } else {
            Err(field_errors)
        }
    }
}

/// URL and trust policy of a registry. A password is bound to both: after a change it has to be entered again.
/// Otherwise anyone who may edit the registry could have the password sent to a server of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionSettings {
    pub url: RegistryUrl,
    pub trust: TrustPolicy,
}
