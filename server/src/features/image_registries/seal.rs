//! Seals a password for its row and origin.

use crate::app_state::AppState;
use crate::error::Result;
use crate::storage::{WriteTransaction, vault_key};
use crate::vault::SecretContext;
use domain::{RegistryUrl, Secret};

/// The password, sealed so that it can be opened only for this row and origin. The transaction has to store it: if keys
/// are being rotated, none is activated before it ends.
pub async fn seal(
    state: &AppState,
    transaction: &mut WriteTransaction,
    workspace_id: &str,
    registry_id: &str,
    url: &RegistryUrl,
    password: &Secret,
) -> Result<String> {
    let origin = url.origin();
    let context = SecretContext::password(workspace_id, registry_id, &origin);
    let active = vault_key::active(transaction).await?;
    Ok(state.vault.seal(&active, &*state.entropy, context, password)?)
}
