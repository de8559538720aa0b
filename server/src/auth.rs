//! The parts of authentication and authorisation that do not depend on a use case: hashing, common passwords,
//! throttling, the set-up link, the form of API tokens, how long sessions last, when sessions and tokens were last used,
//! and permits.

mod api_token;
mod common_passwords;
mod hashing;
mod last_seen;
mod permit;
mod session_limits;
mod setup_link;
mod throttle;
mod wrong_guesses;

pub use api_token::{api_token_hash, new_api_token};
pub use common_passwords::is_common;
pub use hashing::{Hashing, HashingError, Priority, is_outdated};
pub use last_seen::{LastSeen, store_last_seen};
pub use permit::{Permit, Refusal, authorize, scope};
pub use session_limits::SessionLimits;
pub use setup_link::{SetupLink, SetupLinkError};
pub use throttle::Throttle;
pub use wrong_guesses::WrongGuesses;
