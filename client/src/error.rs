//! What can go wrong, each with what to do about it.

use crate::config::ConfigError;
use crate::exit_status::ExitStatus;
use crate::server_address::ServerAddress;
use api::problem::Problem;
use std::fmt;
use std::io;
use thiserror::Error;

/// Why a command has no result. Holds no secret.
#[derive(Debug, Error)]
pub enum Error {
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server has answered: no.
    #[error("{}", described(.0))]
    Problem(Box<Problem>),
    /// None of the addresses has answered as Portolan does; the last failure of each.
    #[error("no answer from Portolan: {}", listed(.0))]
    NoAnswer(Vec<Failure>),
    /// The answer is not of the expected form, although Portolan has sent it.
    #[error("the answer of {0} cannot be understood ({1}). Install the same version of portolan on both machines")]
    Unexpected(ServerAddress, String),
    #[error("the list of the server does not end. Ask who runs it, or narrow the list down to a workspace")]
    Endless,
    #[error("this cannot be read or written: {0}")]
    Io(#[from] io::Error),
}

/// Why one address has not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub server: ServerAddress,
    pub kind: FailureKind,
    /// Part of a sentence.
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// No connection, no answer in time, or a server that is not available.
    Unreachable,
    /// Somebody else answers: its certificate is not trusted, or this is not the API of Portolan.
    NotPortolan,
}

impl Error {
    /// What a command ends with.
    pub fn status(&self) -> ExitStatus {
        match self {
            Self::Config(_) => ExitStatus::Usage,
            Self::NoAnswer(_) => ExitStatus::Unavailable,
            Self::Problem(problem) => match problem.status {
                401 | 403 => ExitStatus::Refused,
                404 => ExitStatus::NotFound,
                409 | 412 => ExitStatus::Conflict,
                429 | 503 => ExitStatus::Unavailable,
                _ => ExitStatus::Failed,
            },
            Self::Unexpected(..) | Self::Endless | Self::Io(_) => ExitStatus::Failed,
        }
    }

    /// Whether no server could be reached, so that an answer of the cache is better than none. A server that refuses,
    /// or somebody else in its place, is not that.
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::NoAnswer(failures)
            if failures.iter().all(|failure| failure.kind == FailureKind::Unreachable))
    }

    /// What the server has refused, if it has.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            _ => None,
        }
    }
}

/// The detail, each broken field, and the reference for the log of the server.
fn described(problem: &Problem) -> String {
    let said = match problem.detail.is_empty() {
        true => format!("{} {}", problem.status, problem.title),
        false => problem.detail.clone(),
    };
    // One error is often the whole detail.
    let errors = problem.errors.iter().filter(|error| error.detail != problem.detail);
    let fields = errors.map(|error| format!("\n  {}: {}", error.pointer, error.detail));
    let reference = problem.reference.iter().map(|reference| format!(" (reference {reference})"));
    [said].into_iter().chain(fields).chain(reference).collect()
}

fn listed(failures: &[Failure]) -> String {
    failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.server, self.reason)
    }
}
