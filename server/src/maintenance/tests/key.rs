use super::{interrupt, unless_interrupted};
use crate::app_state::AppState;
use crate::background::run_in_background;
use crate::clock::SystemClock;
use crate::entropy::SystemEntropy;
use crate::maintenance::key::{KeyCommandError, KeyPlace, KeyState, Rotated, Rotation, Status, remove, rotate, status};
use crate::start::{Settings, StartError, start};
use crate::storage::image_registries::{self, Edit, NewRegistryRecord, SealedCredentials};
use crate::storage::sample::{count, execute};
use crate::storage::{DatabaseAddress, RotationLock, Storage, WriteTransaction, sealed, setup_link, vault_key};
use crate::vault::{Key, KeySource, SealingKey, SecretContext, Vault, VaultError, replace_key_file};
use domain::{ConnectionSettings, Name, RegistrySettings, RegistryUrl, Repository, Secret, TrustPolicy};
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const URL: &str = "https://registry.example.com";

/// A database with a key, on either engine.
struct Site {
    folder: TempDir,
    place: KeyPlace,
}

impl Site {
    fn key_file(&self) -> PathBuf {
        self.folder.path().join("portolan.key")
    }

    fn address(&self) -> DatabaseAddress {
        let file = DatabaseAddress::Sqlite(self.folder.path().join("portolan.db"));
        self.place.database.clone().unwrap_or(file)
    }

    fn is_sqlite(&self) -> bool {
        self.place.database.is_none()
    }

    async fn try_start_at(&self, place: &KeyPlace) -> Result<Arc<AppState>, StartError> {
        let KeyPlace { data, database, key } = place.clone();
        let settings = Settings { database, key, ..Settings::within(data) };
        start(&settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await
    }

    /// A server that does not follow the keys.
    async fn start(&self) -> Arc<AppState> {
        self.try_start_at(&self.place).await.unwrap()
    }

    async fn storage(&self) -> Storage {
        Storage::open(&self.address()).await.unwrap()
    }

    async fn keys(&self) -> Vec<Key> {
        KeySource::File(self.key_file()).read().await.unwrap()
    }

    async fn vault(&self) -> Vault {
        Vault::new(&self.keys().await)
    }

    /// Stores registries whose passwords are their names, as an administrator who is logged in would.
    async fn create(&self, names: impl IntoIterator<Item = String>) {
        let (storage, vault) = (self.storage().await, self.vault().await);
        let mut transaction = storage.write().await.unwrap();
        for name in names {
            let active = vault_key::active(&mut transaction).await.unwrap();
            insert(&mut transaction, &vault, &active, &name).await;
        }
        transaction.commit().await.unwrap();
        storage.close().await;
    }

    async fn rotate(&self) -> Result<Rotated, KeyCommandError> {
        rotate(&self.place, Duration::ZERO, &SystemClock, &SystemEntropy, &mut |_| {}).await
    }

    async fn error(&self) -> String {
        self.rotate().await.unwrap_err().to_string()
    }

    async fn remove(&self, id: &str) -> Result<(), String> {
        remove(&self.place, id, &SystemClock).await.map(|_| ()).map_err(|error| error.to_string())
    }

    async fn status(&self) -> Status {
        status(&self.place).await.unwrap()
    }

    /// State, passwords and setup links of each key.
    async fn counts(&self) -> Vec<(KeyState, u64, u64)> {
        self.status().await.keys.into_iter().map(|key| (key.state, key.passwords, key.setup_links)).collect()
    }

    /// The names of the registries whose passwords open, and are right, with this key alone.
    async fn opened_with(&self, key: &Key) -> usize {
        let (storage, vault) = (self.storage().await, Vault::new(std::slice::from_ref(key)));
        let mut reader = storage.reader().await.unwrap();
        let all = sealed::passwords_of_other_keys(&mut reader, "none", "", 9_999, false).await.unwrap();
        let opens = all.iter().filter(|one| {
            let origin = RegistryUrl::parse(&one.url).unwrap().origin();
            let opened = vault.open(SecretContext::password(&one.workspace_id, &one.id, &origin), &one.password_sealed);
            opened.is_ok_and(|password| password.expose() == one.name)
        });
        let opens = opens.count();
        drop(reader);
        storage.close().await;
        opens
    }
}

async fn insert(transaction: &mut WriteTransaction, vault: &Vault, key_id: &str, name: &str) {
    let url = RegistryUrl::parse(URL).unwrap();
    let origin = url.origin();
    let context = SecretContext::password("default", name, &origin);
    let sealed = vault.seal(key_id, &SystemEntropy, context, &Secret::new(name)).unwrap();
    let settings = RegistrySettings {
        connection: ConnectionSettings { url, trust: TrustPolicy::default() },
        repository: Repository::parse("").unwrap(),
        test_image: None,
    };
    let new = NewRegistryRecord {
        id: name,
        workspace_id: "default",
        name: &Name::parse(name).unwrap(),
        settings: &settings,
        credentials: Some(SealedCredentials { username: "robot", password: &sealed }),
    };
    let edit = Edit { account_id: Some("anna"), token_name: None, now: 1, next_check_at: None };
    image_registries::insert(transaction, new, edit).await.unwrap();
}

/// Runs a test on both engines, each with an account, a key, an unused setup link, and three registries.
async fn on_both_engines(test: impl AsyncFn(Site)) {
    for is_postgres in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let database = is_postgres.then(|| DatabaseAddress::Postgres(test_postgres::new_database().parse().unwrap()));
        let place = KeyPlace { data: folder.path().to_owned(), database, key: None };
        let site = Site { folder, place };
        site.start().await.close().await;
        let account = "insert into account (id, name, password_hash, password_changed_at, created_at)
                       values ('anna', 'anna', '', 1, 1)";
        execute(&site.address(), account).await;
        site.create(["a", "b", "c"].map(str::to_owned)).await;
        test(site).await;
    }
}

