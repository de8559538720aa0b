//! Deleting one or many, all or nothing.

use crate::backend::Portolan;
use crate::trouble::Outcome;
use app::image_registries::port::Deleted;
use app::image_registries::{Summary, Target};

#[derive(sqlx::FromRow)]
struct SummaryRow {
    id: String,
    name: String,
    workspace: String,
    url: String,
}

pub async fn find(portolan: &Portolan, ids: &[String]) -> Outcome<Vec<Summary>> {
    let mut found = Vec::with_capacity(ids.len());
    let mut reader = portolan.store.readers().acquire().await?;
    for id in ids {
        let row: Option<SummaryRow> = sqlx::query_as(
            "select r.id, r.name, w.name as workspace, r.url
             from image_registry r join workspace w on w.id = r.workspace_id where r.id = ?",
        )
        .bind(id)
        .fetch_optional(&mut *reader)
        .await?;
        found.extend(row.map(|row| Summary { id: row.id, name: row.name, workspace: row.workspace, url: row.url }));
    }
    found.sort_by(|a, b| (&a.workspace, &a.name).cmp(&(&b.workspace, &b.name)));
    found.dedup();
    Ok(found)
}

pub async fn delete(portolan: &Portolan, targets: &[Target]) -> Outcome<Deleted> {
    let mut outcome = Deleted::default();
    let mut transaction = portolan.store.write().await?;
    for target in targets {
        let done =
            sqlx::query("delete from image_registry where id = ?").bind(&target.id).execute(&mut *transaction).await?;
        let list = if done.rows_affected() == 0 { &mut outcome.gone } else { &mut outcome.deleted };
        list.push(target.label.clone());
    }
    transaction.commit().await?;
    Ok(outcome)
}
