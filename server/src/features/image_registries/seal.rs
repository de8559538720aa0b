//! Sealing a password for the row and the origin that it was entered for.

use crate::app_state::AppState;
use crate::vault::{Place, VaultError};
use domain::{RegistryUrl, Secret};

/// The password, sealed so that it opens only in this row and only for this origin.
pub fn seal(
    state: &AppState,
    workspace_id: &str,
    registry_id: &str,
    url: &RegistryUrl,
    password: &Secret,
) -> Result<String, VaultError> {
    let origin = url.origin();
    let place = Place { workspace: workspace_id, registry: registry_id, field: "password", origin: &origin };
    state.vault.seal(&*state.entropy, place, password)
}