fn write_keys(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn s5_a_rotation_seals_every_secret_with_a_new_key_and_the_old_one_can_then_be_removed() {
    on_both_engines(async |site| {
        let [old] = &site.keys().await[..] else { panic!("one key") };
        assert_eq!(site.counts().await, [(KeyState::Active, 3, 1)]);
        let token = async |vault: &Vault| {
            let storage = site.storage().await;
            let sealed = setup_link::find(&mut storage.reader().await.unwrap()).await.unwrap().unwrap();
            storage.close().await;
            vault.open(SecretContext::SETUP_LINK, &sealed).map(|token| token.expose().to_owned())
        };
        let link = token(&site.vault().await).await.unwrap();

        let rotated = site.rotate().await.unwrap();
        let [_, new] = &site.keys().await[..] else { panic!("two keys") };
        assert_eq!(rotated, Rotated { key: new.id(), old: vec![old.id()], sealed: 4, unreadable: Vec::new() });
        assert_eq!(site.counts().await, [(KeyState::Active, 3, 1), (KeyState::Old, 0, 0)]);
        assert_eq!((site.opened_with(new).await, site.opened_with(old).await), (3, 0));
        assert_eq!(token(&Vault::new(std::slice::from_ref(new))).await.unwrap(), link, "it is still the same link");

        // Again: nothing is left to do, and no third key is made.
        assert_eq!(site.rotate().await.unwrap().sealed, 0);
        assert_eq!(site.keys().await.len(), 2);

        site.remove(&old.id()).await.unwrap();
        assert_eq!(site.keys().await, std::slice::from_ref(new));
        assert_eq!(site.status().await.keys[1].state, KeyState::Removed);
        site.remove(&old.id()).await.unwrap();
        site.start().await.close().await;

        // And once more, now that only one key is left.
        site.rotate().await.unwrap();
        assert_eq!(site.status().await.keys.len(), 3);
        assert_eq!(site.opened_with(&site.keys().await[1]).await, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s5_a_rotation_that_ends_at_any_point_goes_on_when_it_is_run_again() {
    on_both_engines(async |site| {
        site.create((0..120).map(|number| format!("more-{number}"))).await;
        let mut ended = 0;
        // Each time one report of progress later.
        for steps in 1.. {
            let mut left = steps;
            let mut progress = |_| {
                left -= 1;
                if left == 0 {
                    interrupt();
                }
            };
            let rotation = rotate(&site.place, Duration::ZERO, &SystemClock, &SystemEntropy, &mut progress);
            if let Some(rotated) = unless_interrupted(rotation).await {
                rotated.unwrap();
                break;
            }
            ended += 1;
            let status = site.status().await;
            assert_eq!(status.keys.iter().map(|key| key.passwords).sum::<u64>(), 123);
            assert_eq!(site.keys().await.len(), 2, "never a third key");
            site.try_start_at(&site.place).await.unwrap().close().await;
        }
        // With the key written, after 50 passwords, and after all.
        assert_eq!(ended, 3);
        let keys = site.keys().await;
        assert_eq!((site.opened_with(&keys[0]).await, site.opened_with(&keys[1]).await), (0, 123));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s5_a_key_that_is_needed_or_not_known_is_not_removed() {
    on_both_engines(async |site| {
        let active = site.keys().await[0].id();
        let message = site.remove(&active).await.unwrap_err();
        assert!(message.contains("is the one that seals"), "{message}");
        let message = site.remove("0a1b2c3d").await.unwrap_err();
        assert!(message.contains("portolan key status"), "{message}");
        site.rotate().await.unwrap();
        let (before, file) = (site.status().await, read(&site.key_file()));
        // Still sealed with the old key, as after an interrupted rotation.
        let storage = site.storage().await;
        let mut transaction = storage.write().await.unwrap();
        insert(&mut transaction, &site.vault().await, &active, "late").await;
        transaction.commit().await.unwrap();
        storage.close().await;
        let message = site.remove(&active).await.unwrap_err();
        assert!(message.contains("1 secret is still sealed") && message.contains(&active), "{message}");
        let left = ("default".to_owned(), "late".to_owned(), active.clone());
        assert_eq!(site.status().await.others, [left]);
        assert_eq!(read(&site.key_file()), file);
        site.rotate().await.unwrap();
        assert_eq!(site.status().await.keys[1], before.keys[1]);
        site.remove(&active).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_a_shorter_one_a_foreign_one_and_a_removed_one_are_refused() {
    on_both_engines(async |site| {
        let file = site.key_file();
        let right = read(&file);
        let mut messages = Vec::new();
        for (text, expected) in [
            (format!("{right}{right}"), "the same key twice"),
            (format!("{right}{}", right.to_uppercase()), "the same key twice"),
            (right[..62].to_owned(), "64 hexadecimal digits"),
            (format!("{right}{}", &right[2..]), "64 hexadecimal digits"),
            (format!("{}\n", "1a".repeat(32)), "are sealed with key"),
        ] {
            write_keys(&file, &text);
            messages.push(site.error().await);
            assert!(messages.last().unwrap().contains(expected), "{messages:?}");
            assert_eq!(read(&file), text, "the file is as it was");
        }
        write_keys(&file, &right);
        site.rotate().await.unwrap();
        site.remove(&site.status().await.keys[1].id).await.unwrap();
        // Whoever copies the old file back does not go back to the old key.
        write_keys(&file, &format!("{}{right}", read(&file)));
        messages.push(site.error().await);
        assert!(messages.last().unwrap().contains("was removed earlier"), "{messages:?}");
        fs::remove_file(&file).unwrap();
        messages.push(site.error().await);
        assert!(messages.last().unwrap().contains("file not found"), "{messages:?}");
        assert!(!messages.concat().contains(&right[..20]), "no key is shown");
        assert_eq!(count(&site.address(), "select count(*) from vault_key").await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_rotations_at_once_one_is_refused() {
    on_both_engines(async |site| {
        for _ in 0..3 {
            let (one, other) = tokio::join!(site.rotate(), site.rotate());
            let refused = [one, other].into_iter().filter_map(Result::err).collect::<Vec<_>>();
            assert!(refused.iter().all(|error| matches!(error, KeyCommandError::TwoAtOnce(_))), "{refused:?}");
            let keys = site.keys().await;
            assert_eq!((keys.len(), site.opened_with(&keys[1]).await), (2, 3));
            site.remove(&keys[0].id()).await.unwrap();
        }
        let lock = RotationLock::take(&site.address()).await.unwrap();
        assert!(site.error().await.contains("Wait until it has ended"));
        assert!(site.remove("0a1b2c3d").await.unwrap_err().contains("Wait until it has ended"));
        assert_eq!(site.keys().await.len(), 1);
        drop(lock);
        site.rotate().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sealed_with_a_key_that_a_running_server_does_not_have() {
    on_both_engines(async |site| {
        let server = site.start().await;
        let old = site.keys().await[0].id();
        for _ in 0..2 {
            let message = site.error().await;
            assert!(message.starts_with("1 of the running servers cannot read key"), "{message}");
            assert_eq!(site.keys().await.len(), 2, "the key is there for it to be read");
            assert_eq!(site.status().await.keys[0].id, old);
            assert_eq!(site.counts().await, [(KeyState::Active, 3, 1), (KeyState::Next, 0, 0)]);
        }
        // It reads it by itself.
        tokio::spawn(run_in_background(server.clone()));
        let mut steps = Vec::new();
        let mut progress = |step| steps.push(step);
        let wait = Duration::from_secs(20);
        rotate(&site.place, wait, &SystemClock, &SystemEntropy, &mut progress).await.unwrap();
        assert!(steps.contains(&Rotation::Waiting { servers: 1 }), "{steps:?}");
        assert_eq!(site.counts().await, [(KeyState::Active, 3, 1), (KeyState::Old, 0, 0)]);
        assert_eq!(server.vault.key_ids().len(), 2);
        site.remove(&old).await.unwrap();
        // The server forgets it, too.
        let forgets = async {
            while server.vault.key_ids().len() > 1 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), forgets).await.unwrap();
        server.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_server_on_a_database_has_to_have_the_new_key() {
    on_both_engines(async |site| {
        if site.is_sqlite() {
            return;
        }
        let elsewhere = tempfile::tempdir().unwrap();
        let other = KeyPlace { data: elsewhere.path().to_owned(), ..site.place.clone() };
        let other_file = elsewhere.path().join("portolan.key");
        fs::copy(site.key_file(), &other_file).unwrap();
        let servers = [site.start().await, site.try_start_at(&other).await.unwrap()];
        for server in &servers {
            tokio::spawn(run_in_background(server.clone()));
        }
        let wait = Duration::from_secs(4);
        let message = rotate(&site.place, wait, &SystemClock, &SystemEntropy, &mut |_| {}).await.unwrap_err();
        assert!(matches!(message, KeyCommandError::NotEverywhere { servers: 1, .. }), "{message}");
        let message = rotate(&other, wait, &SystemClock, &SystemEntropy, &mut |_| {}).await.unwrap_err();
        assert!(matches!(message, KeyCommandError::BegunElsewhere { .. }), "{message}");
        // As the message says.
        fs::copy(site.key_file(), &other_file).unwrap();
        let wait = Duration::from_secs(20);
        rotate(&other, wait, &SystemClock, &SystemEntropy, &mut |_| {}).await.unwrap();
        let new = site.keys().await[1].id();
        assert!(servers.iter().all(|server| server.vault.key_ids().contains(&new)));
        for server in &servers {
            server.close().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn during_a_rotation_a_server_starts_only_with_both_keys() {
    on_both_engines(async |site| {
        let old = read(&site.key_file());
        site.rotate().await.unwrap();
        let both = read(&site.key_file());
        for wrong in [old.clone(), both.lines().last().unwrap().to_owned()] {
            write_keys(&site.key_file(), &wrong);
            let error = site.try_start_at(&site.place).await.err().unwrap();
            assert!(matches!(error, StartError::OtherKey { .. }), "{error}");
            assert!(!error.to_string().contains(wrong.trim()), "{error}");
        }
        for text in [&both, &both.lines().rev().collect::<Vec<_>>().join("\n")] {
            write_keys(&site.key_file(), text);
            site.start().await.close().await;
        }
    })
    .await;
}

/// On PostgreSQL, where the start can be held up between its first look at the keys and the opening of the tables.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_does_not_start_if_a_key_that_it_lacks_becomes_active_meanwhile() {
    on_both_engines(async |site| {
        if site.is_sqlite() {
            return;
        }
        let storage = site.storage().await;
        let mut blocker = storage.write().await.unwrap();
        blocker.query("lock table _sqlx_migrations in access exclusive mode").execute().await.unwrap();
        let activate = async {
            let waiting =
                "select count(*) from pg_locks where not granted and relation = to_regclass('_sqlx_migrations')";
            let mut reader = storage.reader().await.unwrap();
            while reader.query(waiting).fetch_scalar::<i64>().await.unwrap() == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let key = SealingKey::new(&Key::from_bytes([7; 32]));
            let key_check = key.key_check_value(&SystemEntropy).unwrap();
            let mut transaction = storage.write().await.unwrap();
            vault_key::insert_next(&mut transaction, key.id(), &key_check, 1).await.unwrap();
            vault_key::activate(&mut transaction, key.id(), 1).await.unwrap();
            transaction.commit().await.unwrap();
            blocker.commit().await.unwrap();
        };
        let (started, ()) = tokio::join!(site.try_start_at(&site.place), activate);
        let error = started.err().unwrap();
        assert!(matches!(error, StartError::OtherKey { .. }), "{error}");
        storage.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_has_begun_before_the_new_key_is_active_is_sealed_again() {
    on_both_engines(async |site| {
        let (storage, vault) = (site.storage().await, site.vault().await);
        let mut transaction = storage.write().await.unwrap();
        let active = vault_key::active(&mut transaction).await.unwrap();
        let is_done = Cell::new(false);
        let rotation = async {
            let wait = Duration::from_secs(20);
            rotate(&site.place, wait, &SystemClock, &SystemEntropy, &mut |_| {}).await.unwrap();
            is_done.set(true);
        };
        let change = async {
            // The rotation waits for the transaction, with the new key already in the file.
            while site.keys().await.len() < 2 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
            insert(&mut transaction, &vault, &active, "late").await;
            assert!(!is_done.get());
            transaction.commit().await.unwrap();
        };
        tokio::join!(rotation, change);
        assert_eq!(site.counts().await[..], [(KeyState::Active, 4, 1), (KeyState::Old, 0, 0)]);
        assert_eq!(site.opened_with(&site.keys().await[1]).await, 4);
        storage.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_changed_meanwhile_is_not_overwritten() {
    on_both_engines(async |site| {
        let storage = site.storage().await;
        let mut transaction = storage.write().await.unwrap();
        let all = sealed::passwords_of_other_keys(&mut transaction, "none", "", 9, true).await.unwrap();
        let [one, ..] = &all[..] else { panic!("three") };
        assert!(!sealed::replace_password(&mut transaction, &one.id, "v1:before", "v1:after").await.unwrap());
        assert!(sealed::replace_password(&mut transaction, &one.id, &one.password_sealed, "v1:after").await.unwrap());
        drop(transaction);
        storage.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_cannot_be_opened_is_named_and_keeps_its_key_from_being_removed() {
    on_both_engines(async |site| {
        let old = site.keys().await[0].id();
        execute(
            &site.address(),
            "update image_registry set password_sealed = substr(password_sealed, 1, 30) || 'ff' where id = 'b'",
        )
        .await;
        execute(&site.address(), "update image_registry set password_sealed = 'canary' where id = 'c'").await;
        let rotated = site.rotate().await.unwrap();
        let unreadable = |name: &str, error| ("default".to_owned(), name.to_owned(), error);
        assert_eq!(rotated.unreadable, [unreadable("b", VaultError::Form), unreadable("c", VaultError::Form)]);
        assert!(site.remove(&old).await.unwrap_err().contains("enter passwords again"));
        let states: Vec<_> = site.counts().await;
        assert_eq!(states, [(KeyState::Active, 1, 1), (KeyState::Old, 1, 0), (KeyState::Unknown, 1, 0)]);
        let status = site.status().await;
        assert!(!format!("{status:?}").contains("canary"), "{status:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_from_a_variable_or_a_command_are_rotated_once_both_are_there() {
    on_both_engines(async |mut site| {
        let old = read(&site.key_file());
        let elsewhere = site.folder.path().join("store");
        fs::rename(site.key_file(), &elsewhere).unwrap();
        let (one, two) = (format!("{}\n", "1a".repeat(32)), "2b".repeat(32));
        let variable = |text: &str| Some(KeySource::Variable(Secret::new(text)));
        let command = Some(KeySource::Command(format!("cat '{}'", elsewhere.display())));

        site.place.key = variable(&old);
        assert!(site.error().await.starts_with("The variable PORTOLAN_KEY holds only the key that is in use"));
        let server = site.start().await;
        site.place.key = variable(&format!("{old}{one}"));
        let message = site.error().await;
        assert!(message.contains("restart servers that have the key from a variable"), "{message}");
        server.close().await;
        drop(server);
        site.start().await.close().await;
        assert_eq!(site.rotate().await.unwrap().sealed, 4);
        let removed = remove(&site.place, &site.status().await.keys[1].id, &SystemClock).await.unwrap();
        assert!(!removed.is_gone, "the operator has to");

        site.place.key = command;
        write_keys(&elsewhere, &one);
        assert!(site.error().await.starts_with("The key command holds only the key that is in use"));
        let server = site.start().await;
        tokio::spawn(run_in_background(server.clone()));
        write_keys(&elsewhere, &format!("{one}{two}"));
        let wait = Duration::from_secs(20);
        rotate(&site.place, wait, &SystemClock, &SystemEntropy, &mut |_| {}).await.unwrap();
        write_keys(&elsewhere, &two);
        let removed = remove(&site.place, &site.status().await.keys[1].id, &SystemClock).await.unwrap();
        assert!(removed.is_gone);
        assert!(!site.key_file().exists(), "no file is made");
        server.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_file_that_cannot_be_written_is_reported_and_nothing_is_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let place = KeyPlace { data: folder.path().join("data"), database: None, key: None };
    let data = place.data.clone();
    let settings = Settings::within(&data);
    start(&settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await.unwrap().close().await;
    // A folder that is in the way of the new file.
    fs::create_dir(data.join("portolan.key.part")).unwrap();
    let error = rotate(&place, Duration::ZERO, &SystemClock, &SystemEntropy, &mut |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("Add it yourself, as a second line"), "{error}");
    // As it says.
    let second = format!("{}{}\n", read(&data.join("portolan.key")), "1a".repeat(32));
    write_keys(&data.join("portolan.key"), &second);
    rotate(&place, Duration::ZERO, &SystemClock, &SystemEntropy, &mut |_| {}).await.unwrap();
    fs::remove_dir(data.join("portolan.key.part")).unwrap();
    replace_key_file(&data.join("portolan.key"), &[Key::from_bytes([0x1a; 32])]).unwrap();
}

#[tokio::test]
async fn a_database_without_keys_or_with_older_tables_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let place = KeyPlace { data: folder.path().to_owned(), database: None, key: None };
    let message = status(&place).await.unwrap_err().to_string();
    assert!(message.contains("There is no database"), "{message}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let settings = Settings::within(folder.path());
    start(&settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await.unwrap().close().await;
    let address = DatabaseAddress::Sqlite(folder.path().join("portolan.db"));
    execute(&address, "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)").await;
    let message = status(&place).await.unwrap_err().to_string();
    assert!(message.contains("earlier version"), "{message}");
}
