//! What to check.

use domain::{ConnectionSettings, Credentials, RegistrySettings, Repository, TestImage};

/// A registry and its credentials.
#[derive(Clone, Debug)]
pub struct Target {
    /// URL and trust policy.
    pub settings: ConnectionSettings,
    /// The project in the registry, or an image repository.
    pub repository: Repository,
    /// An image below the repository whose pull should be verified.
    pub test_image: Option<TestImage>,
    /// `None` for anonymous access.
    pub credentials: Option<Credentials>,
}

impl Target {
    /// A registry with these settings, and credentials.
    pub fn new(settings: RegistrySettings, credentials: Option<Credentials>) -> Self {
        let RegistrySettings { connection, repository, test_image, .. } = settings;
        Self { settings: connection, repository, test_image, credentials }
    }
}
