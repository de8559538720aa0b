//! A stored registry with all that a check of it has to know, its password sealed.

use crate::app_state::AppState;
use crate::error::Result;
use crate::probe::Target;
use crate::vault::Place;
use app::AppError;
use domain::{ConnectionSettings, Credentials, Finding, RegistryUrl, Repository, TestImage, TrustPolicy};

/// A registry as it was when it was read.
#[derive(Clone, Default, sqlx::FromRow)]
pub struct StoredRegistry {
    pub id: String,
    pub version: i64,
    pub phase: String,
    pub reason: String,
    pub failures: i64,
    pub next_check_at: Option<i64>,
    /// Since when somebody waits for the check; none where only rounds want it.
    pub asked_at: Option<i64>,
    workspace_id: String,
    url: String,
    repository: String,
    test_image: Option<String>,
    username: Option<String>,
    password_sealed: Option<String>,
    ca_certificates: Option<String>,
    skip_verification: bool,
    token_service: Option<String>,
}

/// What both questions select. (A macro, because the database takes only texts that stand in the code.)
macro_rules! select {
    () => {
        "select id, version, phase, reason, failures, next_check_at, asked_at, workspace_id, url, repository, test_image, username,
         password_sealed, ca_certificates, skip_verification, token_service from image_registry"
    };
}

impl StoredRegistry {
    /// Up to `most` registries that somebody waits for, the latest first: whoever has just asked is still looking.
    pub async fn asked(state: &AppState, most: usize) -> Result<Vec<Self>> {
        let sql =
            concat!(select!(), " where asked_at is not null and next_check_at <= ? order by asked_at desc limit ?");
        Self::up_to(most, sql, state).await
    }

    /// Up to `most` registries that are due for rounds, the longest waiting first.
    pub async fn due(state: &AppState, most: usize) -> Result<Vec<Self>> {
        let sql = concat!(select!(), " where asked_at is null and next_check_at <= ? order by next_check_at limit ?");
        Self::up_to(most, sql, state).await
    }

    async fn up_to(most: usize, sql: &'static str, state: &AppState) -> Result<Vec<Self>> {
        let found = sqlx::query_as(sql)
            .bind(state.clock.now())
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .fetch_all(state.store.readers())
            .await?;
        Ok(found)
    }

    /// The one of this id.
    pub async fn by_id(state: &AppState, id: &str) -> Result<Self> {
        let found =
            sqlx::query_as(concat!(select!(), " where id = ?")).bind(id).fetch_optional(state.store.readers()).await?;
        let gone = || AppError::NotFound("This image registry is gone: someone deleted it in the meantime.".to_owned());
        Ok(found.ok_or_else(gone)?)
    }

    /// A password that was rejected is accepted now: whatever else was not tried again with this username here is due.
    pub async fn check_the_others(&self, state: &AppState) -> Result<()> {
        let mut transaction = state.store.write().await?;
        sqlx::query(
            "update image_registry set next_check_at = ? where next_check_at is null and url = ? and username = ?
             and json_extract(report, '$.finding') = 'CredentialsRejected'",
        )
        .bind(state.clock.now())
        .bind(&self.url)
        .bind(&self.username)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// What the client checks.
    ///
    /// # Errors
    /// [`Finding::SecretUnusable`] if the password cannot be unsealed. Nobody is called then.
    pub fn open(&self, state: &AppState) -> Result<Target, Finding> {
        let settings = self.settings().ok_or(Finding::SettingsUnusable)?;
        let repository = Repository::parse(&self.repository).map_err(|_| Finding::SettingsUnusable)?;
        let test_image = self.test_image.as_deref().map(TestImage::parse).transpose();
        let test_image = test_image.map_err(|_| Finding::SettingsUnusable)?;
        let credentials = match (&self.username, &self.password_sealed) {
            (Some(username), Some(sealed)) => {
                let origin = settings.url.origin();
                let place =
                    Place { workspace: &self.workspace_id, registry: &self.id, field: "password", origin: &origin };
                let password = state.vault.open(place, sealed).map_err(|error| {
                    tracing::error!(registry = self.id, %error, "a stored password cannot be used");
                    Finding::SecretUnusable
                })?;
                Some(Credentials { username: username.clone(), password })
            }
            _ => None,
        };
        Ok(Target { settings, repository, test_image, credentials })
    }

    fn settings(&self) -> Option<ConnectionSettings> {
        let stored = |column: &Option<String>| column.clone().unwrap_or_default();
        let (ca_certificates, token_service) = (stored(&self.ca_certificates), stored(&self.token_service));
        let trust = TrustPolicy::parse(&ca_certificates, self.skip_verification, &token_service).ok()?;
        Some(ConnectionSettings { url: RegistryUrl::parse(&self.url).ok()?, trust })
    }
}
