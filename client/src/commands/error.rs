//! Why a command failed, and what its exit status says of it.

use super::kind::Name;
use crate::error::Error;
use crate::exit_status::ExitStatus;
use api::manifest::ManifestError;
use std::io;
use std::path::PathBuf;

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
    /// Who would pull from elsewhere, or without credentials.
    #[error("in use: {0}. To apply it anyway, add --even-if-used. Nothing was written.")]
    InUse(String),
    /// A registry that is in use, and what the server says of it.
    #[error("{0} was not deleted. {1} To confirm, add --even-if-used.")]
    DeletedInUse(Name, String),
    #[error("this has to be confirmed: add --yes. Nothing was written.")]
    Unconfirmed,
    #[error("cancelled. Nothing was written.")]
    Declined,
    #[error("there is no {0}.")]
    NotFound(Name),
    #[error("{0} has failed: {1}")]
    PhaseFailed(Name, String),
    #[error("timed out: {0}. Wait longer with --timeout.")]
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
            Self::Client(error) => error.status(),
            Self::Unconfirmed | Self::Usage(_) => ExitStatus::Usage,
            Self::Declined => ExitStatus::Refused,
            Self::NotFound(_) => ExitStatus::NotFound,
            Self::InUse(_) | Self::DeletedInUse(..) => ExitStatus::Conflict,
            Self::TimedOut(_) => ExitStatus::TimedOut,
            Self::Read(..) | Self::Manifest(..) | Self::Password(..) | Self::Broken(_) | Self::PhaseFailed(..) => {
                ExitStatus::Failed
            }
        }
    }
}

fn broken(count: usize) -> String {
    match count {
        1 => "1 manifest is broken".to_owned(),
        many => format!("{many} manifests are broken"),
    }
}
