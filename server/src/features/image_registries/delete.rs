//! Deletes one or more registries, all or none.

use super::{permit_all, record_all};
use crate::app_state::AppState;
use crate::auth::scope;
use crate::error::Result;
use crate::storage::image_registries;
use app::Actor;
use app::image_registries::port::Deleted;
use app::image_registries::{DeleteTarget, RegistrySummary};
use domain::{Action, AuditEvent};
use std::collections::HashSet;

pub async fn find(state: &AppState, actor: &Actor, ids: &[String]) -> Result<Vec<RegistrySummary>> {
    let found = image_registries::summaries(&mut state.storage.reader().await?, scope(actor), ids).await?;
    permit_all(actor, Action::DeleteRegistry, &found)?;
    let summary = |record: image_registries::SummaryRecord| RegistrySummary {
        id: record.id,
        name: record.name,
        workspace: record.workspace,
        url: record.url,
    };
    Ok(found.into_iter().map(summary).collect())
}

pub async fn delete(state: &AppState, actor: &Actor, targets: &[DeleteTarget]) -> Result<Deleted> {
    let ids: Vec<_> = targets.iter().map(|target| target.id.clone()).collect();
    let mut transaction = state.storage.write().await?;
    transaction.lock_registries(&ids).await?;
    let found = image_registries::summaries(&mut transaction, scope(actor), &ids).await?;
    let permits = permit_all(actor, Action::DeleteRegistry, &found)?;
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
