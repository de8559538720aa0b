//! Manifests, applied all or not at all: `POST /api/v1/apply`.

use serde::{Deserialize, Serialize};

/// What is to be applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
}

/// What applying does, or did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Plan {
    /// One for each manifest, in the order of the request.
    pub items: Vec<PlanItem>,
    /// Whether it was written. Never if any item is broken.
    pub applied: bool,
    /// Identifies the plan, for [`ApplyRequest::fingerprint`].
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
    /// The fields that change. A password is only `set` or `set anew`.
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
