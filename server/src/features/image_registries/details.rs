//! Everything that people may see of one registry.

use super::super::audit::history;
use super::consumers;
use super::report::stored_report_view;
use super::status::status;
use super::trust::trust_view;
use crate::app_state::AppState;
use crate::auth::{authorize, scope};
use crate::display_time::display_time;
use crate::error::Result;
use crate::storage::Connection;
use crate::storage::image_registries::{self, DetailsRecord};
use app::image_registries::RegistryDetails;
use app::{Actor, AppError};
use domain::{Action, ImagePrefix, Labels, RegistryUrl, Repository, Resource};
use std::collections::BTreeMap;

pub async fn by_name(state: &AppState, actor: &Actor, workspace: &str, name: &str) -> Result<RegistryDetails> {
    let mut reader = state.storage.reader().await?;
    let record = named(&mut reader, actor, workspace, name).await?;
    let history = history(&mut reader, &record.id).await?;
    let consumers = consumers::within(state, &mut reader, &record.id, consumers::SHOWN_FOR).await?;
    let details = details(state, actor, record);
    let [label_lines, annotation_lines] = [&details.labels.labels, &details.labels.annotations].map(lines);
    Ok(RegistryDetails { history, consumers, label_lines, annotation_lines, ..details })
}

/// The same, for an actor who may edit it. Its consumers are those that an edit would ask about.
pub async fn to_edit(state: &AppState, actor: &Actor, workspace: &str, name: &str) -> Result<RegistryDetails> {
    let mut reader = state.storage.reader().await?;
    let record = named(&mut reader, actor, workspace, name).await?;
    authorize(actor, Action::EditRegistry, Resource::Workspace(&record.workspace_id))?;
    let consumers = consumers::within(state, &mut reader, &record.id, consumers::RECENTLY).await?;
    Ok(RegistryDetails { consumers, ..details(state, actor, record) })
}

/// The record of a registry that the address of a page names.
pub async fn named(connection: &mut Connection, actor: &Actor, workspace: &str, name: &str) -> Result<DetailsRecord> {
    let record = image_registries::by_name(connection, scope(actor), workspace, name).await?;
    Ok(record.ok_or_else(missing)?)
}

/// Nothing of this name is there, or nothing that the actor may see.
pub fn missing() -> AppError {
    AppError::NotFound(
        "There is no image registry of this name in this workspace. It may have been deleted.".to_owned(),
    )
}

/// The record of a registry that a form names by its id.
pub async fn find(connection: &mut Connection, actor: &Actor, id: &str) -> Result<DetailsRecord> {
    Ok(image_registries::by_id(connection, scope(actor), id).await?.ok_or_else(not_found)?)
}

/// An id comes from one of our pages, so the registry existed.
pub fn not_found() -> AppError {
    AppError::NotFound("This image registry is gone: someone deleted it in the meantime.".to_owned())
}

pub fn details(state: &AppState, actor: &Actor, record: DetailsRecord) -> RegistryDetails {
    RegistryDetails {
        label_lines: String::new(),
        annotation_lines: String::new(),
        history: String::new(),
        consumers: Vec::new(),
        may_edit: actor.rights.allow(Action::EditRegistry, Resource::Workspace(&record.workspace_id)),
        may_read_credentials: actor.rights.allow(Action::ReadCredentials, Resource::Workspace(&record.workspace_id)),
        image_prefix: image_prefix(&record.url, &record.repository),
        checked: record.status.checked_at.map(display_time),
        connected: record.last_connected_at.map(display_time),
        report: record.report.as_ref().map(stored_report_view),
        trust: trust_view(state, record.trust),
        status: status(state, record.status),
        status_since: display_time(record.phase_since),
        password_set: record.password_set_at.map(display_time),
        updated: display_time(record.updated_at),
        updated_by: by(record.updated_by, record.updated_by_token),
        created: display_time(record.created_at),
        created_by: by(record.created_by, record.created_by_token),
        id: record.id,
        name: record.name,
        workspace: record.workspace,
        url: record.url,
        repository: record.repository,
        test_image: record.test_image.unwrap_or_default(),
        username: record.username,
        version: record.version,
        labels: labels(&record.labels, &record.annotations),
    }
}

fn lines(entries: &BTreeMap<String, String>) -> String {
    let lines: Vec<_> = entries.iter().map(|(key, value)| format!("{key}={value}")).collect();
    lines.join("\n")
}

fn labels(labels: &str, annotations: &str) -> Labels {
    // Stored as objects of texts, unless the database was edited by hand.
    let map = |json: &str| serde_json::from_str(json).unwrap_or_default();
    Labels { labels: map(labels), annotations: map(annotations) }
}

/// Who did something, with or without a token.
fn by(account: Option<String>, token: Option<String>) -> String {
    match (account, token) {
        (Some(account), Some(token)) => format!("{account} (token {token})"),
        (Some(account), None) => account,
        (None, Some(token)) => format!("token {token}"),
        (None, None) => "a former user".to_owned(),
    }
}

/// The prefix of image references. Stored values are valid, unless the database was edited by hand.
fn image_prefix(url: &str, repository: &str) -> String {
    match (RegistryUrl::parse(url), Repository::parse(repository)) {
        (Ok(url), Ok(repository)) => ImagePrefix::new(&url, &repository).to_string(),
        _ => url.to_owned(),
    }
}
