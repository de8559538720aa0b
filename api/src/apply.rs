//! Manifests, applied all or not at all: `POST /api/v1/apply`.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What is to be applied.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApplyRequest {
    /// Resources of the kinds `Workspace` and `ImageRegistry`, in any order. At most 500.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub manifests: Vec<serde_json::Value>,
    /// Only plan, and write nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// The fingerprint of the plan that somebody has confirmed. If the plan is another one by now, nothing is written.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// Whether to go on although clients that have read credentials in the last 7 days would pull from elsewhere, or
    /// without credentials.
    #[serde(default)]
    pub confirmed: bool,
}

/// Without the manifests, which may hold passwords.
impl fmt::Debug for ApplyRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { manifests, dry_run, fingerprint, confirmed } = self;
        let mut shown = f.debug_struct("ApplyRequest");
        shown.field("manifests", &manifests.len()).field("dry_run", dry_run).field("fingerprint", fingerprint);
        shown.field("confirmed", confirmed).finish()
    }
}

/// What applying does, or did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Plan {
    /// One for each manifest, in the order of the request.
    pub items: Vec<PlanItem>,
    /// Whether it was written. Never if any item is broken.
    pub applied: bool,
    /// Identifies the plan. Sent back as `fingerprint`, it applies exactly this plan.
    pub fingerprint: String,
}

/// What one manifest does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanItem {
    pub kind: String,
    /// The workspace of a registry; null for other kinds, or if unknown.
    pub workspace: Option<String>,
    /// Empty if unknown.
    pub name: String,
    pub action: PlanAction,
    /// The fields that change. A password is only `set` or `replaced`.
    #[serde(default)]
    pub changes: Vec<PlanChange>,
    /// Why it is broken: each with a pointer into this manifest.
    #[serde(default)]
    pub errors: Vec<crate::problem::FieldProblem>,
    /// What is not an error but should be known: fields that are not kept.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Who has read the credentials in the last 7 days, if the registry will lead elsewhere. Ask before you apply it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_use_by: Option<String>,
}

/// What becomes of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PlanAction {
    Create,
    Change,
    /// Nothing to do.
    Same,
    /// It cannot be applied.
    Broken,
}

/// A field that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanChange {
    pub field: String,
    /// Empty if there was nothing.
    pub from: String,
    /// Empty if nothing is left.
    pub to: String,
}

/// In a line, for people.
impl fmt::Display for PlanChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, from, to } = self;
        match (from.is_empty(), to.is_empty()) {
            (true, _) => write!(f, "{field}: {to}"),
            (false, true) => write!(f, "{field}: {from} \u{2192} none"),
            (false, false) => write!(f, "{field}: {from} \u{2192} {to}"),
        }
    }
}
