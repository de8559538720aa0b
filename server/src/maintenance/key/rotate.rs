//! Replaces the key: seals every secret again, with another key, while servers run.
//!
//! 1. The new key is put beside the old one: into the key file by this command, elsewhere by the operator.
//! 2. Its record is stored. Each running server then reads it, and says that it has it.
//! 3. Once all have it, it becomes the active key: from then on servers seal with it.
//! 4. What is still sealed with the old key is sealed again, some at a time.
//!
//! Each step is found done if the command is run again, so it can end at any point.

use super::super::existing::NoDatabase;
use super::{KeyCommandError, KeyPlace, Opened, file};
use crate::clock::Clock;
use crate::data_folder::{DataFolder, FolderError};
use crate::entropy::Entropy;
use crate::storage::sealed::{self, SealedPassword};
use crate::storage::{DatabaseAddress, KeyRecord, OpenError, StorageError, servers_without_key, setup_link, vault_key};
use crate::vault::{Key, KeySource, SealingKey, SecretContext, Vault, VaultError, replace_key_file};
use domain::RegistryUrl;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How many passwords a transaction seals again.
const AT_ONCE: u32 = 50;

/// The interval between two questions whether they have.
const ASK_AGAIN: Duration = Duration::from_millis(300);

/// The shortest time between two transactions. SQLite has one writer at a time, and whoever waits for it asks only every
/// tenth of a second.
const PAUSE: Duration = Duration::from_millis(10);

/// What a rotation is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The new key was written beside the old one.
    Written { key: String, source: KeySource },
    /// This many servers do not have the new key yet.
    Waiting { servers: u64 },
    /// So many of the passwords that were not sealed with the active key have been dealt with.
    Sealed { passwords: u64, of: u64 },
}

/// What a rotation has done.
#[derive(Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The id of the active key.
    pub key: String,
    /// The ids of the keys that were active before, and have not been removed.
    pub old: Vec<String>,
    /// How many secrets were sealed again.
    pub sealed: u64,
    /// The registries whose passwords cannot be opened: workspace, name, and why.
    pub unreadable: Vec<(String, String, VaultError)>,
}

/// Seals every secret with a new key. Goes on with a rotation that was interrupted. Running servers have `wait` to read
/// the new key.
///
/// # Errors
/// See [`KeyCommandError`].
pub async fn rotate(
    place: &KeyPlace,
    wait: Duration,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    progress: &mut (dyn FnMut(Rotation) + Send),
) -> Result<Rotated, KeyCommandError> {
    let opened = place.open().await?;
    let lock = opened.lock().await?;
    let rotated = run(&opened, wait, clock, entropy, progress).await;
    opened.storage.close().await;
    drop(lock);
    rotated
}

async fn run(
    opened: &Opened,
    wait: Duration,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    progress: &mut (dyn FnMut(Rotation) + Send),
) -> Result<Rotated, KeyCommandError> {
    let records = records(opened).await?;
    let needed = vault_key::needed(records.clone());
    let Some((active, old)) = needed.split_first() else {
        return Err(KeyCommandError::NoKeys(opened.address.clone()));
    };
    let mut keys = opened.source.read().await.map_err(|error| KeyCommandError::Key(opened.source.clone(), error))?;
    let vault = Vault::new(&keys);
    if let Some(missing) = needed.iter().find(|key| !vault.has_key(&key.id, &key.proof)) {
        let actual = format!("key {}", vault.key_ids().join(" and key "));
        return Err(KeyCommandError::OtherKey { key: opened.source.clone(), actual, expected: missing.id.clone() });
    }
    // A rotation is finished before the next one: there are never more than two keys.
    let (key, old) = match old {
        [] => {
            let next = next_key(opened, &records, active, &mut keys, entropy, progress)?;
            activate(opened, &next, wait, clock, entropy, progress).await?;
            vault.add(&next);
            (next.id(), vec![active.id.clone()])
        }
        old => (active.id.clone(), old.iter().map(|key| key.id.clone()).collect()),
    };
    let (sealed, unreadable) = seal_all(opened, &vault, &key, entropy, progress).await?;
    Ok(Rotated { key, old, sealed, unreadable })
}

