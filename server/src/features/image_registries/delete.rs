//! Deletes one or more registries, all or none.

use crate::app_state::AppState;
use crate::error::Result;
use crate::storage::image_registries;
use app::image_registries::port::Deleted;
use app::image_registries::{DeleteTarget, RegistrySummary};

pub async fn find(state: &AppState, ids: &[String]) -> Result<Vec<RegistrySummary>> {
    let found = image_registries::summaries(&mut state.storage.reader().await?, ids).await?;
    let summary = |record: image_registries::SummaryRecord| RegistrySummary {
        id: record.id,
        name: record.name,
        workspace: record.workspace,
        url: record.url,
    };
    Ok(found.into_iter().map(summary).collect())
}

pub async fn delete(state: &AppState, targets: &[DeleteTarget]) -> Result<Deleted> {
    let ids: Vec<_> = targets.iter().map(|target| target.id.clone()).collect();
    let mut transaction = state.storage.write().await?;
    let mut existed = image_registries::delete(&mut transaction, &ids).await?;
    transaction.commit().await?;
    let mut outcome = Deleted::default();
    for target in targets {
        let list = if existed.remove(&target.id) { &mut outcome.deleted } else { &mut outcome.gone };
        list.push(target.label.clone());
    }
    Ok(outcome)
}
