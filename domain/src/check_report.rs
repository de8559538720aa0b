//! What a check of the connection to a registry went through.

use super::Finding;
use serde::{Deserialize, Serialize};

/// The steps of a check, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Whether the address is one that may be dialled.
    Address,
    /// The name service knows the host.
    Dns,
    /// The proxy of this console leads there.
    Proxy,
    /// Something listens.
    Tcp,
    /// An encrypted connection to whom it should be.
    Tls,
    /// `/v2/` answers as a registry does (OCI distribution specification, end-1).
    Api,
    /// Credentials are exchanged for access.
    Authentication,
    /// Images of the repository may be pulled.
    Pull,
}

impl Step {
    /// What a person calls it.
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

/// One step that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Which one. (Earlier versions stored it as `hop`.)
    #[serde(alias = "hop")]
    pub step: Step,
    /// Host and port of the other side.
    pub peer: String,
    /// How long it took. Milliseconds.
    pub milliseconds: u32,
    /// Why it went no further; none where it did.
    pub finding: Option<Finding>,
}

/// A whole check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReport {
    /// What came out.
    pub finding: Finding,
    /// The way there.
    #[serde(alias = "hops")]
    pub steps: Vec<StepRecord>,
}

impl CheckReport {
    /// The outcome in a few words. Where it is not the registry that is the trouble, but its token service,
    /// they say so.
    pub fn reason(&self) -> String {
        let sentence = self.finding.sentence();
        match (self.steps.first(), self.steps.last()) {
            (Some(registry), Some(last)) if last.finding.is_some() && last.peer != registry.peer => {
                format!("token service {}: {sentence}", last.peer)
            }
            _ => sentence,
        }
    }

    /// How long all steps took together. Milliseconds.
    pub fn milliseconds(&self) -> u32 {
        self.steps.iter().map(|step| step.milliseconds).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_that_earlier_versions_stored_are_still_read() {
        let stored = r#"{"finding":"TlsThere","hops":[{"hop":"Tcp","peer":"a:1","milliseconds":2,"finding":null},
            {"hop":"Api","peer":"a:1","milliseconds":3,"finding":"PlainHttpThere"}]}"#;
        let report: CheckReport = serde_json::from_str(stored).unwrap();
        assert_eq!(report.finding, Finding::TlsOnHttpPort);
        assert_eq!(report.steps[1].finding, Some(Finding::PlainHttpOnTlsPort));
        assert_eq!(serde_json::from_str::<Finding>("\"CheckBroken\"").unwrap(), Finding::CheckFailed);
    }
}
