//! Passwords and sessions, as far as no use case is involved: hashing, slowing down attackers, noting the last use.

mod hashing;
mod last_seen;
mod setup_link;
mod throttle;

pub use hashing::{Hashing, HashingError, Priority, is_outdated};
pub use last_seen::{LastSeen, store_last_seen};
pub use setup_link::{SetupLink, SetupLinkError};
pub use throttle::Throttle;
