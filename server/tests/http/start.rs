//! Starting: what is wrong is said, and nothing is written.

use server::{Settings, StartError, SystemClock, SystemEntropy, start};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

async fn try_start(data: &Path, key_file: Option<&Path>) -> Result<Arc<server::Portolan>, StartError> {
    let settings = Settings { key_file: key_file.map(Path::to_owned), ..Settings::within(data) };
    start(&settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await
}

async fn refusal(data: &Path, key_file: Option<&Path>) -> String {
    let before = fs::read(data.join("portolan.db")).ok();
    let message = try_start(data, key_file).await.err().unwrap().to_string();
    assert_eq!(fs::read(data.join("portolan.db")).ok(), before, "nothing was written");
    message
}

#[tokio::test]
async fn the_key_is_made_once_and_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new/data");
    let portolan = try_start(&data, None).await.unwrap();
    portolan.close().await;
    drop(portolan);
    let key = data.join("portolan.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let first = fs::read(&key).unwrap();
    try_start(&data, None).await.unwrap().close().await;
    assert_eq!(fs::read(&key).unwrap(), first);
}

#[tokio::test]
async fn a_wrong_short_missing_or_exposed_key_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let key = data.join("portolan.key");
    let portolan = try_start(data, None).await.unwrap();
    portolan.close().await;
    drop(portolan);
    let right = fs::read(&key).unwrap();
    let write = |content: &[u8], mode| {
        let _ = fs::remove_file(&key);
        fs::write(&key, content).unwrap();
        fs::set_permissions(&key, Permissions::from_mode(mode)).unwrap();
    };

    write(&right, 0o644);
    let exposed = refusal(data, None).await;
    assert!(exposed.contains("chmod 600") && exposed.contains("portolan.key"), "{exposed}");

    write(&right[..40], 0o600);
    assert!(refusal(data, None).await.contains("64 hexadecimal digits"));

    write("0".repeat(64).as_bytes(), 0o600);
    let wrong = refusal(data, None).await;
    assert!(wrong.contains("--key-file") && !wrong.contains(&"0".repeat(64)), "{wrong}");

    fs::remove_file(&key).unwrap();
    assert!(refusal(data, None).await.contains("there is no key file"));
    assert!(!key.exists(), "no new key over existing data");

    let elsewhere = data.join("elsewhere.key");
    fs::write(&elsewhere, &right).unwrap();
    fs::set_permissions(&elsewhere, Permissions::from_mode(0o600)).unwrap();
    try_start(data, Some(&elsewhere)).await.unwrap().close().await;
}

#[tokio::test]
async fn one_server_for_each_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = try_start(folder.path(), None).await.unwrap();
    let second = try_start(folder.path(), None).await.err().unwrap().to_string();
    assert!(second.contains("Another Portolan runs on"), "{second}");
    first.close().await;
    drop(first);
    try_start(folder.path(), None).await.unwrap();
}
