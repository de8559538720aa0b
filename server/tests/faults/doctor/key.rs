//! The key, and what is sealed with it.

use super::{CANARY, Site, command};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

#[test]
fn a_key_that_is_missing_exposed_malformed_or_another_one_is_named() {
    for site in Site::on_both_engines() {
        let path = site.data().join("portolan.key");
        let right = fs::read_to_string(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        site.doctor(&[]).says("problem", &["key", "others may read it (mode 640)", "chmod 600"]);
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, &right[..62]).unwrap();
        site.doctor(&[]).says("problem", &["key", "does not hold a key"]);
        fs::write(&path, CANARY.repeat(8)).unwrap();
        site.doctor(&[]).says("problem", &["stored passwords are sealed with key", "Name the right one"]);
        fs::remove_file(&path).unwrap();
        site.doctor(&[]).says("problem", &["there is no key file", "Put it back"]);
        assert!(!path.exists(), "none is created");
        // From elsewhere.
        let echo = format!("echo {}", right.trim());
        site.doctor(&["--key-command", &echo]).says("ok", &["the key command holds key"]);
        let mut elsewhere = command(site.data(), &site.options());
        let output = elsewhere.env("PORTOLAN_KEY", CANARY.repeat(8)).output().unwrap();
        super::Report::of(output).says("problem", &["the variable PORTOLAN_KEY holds"]);
    }
}

#[test]
fn secrets_whose_key_is_not_there_are_counted() {
    for site in Site::on_both_engines() {
        site.execute("update image_registry set password_sealed = 'v1:0badc0de:' || substr(password_sealed, 13)");
        let report = site.doctor(&[]);
        report.says("problem", &["1 secret is sealed with key 0badc0de, which is not there", "portolan key status"]);
        site.execute("update image_registry set password_sealed = 'v7:' || password_sealed");
        site.doctor(&[]).says("problem", &["1 secret is in a form", "Enter those passwords again"]);
        site.execute("delete from vault_key");
        site.doctor(&[]).says("problem", &["its record of their key is gone", "Restore the database"]);
    }
}

#[test]
fn a_rotation_is_followed_step_by_step() {
    for site in Site::on_both_engines() {
        let path = site.data().join("portolan.key");
        let old = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{old}{}\n", CANARY.repeat(8))).unwrap();
        site.doctor(&[]).says("warning", &["nothing is sealed with key", "yet", "portolan key rotate"]);
        let mut rotate = Command::new(env!("CARGO_BIN_EXE_portolan"));
        rotate.args(["key", "rotate", "--data"]).arg(site.data()).args(site.options());
        assert!(rotate.output().unwrap().status.success());
        site.doctor(&[]).says("warning", &["nothing is sealed with key", "any more", "portolan key remove"]);
        let both = fs::read_to_string(&path).unwrap();
        fs::write(&path, &old).unwrap();
        site.doctor(&[]).says("problem", &["Name the right one", "needs both keys"]);
        fs::write(&path, both).unwrap();
        // As if it had been interrupted.
        let mut status = Command::new(env!("CARGO_BIN_EXE_portolan"));
        status.args(["key", "status", "--data"]).arg(site.data()).args(site.options());
        let status = String::from_utf8(status.output().unwrap().stdout).unwrap();
        let id = &status.lines().find(|line| line.contains("  old ")).unwrap()[..8];
        site.execute(&format!("update image_registry set password_sealed = 'v1:{id}:' || substr(password_sealed, 13)"));
        site.doctor(&[]).says("warning", &["1 secret is still sealed with key", "Go on with the rotation"]);
    }
}
