//! What manifests would do to what is stored.

use super::registry::{Owner, plan_registry};
use crate::app_state::AppState;
use crate::auth::{Refusal, authorize, scope};
use crate::error::Result;
use crate::storage::{Connection, workspaces};
use api::apply::{Plan, PlanAction, PlanChange, PlanItem};
use api::manifest::{MAX_MANIFESTS, Manifest, Reading, read};
use api::problem::FieldProblem;
use app::image_registries::{CreateFields, EditFields};
use app::{Actor, AppError};
use domain::{Action, AuditChange, Name, Resource};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What one manifest does.
pub struct Planned {
    pub item: PlanItem,
    pub step: Step,
    /// Why the actor may not do it. The item is broken, then.
    pub refusal: Option<Refusal>,
    /// What else the plan depends on: the version of what is stored, and what [`PlanItem::changes`] only count.
    pub basis: String,
}

/// What is to be done for one manifest. Workspaces are created first.
pub enum Step {
    Nothing,
    CreateWorkspace(Name),
    Create(Box<CreateFields>),
    Update(Box<EditFields>),
}

/// The plan, without storing anything.
pub async fn preview(state: &AppState, actor: &Actor, manifests: &[Value]) -> Result<Plan> {
    let planned = plan(state, &mut state.storage.snapshot().await?, actor, manifests).await?;
    Ok(shown(&planned, false))
}

/// Plans each manifest. What is read is not locked.
pub async fn plan(
    state: &AppState,
    connection: &mut Connection,
    actor: &Actor,
    manifests: &[Value],
) -> Result<Vec<Planned>> {
    authorize(actor, Action::CreateRegistry, Resource::AnyWorkspace)?;
    if manifests.len() > MAX_MANIFESTS {
        return Err(AppError::BadRequest(format!("At most {MAX_MANIFESTS} manifests are applied at once.")).into());
    }
    let readings: Vec<_> = manifests.iter().map(read).collect();
    let repeated = repeated(&readings);
    let owners = owners(connection, actor, &readings).await?;
    let mut planned = Vec::new();
    for reading in readings {
        let one = match &reading.manifest {
            _ if repeated.contains(&key(&reading)) => {
                let twice = FieldProblem {
                    pointer: "/metadata/name".to_owned(),
                    detail: "There is another manifest of this name. Remove one.".to_owned(),
                };
                Planned::broken(&reading, vec![twice])
            }
            None => Planned::broken(&reading, Vec::new()),
            Some(Manifest::Workspace { name }) => plan_workspace(actor, &reading, name, owners.get(name)),
            Some(Manifest::ImageRegistry(manifest)) => {
                let owner = owners.get(&manifest.workspace).unwrap_or(&Owner::Missing);
                plan_registry(state, connection, actor, &reading, manifest, owner).await?
            }
        };
        planned.push(if reading.errors.is_empty() { one } else { one.with_errors_of(&reading) });
    }
    Ok(planned)
}

/// The plan as it is shown.
pub fn shown(planned: &[Planned], applied: bool) -> Plan {
    let mut hash = Sha256::new();
    for Planned { item, basis, .. } in planned {
        let PlanItem { kind, workspace, name, action, changes, errors, .. } = item;
        // Texts in JSON and in order, so two plans never have the same bytes. Without notes: some name times.
        let parts = (kind, workspace, name, action, changes, errors, basis);
        hash.update(serde_json::to_vec(&parts).unwrap_or_default());
    }
    let items = planned.iter().map(|planned| planned.item.clone()).collect();
    Plan { items, applied, fingerprint: const_hex::encode(hash.finalize()) }
}

/// What tells manifests apart.
fn key(reading: &Reading) -> (String, Option<String>, String) {
    (reading.kind.clone(), reading.workspace.clone(), reading.name.clone())
}

