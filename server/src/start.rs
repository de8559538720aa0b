//! Start-up: everything is verified before anything is written.

use crate::app_state::AppState;
use crate::auth::{Hashing, SessionLimits, SetupLink};
use crate::clock::Clock;
use crate::data_folder::{DataFolder, FolderError};
use crate::entropy::{self, Entropy};
use crate::events::{EventBus, follow_events};
use crate::features::new_refusal_limit;
use crate::metrics::Metrics;
use crate::probe::{Client, SystemResolver};
use crate::public_url::PublicUrl;
use crate::scheduler::{CheckSettings, Scheduler};
use crate::storage::{
    DatabaseAddress, KeyRecord, OpenError, SealedWith, Storage, StorageError, WriteTransaction, accounts,
    insert_or_find_vault_key, sealed_with, setup_link, share, vault_key,
};
use crate::vault::{Key, KeyError, KeySource, SealingKey, SecretContext, Vault, VaultError, create_key_file};
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
    /// Where the key comes from, if not from the file in that folder.
    pub key: Option<KeySource>,
    pub checks: CheckSettings,
    /// Where people open the console, if that is known.
    pub public_url: Option<PublicUrl>,
    pub sessions: SessionLimits,
}

impl Settings {
    /// The defaults, with everything in this folder.
    pub fn within(data: impl Into<PathBuf>) -> Self {
        let (checks, sessions) = (CheckSettings::default(), SessionLimits::DEFAULT);
        Self { data: data.into(), database: None, key: None, checks, sessions, public_url: None }
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
    #[error("Cannot use {0}: {1}.")]
    Key(KeySource, #[source] KeyError),
    /// Secrets are sealed with this key, but the key file is missing.
    #[error(
        "The stored passwords are sealed with key {1}, but there is no key file at {path}. Put it back, or name it with --key-file. Without it the passwords cannot be read by anyone.",
        path = .0.display()
    )]
    KeyLost(PathBuf, String),
    /// There are sealed secrets, but the record of their key is missing, so no key can be verified.
    #[error(
        "The database holds sealed passwords, but its record of their key is gone, so {0} cannot be verified. Restore the database from a backup."
    )]
    KeyUnknown(KeySource),
    /// It contains a different key, or only one of two.
    #[error(
        "The stored passwords are sealed with key {expected}, but {key} holds {actual}. Name the right one with --key-file, --key-command or PORTOLAN_KEY. While keys are being rotated, each server needs both keys, one a line."
    )]
    OtherKey {
        key: KeySource,
        /// The ids of the keys that it holds.
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
    let key_source = settings.key.clone().unwrap_or_else(|| KeySource::File(folder.key_file()));
    let database = settings.database.clone().unwrap_or_else(|| DatabaseAddress::Sqlite(folder.database()));
    let _shared = share(&database).await.map_err(|error| StartError::Database(database.clone(), error))?;
    let (storage, vault) = open(&database, &key_source, &*clock, &*entropy).await?;
    let vault = Arc::new(vault);
    let announced = folder.announce_keys(&vault.key_ids());
    announced.map_err(|error| StartError::Folder(settings.data.clone(), error))?;
    let (listener, last) =
        storage.listen(vault.watch_keys()).await.map_err(|error| StartError::Database(database.clone(), error))?;
    let events = Arc::new(EventBus::new(last));
    let mut followed_events = JoinSet::new();
    followed_events.spawn(follow_events(events.clone(), storage.clone(), vault.clone(), listener));
    let setup_link = setup_link(&storage, &vault, &*entropy, &database).await?;
    let metrics = Arc::new(Metrics::default());
    let client = Client::new(Arc::new(SystemResolver), settings.checks.policy.clone(), clock.clone())
        .through(settings.checks.proxies.clone())
        .measured_by(metrics.clone());
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
        metrics,
        key_source,
        clock,
        entropy,
        events,
        scheduler,
        hashing: Hashing::new(),
        throttle: Default::default(),
        wrong_guesses: Default::default(),
        recorded_refusals: new_refusal_limit(),
        session_limits: settings.sessions,
        last_seen: Default::default(),
        setup_link,
        public_url: settings.public_url.clone(),
        readiness: Default::default(),
        folder,
        _followed_events: followed_events,
    }))
}

fn take_folder(path: &Path) -> Result<DataFolder, StartError> {
    DataFolder::take(path).map_err(|error| match error {
        FolderError::Taken => StartError::FolderTaken(path.to_owned()),
        FolderError::Io(error) => StartError::Folder(path.to_owned(), error),
    })
}

