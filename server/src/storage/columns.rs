//! Text columns with a Rust type.

use domain::{CheckReport, Phase};

/// A check constraint allows only the three existing phases.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
pub struct PhaseColumn(String);

impl From<PhaseColumn> for Phase {
    fn from(PhaseColumn(text): PhaseColumn) -> Self {
        Self::parse(&text).unwrap_or(Self::Pending)
    }
}

/// A report in JSON. If it cannot be parsed, because a newer version wrote it, it is read as `None`.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
pub struct ReportColumn(Option<String>);

impl From<ReportColumn> for Option<CheckReport> {
    fn from(ReportColumn(json): ReportColumn) -> Self {
        json.and_then(|json| serde_json::from_str(&json).ok())
    }
}
