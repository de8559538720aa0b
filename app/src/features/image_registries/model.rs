//! The data that pages show of a registry. Only a file for a machine may hold its password.

use crate::ui::{DisplayTime, PageInfo};
use domain::{Labels, Name, Phase, Status};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The maximum number of registries in one request.
pub(super) const MAX_AT_ONCE: usize = 500;

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryRow {
    pub id: String,
    pub name: String,
    pub workspace: String,
    pub url: String,
    /// May be empty.
    pub repository: String,
    /// `None` for anonymous access.
    pub username: Option<String>,
    /// Whether the registry has its own CA certificates.
    pub own_authorities: bool,
    pub skip_verification: bool,
    pub status: Status,
    pub updated: DisplayTime,
    pub created: DisplayTime,
    /// Whether the signed-in person may edit, check and delete it.
    pub may_edit: bool,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryList {
    pub rows: Vec<RegistryRow>,
    pub page_info: PageInfo,
    /// The names of all workspaces, for the filter. `None` if there are too many for a drop-down list.
    pub workspaces: Option<Vec<String>>,
}

/// Everything that the pages show of one registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryDetails {
    pub id: String,
    pub name: String,
    pub workspace: String,
    pub url: String,
    /// May be empty.
    pub repository: String,
    /// The image that checks pull; may be empty.
    pub test_image: String,
    /// The beginning of its image references: `host[:port][/repository]`.
    pub image_prefix: String,
    /// `None` for anonymous access.
    pub username: Option<String>,
    /// When the stored password was set, or `None` if none is stored.
    pub password_set: Option<DisplayTime>,
    pub trust: TrustView,
    pub status: Status,
    /// When the phase last changed.
    pub status_since: DisplayTime,
    /// When it was last checked, or `None` if never.
    pub checked: Option<DisplayTime>,
    /// When it last worked, or `None` if never.
    pub connected: Option<DisplayTime>,
    /// The report of the last check, or `None` if there was none.
    pub report: Option<Report>,
    pub updated: DisplayTime,
    pub updated_by: String,
    pub created: DisplayTime,
    pub created_by: String,
    /// Counts changes, for optimistic locking.
    pub version: i64,
    /// What clients of the API have attached to it. It does not travel: pages show the lines that follow.
    #[serde(skip)]
    pub labels: Labels,
    /// The labels, a line for each: `key=value`. Empty except on its page.
    pub label_lines: String,
    /// The annotations, likewise.
    pub annotation_lines: String,
    /// Who has read its credentials in the last 30 days, the last reader first; on the edit page, in the last 7. Empty in
    /// the answer to a form.
    pub consumers: Vec<Consumer>,
    /// The last changes, newest first, a line for each: when, and what by whom. Names are those of that time. Empty in
    /// the answer to a form.
    pub history: String,
    /// Whether the signed-in person may edit, test, check and delete it.
    pub may_edit: bool,
    /// Whether a client of the API may read its credentials. It does not travel: pages ask for a pull config.
    #[serde(skip)]
    pub may_read_credentials: bool,
}

/// A registry in one of the formats that machines take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullPanel {
    /// The name and the label of each format.
    pub formats: Vec<(String, String)>,
    /// The name of the format of these files.
    pub format: String,
    pub files: Vec<PullFile>,
    /// Whether there is a password to show, and the signed-in person may see it.
    pub may_show: bool,
}

/// A file for a machine.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullFile {
    /// Where it belongs, or only a file name.
    pub path: String,
    /// May contain the password.
    pub content: String,
    /// Whether the content has a placeholder in place of the password.
    pub is_masked: bool,
    /// What it is for.
    pub purpose: String,
}

/// Without the content.
impl fmt::Debug for PullFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PullFile").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A token that reads the credentials of a registry: a cluster or pipeline that depends on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumer {
    /// The name of the token.
    pub name: String,
    /// From how many addresses.
    pub addresses: u32,
    pub last_read: DisplayTime,
}

/// The stored trust policy of a registry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustView {
    /// PEM; may be empty.
    pub ca_certificates: String,
    /// The certificates in `ca_certificates`, parsed.
    pub authorities: Vec<Authority>,
    pub skip_verification: bool,
    /// May be empty.
    pub token_service: String,
}

/// A CA certificate, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    pub subject: String,
    /// SHA-256.
    pub fingerprint: String,
    /// The last day on which it is valid, `2031-05-04`, or `never`.
    pub expires: String,
    pub expired: bool,
}

/// The result of a check, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// `Pending` if the check says nothing about the registry.
    pub phase: Phase,
    /// Never contains text that a registry sent.
    pub reason: String,
    /// What to do about it, if anything.
    pub next_step: Option<String>,
    pub steps: Vec<StepLine>,
    /// The duration of all steps together.
    pub time: String,
}

/// One step of a check, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLine {
    pub label: String,
    /// `host:port` that the step connected to.
    pub peer: String,
    pub time: String,
    pub outcome: StepOutcome,
    /// Explains an outcome other than [`StepOutcome::Passed`].
    pub sentence: Option<String>,
}

/// The outcome of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepOutcome {
    Passed,
    /// Passed, but inconclusive.
    Unverified,
    /// The check stopped here.
    Failed,
}

/// A registry as the delete confirmation shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrySummary {
    pub id: String,
    pub name: String,
    pub workspace: String,
    pub url: String,
    /// Who has read its credentials in the last 7 days, in words; empty if nobody.
    pub consumers: String,
}

/// A registry to delete. The form sends the name along, so that a message can name a registry that is already deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteTarget {
    pub id: String,
    /// `workspace/name`, as the form showed it.
    pub label: String,
    /// Delete only this version of it; `None` for any.
    pub version: Option<i64>,
}

impl DeleteTarget {
    /// Joins targets for one hidden field: `id:workspace/name`, separated by commas. Neither ids nor names contain
    /// these characters.
    pub fn join<'a>(summaries: impl IntoIterator<Item = &'a RegistrySummary>) -> String {
        let targets: Vec<_> =
            summaries.into_iter().map(|it| format!("{}:{}/{}", it.id, it.workspace, it.name)).collect();
        targets.join(",")
    }

    /// Parses what [`DeleteTarget::join`] returned, or `None` if it was tampered with.
    pub fn split(field: &str) -> Option<Vec<Self>> {
        field.split(',').map(Self::parse).collect()
    }

    fn parse(text: &str) -> Option<Self> {
        let (id, label) = text.split_once(':')?;
        let (workspace, name) = label.split_once('/')?;
        let is_valid = Name::parse(workspace).is_ok()
            && Name::parse(name).is_ok()
            && id.chars().all(|c| c.is_ascii_alphanumeric());
        is_valid.then(|| Self { id: id.to_owned(), label: label.to_owned(), version: None })
    }
}
