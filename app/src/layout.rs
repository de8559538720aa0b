//! What surrounds every page: the document, the navigation, the messages, and which page is shown at which path.

mod application;
mod events;
mod messages;
mod navigation_bar;
mod routes;
#[cfg(feature = "ssr")]
mod shell;
mod theme;

pub use application::Application;
pub use events::{EVENTS_PATH, Event};

#[cfg(feature = "ssr")]
pub use shell::{AssetPaths, shell};
