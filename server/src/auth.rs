//! The parts of authentication and authorisation that do not depend on a use case: hashing, common passwords,
//! throttling, the set-up link, how long sessions last and when they were last used, and permits.

mod common_passwords;
mod hashing;
mod last_seen;
mod permit;
mod session_limits;
mod setup_link;
mod throttle;

pub use common_passwords::is_common;
pub use hashing::{Hashing, HashingError, Priority, is_outdated};
pub use last_seen::{LastSeen, store_last_seen};
pub use permit::{Permit, Refusal, authorize, scope};
pub use session_limits::SessionLimits;
pub use setup_link::{SetupLink, SetupLinkError};
pub use throttle::Throttle;
