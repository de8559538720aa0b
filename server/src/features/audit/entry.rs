//! Adds entries to the audit trail, in the transaction of what they record.

use crate::app_state::AppState;
use crate::auth::Permit;
use crate::entropy::{self, Entropy};
use crate::error::Result;
use crate::storage::audit::{self, AuditRecord};
use crate::storage::{Connection, StorageError};
use app::{Actor, Client};
use domain::{AuditChange, AuditEvent, AuditOutcome};
use std::sync::atomic::{AtomicU32, Ordering};

/// Counts entries, so that those of the same millisecond stay in their order.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// An entry to be recorded.
pub struct Entry(AuditRecord);

impl Entry {
    /// By a client whose account, as id and name, is known or not.
    pub fn of(client: &Client, account: Option<(&str, &str)>, event: AuditEvent) -> Self {
        Self(AuditRecord {
            id: String::new(),
            at: 0,
            account_id: account.map(|(id, _)| id.to_owned()),
            account_name: account.map(|(_, name)| name.to_owned()).unwrap_or_default(),
            token_name: None,
            address: client.address.to_string(),
            user_agent: client.user_agent.clone(),
            event: event.as_str().to_owned(),
            outcome: AuditOutcome::Done.as_str().to_owned(),
            workspace_id: None,
            workspace_name: None,
            object_id: None,
            object_name: None,
            changes: "[]".to_owned(),
        })
    }

    /// By somebody, of their own account.
    pub fn own(actor: &Actor, event: AuditEvent) -> Self {
        let account = actor.account_id().map(|id| (id, &*actor.user_name));
        let mut entry = Self::of(&actor.client, account, event);
        entry.0.token_name = actor.token.as_ref().map(|token| token.name.clone());
        entry
    }

    /// By somebody with access to the database, from the shell. No user has this name.
    pub fn by_operator(event: AuditEvent) -> Self {
        let mut entry = Self::of(&Client::default(), None, event);
        "(operator)".clone_into(&mut entry.0.account_name);
        entry.0.address = String::new();
        entry
    }

    /// What a permit was for.
    pub fn permitted(permit: &Permit<'_>, event: AuditEvent) -> Self {
        Self::own(permit.actor(), event)
    }

    pub fn with_outcome(mut self, outcome: AuditOutcome) -> Self {
        outcome.as_str().clone_into(&mut self.0.outcome);
        self
    }

    pub fn in_workspace(mut self, id: &str, name: &str) -> Self {
        self.0.workspace_id = Some(id.to_owned());
        self.0.workspace_name = Some(name.to_owned());
        self
    }

    /// What it was done to.
    pub fn about(mut self, id: &str, name: &str) -> Self {
        self.0.object_id = Some(id.to_owned());
        self.0.object_name = Some(name.to_owned());
        self
    }

    pub fn with_changes(mut self, changes: impl IntoIterator<Item = AuditChange>) -> Self {
        let changes: Vec<_> = changes.into_iter().collect();
        self.0.changes = serde_json::to_string(&changes).unwrap_or_default();
        self
    }

    /// # Errors
    /// If it cannot be stored. Then what it records must not be committed either.
    pub async fn record(self, state: &AppState, connection: &mut Connection) -> Result<(), StorageError> {
        self.record_at(state.clock.now(), &*state.entropy, connection).await
    }

    /// The same without a running server. `now` is in milliseconds since 1970.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub async fn record_at(
        mut self,
        now: i64,
        entropy: &dyn Entropy,
        connection: &mut Connection,
    ) -> Result<(), StorageError> {
        self.0.at = now;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        self.0.id = format!("{}{number:08x}{}", id_at(self.0.at), &entropy::id(entropy)[..12]);
        audit::insert(connection, &self.0).await
    }

    /// In a transaction of its own: what failed has none. If it cannot be stored, the log says so.
    pub async fn record_alone(self, state: &AppState) {
        let stored = async {
            let mut transaction = state.storage.write().await?;
            self.record(state, &mut transaction).await?;
            transaction.commit().await
        };
        if let Err(error) = stored.await {
            tracing::warn!(%error, "an entry is missing in the audit trail");
        }
    }
}

/// The beginning of the ids of entries of this time, in milliseconds since 1970. Sorts by time until the year 10889.
pub fn id_at(time: i64) -> String {
    format!("{:012x}", time.max(0))
}
