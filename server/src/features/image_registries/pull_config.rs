//! A registry in the formats that machines take, as its page shows it.

use super::{credentials, details};
use crate::app_state::AppState;
use crate::error::Result;
use crate::pull_config::{self, PullConfig, PullFormat};
use crate::storage::image_registries::DetailsRecord;
use app::image_registries::port::{CredentialsOf, FoundCredentials, RegistryCredentials};
use app::image_registries::{PullFile, PullPanel};
use app::{Actor, AppError};
use domain::{Action, Credentials, Finding, Name, NameError, RegistryUrl, Repository, Resource, Secret, TrustPolicy};

/// The purpose that is recorded if somebody looks at a password.
const PURPOSE: &str = "Shown on the page";

/// With a placeholder for the password, which is not opened.
pub async fn masked(state: &AppState, actor: &Actor, workspace: &str, name: &str, format: &str) -> Result<PullPanel> {
    let record = details::named(&mut state.storage.reader().await?, actor, workspace, name).await?;
    let may_read = actor.rights.allow(Action::ReadCredentials, Resource::Workspace(&record.workspace_id));
    let unusable = || AppError::InUse(Finding::SettingsUnusable.sentence());
    let config = of_record(&record).ok_or_else(unusable)?.masked();
    Ok(panel(&config, find(format), true, may_read))
}

/// With the password.
pub async fn with_password(
    state: &AppState,
    actor: &Actor,
    workspace: &str,
    name: &str,
    format: &str,
) -> Result<PullPanel> {
    let which = CredentialsOf::Registry { workspace: workspace.to_owned(), name: name.to_owned() };
    match credentials::read(state, actor, &which, PURPOSE).await? {
        FoundCredentials::One(found) => {
            let config = PullConfig::try_from(*found).map_err(|error| AppError::InUse(error.to_string()))?;
            Ok(panel(&config, find(format), false, false))
        }
        FoundCredentials::None | FoundCredentials::Several(_) => Err(details::missing().into()),
    }
}

fn find(format: &str) -> PullFormat {
    PullFormat::parse(format).unwrap_or(PullFormat::DockerConfig)
}

fn panel(config: &PullConfig, format: PullFormat, mask: bool, may_read: bool) -> PullPanel {
    let file = |file: pull_config::PullFile| PullFile {
        path: file.path,
        content: file.content.expose().to_owned(),
        is_masked: mask && file.holds_password,
        purpose: file.purpose,
    };
    let files: Vec<_> = config.files(format).into_iter().map(file).collect();
    PullPanel {
        formats: PullFormat::ALL.map(|format| (format.as_str().to_owned(), format.label().to_owned())).to_vec(),
        format: format.as_str().to_owned(),
        may_show: may_read && files.iter().any(|file| file.is_masked),
        files,
    }
}

/// Stored values are valid, unless the database was edited by hand.
fn of_record(record: &DetailsRecord) -> Option<PullConfig> {
    let text = |column: &Option<String>| column.clone().unwrap_or_default();
    let trust = &record.trust;
    let trust = TrustPolicy::parse(&text(&trust.ca_certificates), trust.skip_verification, &text(&trust.token_service));
    let username = record.username.clone();
    Some(PullConfig {
        name: Name::parse(&record.name).ok()?,
        url: RegistryUrl::parse(&record.url).ok()?,
        repository: Repository::parse(&record.repository).ok()?,
        credentials: username.map(|username| Credentials { username, password: Secret::default() }),
        trust: trust.ok()?,
    })
}

impl TryFrom<RegistryCredentials> for PullConfig {
    type Error = NameError;

    fn try_from(found: RegistryCredentials) -> std::result::Result<Self, NameError> {
        let RegistryCredentials { name, url, repository, trust, credentials, .. } = found;
        Ok(Self { name: Name::parse(&name)?, url, repository, credentials, trust })
    }
}
