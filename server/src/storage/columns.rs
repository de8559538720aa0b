//! Text columns with a Rust type.

use domain::{CheckReport, Grant, Phase, Role};
use sqlx::types::Json;

/// A check constraint allows only the three existing phases.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
pub struct PhaseColumn(String);

impl From<PhaseColumn> for Phase {
    fn from(PhaseColumn(text): PhaseColumn) -> Self {
        Self::parse(&text).unwrap_or(Self::Pending)
    }
}

/// A check constraint allows only the three existing roles.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
pub struct RoleColumn(String);

impl From<RoleColumn> for Role {
    fn from(RoleColumn(text): RoleColumn) -> Self {
        // Of a newer version's role, the least is the safe reading.
        Self::parse(&text).unwrap_or(Self::Viewer)
    }
}

/// A role that may be missing.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
pub struct OptionalRoleColumn(Option<String>);

impl From<OptionalRoleColumn> for Option<Role> {
    fn from(OptionalRoleColumn(text): OptionalRoleColumn) -> Self {
        text.map(|text| RoleColumn(text).into())
    }
}

/// What comes with a role.
#[derive(sqlx::FromRow)]
pub struct GrantColumns {
    #[sqlx(try_from = "RoleColumn")]
    role: Role,
    read_credentials: bool,
}

impl From<GrantColumns> for Grant {
    fn from(GrantColumns { role, read_credentials }: GrantColumns) -> Self {
        Self { role, read_credentials }
    }
}

/// The same, if there is a role.
#[derive(sqlx::FromRow)]
pub struct OptionalGrantColumns {
    #[sqlx(try_from = "OptionalRoleColumn")]
    role: Option<Role>,
    read_credentials: bool,
}

impl From<OptionalGrantColumns> for Option<Grant> {
    fn from(OptionalGrantColumns { role, read_credentials }: OptionalGrantColumns) -> Self {
        role.map(|role| Grant { role, read_credentials })
    }
}

/// A report in JSON. If it is not as expected, because a newer version wrote it, it is read as `None`.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
pub struct ReportColumn(Option<Json<serde_json::Value>>);

impl From<ReportColumn> for Option<CheckReport> {
    fn from(ReportColumn(json): ReportColumn) -> Self {
        json.and_then(|Json(report)| serde_json::from_value(report).ok())
    }
}
