//! Starting: everything is checked before anything is written.

use crate::app_state::AppState;
use crate::clock::Clock;
use crate::data_folder::{DataFolder, FolderError};
use crate::entropy::Entropy;
use crate::probe::{Client, SystemResolver};
use crate::scheduler::{CheckSettings, Scheduler};
use crate::store::{SealedWith, Store, StoreError, sealed_with};
use crate::vault::{self, Key, KeyError, Vault, VaultError};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the operator decides.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder that holds everything.
    pub data: PathBuf,
    /// The key file, where it is not in that folder.
    pub key_file: Option<PathBuf>,
    /// When registries are checked, and where the check may connect to.
    pub checks: CheckSettings,
}

impl Settings {
    /// The defaults, with everything in this folder.
    pub fn within(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into(), key_file: None, checks: CheckSettings::default() }
    }
}

/// Why the server does not start. No data was changed, unless it says so.
#[derive(Debug)]
pub enum StartError {
    /// The data folder cannot be had.
    Folder(PathBuf, FolderError),
    /// The key file cannot be used.
    Key(PathBuf, KeyError),
    /// The key file is missing, but secrets are sealed with the key of this id.
    KeyLost(PathBuf, String),
    /// Secrets are sealed, but the database does not say with which key: this file cannot be verified to hold it.
    KeyUnknown(PathBuf),
    /// The key file holds another key than the secrets are sealed with: this one, and that one.
    OtherKey(PathBuf, String, String),
    /// The database cannot be used.
    Store(PathBuf, StoreError),
    /// The key could not be proven.
    Vault(VaultError),
}

/// Opens the data and gives what the router needs.
///
/// # Errors
/// See [`StartError`].
pub async fn start(
    settings: &Settings,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Arc<AppState>, StartError> {
    let folder = DataFolder::take(&settings.data).map_err(|error| StartError::Folder(settings.data.clone(), error))?;
    let database = folder.database();
    let key_file = settings.key_file.clone().unwrap_or_else(|| folder.key_file());

    let broken = |error| StartError::Store(database.clone(), error);
    let known = sealed_with(&database).await.map_err(broken)?;
    let vault = Vault::new(&find_key(&key_file, &known, &*entropy)?);
    if let SealedWith::Key(id, proof) = &known
        && (vault.key_id() != id || !vault.matches_key_check(proof))
    {
        return Err(StartError::OtherKey(key_file, vault.key_id().to_owned(), id.clone()));
    }

    let store = Store::open(&database).await.map_err(broken)?;
    if known == SealedWith::Nothing {
        keep_proof(&store, &vault, &*clock, &*entropy).await.map_err(|error| match error {
            Unkept::Store(error) => broken(error),
            Unkept::Vault(error) => StartError::Vault(error),
        })?;
    }
    let client = Client::new(Arc::new(SystemResolver), settings.checks.policy.clone(), clock.clone())
        .through(settings.checks.proxies.clone());
    let checks = Scheduler::new(client, settings.checks.every_minutes, &*entropy);
    AppState::new(folder, store, vault, clock, entropy, checks)
        .await
        .map(Arc::new)
        .map_err(|error| broken(error.into()))
}

/// The key in the file. A new one is made only if nothing was ever sealed.
fn find_key(path: &Path, known: &SealedWith, entropy: &dyn Entropy) -> Result<Key, StartError> {
    let broken = |error| StartError::Key(path.to_owned(), error);
    match (known, vault::read(path)) {
        (SealedWith::Unknown, _) => Err(StartError::KeyUnknown(path.to_owned())),
        (SealedWith::Key(id, _), Err(KeyError::Missing)) => Err(StartError::KeyLost(path.to_owned(), id.clone())),
        (SealedWith::Nothing, Err(KeyError::Missing)) => vault::create(path, entropy).map_err(broken),
        (_, found) => found.map_err(broken),
    }
}

enum Unkept {
    Store(StoreError),
    Vault(VaultError),
}

async fn keep_proof(store: &Store, vault: &Vault, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<(), Unkept> {
    let proof = vault.prove(entropy).map_err(Unkept::Vault)?;
    let kept = async {
        let mut transaction = store.write().await?;
        sqlx::query("insert into vault_key (id, proof, created_at) values (?, ?, ?)")
            .bind(vault.key_id())
            .bind(proof)
            .bind(clock.now())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    };
    kept.await.map_err(|error: sqlx::Error| Unkept::Store(error.into()))
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path, FolderError::Taken) => {
                write!(
                    f,
                    "Another Portolan instance is using {}. Stop it first, or name another folder with --data.",
                    path.display()
                )
            }
            Self::Folder(path, FolderError::Io(error)) => {
                write!(f, "The data folder {} cannot be used: {error}.", path.display())
            }
            Self::Key(path, error) => write!(f, "The key file {} cannot be used: {error}.", path.display()),
            Self::KeyLost(path, id) => write!(
                f,
                "The stored passwords are sealed with key {id}, but there is no key file at {}. Put it back, or name it with --key-file. Without it the passwords cannot be read by anyone.",
                path.display()
            ),
            Self::KeyUnknown(path) => write!(
                f,
                "The database holds sealed passwords, but its record of their key is gone, so the key in {} cannot be verified. Restore the database from a backup.",
                path.display()
            ),
            Self::OtherKey(path, found, wanted) => write!(
                f,
                "The stored passwords are sealed with key {wanted}, but {} holds key {found}. Name the right file with --key-file.",
                path.display()
            ),
            Self::Store(path, error) => write!(f, "The database {} cannot be used: {error}.", path.display()),
            Self::Vault(error) => write!(f, "The key cannot be used: {error}."),
        }
    }
}

impl std::error::Error for StartError {}
