//! Testing what a form shows. Nothing is stored.

use super::check::shown;
use super::details;
use crate::backend::Portolan;
use crate::checks::{StoredTarget, run};
use crate::registry::Target;
use crate::trouble::Outcome;
use app::domain::{CheckReport, CredentialsChange};
use app::image_registries::{Connection, ConnectionFields, EditFields, Report};
use app::{Actor, Refusal};

pub async fn test_new(portolan: &Portolan, actor: &Actor, fields: &ConnectionFields) -> Outcome<Report> {
    let Connection { way, repository, credentials } = fields.read().map_err(Refusal::Invalid)?;
    test(portolan, actor, Target { way, repository, credentials }).await
}

/// The form says whether the stored password would be kept, by the rules that saving has: it goes nowhere else.
pub async fn test_edited(portolan: &Portolan, actor: &Actor, fields: &EditFields) -> Outcome<Report> {
    let stored = details::by_id(portolan, portolan.store.readers(), &fields.registry).await?;
    let edits = fields.read(&stored).map_err(Refusal::Invalid)?;
    let credentials = match edits.credentials {
        CredentialsChange::Replace(credentials) => Some(credentials),
        CredentialsChange::Remove => None,
        CredentialsChange::Keep => match StoredTarget::by_id(portolan, &stored.id).await?.open(portolan) {
            Ok(target) => target.credentials,
            Err(finding) => return Ok(shown(&CheckReport { finding, hops: Vec::new() })),
        },
    };
    test(portolan, actor, Target { way: edits.way, repository: edits.repository, credentials }).await
}

async fn test(portolan: &Portolan, actor: &Actor, target: Target) -> Outcome<Report> {
    let place = portolan.checks.budget.take(&actor.user_id, portolan.clock.now()).map_err(Refusal::Busy)?;
    let report = run(&portolan.checks.client, target).await;
    drop(place);
    Ok(shown(&report))
}
