//! Why a command failed, and what its exit status says of it.

use super::kind::Name;
use crate::error::Error;
use api::manifest::ManifestError;
use std::io;
use std::path::PathBuf;
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

/// Why a command failed. Holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Client(#[from] Error),
    #[error("{0} cannot be read: {1}")]
    Read(PathBuf, #[source] io::Error),
    #[error("{0}: {1}")]
    Manifest(PathBuf, #[source] ManifestError),
    /// Where the password should have come from.
    #[error("manifest {0}: {1}")]
    Password(usize, String),
    #[error("{}. Nothing was written.", broken(*.0))]
    Broken(usize),
    #[error("this has to be confirmed: add --yes. Nothing was written.")]
    Unconfirmed,
    #[error("nothing was written.")]
    Declined,
    #[error("there is no {0}.")]
    NotFound(Name),
    #[error("{0} has failed: {1}")]
    PhaseFailed(Name, String),
    #[error("time is up: {0}")]
    TimedOut(String),
    #[error("{0}")]
    Usage(String),
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        Self::Client(error.into())
    }
}

impl CommandError {
    pub fn status(&self) -> ExitStatus {
        match self {
            Self::Client(Error::Config(_)) | Self::Unconfirmed | Self::Usage(_) => ExitStatus::Usage,
            Self::Client(Error::NoAnswer(_)) => ExitStatus::Unavailable,
            Self::Client(Error::Problem(problem)) => match problem.status {
                401 | 403 => ExitStatus::Refused,
                404 => ExitStatus::NotFound,
                409 | 412 => ExitStatus::Conflict,
                429 | 503 => ExitStatus::Unavailable,
                _ => ExitStatus::Failed,
            },
            Self::Declined => ExitStatus::Refused,
            Self::NotFound(_) => ExitStatus::NotFound,
            Self::TimedOut(_) => ExitStatus::TimedOut,
            Self::Client(_)
            | Self::Read(..)
            | Self::Manifest(..)
            | Self::Password(..)
            | Self::Broken(_)
            | Self::PhaseFailed(..) => ExitStatus::Failed,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}

fn broken(count: usize) -> String {
    match count {
        1 => "1 manifest is broken".to_owned(),
        many => format!("{many} manifests are broken"),
    }
}
