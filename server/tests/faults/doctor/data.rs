//! The data folder and its file system.

use super::{Site, doctor, doctor_within};
use crate::process::is_root;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_folder_that_others_can_use_is_named() {
    let site = Site::on_sqlite();
    set_mode(site.data(), 0o770);
    site.doctor(&[]).says("problem", &["has mode 0770", "others can replace its files", "chmod 700"]);
    set_mode(site.data(), 0o755);
    site.doctor(&[]).says("warning", &["has mode 0755", "others can look into it"]);
    set_mode(&site.data().join("portolan.db"), 0o644);
    site.doctor(&[]).says("warning", &["portolan.db has mode 0644", "chmod 600"]);
}

#[test]
fn a_file_in_place_of_the_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    doctor(&file, &[]).says("problem", &["is not a folder"]);
}

#[test]
fn files_and_folders_of_other_users_are_named() {
    if !is_root() {
        return eprintln!("skipped: giving files away needs root");
    }
    let site = Site::on_sqlite();
    chown(site.data().join("portolan.db"), Some(12_345), Some(12_345)).unwrap();
    site.doctor(&[]).says("problem", &["portolan.db belongs to user 12345, the folder to 0", "chown 0:0"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let key = elsewhere.path().join("portolan.key");
    fs::rename(site.data().join("portolan.key"), &key).unwrap();
    chown(&key, Some(12_345), None).unwrap();
    site.doctor(&["--key-file", key.to_str().unwrap()]).says("problem", &["portolan.key belongs to user 12345"]);
    // As a user to whom the folder does not belong.
    set_mode(site.data(), 0o700);
    let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
    let report = doctor_within(&nobody, site.data(), &[]);
    report.says("problem", &["belongs to user 0, not to 65534", "runuser"]);
    report.says("problem", &["database", "run this as Portolan's user"]);
}

#[test]
fn a_file_system_that_is_in_memory_nearly_full_or_read_only_is_named() {
    if !is_root() {
        return eprintln!("skipped: mounting needs root");
    }
    let site = Site::on_sqlite();
    let data = site.data().display();
    let mount = |then: &str| {
        let script = format!(
            "cp -a {data} {data}.copy && mount -t tmpfs -o size=32m,mode=700 none {data} && cp -a {data}.copy/. {data} && rm -r {data}.copy && {then} exec \"$0\" \"$@\""
        );
        doctor_within(&["unshare", "--mount", "sh", "-c", &script], site.data(), &[])
    };
    let report = mount("");
    report.says("warning", &["file system", "is in memory"]);
    report.says("problem", &["file system", " MiB free", "soon nothing can be saved"]);
    report.says("ok", &["database"]);
    let read_only = format!("mount -o remount,ro {data} &&");
    mount(&read_only).says("problem", &["is mounted read-only"]);
}
