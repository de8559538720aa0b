//! `portolan wait`: until a registry is connected, or gone.

use super::error::CommandError;
use super::kind::{Kind, Name};
use super::output::print;
use super::resources;
use crate::duration;
use crate::http::{Http, Method, Request};
use crate::standard_streams::say;
use api::image_registry::ImageRegistry;
use clap::ValueEnum;
use std::str::FromStr;
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks.
const INTERVAL: Duration = Duration::from_secs(1);

const LONGEST_TIMEOUT: Duration = Duration::from_hours(24);

#[derive(Debug, clap::Args)]
pub struct Wait {
    /// Such as image-registry/my-registry. Or the kind, with the name after a space
    resource: String,

    name: Option<String>,

    /// Connected, Failed, Pending or delete
    #[arg(long = "for", value_name = "CONDITION")]
    condition: Condition,

    /// Such as 90s or 5m, up to 24h
    #[arg(long, default_value = "5m", value_parser = timeout)]
    timeout: Duration,

    #[arg(short, long, default_value = "default")]
    workspace: String,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    Phase(&'static str),
    Deleted,
}

impl FromStr for Condition {
    type Err = String;

    /// In any letter case. Also as Neutree has it: `jsonpath=.status.phase=Connected`.
    fn from_str(text: &str) -> Result<Self, String> {
        let word = text.strip_prefix("jsonpath=").map_or(Some(text), |path| {
            path.trim_matches(['{', '}'])
                .split_once('=')
                .filter(|(path, _)| path.trim_end_matches('}') == ".status.phase")
                .map(|(_, phase)| phase)
        });
        match word.map(str::to_ascii_lowercase).as_deref() {
            Some("connected") => Ok(Self::Phase("Connected")),
            Some("failed") => Ok(Self::Phase("Failed")),
            Some("pending") => Ok(Self::Phase("Pending")),
            Some("delete" | "deleted") => Ok(Self::Deleted),
            _ => Err("wait for Connected, Failed, Pending or delete".to_owned()),
        }
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    duration::parse(text, LONGEST_TIMEOUT).ok_or_else(|| "use a time such as 90s or 5m, up to 24h".to_owned())
}

impl Wait {
    pub fn run(self, http: &Http) -> Result<(), CommandError> {
        let name = self.named()?;
        let deadline = Instant::now() + self.timeout;
        let mut outdated = StaleStatus::Unknown;
        loop {
            let last = match look(http, &name, &self.condition, &mut outdated) {
                Ok(Poll::Done) => return Ok(print(&format!("{name}: {}.", self.condition.met()))?),
                Ok(Poll::NotYet(why)) => why,
                // The server may be starting again.
                Err(CommandError::Client(error)) if error.is_offline() => error.to_string(),
                Err(error) => return Err(error),
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(CommandError::TimedOut(last));
            }
            thread::sleep(INTERVAL.min(left));
        }
    }

    fn named(&self) -> Result<Name, CommandError> {
        let (kind, name) = match (&self.name, self.resource.split_once('/')) {
            (Some(name), None) => (&*self.resource, &**name),
            (None, Some((kind, name))) => (kind, name),
            _ => return Err(CommandError::Usage("name it like image-registry/my-registry.".to_owned())),
        };
        let kind = Kind::from_str(kind, true)
            .map_err(|_| CommandError::Usage("there are image-registries and workspaces.".to_owned()))?;
        if kind == Kind::Workspace && self.condition != Condition::Deleted {
            return Err(CommandError::Usage("a workspace has no status: wait for delete.".to_owned()));
        }
        Ok(kind.named(name, &self.workspace))
    }
}

enum Poll {
    Done,
    /// Why not.
    NotYet(String),
}

/// Which status says nothing, because it is from before the waiting.
enum StaleStatus {
    /// Nobody has looked yet.
    Unknown,
    Nothing,
    /// The failure that was found at that time. The registry may work again, so another check has been asked for.
    CheckedAt(String),
}

fn look(http: &Http, name: &Name, condition: &Condition, outdated: &mut StaleStatus) -> Result<Poll, CommandError> {
    let found = resources::find(http, name)?;
    let (Condition::Phase(phase), Some(answer)) = (condition, &found) else {
        return match (condition, found) {
            (Condition::Deleted, None) => Ok(Poll::Done),
            (Condition::Deleted, Some(_)) => Ok(Poll::NotYet(format!("{name} is still there"))),
            (Condition::Phase(_), _) => Err(CommandError::NotFound(name.clone())),
        };
    };
    let status = answer.json::<ImageRegistry>()?.status;
    let (is_failed, checked) = (status.phase == "Failed", status.last_checked_time.unwrap_or_default());
    if matches!(outdated, StaleStatus::Unknown) {
        *outdated = match is_failed && status.phase != *phase {
            true if ask_for_check(http, name)? => StaleStatus::CheckedAt(checked.clone()),
            true => {
                say(&format!("No new check could be asked for with this token. The last one was at {checked}."));
                StaleStatus::Nothing
            }
            false => StaleStatus::Nothing,
        };
    }
    let is_outdated = matches!(outdated, StaleStatus::CheckedAt(time) if *time == checked);
    match &*status.phase {
        now if now == *phase => Ok(Poll::Done),
        // It will not pass by itself, or only much later.
        "Failed" if !status.checking && !is_outdated => Err(CommandError::PhaseFailed(name.clone(), status.reason)),
        now => Ok(Poll::NotYet(format!("{name} is {now}: {}", status.reason))),
    }
}

/// Whether a check has been asked for. Only editors may, and not all the time.
fn ask_for_check(http: &Http, name: &Name) -> Result<bool, CommandError> {
    let path = [&resources::path(name)[..], &["check"]].concat();
    match http.send(&Request::new(Method::POST, &path)) {
        Ok(_) => Ok(true),
        Err(error) if error.problem().is_some_and(|problem| matches!(problem.status, 403 | 429)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

impl Condition {
    fn met(&self) -> &'static str {
        match self {
            Self::Phase(phase) => phase,
            Self::Deleted => "gone",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_named_in_any_letter_case_and_as_neutree_does() {
        for text in ["Connected", "connected", "jsonpath=.status.phase=Connected", "jsonpath={.status.phase}=connected"]
        {
            assert_eq!(text.parse(), Ok(Condition::Phase("Connected")), "{text}");
        }
        assert_eq!("delete".parse(), Ok(Condition::Deleted));
        for text in ["", "jsonpath=.status.reason=x", "ready"] {
            assert!(text.parse::<Condition>().is_err(), "{text}");
        }
    }
}
