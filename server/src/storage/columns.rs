//! Text columns with a Rust type.

use domain::{CheckReport, Phase};
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

/// A report in JSON. If it is not as expected, because a newer version wrote it, it is read as `None`.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
pub struct ReportColumn(Option<Json<serde_json::Value>>);

impl From<ReportColumn> for Option<CheckReport> {
    fn from(ReportColumn(json): ReportColumn) -> Self {
        json.and_then(|Json(report)| serde_json::from_value(report).ok())
    }
}
