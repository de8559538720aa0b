//! Deletes one or more registries, all or none.

use super::{consumers, permit_all, record_all};
use crate::app_state::AppState;
use crate::auth::scope;
use crate::error::Result;
use crate::storage::image_registries;
use app::image_registries::port::Deleted;
use app::image_registries::{DeleteTarget, RegistrySummary};
use app::{Actor, AppError, Payload};
use domain::{Action, AuditEvent};
use std::collections::{HashMap, HashSet};

/// The most registries that an error names.
const MOST_NAMED: usize = 5;

pub async fn find(state: &AppState, actor: &Actor, ids: &[String]) -> Result<Vec<RegistrySummary>> {
    let mut reader = state.storage.reader().await?;
    let found = image_registries::summaries(&mut reader, scope(actor), ids).await?;
    permit_all(actor, Action::DeleteRegistry, &found)?;
    let mut consumers = consumers::recent(state, &mut reader, ids).await?;
    let summary = |record: image_registries::SummaryRecord| RegistrySummary {
        consumers: consumers.remove(&record.id).unwrap_or_default(),
        id: record.id,
        name: record.name,
        workspace: record.workspace,
        url: record.url,
    };
    Ok(found.into_iter().map(summary).collect())
}

/// If clients have recently read the credentials of one, only if that is `confirmed`.
pub async fn delete(state: &AppState, actor: &Actor, targets: &[DeleteTarget], confirmed: bool) -> Result<Deleted> {
    let ids: Vec<_> = targets.iter().map(|target| target.id.clone()).collect();
    let mut transaction = state.storage.write().await?;
    transaction.lock_registries(&ids).await?;
    let found = image_registries::summaries(&mut transaction, scope(actor), &ids).await?;
    let permits = permit_all(actor, Action::DeleteRegistry, &found)?;
    let versions: HashMap<_, _> = found.iter().map(|registry| (&*registry.id, registry.version)).collect();
    let has_changed = |target: &DeleteTarget| {
        target.version.zip(versions.get(&*target.id)).is_some_and(|(seen, stored)| seen != *stored)
    };
    if targets.iter().any(has_changed) {
        let message = "Somebody else has changed it since. Nothing was deleted. Read it again.".to_owned();
        return Err(AppError::Conflict { message, current: Payload::of(&()) }.into());
    }
    if !confirmed {
        let consumers = consumers::recent(state, &mut transaction, &ids).await?;
        let in_use =
            found.iter().filter_map(|it| Some(format!("{}/{} by {}", it.workspace, it.name, consumers.get(&it.id)?)));
        let in_use: Vec<_> = in_use.take(MOST_NAMED).collect();
        if !in_use.is_empty() {
            let sentence = format!("In use: {}. Confirm that you want to delete it.", in_use.join("; "));
            return Err(AppError::InUse(sentence).into());
        }
    }
    record_all(state, &mut transaction, &permits, AuditEvent::DeleteRegistry, &found).await?;
    let existing: Vec<_> = found.into_iter().map(|registry| registry.id).collect();
    image_registries::delete(&mut transaction, &existing).await?;
    transaction.commit().await?;
    let mut existing: HashSet<_> = existing.into_iter().collect();
    let mut outcome = Deleted::default();
    for target in targets {
        let list = if existing.remove(&target.id) { &mut outcome.deleted } else { &mut outcome.gone };
        list.push(target.label.clone());
    }
    Ok(outcome)
}
