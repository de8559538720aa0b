//! What people set of an image registry.

use super::{ConnectionSettings, Repository, TestImage};

/// Everything that people set of an image registry, except for its name and its credentials.
#[derive(Clone, Debug)]
pub struct RegistrySettings {
    pub connection: ConnectionSettings,
    pub repository: Repository,
    pub test_image: Option<TestImage>,
}
