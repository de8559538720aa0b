//! The result of one check of a registry, with its steps.

use super::Finding;
use serde::{Deserialize, Serialize};

/// The steps of a check, in the order they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// The address policy allows the address.
    Address,
    /// DNS resolves the host.
    Dns,
    /// The console's proxy connects to the host.
    Proxy,
    /// Something listens on the port.
    Tcp,
    /// The TLS handshake succeeds and the certificate is valid.
    Tls,
    /// `/v2/` answers as a registry (OCI distribution specification, end-1).
    Api,
    /// Credentials are exchanged for access.
    Authentication,
    /// Images of the repository can be pulled.
    Pull,
}

impl Step {
    /// The name of the step on pages.
    pub fn label(self) -> &'static str {
        match self {
            Self::Address => "Address",
            Self::Dns => "Name service",
            Self::Proxy => "Proxy",
            Self::Tcp => "Connection",
            Self::Tls => "Encryption",
            Self::Api => "Registry API",
            Self::Authentication => "Authentication",
            Self::Pull => "Pull access",
        }
    }
}

/// One step of a check that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Earlier versions stored this field as `hop`.
    #[serde(alias = "hop")]
    pub step: Step,
    /// `host:port` that the step connected to.
    pub peer: String,
    pub milliseconds: u32,
    /// Why the step failed or proves nothing; `None` if it passed.
    pub finding: Option<Finding>,
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReport {
    pub finding: Finding,
    /// Earlier versions stored this field as `hops`.
    #[serde(alias = "hops")]
    pub steps: Vec<StepRecord>,
}

impl CheckReport {
    /// The finding in a few words. Names the token service if that failed instead of the registry.
    pub fn reason(&self) -> String {
        let sentence = self.finding.sentence();
        match (self.steps.first(), self.steps.last()) {
            (Some(registry), Some(last)) if last.finding.is_some() && last.peer != registry.peer => {
                format!("token service {}: {sentence}", last.peer)
            }
            _ => sentence,
        }
    }

    /// The duration of all steps together.
    pub fn milliseconds(&self) -> u32 {
        self.steps.iter().map(|step| step.milliseconds).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_stored_by_earlier_versions_can_still_be_read() {
        let stored = r#"{"finding":"TlsThere","hops":[{"hop":"Tcp","peer":"a:1","milliseconds":2,"finding":null},
            {"hop":"Api","peer":"a:1","milliseconds":3,"finding":"PlainHttpThere"}]}"#;
        let report: CheckReport = serde_json::from_str(stored).unwrap();
        assert_eq!(report.finding, Finding::TlsOnHttpPort);
        assert_eq!(report.steps[1].finding, Some(Finding::PlainHttpOnTlsPort));
        assert_eq!(serde_json::from_str::<Finding>("\"CheckBroken\"").unwrap(), Finding::CheckFailed);
    }
}
