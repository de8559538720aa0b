//! Testing what a form shows. Nothing is stored.

use super::check::shown;
use super::details;
use crate::backend::Portolan;
use crate::checks::{StoredTarget, run};
use crate::registry::Target;
use crate::trouble::Outcome;
use app::image_registries::{Connection, ConnectionFields, EditFields, Edits, Report};
use app::{Actor, Refusal};
use domain::{CheckReport, CredentialsChange};

pub async fn test_new(portolan: &Portolan, actor: &Actor, fields: &ConnectionFields) -> Outcome<Report> {
    let Connection { way, repository, test_image, credentials } = fields.read().map_err(Refusal::Invalid)?;
    test(portolan, actor, Target { way, repository, test_image, credentials }).await
}

/// The form says whether the stored password would be kept, by the rules that saving has.
pub async fn test_edited(portolan: &Portolan, actor: &Actor, fields: &EditFields) -> Outcome<Report> {
    let stored = details::by_id(portolan, portolan.store.readers(), &fields.registry).await?;
    let Edits { way, repository, test_image, credentials } = fields.read(&stored).map_err(Refusal::Invalid)?;
    let target = match credentials {
        CredentialsChange::Replace(credentials) => {
            Target { way, repository, test_image, credentials: Some(credentials) }
        }
        CredentialsChange::Keep if stored.username.is_some() => {
            match StoredTarget::by_id(portolan, &stored.id).await?.open(portolan) {
                // With its own way, which is the same as the form's: should somebody have saved since that was read,
                // their password does not go where the form says.
                Ok(target) => Target { repository, test_image, ..target },
                Err(finding) => return Ok(shown(&CheckReport { finding, hops: Vec::new() })),
            }
        }
        CredentialsChange::Keep | CredentialsChange::Remove => {
            Target { way, repository, test_image, credentials: None }
        }
    };
    test(portolan, actor, target).await
}

async fn test(portolan: &Portolan, actor: &Actor, target: Target) -> Outcome<Report> {
    let place = portolan.checks.budget.take(&actor.user_id, portolan.clock.monotonic()).map_err(Refusal::Busy)?;
    let report = run(&portolan.checks.client, target).await;
    drop(place);
    Ok(shown(&report))
}
