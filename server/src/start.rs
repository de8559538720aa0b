//! Start-up: everything is verified before anything is written.

use crate::app_state::AppState;
use crate::auth::{Hashing, SessionLimits, SetupLink};
use crate::clock::Clock;
use crate::data_folder::{DataFolder, FolderError};
use crate::entropy::{self, Entropy};
use crate::events::{EventBus, follow_events};
use crate::probe::{Client, SystemResolver};
use crate::scheduler::{CheckSettings, Scheduler};
use crate::storage::{
    DatabaseAddress, OpenError, SealedWith, Storage, StorageError, accounts, insert_or_find_vault_key, sealed_with,
    setup_link, share,
};
use crate::vault::{self, Key, KeyError, SecretContext, Vault, VaultError};
use domain::Secret;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;
use tokio::task::JoinSet;

/// The operator's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder for key and lock, and for the database unless it is elsewhere.
    pub data: PathBuf,
    /// The database, if it is not a SQLite file in that folder.
    pub database: Option<DatabaseAddress>,
    /// The key file, if it is not in that folder.
    pub key_file: Option<PathBuf>,
    pub checks: CheckSettings,
    pub sessions: SessionLimits,
}

impl Settings {
    /// The defaults, with everything in this folder.
    pub fn within(data: impl Into<PathBuf>) -> Self {
        let (checks, sessions) = (CheckSettings::default(), SessionLimits::DEFAULT);
        Self { data: data.into(), database: None, key_file: None, checks, sessions }
    }
}

