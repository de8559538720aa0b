//! The types of the JSON API below `/api/v1`: what the server answers and the command-line client reads.
//!
//! A resource has the shape that people know from Kubernetes and Neutree: `api_version`, `kind`, `metadata`, `spec`,
//! `status`. Input types refuse unknown fields, so that a misspelt one is an error and not lost. Times are RFC 3339, in
//! UTC. Only types in [`credentials`] and [`token`] carry secrets out of the server.

pub mod apply;
pub mod audit;
pub mod credentials;
pub mod image_registry;
pub mod list;
#[cfg(feature = "manifest")]
pub mod manifest;
pub mod problem;
mod pull_format;
pub mod token;
pub mod user;
pub mod workspace;

pub use pull_format::PullFormat;

/// The only version of resources.
pub const API_VERSION: &str = "v1";

/// The media type of a [`problem::Problem`] (RFC 9457 3).
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// The media type of a JSON merge patch (RFC 7396).
pub const MERGE_PATCH_MEDIA_TYPE: &str = "application/merge-patch+json";
