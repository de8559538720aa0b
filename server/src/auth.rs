//! The parts of password authentication that do not depend on a use case: hashing, throttling, the set-up link, and
//! when sessions were last used.

mod hashing;
mod last_seen;
mod setup_link;
mod throttle;

pub use hashing::{Hashing, HashingError, Priority, is_outdated};
pub use last_seen::{LastSeen, store_last_seen};
pub use setup_link::{SetupLink, SetupLinkError};
pub use throttle::Throttle;