async fn records(opened: &Opened) -> Result<Vec<KeyRecord>, KeyCommandError> {
    let records = async { vault_key::records(&mut opened.storage.reader().await?).await };
    records.await.map_err(opened.broken())
}

/// The key beside the active one. If the source is a file without one, makes it, and writes it there.
fn next_key(
    opened: &Opened,
    records: &[KeyRecord],
    active: &KeyRecord,
    keys: &mut Vec<Key>,
    entropy: &dyn Entropy,
    progress: &mut (dyn FnMut(Rotation) + Send),
) -> Result<Key, KeyCommandError> {
    let source = &opened.source;
    let begun = records.iter().find(|key| key.active_since.is_none() && key.removed_at.is_none());
    let next = match (keys.iter().find(|key| key.id() != active.id), file(source), begun) {
        (Some(next), ..) => next.clone(),
        (None, _, Some(begun)) => {
            return Err(KeyCommandError::BegunElsewhere { key: source.clone(), id: begun.id.clone() });
        }
        (None, None, None) => return Err(KeyCommandError::NoNewKey(source.clone())),
        (None, Some(path), None) => {
            let next = Key::random(entropy);
            keys.push(next.clone());
            let written = replace_key_file(path, keys);
            written.map_err(|error| KeyCommandError::NotWritten(path.to_owned(), error))?;
            progress(Rotation::Written { key: next.id(), source: source.clone() });
            next
        }
    };
    let id = next.id();
    match records.iter().any(|key| key.id == id && key.removed_at.is_some()) {
        true => Err(KeyCommandError::WasRemoved(id)),
        false => Ok(next),
    }
}

/// Lets servers read the key, and makes it the active one as soon as all have it.
async fn activate(
    opened: &Opened,
    next: &Key,
    wait: Duration,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    progress: &mut (dyn FnMut(Rotation) + Send),
) -> Result<(), KeyCommandError> {
    let id = next.id();
    let key_check = SealingKey::new(next).key_check_value(entropy)?;
    let insert = async {
        let mut transaction = opened.storage.write().await?;
        vault_key::insert_next(&mut transaction, &id, &key_check, clock.now()).await?;
        transaction.commit().await
    };
    insert.await.map_err(opened.broken())?;
    let begin = Instant::now();
    let mut said = None;
    loop {
        match try_activate(opened, &id, clock).await {
            Ok(0) => return Ok(()),
            // Somebody is reading the records of keys, perhaps for a backup.
            Err(KeyCommandError::Busy(..)) if begin.elapsed() < wait => {}
            Err(error) => return Err(error),
            Ok(servers) if begin.elapsed() >= wait => return Err(KeyCommandError::NotEverywhere { servers, id }),
            Ok(servers) if said.replace(servers) != Some(servers) => progress(Rotation::Waiting { servers }),
            Ok(_) => {}
        }
        sleep(ASK_AGAIN).await;
    }
}

/// Makes a key the active one if all running servers have it. Returns how many do not.
async fn try_activate(opened: &Opened, id: &str, clock: &dyn Clock) -> Result<u64, KeyCommandError> {
    // If no server runs, none may start in the meantime, because it might not have the key.
    let mut no_server = None;
    if let DatabaseAddress::Sqlite(_) = opened.address {
        let broken = |error| NoDatabase::Unusable(opened.address.clone(), OpenError::File(error));
        match DataFolder::take(&opened.data) {
            Ok(folder) => no_server = Some(folder),
            Err(FolderError::Taken) => {
                let announced = DataFolder::announced_keys(&opened.data).map_err(broken)?;
                if !announced.iter().any(|key| key == id) {
                    return Ok(1);
                }
            }
            Err(FolderError::Io(error)) => return Err(broken(error).into()),
        }
    }
    let activate = async {
        let mut transaction = opened.storage.write().await?;
        transaction.lock_vault_key().await?;
        let servers = match opened.address {
            DatabaseAddress::Sqlite(_) => 0,
            DatabaseAddress::Postgres(_) => servers_without_key(&mut transaction, id).await?,
        };
        if servers == 0 {
            vault_key::activate(&mut transaction, id, clock.now()).await?;
            transaction.commit().await?;
        }
        Ok(servers)
    };
    let servers = activate.await.map_err(opened.broken());
    drop(no_server);
    servers
}

