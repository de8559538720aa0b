//! Decides when registries are checked, and stores the results.
//!
//! [`run`] starts due checks, [`target`](mod@target) turns a stored registry into what the client checks, and
//! [`verdict`] decides what a report means and when the next check is due. The schedule is in the database, so it
//! survives a restart. [`rejected_credentials`] protects accounts whose password was rejected, and
//! [`test_rate_limiter`] limits the tests that people run before they save.

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
