//! Plans the manifest of one image registry, with the rules of the forms.

use super::super::image_registries::{
    changed_fields, connection_fields, created_fields, details, effect_on_clients, pointer, recent_consumers, ticked,
};
use super::plan::{Planned, Step};
use crate::app_state::AppState;
use crate::auth::{authorize, scope};
use crate::error::Result;
use crate::scheduler;
use crate::storage::{Connection, checks, image_registries};
use api::apply::PlanAction;
use api::manifest::{ManifestCredentials, Reading, RegistryManifest};
use api::problem::FieldProblem;
use app::Actor;
use app::image_registries::{BasicFields, ConnectionFields, CreateFields, EditFields, RegistryDetails, StoredFields};
use domain::{
    Action, CaCertificates, Credentials, CredentialsChange, FieldError, Labels, RegistrySettings, Resource, Secret,
};

/// The workspace that a manifest names.
pub enum Owner {
    /// It exists, with this id.
    Stored(String),
    /// Another manifest creates it.
    New,
    Missing,
}

pub async fn plan_registry(
    state: &AppState,
    connection: &mut Connection,
    actor: &Actor,
    reading: &Reading,
    manifest: &RegistryManifest,
    owner: &Owner,
) -> Result<Planned> {
    let Owner::Stored(workspace_id) = owner else {
        // Only who may do everything creates workspaces.
        let may = authorize(actor, Action::CreateWorkspace, Resource::Everything);
        return Ok(match (owner, may) {
            (Owner::New, Err(refusal)) => Planned::refused(reading, refusal),
            (Owner::New, Ok(_)) => plan_new(reading, manifest, true),
            _ => plan_new(reading, manifest, false),
        });
    };
    let found = image_registries::by_name(connection, scope(actor), &manifest.workspace, &manifest.name).await?;
    let Some(record) = found else {
        return Ok(match authorize(actor, Action::CreateRegistry, Resource::Workspace(workspace_id)) {
            Ok(_) => plan_new(reading, manifest, true),
            Err(refusal) => Planned::refused(reading, refusal),
        });
    };
    // Before anything is compared: only who may edit it learns whether a password is the stored one.
    if let Err(refusal) = authorize(actor, Action::EditRegistry, Resource::Workspace(workspace_id)) {
        return Ok(Planned::refused(reading, refusal));
    }
    let stored = details(state, actor, record);
    let mut fields = edit_fields(manifest, &stored);
    let mut update = match fields.validate(&stored) {
        Ok(update) => update,
        Err(errors) => return Ok(Planned::broken(reading, problems(errors))),
    };
    if let CredentialsChange::Replace(credentials) = &update.credentials
        && stored.settings().as_ref() == Some(&update.settings.connection)
    {
        let known = stored_credentials(state, connection, &stored.id).await?;
        let is_same = || known.as_ref() == Some(credentials);
        if state.wrong_guesses.compare(&stored.id, state.clock.monotonic(), is_same) {
            update.credentials = CredentialsChange::Keep;
            fields.connection.password = Secret::default();
        }
    }
    let changes = changed_fields(&stored, &update);
    if changes.is_empty() {
        return Ok(Planned::new(reading, PlanAction::Same, Step::Nothing));
    }
    // Asked when the plan is confirmed.
    fields.stored.confirmed = ticked(true);
    let basis = format!("{} {} {}", stored.id, stored.version, basis(&update.settings, update.labels.as_ref()));
    let planned =
        Planned::new(reading, PlanAction::Change, Step::Update(Box::new(fields))).with_changes(changes, basis);
    let Some(effect) = effect_on_clients(&stored, &update) else { return Ok(planned) };
    let consumers = recent_consumers(state, connection, std::slice::from_ref(&stored.id)).await?.remove(&stored.id);
    Ok(match consumers {
        Some(consumers) => planned.with_effect_on(consumers, effect),
        None => planned,
    })
}

fn plan_new(reading: &Reading, manifest: &RegistryManifest, has_workspace: bool) -> Planned {
    let basic = BasicFields { name: manifest.name.clone(), workspace: manifest.workspace.clone() };
    let mut connection = without_credentials(manifest);
    if let ManifestCredentials::Set { username, password } = &manifest.authconfig {
        (connection.username, connection.password) = (username.clone(), password.clone());
    }
    let labels = Labels {
        labels: manifest.labels.clone().unwrap_or_default(),
        annotations: manifest.annotations.clone().unwrap_or_default(),
    };
    let fields = CreateFields { basic, connection, labels };
    let mut errors = Vec::new();
    if !has_workspace && !manifest.workspace.is_empty() {
        errors.push(FieldProblem {
            pointer: "/metadata/workspace".to_owned(),
            detail: format!("There is no workspace {}. Create it, or add a manifest of it.", manifest.workspace),
        });
    }
    match fields.validate() {
        Ok(new) if errors.is_empty() => {
            let changes = created_fields(&new);
            let basis = basis(&new.settings, Some(&new.labels));
            Planned::new(reading, PlanAction::Create, Step::Create(Box::new(fields))).with_changes(changes, basis)
        }
        Ok(_) => Planned::broken(reading, errors),
        Err(invalid) => {
            errors.extend(problems(invalid));
            Planned::broken(reading, errors)
        }
    }
}

/// The edit form, filled in as the manifest says.
fn edit_fields(manifest: &RegistryManifest, stored: &RegistryDetails) -> EditFields {
    let mut connection = without_credentials(manifest);
    let mut remove_credentials = false;
    match &manifest.authconfig {
        // The form's rule applies: a password stays only where it was entered for.
        ManifestCredentials::Keep => connection.username = stored.username.clone().unwrap_or_default(),
        ManifestCredentials::Anonymous => remove_credentials = stored.username.is_some(),
        ManifestCredentials::Set { username, password } => {
            (connection.username, connection.password) = (username.clone(), password.clone());
        }
    }
    let (registry, based_on) = (stored.id.clone(), stored.version.to_string());
    let labels = Labels {
        labels: manifest.labels.as_ref().unwrap_or(&stored.labels.labels).clone(),
        annotations: manifest.annotations.as_ref().unwrap_or(&stored.labels.annotations).clone(),
    };
    EditFields {
        stored: StoredFields {
            registry,
            based_on,
            remove_credentials: ticked(remove_credentials),
            confirmed: ticked(false),
        },
        connection,
        labels: (labels != stored.labels).then_some(labels),
    }
}

/// Without credentials.
fn without_credentials(manifest: &RegistryManifest) -> ConnectionFields {
    let RegistryManifest { url, repository, test_image, trust, .. } = manifest.clone();
    connection_fields(url, repository, test_image, trust)
}

/// `None` if there are none, or if they cannot be opened.
async fn stored_credentials(state: &AppState, connection: &mut Connection, id: &str) -> Result<Option<Credentials>> {
    let record = checks::by_id(connection, id).await?;
    let target = record.and_then(|record| scheduler::target(&state.vault, &record).ok());
    Ok(target.and_then(|target| target.credentials))
}

/// What changes only count: CA certificates and annotations.
fn basis(settings: &RegistrySettings, labels: Option<&Labels>) -> String {
    let authorities = settings.connection.trust.authorities.as_ref().map(CaCertificates::as_str).unwrap_or_default();
    // Texts are always JSON.
    serde_json::to_string(&(authorities, labels)).unwrap_or_default()
}

/// The errors at the fields of a form, at those of a manifest.
fn problems(errors: Vec<FieldError>) -> Vec<FieldProblem> {
    errors.into_iter().map(|error| FieldProblem { pointer: pointer(&error.field), detail: error.message }).collect()
}