type Unreadable = Vec<(String, String, VaultError)>;

/// Seals everything with this key that is not. Nobody seals with another one any more, so once is enough.
async fn seal_all(
    opened: &Opened,
    vault: &Vault,
    key: &str,
    entropy: &dyn Entropy,
    progress: &mut (dyn FnMut(Rotation) + Send),
) -> Result<(u64, Unreadable), KeyCommandError> {
    let broken = opened.broken();
    let of = count_others(opened, key).await.map_err(&broken)?;
    let (mut sealed, mut unreadable) = (seal_setup_link(opened, vault, key, entropy).await?, Vec::new());
    let (mut passwords, mut after) = (0, String::new());
    loop {
        progress(Rotation::Sealed { passwords, of: of.max(passwords) });
        let begin = Instant::now();
        let mut transaction = opened.storage.write().await.map_err(&broken)?;
        let some = sealed::passwords_of_other_keys(&mut transaction, key, &after, AT_ONCE, true).await;
        let some = some.map_err(&broken)?;
        let Some(last) = some.last() else { return Ok((sealed, unreadable)) };
        after.clone_from(&last.id);
        let mut again = 0;
        for one in &some {
            match seal_again(vault, key, entropy, one) {
                Ok(text) => {
                    let replaced = sealed::replace_password(&mut transaction, &one.id, &one.password_sealed, &text);
                    again += u64::from(replaced.await.map_err(&broken)?);
                }
                Err(error) => unreadable.push((one.workspace.clone(), one.name.clone(), error)),
            }
        }
        transaction.commit().await.map_err(&broken)?;
        sealed += again;
        passwords += some.len() as u64;
        // Servers get half of the time.
        sleep(begin.elapsed().max(PAUSE)).await;
    }
}

async fn count_others(opened: &Opened, key: &str) -> Result<u64, StorageError> {
    let prefix = crate::vault::prefix(key);
    let counts = sealed::counts(&mut opened.storage.reader().await?).await?;
    Ok(counts.iter().filter(|count| count.prefix != prefix).map(|count| count.passwords.unsigned_abs()).sum())
}

fn seal_again(vault: &Vault, key: &str, entropy: &dyn Entropy, one: &SealedPassword) -> Result<String, VaultError> {
    let origin = RegistryUrl::parse(&one.url).map_err(|_| VaultError::Broken)?.origin();
    let context = SecretContext::password(&one.workspace_id, &one.id, &origin);
    vault.seal(key, entropy, context, &vault.open(context, &one.password_sealed)?)
}

/// Returns how many were sealed again. A link that cannot be opened is no use; the next start says so.
async fn seal_setup_link(
    opened: &Opened,
    vault: &Vault,
    key: &str,
    entropy: &dyn Entropy,
) -> Result<u64, KeyCommandError> {
    let broken = opened.broken();
    let mut transaction = opened.storage.write().await.map_err(&broken)?;
    let Some(before) = setup_link::find(&mut transaction).await.map_err(&broken)? else { return Ok(0) };
    if crate::vault::key_id_of(&before) == Some(key) {
        return Ok(0);
    }
    let token = vault.open(SecretContext::SETUP_LINK, &before)?;
    let after = vault.seal(key, entropy, SecretContext::SETUP_LINK, &token)?;
    let replaced = sealed::replace_setup_link(&mut transaction, &before, &after).await.map_err(&broken)?;
    transaction.commit().await.map_err(&broken)?;
    Ok(u64::from(replaced))
}
