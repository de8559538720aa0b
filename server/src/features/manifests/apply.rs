//! Applies manifests in one transaction.

use super::super::{image_registries, workspaces};
use super::plan::{Planned, Step, plan, shown};
use crate::app_state::AppState;
use crate::auth::scope;
use crate::error::{Error, Result};
use crate::storage::{WriteTransaction, image_registries as stored};
use api::apply::{Plan, PlanItem};
use api::manifest::read;
use app::{Actor, AppError, Payload};
use domain::{FieldError, field_error};
use serde_json::Value;
use std::collections::BTreeSet;

const CHANGED: &str = "Something has changed since this was previewed. Nothing was written. Look at the plan again.";

pub async fn apply(
    state: &AppState,
    actor: &Actor,
    manifests: &[Value],
    fingerprint: Option<&str>,
    confirmed: bool,
) -> Result<Plan> {
    let mut transaction = state.storage.write().await?;
    lock(&mut transaction, actor, manifests).await?;
    let mut planned = plan(state, &mut transaction, actor, manifests).await?;
    if let Some(refusal) = planned.iter_mut().find_map(|planned| planned.refusal.take()) {
        return Err(refusal.into());
    }
    let done = shown(&planned, true);
    if fingerprint.is_some_and(|confirmed| confirmed != done.fingerprint) {
        return Err(changed(&done).into());
    }
    let errors = errors(&planned);
    if !errors.is_empty() {
        return Err(AppError::Validation(errors).into());
    }
    let in_use: Vec<_> = planned.iter().filter_map(in_use).collect();
    if !in_use.is_empty() && !confirmed {
        let sentence = format!(
            "In use: {}. Confirm that they will pull from another place, or without credentials.",
            in_use.join("; ")
        );
        return Err(AppError::InUse(sentence).into());
    }
    // In an order of its own: two transactions that create the same names do not wait for each other.
    planned.sort_by_key(|planned| {
        let PlanItem { workspace, name, .. } = &planned.item;
        (workspace.is_some(), workspace.clone(), name.clone())
    });
    for Planned { step, .. } in &planned {
        carry_out(state, &mut transaction, actor, step).await.map_err(|error| match error {
            // What was planned was valid, so it has changed since.
            Error::Refused(
                AppError::Validation(_) | AppError::NameTaken(_) | AppError::Conflict { .. } | AppError::NotFound(_),
            ) => changed(&done).into(),
            other => other,
        })?;
    }
    transaction.commit().await?;
    state.scheduler.wake();
    Ok(done)
}

async fn carry_out(state: &AppState, transaction: &mut WriteTransaction, actor: &Actor, step: &Step) -> Result<()> {
    match step {
        Step::Nothing => {}
        Step::CreateWorkspace(name) => workspaces::create_within(state, transaction, actor, name).await?,
        Step::Create(fields) => _ = image_registries::create_within(state, transaction, actor, fields).await?,
        Step::Update(fields) => _ = image_registries::update_within(state, transaction, actor, fields).await?,
    }
    Ok(())
}

fn changed(now: &Plan) -> AppError {
    let current = Payload::of(&Plan { applied: false, ..now.clone() });
    AppError::Conflict { message: CHANGED.to_owned(), current }
}

/// Locks what the manifests name, so that the plan holds until it is carried out. What comes into being meanwhile is not
/// locked; then the version or the name collides.
async fn lock(transaction: &mut WriteTransaction, actor: &Actor, manifests: &[Value]) -> Result<()> {
    let readings: Vec<_> = manifests.iter().map(read).collect();
    let workspaces: BTreeSet<_> = readings.iter().filter_map(|reading| reading.workspace.as_deref()).collect();
    for workspace in workspaces {
        transaction.keep_workspace(workspace).await?;
    }
    let mut ids = Vec::new();
    for reading in &readings {
        if let Some(workspace) = &reading.workspace {
            let found = stored::by_name(transaction, scope(actor), workspace, &reading.name).await?;
            ids.extend(found.map(|record| record.id));
        }
    }
    Ok(transaction.lock_registries(&ids).await?)
}

/// Everything that is broken, at pointers into the request.
fn errors(planned: &[Planned]) -> Vec<FieldError> {
    let of = |(number, planned): (usize, &Planned)| {
        let errors = planned.item.errors.iter();
        errors.map(|error| field_error(&format!("/manifests/{number}{}", error.pointer), &error.detail)).collect()
    };
    planned.iter().enumerate().map(of).collect::<Vec<Vec<_>>>().concat()
}

/// The name of a registry that clients use, and theirs.
fn in_use(planned: &Planned) -> Option<String> {
    let PlanItem { workspace, name, in_use_by, .. } = &planned.item;
    Some(format!("{}/{name} by {}", workspace.as_deref().unwrap_or_default(), in_use_by.as_ref()?))
}
