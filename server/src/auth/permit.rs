//! Authorisation: whoever is signed in asks for a permit, and what changes something takes one.

use crate::storage::Scope;
use app::Actor;
use domain::{Action, AuditChange, Resource, Role};

/// Proof that an actor may do something, which only [`authorize`] makes. A use case that changes something takes it in
/// place of the actor, so it cannot be called without.
pub struct Permit<'a> {
    actor: &'a Actor,
}

impl<'a> Permit<'a> {
    pub fn actor(&self) -> &'a Actor {
        self.actor
    }
}

/// Why there is no permit. It says that the resource exists, so what the actor must not even see has to be looked for
/// within [`scope`] first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub action: Action,
    /// The workspace that the resource belongs to.
    pub workspace_id: Option<String>,
    /// What it was about, if that is not the workspace itself.
    pub object: Option<Box<RefusedObject>>,
    message: String,
}

/// What an actor may not do something to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedObject {
    pub id: String,
    pub name: String,
    /// What else the audit trail should say.
    pub changes: Vec<AuditChange>,
}

impl Refusal {
    /// The same, with what it was about.
    #[must_use]
    pub fn about(self, id: &str, name: &str, changes: impl IntoIterator<Item = AuditChange>) -> Self {
        let changes = changes.into_iter().collect();
        Self { object: Some(Box::new(RefusedObject { id: id.to_owned(), name: name.to_owned(), changes })), ..self }
    }
}

/// A permit, if the actor may do this.
///
/// # Errors
/// See [`Refusal`].
pub fn authorize<'a>(actor: &'a Actor, action: Action, resource: Resource<'_>) -> Result<Permit<'a>, Refusal> {
    if actor.rights.allow(action, resource) {
        return Ok(Permit { actor });
    }
    let workspace_id = match resource {
        Resource::Workspace(id) => Some(id.to_owned()),
        Resource::Everything | Resource::AnyWorkspace => None,
    };
    Err(Refusal { action, workspace_id, object: None, message: message(actor, action, resource) })
}

/// What exists for an actor.
pub fn scope(actor: &Actor) -> Scope<'_> {
    match actor.token.as_ref().and_then(|token| token.workspace_id.as_ref()) {
        Some(workspace_id) => Scope::Workspace(workspace_id),
        None if actor.rights.see_everything() => Scope::Everything,
        None => Scope::WorkspacesOf(&actor.user_id),
    }
}

fn message(actor: &Actor, action: Action, resource: Resource<'_>) -> String {
    if action == Action::ReadCredentials {
        let way = match (&actor.token, actor.rights.allow(Action::ManageUsers, Resource::Everything)) {
            (Some(_), _) => "Use a token that may read stored credentials.",
            (None, true) => "Give it to yourself on your page under Users.",
            (None, false) => "Ask an administrator for it.",
        };
        return format!("Reading credentials is a right of its own, which no role includes. {way}");
    }
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
    format!("This takes {role} {place}. Ask an administrator for it.")
}
