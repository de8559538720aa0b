//! Manifests: resources as text, in YAML or JSON.
//!
//! [`parse`] turns a text into documents, [`read`] a document into a [`Manifest`], and [`to_yaml`] registries into text.
//! The manifests of Neutree are read as they are. What Portolan has no field for is said in a note; a name that neither
//! of them knows is an error.

mod docker_config;
mod export;
mod fields;
mod parse;
mod read;

pub use export::{Exported, resources_to_yaml, to_yaml};
pub use parse::{MAX_BYTES, MAX_MANIFESTS, ManifestError, parse, set_default_workspace};
pub use read::{PASSWORD_FROM, Reading, read};

use crate::image_registry::Trust;
use domain::Secret;
use std::collections::BTreeMap;

/// What a manifest says. Its values are still to be validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manifest {
    Workspace { name: String },
    ImageRegistry(Box<RegistryManifest>),
}

/// What a manifest says of an image registry. A field of `spec` that it does not name is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistryManifest {
    pub name: String,
    pub workspace: String,
    /// `None` leaves the stored ones.
    pub labels: Option<BTreeMap<String, String>>,
    /// `None` leaves the stored ones.
    pub annotations: Option<BTreeMap<String, String>>,
    pub url: String,
    pub repository: String,
    pub test_image: String,
    pub trust: Trust,
    pub authconfig: ManifestCredentials,
}

/// What a manifest says of the credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ManifestCredentials {
    /// Nothing: stored ones stay as they are.
    #[default]
    Keep,
    /// `authconfig` is null or empty: anonymous access.
    Anonymous,
    /// An empty password means the stored one.
    Set { username: String, password: Secret },
}
