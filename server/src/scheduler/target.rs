//! Turns a stored registry into what the client checks.

use crate::probe::Target;
use crate::storage::checks::CheckRecord;
use crate::vault::{SecretContext, Vault};
use domain::{ConnectionSettings, Credentials, Finding, RegistryUrl, Repository, TestImage, TrustPolicy};

/// Unseals the password and parses the settings of a registry.
///
/// # Errors
/// [`Finding::SecretUnusable`] if the password cannot be unsealed, [`Finding::SettingsUnusable`] if a setting cannot be
/// parsed.
pub fn target(vault: &Vault, record: &CheckRecord) -> Result<Target, Finding> {
    let settings = settings(record).ok_or(Finding::SettingsUnusable)?;
    let repository = Repository::parse(&record.repository).map_err(|_| Finding::SettingsUnusable)?;
    let test_image = record.test_image.as_deref().map(TestImage::parse).transpose();
    let test_image = test_image.map_err(|_| Finding::SettingsUnusable)?;
    let credentials = match (&record.username, &record.password_sealed) {
        (Some(username), Some(sealed)) => {
            let origin = settings.url.origin();
            let context = SecretContext::password(&record.workspace_id, &record.id, &origin);
            let password = vault.open(context, sealed).map_err(|error| {
                tracing::error!(registry = record.id, %error, "a stored password cannot be used");
                Finding::SecretUnusable
            })?;
            Some(Credentials { username: username.clone(), password })
        }
        _ => None,
    };
    Ok(Target { settings, repository, test_image, credentials })
}

fn settings(record: &CheckRecord) -> Option<ConnectionSettings> {
    let text = |column: &Option<String>| column.clone().unwrap_or_default();
    let (ca_certificates, token_service) = (text(&record.ca_certificates), text(&record.token_service));
    let trust = TrustPolicy::parse(&ca_certificates, record.skip_verification, &token_service).ok()?;
    Some(ConnectionSettings { url: RegistryUrl::parse(&record.url).ok()?, trust })
}
