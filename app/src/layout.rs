//! What surrounds every page: the document, the navigation, messages, live events and the routes.

mod application;
mod chunk;
mod events;
mod messages;
mod navigation_bar;
#[cfg(feature = "ssr")]
mod outage;
mod routes;
#[cfg(feature = "ssr")]
mod shell;
mod theme;

pub use application::Application;
pub use chunk::Chunk;
pub use events::{EVENTS_PATH, Event};
pub use routes::{load_all, load_page};

#[cfg(feature = "ssr")]
pub use outage::outage_page;
#[cfg(feature = "ssr")]
pub use shell::{AssetPaths, BrowserAssets, shell};
