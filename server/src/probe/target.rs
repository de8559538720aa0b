//! What is checked.

use domain::{ConnectionSettings, Credentials, RegistrySettings, Repository, TestImage};

/// A registry, and how to get in.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where the registry answers, and whom to trust on the way.
    pub settings: ConnectionSettings,
    /// The project inside it, or an image repository.
    pub repository: Repository,
    /// An image below the repository whose pull is to be verified.
    pub test_image: Option<TestImage>,
    /// Who logs in; none for anonymous access.
    pub credentials: Option<Credentials>,
}

impl Target {
    /// A registry with these settings, and who logs in.
    pub fn new(settings: RegistrySettings, credentials: Option<Credentials>) -> Self {
        let RegistrySettings { connection, repository, test_image, .. } = settings;
        Self { settings: connection, repository, test_image, credentials }
    }
}
