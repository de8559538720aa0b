//! The offline cache: what nodes use while no server can be reached. Off unless the configuration gives it an age.
//!
//! An entry is sealed with XChaCha20-Poly1305, with a key derived from the API token. The token has 256 random bits, and
//! whoever can read it can ask the server as well, so a key file beside the cache would protect nothing more, and would
//! be one more secret to keep. A cache that is copied without the token is of no use, and a new token cannot open what
//! was sealed with the old one.

use crate::config::CacheConfig;
use api::credentials::Credentials;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::Secret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

const NONCE_BYTES: usize = 24;

/// What the name of an entry ends with. Other files in the folder are left alone.
const EXTENSION: &str = "sealed";

/// The entries that were sealed with one token.
pub struct Cache {
    folder: PathBuf,
    max_age: Duration,
    cipher: XChaCha20Poly1305,
    hash_key: Zeroizing<[u8; 32]>,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Entry {
    /// Seconds since 1970.
    stored: u64,
    credentials: Credentials,
}

/// Credentials that are not too old.
#[derive(Debug)]
pub struct Cached {
    pub credentials: Credentials,
    /// For how long they may be given out.
    pub left: Duration,
}

impl Cache {
    pub fn new(config: &CacheConfig, token: &Secret) -> Self {
        let derive = |purpose: &str| {
            Zeroizing::new(<[u8; 32]>::from(Sha256::new_with_prefix(purpose).chain_update(token.expose()).finalize()))
        };
        let key = derive("portolan client cache key v1\0");
        Self {
            folder: config.folder.clone(),
            max_age: config.max_age,
            cipher: XChaCha20Poly1305::new((&*key).into()),
            hash_key: derive("portolan client cache name v1\0"),
        }
    }

    /// What was stored for this query, unless it is too old, or its time is in the future: then a clock is wrong.
    pub fn get(&self, query: &str, now: SystemTime) -> Option<Cached> {
        let bytes = fs::read(self.path(query)).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: query.as_bytes() };
        let clear = Zeroizing::new(self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()?);
        let Entry { stored, credentials } = serde_json::from_slice(&clear).ok()?;
        let age = now.duration_since(SystemTime::UNIX_EPOCH + Duration::from_secs(stored)).ok()?;
        let left = self.max_age.checked_sub(age).filter(|left| !left.is_zero())?;
        Some(Cached { credentials, left })
    }

    /// Stores an answer, and removes what is too old.
    ///
    /// # Errors
    /// If it cannot be written. The answer is as good as before.
    pub fn put(&self, query: &str, credentials: &Credentials, now: SystemTime) -> io::Result<()> {
        let stored = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let entry = Entry { stored, credentials: credentials.clone() };
        let clear = Zeroizing::new(serde_json::to_vec(&entry)?);
        let nonce = random()?;
        let payload = Payload { msg: &clear, aad: query.as_bytes() };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| io::Error::other("not sealed"))?;
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        self.remove_old(now);
        write(&self.path(query), &[&nonce[..], &sealed].concat())
    }

    /// Forgets what the server no longer gives out.
    pub fn remove(&self, query: &str) {
        let _ = fs::remove_file(self.path(query));
    }

    /// Forgets everything, of this token and of others: the files do not say whose they are.
    pub fn clear(&self) {
        self.remove_if(|_| true);
    }

    /// The name of the file says nothing about the query.
    fn path(&self, query: &str) -> PathBuf {
        let hash = Sha256::new_with_prefix(*self.hash_key).chain_update(query).finalize();
        self.folder.join(const_hex::encode(&hash[..16])).with_extension(EXTENSION)
    }

    /// Removes entries that are never given out again, of this token and of others.
    fn remove_old(&self, now: SystemTime) {
        self.remove_if(|written| now.duration_since(written).is_ok_and(|age| age > self.max_age));
    }

    /// Removes entries by when they were written.
    fn remove_if(&self, is_over: impl Fn(SystemTime) -> bool) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let written = entry.metadata().and_then(|metadata| metadata.modified());
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == EXTENSION) && written.is_ok_and(&is_over) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "nothing depends on which nonce it is")]
fn random() -> io::Result<[u8; NONCE_BYTES]> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(io::Error::other)?;
    Ok(nonce)
}

/// Replaces a file as a whole. It is not synced: after a power failure, a broken entry is none.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_extension(format!("{}.part", std::process::id()));
    let _ = fs::remove_file(&part);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    let written = file.write_all(bytes).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const HOUR: Duration = Duration::from_hours(1);

    fn cache(folder: &Path, token: &str) -> Cache {
        Cache::new(&CacheConfig { folder: folder.join("cache"), max_age: HOUR }, &Secret::new(token))
    }

    fn credentials() -> Credentials {
        Credentials {
            workspace: "default".to_owned(),
            name: "hub".to_owned(),
            version: 1,
            url: "https://registry.example".to_owned(),
            image_prefix: "registry.example/team".to_owned(),
            server: "registry.example".to_owned(),
            username: Some("robot".to_owned()),
            password: Some(Secret::new("canary")),
        }
    }

    /// A time in whole seconds, as it is stored.
    fn start() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(500_000)
    }

    #[test]
    fn an_entry_is_given_out_until_it_is_too_old() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), "portolan_one");
        cache.put("image=a", &credentials(), start()).unwrap();
        let cached = cache.get("image=a", start() + HOUR / 4).unwrap();
        assert_eq!((cached.credentials, cached.left), (credentials(), HOUR * 3 / 4));
        assert!(cache.get("image=a", start() + HOUR).is_none());
        assert!(cache.get("image=a", start() - Duration::from_secs(1)).is_none(), "the clock was set back");
        assert!(cache.get("image=b", start()).is_none());
        cache.remove("image=a");
        assert!(cache.get("image=a", start()).is_none());
    }

    #[test]
    fn an_entry_opens_only_with_its_token_and_for_its_question() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (cache(folder.path(), "portolan_one"), cache(folder.path(), "portolan_other"));
        one.put("image=a", &credentials(), start()).unwrap();
        assert!(other.get("image=a", start()).is_none());
        // Even if somebody moves it to where it would be read.
        fs::copy(one.path("image=a"), other.path("image=a")).unwrap();
        fs::copy(one.path("image=a"), one.path("image=b")).unwrap();
        assert!(other.get("image=a", start()).is_none());
        assert!(one.get("image=b", start()).is_none());
        let mut bytes = fs::read(one.path("image=a")).unwrap();
        assert!(!bytes.windows(6).any(|part| part == b"canary" || part == b"robot\""));
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(one.path("image=a"), &bytes).unwrap();
        assert!(one.get("image=a", start()).is_none());
    }

    #[test]
    fn only_the_owner_may_read_it_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), "portolan_one");
        for _ in 0..2 {
            cache.put("image=a", &credentials(), start()).unwrap();
        }
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&cache.folder), mode(&cache.path("image=a"))), (0o700, 0o600));
        assert_eq!(fs::read_dir(&cache.folder).unwrap().count(), 1);
    }

    #[test]
    fn what_is_too_old_is_removed_and_other_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), "portolan_one");
        cache.put("image=a", &credentials(), start()).unwrap();
        let note = cache.folder.join("note.txt");
        fs::write(&note, "").unwrap();
        let written = fs::metadata(cache.path("image=a")).unwrap().modified().unwrap();
        cache.put("image=b", &credentials(), written + HOUR * 2).unwrap();
        assert!(!cache.path("image=a").exists() && cache.path("image=b").exists() && note.exists());
    }
}
