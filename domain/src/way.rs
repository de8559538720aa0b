//! Where a password goes, and who is trusted on the way.

use super::{CaCertificates, Problem, RegistryUrl, TokenService, broken};

/// Whom the console trusts on its way to a registry, beyond what it trusts anyway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// Authorities of the registry's own, beside those of the machine.
    pub authorities: Option<CaCertificates>,
    /// Whether any certificate will do, whatever the authorities are. They are kept for when it is no longer skipped.
    pub skip_verification: bool,
    /// A token service outside of the registry's own domain.
    pub token_service: Option<TokenService>,
}

impl Trust {
    /// Reads the three fields as typed; empty means none.
    ///
    /// # Errors
    /// Every problem of the fields `ca_certificates`, `skip_verification` and `token_service`.
    pub fn parse(ca_certificates: &str, skip_verification: bool, token_service: &str) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let authorities = match ca_certificates.trim() {
            "" => None,
            text => CaCertificates::parse(text).map_err(|error| problems.push(broken("ca_certificates", error))).ok(),
        };
        let token_service = match token_service {
            "" => None,
            text => TokenService::parse(text).map_err(|error| problems.push(broken("token_service", error))).ok(),
        };
        if problems.is_empty() { Ok(Self { authorities, skip_verification, token_service }) } else { Err(problems) }
    }
}

/// The way to a registry. A password is entered for one way; on another it has to be entered again (whoever could
/// change the way alone could have it sent to themselves).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Where it answers.
    pub url: RegistryUrl,
    /// Who is trusted.
    pub trust: Trust,
}
