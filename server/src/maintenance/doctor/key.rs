//! The key: whether it is there, private, and the one that secrets are sealed with.

use super::{Diagnosis, Subject};
use crate::start::{read_keys, verify_keys};
use crate::storage::{Contents, Inspection, SealedCount, SealedWith};
use crate::vault::{self, Key, KeySource, Vault};
use std::fs;
use std::os::unix::fs::MetadataExt;

const CHECK: &str = "key";

const OTHERWISE: &str = "Put the key there: 64 hexadecimal digits, readable only by Portolan's user";

/// `inspection` is `None` if there is no database yet.
pub async fn examine(subject: &Subject, inspection: Option<&Inspection>) -> Vec<Diagnosis> {
    let Some(source) = &subject.key else { return Vec::new() };
    let known = inspection.map_or(&SealedWith::Nothing, |inspection| &inspection.sealed_with);
    let mut found = Vec::from_iter(of_owner(subject, source));
    let keys = match read_keys(source, known).await {
        Ok(Some(keys)) => keys,
        Ok(None) => {
            found.push(Diagnosis::ok(CHECK, format!("{source} does not exist yet; the first start creates it")));
            return found;
        }
        Err(error) => {
            found.push(Diagnosis::of_error(CHECK, error, OTHERWISE));
            return found;
        }
    };
    let vault = Vault::new(&keys);
    if let SealedWith::Keys(needed) = known
        && let Err(error) = verify_keys(&vault, source, needed)
    {
        found.push(Diagnosis::of_error(CHECK, error, OTHERWISE));
    }
    if let Some(contents) = inspection.and_then(|inspection| inspection.contents.as_ref()) {
        found.extend(of_secrets(contents, &keys));
    }
    if found.is_empty() {
        found.push(Diagnosis::ok(CHECK, format!("{source} holds key {}", vault.key_ids().join(" and key "))));
    }
    found
}

/// Whether a key file elsewhere belongs to the user that the data folder belongs to. Within it, this is a matter of the
/// folder.
fn of_owner(subject: &Subject, source: &KeySource) -> Option<Diagnosis> {
    let KeySource::File(path) = source else { return None };
    if path.parent() == Some(&subject.data) {
        return None;
    }
    let (key, folder) = (fs::metadata(path).ok()?, fs::metadata(&subject.data).ok()?);
    (key.uid() != folder.uid()).then(|| {
        let what = format!("{source} belongs to user {}, the data folder to {}", key.uid(), folder.uid());
        let next = format!("Give it to that user: chown {}:{} {}", folder.uid(), folder.gid(), path.display());
        Diagnosis::problem(CHECK, what, next)
    })
}

/// Judges what is sealed with which key.
fn of_secrets(contents: &Contents, keys: &[Key]) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    let has = |id: &str| keys.iter().any(|key| key.id() == id);
    let active = contents.keys.first().filter(|key| key.active_since.is_some()).map(|key| &*key.id);
    for count in &contents.sealed {
        let (id, secrets) = (vault::key_id_of(&count.prefix), secrets(count));
        match id {
            None => {
                let what = format!("{secrets} in a form that this version does not know");
                found.push(Diagnosis::problem(CHECK, what, "Enter those passwords again: portolan key status --rows"));
            }
            Some(id) if !has(id) => {
                let what = format!("{secrets} sealed with key {id}, which is not there");
                let next =
                    "Add that key, on a line of its own, or enter the passwords again: portolan key status --rows";
                found.push(Diagnosis::problem(CHECK, what, next));
            }
            Some(id) if Some(id) != active => {
                let what = format!("{secrets} still sealed with key {id}");
                found.push(Diagnosis::warning(CHECK, what, "Go on with the rotation: portolan key rotate"));
            }
            Some(_) => {}
        }
    }
    let is_used = |id: &str| contents.sealed.iter().any(|count| count.prefix == vault::prefix(id));
    let is_known = |id: &str| contents.keys.iter().find(|key| key.id == id);
    for id in keys.iter().map(Key::id).filter(|id| Some(&**id) != active && !is_used(id)) {
        found.push(match is_known(&id) {
            Some(key) if key.removed_at.is_some() => {
                let next = "Take it out of where the key is: it is not used again";
                Diagnosis::warning(CHECK, format!("key {id} was removed earlier"), next)
            }
            Some(key) if key.active_since.is_some() => {
                let next = format!("Keep a copy with old backups, then: portolan key remove {id}");
                Diagnosis::warning(CHECK, format!("nothing is sealed with key {id} any more"), next)
            }
            _ => {
                let what = format!("nothing is sealed with key {id} yet");
                Diagnosis::warning(CHECK, what, "To seal with it from now on: portolan key rotate")
            }
        });
    }
    found
}

fn secrets(count: &SealedCount) -> String {
    match count.passwords + count.setup_links {
        1 => "1 secret is".to_owned(),
        several => format!("{several} secrets are"),
    }
}
