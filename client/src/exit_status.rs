//! What a command says to scripts.

use std::process::ExitCode;

/// The exit status of a command, for scripts. The numbers never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    /// Anything that has no number of its own: a broken manifest, a registry that has failed.
    Failed = 1,
    /// Wrong options or configuration, or nobody there to ask.
    Usage = 2,
    NotFound = 3,
    /// The token may not do this, or is not valid; or the person has said no.
    Refused = 4,
    /// Somebody else changed it meanwhile, or it is still in use.
    Conflict = 5,
    /// No answer, or too many requests: try again.
    Unavailable = 6,
    TimedOut = 7,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}
