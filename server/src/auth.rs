//! The parts of authentication and authorisation that do not depend on a use case: hashing, throttling, the set-up link,
//! when sessions were last used, and permits.

mod hashing;
mod last_seen;
mod permit;
mod setup_link;
mod throttle;

pub use hashing::{Hashing, HashingError, Priority, is_outdated};
pub use last_seen::{LastSeen, store_last_seen};
pub use permit::{Permit, Refusal, authorize, scope};
pub use setup_link::{SetupLink, SetupLinkError};
pub use throttle::Throttle;
