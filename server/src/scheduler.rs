//! When registries are checked, and what becomes of the result.
//!
//! [`run`] takes what is due, [`target`](mod@target) turns a stored registry into what the client checks, [`verdict`] decides what the
//! report means and when the next check is due. What is due is in the database: a restart forgets nothing.
//! [`rejected_credentials`] protects accounts whose password was rejected, and [`test_rate_limiter`] limits the tests that
//! people run before they save.

mod isolated_check;
mod rejected_credentials;
mod run;
mod state;
mod target;
mod test_rate_limiter;
mod verdict;

pub use run::run_scheduler;
pub use state::{CheckSettings, Scheduler};
pub use target::target;
