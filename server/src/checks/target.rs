//! What is due, with all that the check has to know.

use crate::backend::Portolan;
use crate::registry::{Target, Trust};
use crate::trouble::Outcome;
use crate::vault::Place;
use app::domain::{Credentials, Finding, RegistryUrl, Repository};

/// A registry that is due, as it was when it was read.
#[derive(Clone, sqlx::FromRow)]
pub struct Due {
    pub id: String,
    pub version: i64,
    pub phase: String,
    pub failures: i64,
    workspace_id: String,
    url: String,
    repository: String,
    username: Option<String>,
    password_sealed: Option<String>,
}

/// Up to `most` registries that are due, the longest waiting first.
pub async fn due(portolan: &Portolan, most: usize) -> Outcome<Vec<Due>> {
    let found = sqlx::query_as(
        "select id, version, phase, failures, workspace_id, url, repository, username, password_sealed
         from image_registry where next_check_at <= ? order by next_check_at limit ?",
    )
    .bind(portolan.clock.now())
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(portolan.store.readers())
    .await?;
    Ok(found)
}

impl Due {
    /// What the client checks.
    ///
    /// # Errors
    /// [`Finding::SecretUnusable`] where the password does not open in its place. Nobody is called then.
    pub fn target(&self, portolan: &Portolan) -> Result<Target, Finding> {
        let url = RegistryUrl::parse(&self.url).map_err(|_| Finding::CheckBroken)?;
        let repository = Repository::parse(&self.repository).map_err(|_| Finding::CheckBroken)?;
        let credentials = match (&self.username, &self.password_sealed) {
            (Some(username), Some(sealed)) => {
                let origin = url.origin();
                let place =
                    Place { workspace: &self.workspace_id, registry: &self.id, field: "password", origin: &origin };
                let password = portolan.vault.open(place, sealed).map_err(|error| {
                    tracing::error!(registry = self.id, %error, "a stored password cannot be used");
                    Finding::SecretUnusable
                })?;
                Some(Credentials { username: username.clone(), password })
            }
            _ => None,
        };
        Ok(Target { url, repository, credentials, trust: Trust::default(), token_service: None })
    }
}
