//! What a person sees and says: the words of the field, the pages, the server functions, and the port to
//! whatever makes them true. Compiled twice: for the browser (`hydrate`) and for the server (`ssr`).

// The bodies of server functions are compiled for the server only, and with them what only they use.
#![cfg_attr(not(feature = "ssr"), allow(dead_code, unused_imports))]
// The type of a page nests as deep as its elements do.
#![recursion_limit = "256"]

mod accounts;
#[cfg(feature = "ssr")]
mod actor;
mod application;
mod components;
mod error;
mod events;
mod form;
pub mod image_registries;
mod json;
mod navigation;
mod page;
mod page_context;
#[cfg(feature = "ssr")]
mod port;
mod preferences;
#[cfg(feature = "ssr")]
mod response_effects;
mod server_query;
#[cfg(feature = "ssr")]
mod shell;
pub mod workspaces;

/// The header of requests that a page makes by itself. They do not keep the session from expiring.
pub const BACKGROUND_HEADER: &str = "portolan-background";

pub use accounts::{LogInFields, NewAccount, PasswordChange, local_path};
pub use application::Application;
pub use components::{DisplayTime, PageInfo};
pub use error::{AppError, WriteFailure};
pub use events::{EVENTS_PATH, Event};
pub use form::{FormReplay, FormResponse, FormValues};
pub use json::Payload;
pub use page_context::PageContext;
pub use preferences::{Column, Theme};

#[cfg(feature = "ssr")]
pub use accounts::port::Accounts;
#[cfg(feature = "ssr")]
pub use actor::{Actor, ClientAddress, Visitor};
#[cfg(feature = "ssr")]
pub use port::Backend;
#[cfg(feature = "ssr")]
pub use response_effects::{Effects, Preference, ResponseEffects, SessionChange, SessionToken};
#[cfg(feature = "ssr")]
pub use shell::{AssetPaths, shell};
