//! What browser and server share: pages, server functions, and the traits that the server implements behind them.
//! Compiled twice: for the browser (`hydrate`) and for the server (`ssr`).
//!
//! The layers, from the bottom up. None uses a later one (a test in xtask/src/layers.rs checks this).
//!
//! 1. `page` and `local_path`: the paths of pages.
//! 2. `server_functions`: what browser and server exchange.
//! 3. `page_context`: what a page knows about its request.
//! 4. `leptos_ext`: everything that depends on the framework's internals.
//! 5. `ui`: components that know no feature.
//! 6. `features`: one module per feature.
//! 7. `layout`: the document, the navigation and the routes around the features' pages.

// The bodies of server functions are compiled for the server only. What only they use is dead code in the browser.
#![cfg_attr(not(feature = "ssr"), allow(dead_code, unused_imports))]
// The type of a page nests as deeply as its elements.
#![recursion_limit = "256"]

mod features;
mod layout;
mod leptos_ext;
mod local_path;
mod page;
mod page_context;
mod server_functions;
mod ui;

pub use features::accounts::{LogInFields, NewAccount, PasswordChange, SessionList, SessionRow};
pub use features::{audit, image_registries, manifests, tokens, users, workspaces};
pub use layout::{Application, Chunk, EVENTS_PATH, Event, load_all, load_page};
pub use local_path::local_path;
pub use page::Page;
pub use page_context::{Offer, PREFERENCES, PageContext};
pub use server_functions::{AppError, BACKGROUND_HEADER, FormReplay, FormResponse, FormValues, Payload, WriteFailure};
pub use ui::{DisplayTime, PageInfo};

#[cfg(feature = "ssr")]
pub use features::accounts::port::Accounts;
#[cfg(feature = "ssr")]
pub use features::{Backend, provide_backend, secret_fields};
#[cfg(feature = "ssr")]
pub use layout::{
    ApiAnswer, ApiField, ApiOperation, ApiReference, ApiSchema, AssetPaths, BrowserAssets, GUIDES_PATH,
    api_reference_page, guide_page, outage_page, shell,
};
#[cfg(feature = "ssr")]
pub use server_functions::{
    Actor, ActorToken, Client, ClientAddress, Effects, Preference, ResponseEffects, SessionChange, SessionToken,
    Visitor,
};
