//! Deleting one or many, all or nothing.

use crate::app_state::AppState;
use crate::error::Result;
use app::image_registries::port::Deleted;
use app::image_registries::{DeleteTarget, RegistrySummary};

#[derive(sqlx::FromRow)]
struct SummaryRow {
    id: String,
    name: String,
    workspace: String,
    url: String,
}

pub async fn find(state: &AppState, ids: &[String]) -> Result<Vec<RegistrySummary>> {
    let mut found = Vec::with_capacity(ids.len());
    let mut reader = state.store.readers().acquire().await?;
    for id in ids {
        let row: Option<SummaryRow> = sqlx::query_as(
            "select r.id, r.name, w.name as workspace, r.url
             from image_registry r join workspace w on w.id = r.workspace_id where r.id = ?",
        )
        .bind(id)
        .fetch_optional(&mut *reader)
        .await?;
        found.extend(row.map(|row| RegistrySummary {
            id: row.id,
            name: row.name,
            workspace: row.workspace,
            url: row.url,
        }));
    }
    found.sort_by(|a, b| (&a.workspace, &a.name).cmp(&(&b.workspace, &b.name)));
    found.dedup();
    Ok(found)
}

pub async fn delete(state: &AppState, targets: &[DeleteTarget]) -> Result<Deleted> {
    let mut outcome = Deleted::default();
    let mut transaction = state.store.write().await?;
    for target in targets {
        let done =
            sqlx::query("delete from image_registry where id = ?").bind(&target.id).execute(&mut *transaction).await?;
        let list = if done.rows_affected() == 0 { &mut outcome.gone } else { &mut outcome.deleted };
        list.push(target.label.clone());
    }
    transaction.commit().await?;
    Ok(outcome)
}
