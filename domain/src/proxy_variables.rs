//! What the environment says of forward proxies, in the variables that curl and most programs read.

use std::fmt;

/// The variables. Empty if they are not set.
#[derive(Clone, Default)]
pub struct ProxyVariables {
    pub https: String,
    pub http: String,
    pub all: String,
    /// The hosts that are reached directly.
    pub no_proxy: String,
}

impl ProxyVariables {
    /// Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in upper or lower case.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| variable(name).or_else(|| variable(&name.to_lowercase())).unwrap_or_default();
        Self {
            https: value("HTTPS_PROXY"),
            http: value("HTTP_PROXY"),
            all: value("ALL_PROXY"),
            no_proxy: value("NO_PROXY"),
        }
    }
}

/// What it says may include a password.
impl fmt::Debug for ProxyVariables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxyVariables")
    }
}
