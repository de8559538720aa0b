//! What surrounds every page: the document, the navigation, messages, live events and the routes.

#[cfg(feature = "ssr")]
mod api_reference;
mod application;
mod chunk;
mod events;
#[cfg(feature = "ssr")]
mod guide;
mod messages;
mod navigation_bar;
#[cfg(feature = "ssr")]
mod outage;
mod routes;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
mod static_page;
mod theme;

pub use application::Application;
pub use chunk::Chunk;
pub use events::{EVENTS_PATH, Event};
pub use routes::{load_all, load_page};

#[cfg(feature = "ssr")]
pub use api_reference::{ApiAnswer, ApiField, ApiOperation, ApiReference, ApiSchema, api_reference_page};
#[cfg(feature = "ssr")]
pub use guide::{GUIDES_PATH, guide_page};
#[cfg(feature = "ssr")]
pub use outage::outage_page;
#[cfg(feature = "ssr")]
pub use shell::{AssetPaths, BrowserAssets, shell};
