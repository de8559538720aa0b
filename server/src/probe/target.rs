//! What is checked.

use domain::{ConnectionSettings, Credentials, Repository, TestImage};

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
