//! The words of the field and their rules, the same code in the browser and on the server.
//!
//! Every type here is made by `parse`, which either gives a value that keeps the rule or says what a
//! person can do about it. Nothing downstream checks again.

mod ago;
#[cfg(feature = "server")]
mod base64;
mod ca_certificates;
mod caution;
#[cfg(feature = "server")]
mod check;
mod command;
mod credentials;
#[cfg(feature = "server")]
mod evidence;
#[cfg(feature = "server")]
mod finding;
mod image_prefix;
mod name;
mod own_host;
mod problem;
mod registry_path;
mod registry_url;
mod repository;
mod secret;
mod slip;
mod status;
mod test_image;
mod token_service;
mod way;
mod whitespace;

pub use ago::ago;
#[cfg(feature = "server")]
pub use ca_certificates::CaCertificate;
pub use ca_certificates::{CaCertificates, CaError, MAX_CA_BYTES, holds_private_key};
pub use caution::Caution;
#[cfg(feature = "server")]
pub use check::{CheckReport, Hop, HopRecord};
pub use credentials::{Credentials, CredentialsChange, CredentialsError, MAX_CREDENTIAL_BYTES};
#[cfg(feature = "server")]
pub use evidence::{Access, Pull, Unverified};
#[cfg(feature = "server")]
pub use finding::{AddressRule, Finding};
pub use image_prefix::ImagePrefix;
pub use name::{MAX_NAME_CHARS, Name, NameError};
pub use problem::{Problem, broken, problem, said_in_browser};
pub use registry_url::{Host, RegistryUrl, Scheme, UrlError};
pub use repository::{Repository, RepositoryError};
pub use secret::Secret;
pub use secret::never_serialized;
pub use slip::{Slip, first_invisible, is_invisible};
pub use status::{Phase, Status};
pub use test_image::{TestImage, TestImageError};
pub use token_service::{TokenService, TokenServiceError};
pub use way::{Trust, Way};
pub use whitespace::is_padded;
