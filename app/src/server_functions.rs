//! What browser and server exchange, and what server functions find in their context.

#[cfg(feature = "ssr")]
mod actor;
#[cfg(feature = "ssr")]
mod backend;
mod error;
mod fetch;
mod form_fields;
mod form_response;
mod form_values;
mod payload;
#[cfg(feature = "ssr")]
mod response_effects;
mod unknown_fields;

pub use error::{AppError, WriteFailure};
pub use fetch::BACKGROUND_HEADER;
pub use form_response::{FormReplay, FormResponse};
pub use form_values::FormValues;
pub use payload::Payload;
pub use unknown_fields::UnknownFields;

pub(crate) use fetch::fetch;
pub(crate) use form_fields::form_fields;
pub(crate) use unknown_fields::PAGE_FIELD;

#[cfg(feature = "ssr")]
pub use actor::{Actor, ActorToken, Client, ClientAddress, Visitor};
#[cfg(feature = "ssr")]
pub use response_effects::{Effects, Preference, ResponseEffects, SessionChange, SessionToken};

#[cfg(feature = "ssr")]
pub(crate) use backend::{actor, backend, origin, visitor};
#[cfg(feature = "ssr")]
pub(crate) use response_effects::{answer_form, change_session, keep_preference};
