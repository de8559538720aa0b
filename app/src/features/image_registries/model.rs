//! What the pages show of a registry. No type here has a field for a secret.

use crate::ui::{DisplayTime, PageInfo};
use domain::{Name, Phase, Status};
use serde::{Deserialize, Serialize};

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryRow {
    /// The registry's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The name of its workspace.
    pub workspace: String,
    /// Where it answers.
    pub url: String,
    /// The project inside it; may be empty.
    pub repository: String,
    /// Who logs in; none for anonymous access.
    pub username: Option<String>,
    /// Whether authorities of its own are trusted.
    pub own_authorities: bool,
    /// Whether its certificate is not verified.
    pub skip_verification: bool,
    /// Whether it works.
    pub status: Status,
    /// When it was last changed.
    pub updated: DisplayTime,
    /// When it was created.
    pub created: DisplayTime,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryList {
    /// The rows of this page.
    pub rows: Vec<RegistryRow>,
    /// Which page this is, and of how many.
    pub page_info: PageInfo,
    /// The names of all workspaces, for the filter; none if there are too many to choose from.
    pub workspaces: Option<Vec<String>>,
}

/// Everything there is to see of one registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryDetails {
    /// The registry's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The name of its workspace.
    pub workspace: String,
    /// Where it answers.
    pub url: String,
    /// The project inside it; may be empty.
    pub repository: String,
    /// An image that the check pulls; may be empty.
    pub test_image: String,
    /// What image references begin with.
    pub image_prefix: String,
    /// Who logs in; none for anonymous access.
    pub username: Option<String>,
    /// When the stored password was set; none where none is stored.
    pub password_set: Option<DisplayTime>,
    /// Whom the console trusts on the way.
    pub trust: TrustView,
    /// Whether it works.
    pub status: Status,
    /// Since when the status holds.
    pub status_since: DisplayTime,
    /// When it was last checked; none if never.
    pub checked: Option<DisplayTime>,
    /// When it last worked; none if never.
    pub connected: Option<DisplayTime>,
    /// What the last check found; none if there was none.
    pub report: Option<Report>,
    /// When it was last changed.
    pub updated: DisplayTime,
    /// By whom.
    pub updated_by: String,
    /// When it was created.
    pub created: DisplayTime,
    /// By whom.
    pub created_by: String,
    /// Counts its changes; an edit names the one it was based on.
    pub version: i64,
}

/// Whom the console trusts on the way to a registry, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustView {
    /// Authorities of the registry's own, in PEM; may be empty.
    pub ca_certificates: String,
    /// What they say of themselves.
    pub authorities: Vec<Authority>,
    /// Whether any certificate will do.
    pub skip_verification: bool,
    /// A token service outside of the registry's domain; may be empty.
    pub token_service: String,
}

/// An authority, as its certificate has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// Whose certificate it is.
    pub subject: String,
    /// Its SHA-256 fingerprint.
    pub fingerprint: String,
    /// The last day on which it holds, `2031-05-04`, or `never`.
    pub expires: String,
    /// Whether that is over.
    pub expired: bool,
}

/// What a check found, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What it means; `Pending` where nothing can be said.
    pub phase: Phase,
    /// Why. Never text from the other side.
    pub reason: String,
    /// What to do about it, if anything.
    pub next_step: Option<String>,
    /// The steps that were taken.
    pub steps: Vec<StepLine>,
    /// How long they took in all.
    pub time: String,
}

/// One step of a check, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLine {
    /// What was tried.
    pub label: String,
    /// With whom: host and port.
    pub peer: String,
    /// How long it took.
    pub time: String,
    /// How it went.
    pub outcome: StepOutcome,
    /// What that means, where it did not simply go well.
    pub sentence: Option<String>,
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepOutcome {
    /// Well.
    Passed,
    /// Well, but it proves nothing.
    Unverified,
    /// No further than this.
    Failed,
}

/// What is left to say of a registry that is about to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrySummary {
    /// The registry's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The name of its workspace.
    pub workspace: String,
    /// Where it answers.
    pub url: String,
}

/// A registry that a form names by its id, and by what the person knew it as: should it be gone, it can
/// still be said which one that was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteTarget {
    /// The registry's id.
    pub id: String,
    /// `workspace/name` as the form showed it.
    pub label: String,
}

impl DeleteTarget {
    /// Writes targets into one hidden field: `id:workspace/name`, separated by commas. Neither ids nor names
    /// hold any of these characters.
    pub fn join<'a>(summaries: impl IntoIterator<Item = &'a RegistrySummary>) -> String {
        let targets: Vec<_> =
            summaries.into_iter().map(|it| format!("{}:{}/{}", it.id, it.workspace, it.name)).collect();
        targets.join(",")
    }

    /// Reads what [`DeleteTarget::join`] wrote; none where it was tampered with.
    pub fn split(field: &str) -> Option<Vec<Self>> {
        field.split(',').map(Self::parse).collect()
    }

    fn parse(text: &str) -> Option<Self> {
        let (id, label) = text.split_once(':')?;
        let (workspace, name) = label.split_once('/')?;
        let sound = Name::parse(workspace).is_ok()
            && Name::parse(name).is_ok()
            && id.chars().all(|c| c.is_ascii_alphanumeric());
        sound.then(|| Self { id: id.to_owned(), label: label.to_owned() })
    }
}
