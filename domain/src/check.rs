//! What a check of the connection to a registry went through.

use super::Finding;
use serde::{Deserialize, Serialize};

/// The hops of a check, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hop {
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

impl Hop {
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

/// One hop that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HopRecord {
    /// Which one.
    pub hop: Hop,
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
    pub hops: Vec<HopRecord>,
}

impl CheckReport {
    /// The outcome in a few words. Where it is not the registry that is the trouble, but its token service,
    /// they say so.
    pub fn reason(&self) -> String {
        let sentence = self.finding.sentence();
        match (self.hops.first(), self.hops.last()) {
            (Some(registry), Some(last)) if last.finding.is_some() && last.peer != registry.peer => {
                format!("token service {}: {sentence}", last.peer)
            }
            _ => sentence,
        }
    }

    /// How long all hops took together. Milliseconds.
    pub fn milliseconds(&self) -> u32 {
        self.hops.iter().map(|hop| hop.milliseconds).sum()
    }
}
