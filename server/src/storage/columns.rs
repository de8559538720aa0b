//! Columns whose text has a type.

use domain::{CheckReport, Phase};

/// A phase. A check constraint allows only the three that exist.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
pub struct PhaseColumn(String);

impl From<PhaseColumn> for Phase {
    fn from(PhaseColumn(text): PhaseColumn) -> Self {
        Self::parse(&text).unwrap_or(Self::Pending)
    }
}

/// A report in JSON. One that cannot be read, because a newer version wrote it, counts as none.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
pub struct ReportColumn(Option<String>);

impl From<ReportColumn> for Option<CheckReport> {
    fn from(ReportColumn(json): ReportColumn) -> Self {
        json.and_then(|json| serde_json::from_str(&json).ok())
    }
}