/// Why the server does not start. No stored data has been changed, unless the message says so.
#[derive(Debug, Error)]
pub enum StartError {
    #[error(
        "Another Portolan instance is using {path}. Stop it first, or name another folder with --data.",
        path = .0.display()
    )]
    FolderTaken(PathBuf),
    #[error("The data folder {path} cannot be used: {1}.", path = .0.display())]
    Folder(PathBuf, #[source] io::Error),
    #[error("The key file {path} cannot be used: {1}.", path = .0.display())]
    Key(PathBuf, #[source] KeyError),
    /// Secrets are sealed with this key, but the key file is missing.
    #[error(
        "The stored passwords are sealed with key {1}, but there is no key file at {path}. Put it back, or name it with --key-file. Without it the passwords cannot be read by anyone.",
        path = .0.display()
    )]
    KeyLost(PathBuf, String),
    /// There are sealed secrets, but the record of their key is missing, so no key file can be verified.
    #[error(
        "The database holds sealed passwords, but its record of their key is gone, so the key in {path} cannot be verified. Restore the database from a backup.",
        path = .0.display()
    )]
    KeyUnknown(PathBuf),
    /// The key file contains a different key.
    #[error(
        "The stored passwords are sealed with key {expected}, but {path} holds key {actual}. Name the right file with --key-file.",
        path = path.display()
    )]
    OtherKey {
        path: PathBuf,
        /// The id of the key in the file.
        actual: String,
        /// The id of the key that the secrets are sealed with.
        expected: String,
    },
    #[error("The database {0} cannot be used: {1}.")]
    Database(DatabaseAddress, #[source] OpenError),
    /// The database was opened, but cannot be read or written.
    #[error("The database {0} cannot be used: {1}.")]
    Storage(DatabaseAddress, #[source] StorageError),
    /// The key check value could not be computed.
    #[error("The key cannot be used: {0}.")]
    Vault(#[from] VaultError),
}

/// Opens the data folder and returns the application's state.
///
/// # Errors
/// See [`StartError`].
pub async fn start(
    settings: &Settings,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Arc<AppState>, StartError> {
    let folder = take_folder(&settings.data)?;
    let key_file = settings.key_file.clone().unwrap_or_else(|| folder.key_file());
    let database = settings.database.clone().unwrap_or_else(|| DatabaseAddress::Sqlite(folder.database()));
    let _shared = share(&database).await.map_err(|error| StartError::Database(database.clone(), error))?;
    let (storage, vault) = open(&database, key_file, &*clock, &*entropy).await?;
    let vault = Arc::new(vault);
    let (listener, last) = storage.listen().await.map_err(|error| StartError::Database(database.clone(), error))?;
    let events = Arc::new(EventBus::new(last));
    let mut followed_events = JoinSet::new();
    followed_events.spawn(follow_events(events.clone(), storage.clone(), listener));
    let setup_link = setup_link(&storage, &vault, &*entropy, &database).await?;
    let client = Client::new(Arc::new(SystemResolver), settings.checks.policy.clone(), clock.clone())
        .through(settings.checks.proxies.clone());
    let scheduler = Arc::new(Scheduler::new(
        client,
        settings.checks.every_minutes,
        storage.clone(),
        vault.clone(),
        events.clone(),
        clock.clone(),
        entropy.clone(),
    ));
    Ok(Arc::new(AppState {
        storage,
        vault,
        clock,
        entropy,
        events,
        scheduler,
        hashing: Hashing::new(),
        throttle: Default::default(),
        session_limits: settings.sessions,
        last_seen: Default::default(),
        setup_link,
        readiness: Default::default(),
        _folder: folder,
        _followed_events: followed_events,
    }))
}

fn take_folder(path: &Path) -> Result<DataFolder, StartError> {
    DataFolder::take(path).map_err(|error| match error {
        FolderError::Taken => StartError::FolderTaken(path.to_owned()),
        FolderError::Io(error) => StartError::Folder(path.to_owned(), error),
    })
}

/// Opens the database, after verifying that the key belongs to it.
async fn open(
    database: &DatabaseAddress,
    key_file: PathBuf,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<(Storage, Vault), StartError> {
    let broken = |error| StartError::Database(database.clone(), error);
    let known = sealed_with(database).await.map_err(broken)?;
    let vault = Vault::new(&find_key(&key_file, &known, entropy)?);
    if let SealedWith::Key(id, key_check) = &known {
        verify_key(&vault, &key_file, id, key_check)?;
    }
    let storage = Storage::open(database).await.map_err(broken)?;
    if known == SealedWith::Nothing {
        let key_check = vault.key_check_value(entropy)?;
        let stored = insert_or_find_vault_key(&storage, vault.key_id(), &key_check, clock.now()).await;
        // Another server may have started at the same moment, with another key.
        let (id, key_check) = stored.map_err(|error| StartError::Storage(database.clone(), error))?;
        verify_key(&vault, &key_file, &id, &key_check)?;
    }
    Ok((storage, vault))
}

/// Verifies that the vault has the key with this id, which has made this key check value.
fn verify_key(vault: &Vault, path: &Path, id: &str, key_check: &str) -> Result<(), StartError> {
    if vault.is_key(id, key_check) {
        return Ok(());
    }
    let (actual, expected) = (vault.key_id().to_owned(), id.to_owned());
    Err(StartError::OtherKey { path: path.to_owned(), actual, expected })
}

/// Reads the key file. A new key is created only if nothing has ever been sealed.
fn find_key(path: &Path, known: &SealedWith, entropy: &dyn Entropy) -> Result<Key, StartError> {
    let broken = |error| StartError::Key(path.to_owned(), error);
    match (known, vault::read(path)) {
        (SealedWith::Unknown, _) => Err(StartError::KeyUnknown(path.to_owned())),
        (SealedWith::Key(id, _), Err(KeyError::Missing)) => Err(StartError::KeyLost(path.to_owned(), id.clone())),
        (SealedWith::Nothing, Err(KeyError::Missing)) => vault::create(path, entropy).map_err(broken),
        (_, found) => found.map_err(broken),
    }
}

/// The link that creates the first administrator, unless there is one. The first server to start creates it.
async fn setup_link(
    storage: &Storage,
    vault: &Vault,
    entropy: &dyn Entropy,
    database: &DatabaseAddress,
) -> Result<SetupLink, StartError> {
    let broken = |error| StartError::Storage(database.clone(), error);
    if has_accounts(storage).await.map_err(broken)? {
        return Ok(SetupLink::new(None));
    }
    let token = Secret::new(entropy::token(entropy));
    let sealed = vault.seal(entropy, SecretContext::SETUP_LINK, &token)?;
    let stored = insert_or_find_setup_link(storage, &sealed).await.map_err(broken)?;
    let token = stored.map(|stored| vault.open(SecretContext::SETUP_LINK, &stored)).transpose()?;
    Ok(SetupLink::new(token.map(|token| token.expose().to_owned())))
}

async fn has_accounts(storage: &Storage) -> Result<bool, StorageError> {
    accounts::exist(&mut storage.reader().await?).await
}

/// `None` if another server has just created the first account.
async fn insert_or_find_setup_link(storage: &Storage, sealed: &str) -> Result<Option<String>, StorageError> {
    let mut transaction = storage.write().await?;
    transaction.lock_accounts().await?;
    if accounts::exist(&mut transaction).await? {
        return Ok(None);
    }
    let stored = setup_link::insert_or_find(&mut transaction, sealed).await?;
    transaction.commit().await?;
    Ok(Some(stored))
}
