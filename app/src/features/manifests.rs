//! Manifests: image registries and workspaces as text, which is planned first and then applied all or not at all.

mod import;
#[cfg(feature = "ssr")]
pub mod port;

pub(crate) use import::{ImportFields, ImportPage};
