//! Authorisation: whoever is signed in asks for a permit, and what changes something takes one.

use crate::storage::Scope;
use app::{Actor, AppError};
use domain::{Action, Resource, Role};

/// Proof that an actor may do something, which only [`authorize`] makes. A use case that changes something takes it in
/// place of the actor, so it cannot be called without.
pub struct Permit<'a> {
    actor: &'a Actor,
    action: Action,
}

impl<'a> Permit<'a> {
    pub fn actor(&self) -> &'a Actor {
        self.actor
    }

    pub fn action(&self) -> Action {
        self.action
    }
}

/// A permit, if the actor may do this. What the actor must not even see has to be looked for within [`scope`] first:
/// this error says that the resource exists.
///
/// # Errors
/// [`AppError::Forbidden`] if not. The log says so, too.
pub fn authorize<'a>(actor: &'a Actor, action: Action, resource: Resource<'_>) -> Result<Permit<'a>, AppError> {
    if actor.rights.allow(action, resource) {
        return Ok(Permit { actor, action });
    }
    tracing::warn!(account = actor.user_id, address = %actor.client.address, ?action, "refused");
    Err(AppError::Forbidden(refusal(action, resource)))
}

/// What exists for an actor.
pub fn scope(actor: &Actor) -> Scope<'_> {
    if actor.rights.see_everything() { Scope::Everything } else { Scope::WorkspacesOf(&actor.user_id) }
}

fn refusal(action: Action, resource: Resource<'_>) -> String {
    let role = match action.required_role() {
        Role::Viewer => "a role",
        Role::Editor => "the role Editor",
        Role::Administrator => "the role Administrator",
    };
    let place = match resource {
        Resource::Everything => "everywhere",
        Resource::Workspace(_) => "in this workspace",
        Resource::AnyWorkspace => "in a workspace",
    };
    format!("This takes {role} {place}. Nothing was changed. Ask an administrator for it.")
}
