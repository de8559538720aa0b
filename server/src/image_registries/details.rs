//! Everything there is to see of one.

use super::check::{StatusColumns, shown_of_stored};
use super::trust::TrustColumns;
use crate::app_state::AppState;
use crate::display_time::display_time;
use crate::error::Result;
use app::AppError;
use app::image_registries::RegistryDetails;
use domain::{CheckReport, ImagePrefix, RegistryUrl, Repository};
use sqlx::SqliteExecutor;

/// The sealed password is not among the columns: nothing that is shown can hold it.
#[derive(sqlx::FromRow)]
struct DetailsRecord {
    id: String,
    name: String,
    workspace: String,
    url: String,
    repository: String,
    test_image: Option<String>,
    username: Option<String>,
    password_set_at: Option<i64>,
    #[sqlx(flatten)]
    trust: TrustColumns,
    #[sqlx(flatten)]
    status: StatusColumns,
    phase_since: i64,
    last_connected_at: Option<i64>,
    report: Option<String>,
    created_at: i64,
    created_by: Option<String>,
    updated_at: i64,
    updated_by: Option<String>,
    version: i64,
}

/// What both questions select. (A macro, because the database takes only texts that stand in the code.)
macro_rules! select {
    () => {
        "select r.id, r.name, w.name as workspace, r.url, r.repository, r.test_image, r.username, r.password_set_at,
         r.ca_certificates, r.skip_verification, r.token_service, r.phase, r.reason,
         r.checked_at, r.next_check_at, r.phase_since, r.last_connected_at, r.report, r.created_at, c.name as created_by, r.updated_at, u.name as updated_by, r.version
         from image_registry r join workspace w on w.id = r.workspace_id
         left join account c on c.id = r.created_by left join account u on u.id = r.updated_by"
    };
}

pub async fn by_name(state: &AppState, workspace: &str, name: &str) -> Result<RegistryDetails> {
    let as_of = state.events.last();
    let row: Option<DetailsRecord> = sqlx::query_as(concat!(select!(), " where w.name = ? and r.name = ?"))
        .bind(workspace)
        .bind(name)
        .fetch_optional(state.store.readers())
        .await?;
    match row {
        Some(row) => Ok(row.shown(state, as_of)),
        None => Err(AppError::NotFound(
            "There is no image registry of this name in this workspace. It may have been deleted.".to_owned(),
        )
        .into()),
    }
}

/// The same by id, for a transaction that is about to change it.
pub async fn by_id(state: &AppState, executor: impl SqliteExecutor<'_>, id: &str) -> Result<RegistryDetails> {
    let as_of = state.events.last();
    let row: Option<DetailsRecord> =
        sqlx::query_as(concat!(select!(), " where r.id = ?")).bind(id).fetch_optional(executor).await?;
    match row {
        Some(row) => Ok(row.shown(state, as_of)),
        None => {
            Err(AppError::NotFound("This image registry is gone: someone deleted it in the meantime.".to_owned())
                .into())
        }
    }
}

impl DetailsRecord {
    fn shown(self, state: &AppState, as_of: i64) -> RegistryDetails {
        let report: Option<CheckReport> = self.report.and_then(|report| serde_json::from_str(&report).ok());
        let nobody = || "a former user".to_owned();
        RegistryDetails {
            image_prefix: image_prefix(&self.url, &self.repository),
            checked: self.status.checked_at.map(display_time),
            connected: self.last_connected_at.map(display_time),
            report: report.as_ref().map(shown_of_stored),
            trust: self.trust.shown(state),
            status: self.status.shown(state, as_of),
            status_since: display_time(self.phase_since),
            password_set: self.password_set_at.map(display_time),
            updated: display_time(self.updated_at),
            updated_by: self.updated_by.unwrap_or_else(nobody),
            created: display_time(self.created_at),
            created_by: self.created_by.unwrap_or_else(nobody),
            id: self.id,
            name: self.name,
            workspace: self.workspace,
            url: self.url,
            repository: self.repository,
            test_image: self.test_image.unwrap_or_default(),
            username: self.username,
            version: self.version,
        }
    }
}

/// The prefix of what is stored; stored values parse, unless someone changed them behind our back.
fn image_prefix(url: &str, repository: &str) -> String {
    match (RegistryUrl::parse(url), Repository::parse(repository)) {
        (Ok(url), Ok(repository)) => ImagePrefix::new(&url, &repository).to_string(),
        _ => url.to_owned(),
    }
}
