//! Domain types and their validation rules, shared by browser and server.
//!
//! Every type is made by `parse`, which returns either a valid value or an error that says what to do about it. Nothing
//! downstream validates again.

mod access;
mod ago;
#[cfg(feature = "server")]
mod audit;
#[cfg(feature = "server")]
mod base64;
mod ca_certificates;
#[cfg(feature = "server")]
mod check_report;
mod command;
mod connection_settings;
mod credentials;
#[cfg(feature = "server")]
mod evidence;
mod field_error;
#[cfg(feature = "server")]
mod finding;
mod image_host;
mod image_prefix;
mod labels;
mod name;
mod own_host;
#[cfg(feature = "server")]
mod proxy_variables;
mod registry_path;
mod registry_settings;
mod registry_url;
mod repository;
mod secret;
mod slip;
mod status;
mod test_image;
mod token_service;
mod warning;
mod whitespace;

pub use access::{Action, Grant, Resource, Rights, Role};
pub use ago::ago;
#[cfg(feature = "server")]
pub use audit::{AuditChange, AuditEvent, AuditOutcome};
#[cfg(feature = "server")]
pub use base64::decode as decode_base64;
#[cfg(feature = "server")]
pub use ca_certificates::CaCertificate;
pub use ca_certificates::{CaCertificates, CaError, MAX_CA_BYTES, holds_private_key};
#[cfg(feature = "server")]
pub use check_report::{CheckReport, Step, StepRecord};
pub use connection_settings::{ConnectionSettings, TrustPolicy};
pub use credentials::{Credentials, CredentialsChange, CredentialsError, MAX_CREDENTIAL_BYTES};
#[cfg(feature = "server")]
pub use evidence::{Access, Pull, Unverified};
pub use field_error::{FieldError, errors_for_browser, field_error, server_worded_error};
#[cfg(feature = "server")]
pub use finding::{AddressRule, Finding};
pub use image_host::split_image_reference;
pub use image_prefix::ImagePrefix;
pub use labels::Labels;
pub use name::{MAX_NAME_CHARS, Name, NameError};
#[cfg(feature = "server")]
pub use proxy_variables::ProxyVariables;
pub use registry_settings::RegistrySettings;
pub use registry_url::{Host, RegistryUrl, Scheme, UrlError};
pub use repository::{Repository, RepositoryError};
pub use secret::Secret;
#[cfg(feature = "server")]
pub use secret::secret_fields_of;
pub use slip::{Slip, first_invisible, is_invisible};
pub use status::{Phase, Status};
pub use test_image::{TestImage, TestImageError};
pub use token_service::{TokenService, TokenServiceError};
pub use warning::Warning;
pub use whitespace::is_padded;
