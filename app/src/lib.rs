//! What runs in the browser and on the server alike: pages, server functions, and the traits that the server implements
//! behind them. Compiled twice: for the browser (`hydrate`) and for the server (`ssr`).
//!
//! The modules from the bottom up; none uses one that comes later (`cargo xtask test --only lint` checks it):
//! [`page`] and [`local_path`] know paths, [`server_functions`] is what browser and server exchange, [`page_context`] is
//! what a page knows of its request, `leptos_ext` holds all that leans on the framework's internals, `ui` has components
//! that know no feature, `features` has one module for each, and `layout` puts them together.

// The bodies of server functions are compiled for the server only, and with them what only they use.
#![cfg_attr(not(feature = "ssr"), allow(dead_code, unused_imports))]
// The type of a page nests as deep as its elements do.
#![recursion_limit = "256"]

mod features;
mod layout;
mod leptos_ext;
mod local_path;
mod page;
mod page_context;
mod server_functions;
mod ui;

pub use features::accounts::{LogInFields, NewAccount, PasswordChange};
pub use features::{image_registries, workspaces};
pub use layout::{Application, EVENTS_PATH, Event};
pub use local_path::local_path;
pub use page::Page;
pub use page_context::{PREFERENCES, PageContext};
pub use server_functions::{AppError, BACKGROUND_HEADER, FormReplay, FormResponse, FormValues, Payload, WriteFailure};
pub use ui::{DisplayTime, PageInfo};

#[cfg(feature = "ssr")]
pub use features::accounts::port::Accounts;
#[cfg(feature = "ssr")]
pub use features::{Backend, provide_backend, secret_fields};
#[cfg(feature = "ssr")]
pub use layout::{AssetPaths, shell};
#[cfg(feature = "ssr")]
pub use server_functions::{
    Actor, ClientAddress, Effects, Preference, ResponseEffects, SessionChange, SessionToken, Visitor,
};