/// Those that there are several of.
fn repeated(readings: &[Reading]) -> BTreeSet<(String, Option<String>, String)> {
    let mut seen = BTreeSet::new();
    let named = readings.iter().filter(|reading| !reading.name.is_empty());
    named.map(key).filter(|key| !seen.insert(key.clone())).collect()
}

/// The workspaces that manifests name, by their names: those that exist for the actor, and those to be created.
async fn owners(connection: &mut Connection, actor: &Actor, readings: &[Reading]) -> Result<BTreeMap<String, Owner>> {
    let mut owners = BTreeMap::new();
    for reading in readings {
        let (name, is_new) = match &reading.manifest {
            Some(Manifest::Workspace { name }) => (name, Name::parse(name).is_ok()),
            Some(Manifest::ImageRegistry(manifest)) => (&manifest.workspace, false),
            None => continue,
        };
        match owners.get(name) {
            Some(Owner::Missing) if is_new => _ = owners.insert(name.clone(), Owner::New),
            Some(_) => {}
            None => {
                let owner = match workspaces::by_name(connection, scope(actor), name).await? {
                    Some(workspace) => Owner::Stored(workspace.id),
                    None if is_new => Owner::New,
                    None => Owner::Missing,
                };
                owners.insert(name.clone(), owner);
            }
        }
    }
    Ok(owners)
}

fn plan_workspace(actor: &Actor, reading: &Reading, name: &str, owner: Option<&Owner>) -> Planned {
    if let Some(Owner::Stored(_)) = owner {
        return Planned::new(reading, PlanAction::Same, Step::Nothing);
    }
    if let Err(refusal) = authorize(actor, Action::CreateWorkspace, Resource::Everything) {
        return Planned::refused(reading, refusal);
    }
    match Name::parse(name) {
        Ok(name) => Planned::new(reading, PlanAction::Create, Step::CreateWorkspace(name)),
        Err(error) => {
            let pointer = "/metadata/name".to_owned();
            Planned::broken(reading, vec![FieldProblem { pointer, detail: error.to_string() }])
        }
    }
}

impl Planned {
    pub fn new(reading: &Reading, action: PlanAction, step: Step) -> Self {
        let item = PlanItem {
            kind: reading.kind.clone(),
            workspace: reading.workspace.clone(),
            name: reading.name.clone(),
            action,
            changes: Vec::new(),
            errors: Vec::new(),
            notes: reading.notes.clone(),
            in_use_by: None,
        };
        Self { item, step, refusal: None, basis: String::new() }
    }

    pub fn broken(reading: &Reading, errors: Vec<FieldProblem>) -> Self {
        let mut planned = Self::new(reading, PlanAction::Broken, Step::Nothing);
        planned.item.errors = errors;
        planned
    }

    /// The same, broken by what cannot be read. What else is wrong is an error, too, unless it only follows from that.
    fn with_errors_of(self, reading: &Reading) -> Self {
        let follows = |pointer: &str| reading.errors.iter().any(|error| pointer.starts_with(&error.pointer));
        let others = self.item.errors.into_iter().filter(|error| !follows(&error.pointer));
        let errors = reading.errors.iter().cloned().chain(others).collect();
        Self { refusal: self.refusal, ..Self::broken(reading, errors) }
    }

    pub fn refused(reading: &Reading, refusal: Refusal) -> Self {
        let problem = FieldProblem { pointer: String::new(), detail: refusal.to_string() };
        Self { refusal: Some(refusal), ..Self::broken(reading, vec![problem]) }
    }

    /// Who uses it, and what they will do, in words.
    pub fn with_effect_on(mut self, consumers: String, effect: &str) -> Self {
        self.item.notes.push(format!("In use by {consumers}. They will {effect}."));
        self.item.in_use_by = Some(consumers);
        self
    }

    pub fn with_changes(mut self, changes: Vec<AuditChange>, basis: String) -> Self {
        let changes = changes.into_iter().map(|AuditChange { field, from, to }| PlanChange { field, from, to });
        self.item.changes = changes.collect();
        self.basis = basis;
        self
    }
}