/// Opens the database, after verifying that the keys belong to it.
async fn open(
    database: &DatabaseAddress,
    source: &KeySource,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<(Storage, Vault), StartError> {
    let broken = |error| StartError::Database(database.clone(), error);
    let known = sealed_with(database).await.map_err(broken)?;
    let keys = find_keys(source, &known, entropy).await?;
    let vault = Vault::new(&keys);
    if let SealedWith::Keys(needed) = &known {
        verify_keys(&vault, source, needed)?;
    }
    let storage = Storage::open(database).await.map_err(broken)?;
    let needed = match (&known, keys.first()) {
        (SealedWith::Nothing, Some(key)) => {
            let key_check = SealingKey::new(key).key_check_value(entropy)?;
            insert_or_find_vault_key(&storage, &key.id(), &key_check, clock.now()).await
        }
        _ => needed_keys(&storage).await,
    };
    // Again: another server may have started at the same moment with another key, or a new key has just become active.
    verify_keys(&vault, source, &needed.map_err(|error| StartError::Storage(database.clone(), error))?)?;
    Ok((storage, vault))
}

async fn needed_keys(storage: &Storage) -> Result<Vec<KeyRecord>, StorageError> {
    Ok(vault_key::needed(vault_key::records(&mut storage.reader().await?).await?))
}

/// Verifies that the vault has the keys with these ids, which have made these key check values.
///
/// # Errors
/// [`StartError::OtherKey`].
pub fn verify_keys(vault: &Vault, source: &KeySource, needed: &[KeyRecord]) -> Result<(), StartError> {
    match needed.iter().find(|key| !vault.has_key(&key.id, &key.proof)) {
        None => Ok(()),
        Some(KeyRecord { id, .. }) => {
            let actual = format!("key {}", vault.key_ids().join(" and key "));
            Err(StartError::OtherKey { key: source.clone(), actual, expected: id.clone() })
        }
    }
}

/// Reads the keys. A new one is created only if nothing has ever been sealed.
async fn find_keys(source: &KeySource, known: &SealedWith, entropy: &dyn Entropy) -> Result<Vec<Key>, StartError> {
    match (read_keys(source, known).await?, source) {
        (None, KeySource::File(path)) => {
            let created = create_key_file(path, entropy).map_err(|error| StartError::Key(source.clone(), error));
            created.map(|key| vec![key])
        }
        (keys, _) => Ok(keys.unwrap_or_default()),
    }
}

/// Reads the keys. `None` if there is no key file, and none is needed yet: the first start creates it.
///
/// # Errors
/// If they cannot be read, but are needed.
pub async fn read_keys(source: &KeySource, known: &SealedWith) -> Result<Option<Vec<Key>>, StartError> {
    match (known, source, source.read().await) {
        (SealedWith::Unknown, ..) => Err(StartError::KeyUnknown(source.clone())),
        (SealedWith::Keys(needed), KeySource::File(path), Err(KeyError::Missing)) => {
            let ids: Vec<_> = needed.iter().map(|key| key.id.as_str()).collect();
            Err(StartError::KeyLost(path.clone(), ids.join(" and key ")))
        }
        (SealedWith::Nothing, KeySource::File(_), Err(KeyError::Missing)) => Ok(None),
        (_, _, found) => found.map(Some).map_err(|error| StartError::Key(source.clone(), error)),
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
    let mut transaction = storage.write().await.map_err(broken)?;
    let active = vault_key::active(&mut transaction).await.map_err(broken)?;
    let sealed = vault.seal(&active, entropy, SecretContext::SETUP_LINK, &token)?;
    let stored = insert_or_find_setup_link(transaction, &sealed).await.map_err(broken)?;
    let token = stored.map(|stored| vault.open(SecretContext::SETUP_LINK, &stored)).transpose()?;
    Ok(SetupLink::new(token.map(|token| token.expose().to_owned())))
}

async fn has_accounts(storage: &Storage) -> Result<bool, StorageError> {
    accounts::exist(&mut storage.reader().await?).await
}

/// `None` if another server has just created the first account.
async fn insert_or_find_setup_link(
    mut transaction: WriteTransaction,
    sealed: &str,
) -> Result<Option<String>, StorageError> {
    transaction.lock_accounts().await?;
    if accounts::exist(&mut transaction).await? {
        return Ok(None);
    }
    let stored = setup_link::insert_or_find(&mut transaction, sealed).await?;
    transaction.commit().await?;
    Ok(Some(stored))
}
