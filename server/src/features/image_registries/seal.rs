//! Seals a password for its row and origin.

use crate::app_state::AppState;
use crate::vault::{SecretContext, VaultError};
use domain::{RegistryUrl, Secret};

/// The password, sealed so that it can be opened only for this row and origin.
pub fn seal(
    state: &AppState,
    workspace_id: &str,
    registry_id: &str,
    url: &RegistryUrl,
    password: &Secret,
) -> Result<String, VaultError> {
    let origin = url.origin();
    let context = SecretContext::password(workspace_id, registry_id, &origin);
    state.vault.seal(&*state.entropy, context, password)
}
