//! Name service, open files, certificate, and the address to listen on.

use super::{Site, command, doctor, doctor_within};
use crate::process::is_root;
use crate::tls::Certificates;
use rcgen::{CertificateParams, KeyPair};
use server::{Clock, SystemClock};
use std::fs::{self, Permissions};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

#[test]
fn hosts_of_registries_without_an_address_are_named() {
    for site in Site::on_both_engines() {
        site.doctor(&[]).says("ok", &["found the addresses of localhost and of 0 hosts"]);
        site.execute("update image_registry set url = 'https://registry.invalid'");
        site.doctor(&[]).says("warning", &["name service", "registry.invalid", "Check the URL"]);
        // Through a proxy, only its own name matters.
        site.doctor(&["--proxy", "http://localhost:1"]).says("ok", &["of localhost and of 1 hosts"]);
    }
}

#[test]
fn a_name_server_that_is_silent_is_a_problem() {
    if !is_root() {
        return eprintln!("skipped: replacing the name server needs root");
    }
    let Ok(_silent) = UdpSocket::bind("127.7.7.8:53") else { return eprintln!("skipped: port 53 is taken") };
    let site = Site::on_sqlite();
    site.execute("update image_registry set url = 'https://registry.example.test'");
    let settings = site.data().join("resolv.conf");
    fs::write(&settings, "nameserver 127.7.7.8\n").unwrap();
    let mount = format!("mount --bind {} /etc/resolv.conf && exec \"$0\" \"$@\"", settings.display());
    let report = doctor_within(&["unshare", "--mount", "sh", "-c", &mount], site.data(), &[]);
    report.says("problem", &["registry.example.test", "did not answer", "/etc/resolv.conf"]);
    let hosts = format!("mount --bind {} /etc/hosts && exec \"$0\" \"$@\"", settings.display());
    let files = "mount --bind /dev/null /etc/nsswitch.conf";
    let report = doctor_within(&["unshare", "--mount", "sh", "-c", &format!("{files} && {hosts}")], site.data(), &[]);
    assert!(report.text.contains("localhost"), "{}", report.text);
}

#[test]
fn a_low_limit_of_open_files_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let limited = |most: u32| {
        let script = format!("ulimit -n {most} && exec \"$0\" \"$@\"");
        doctor_within(&["sh", "-c", &script], folder.path(), &[])
    };
    limited(256).says("problem", &["room for 128 connections", "LimitNOFILE=8192"]);
    limited(1_024).says("warning", &["room for 864 connections"]);
}

/// Options for a certificate and a key in this folder.
fn options<'a>(chain: &'a str, key: &'a str) -> [&'a str; 4] {
    ["--tls-cert", chain, "--tls-key", key]
}

#[test]
fn a_certificate_that_browsers_will_reject_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let certificates = Certificates::new();
    let (chain, key) = (certificates.path("chain.pem"), certificates.path("key.pem"));
    let files = options(chain.to_str().unwrap(), key.to_str().unwrap());
    let ask = |more: &[&str]| doctor(folder.path(), &[&files, more].concat());
    let put = |serial, year| {
        let (new_chain, new_key) = certificates.pair(serial, year);
        fs::write(&chain, new_chain).unwrap();
        fs::write(&key, new_key).unwrap();
        fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    };

    put(1, 2030);
    let untrusted = ask(&["--public-url", "https://localhost"]);
    untrusted.says("warning", &["certificate", "trusts no authority", "browsers trust your own authority"]);
    let mut trusting = command(folder.path(), &[&files[..], &["--public-url", "https://127.0.0.1:8443"]].concat());
    let trusting = trusting.env("SSL_CERT_FILE", certificates.path("authority.pem")).output().unwrap();
    super::Report::of(trusting).says("ok", &["certificate", "valid until 2030-12-31"]);
    ask(&["--public-url", "https://console.example.com"]).says("problem", &["is not for console.example.com"]);
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    ask(&[]).says("warning", &["everybody on this machine can read the key", "chmod 600"]);

    put(2, 2020);
    ask(&[]).says("problem", &["expired on 2020-12-31", "Renew it"]);
    fs::write(&key, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    ask(&[]).says("problem", &["does not belong to the first certificate", "Name two files"]);
    fs::remove_file(&key).unwrap();
    ask(&[]).says("problem", &["certificate", "cannot be read"]);
}

#[test]
fn a_certificate_that_nobody_else_has_issued_or_that_expires_soon_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    let pair = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let now = UNIX_EPOCH + Duration::from_millis(SystemClock.now().unsigned_abs());
    params.not_after = (now + Duration::from_hours(7 * 24)).into();
    fs::write(&chain, params.self_signed(&pair).unwrap().pem()).unwrap();
    fs::write(&key, pair.serialize_pem()).unwrap();
    let report = doctor(folder.path(), &options(chain.to_str().unwrap(), key.to_str().unwrap()));
    report.says("warning", &["certificate", "trusts no authority"]);
    report.says("warning", &["certificate", "expires on", "Renew it"]);
}

#[test]
fn an_address_that_is_taken_or_elsewhere_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().to_string();
    let ask = |address: &str, data: &Path| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_portolan"));
        command.args(["doctor", "--listen", address, "--data"]).arg(data);
        super::Report::of(command.output().unwrap())
    };
    ask(&taken, folder.path()).says("problem", &["another program uses", &taken, "--listen"]);
    ask("192.0.2.1:3000", folder.path()).says("problem", &["192.0.2.1:3000", "--listen"]);
    let report = doctor(folder.path(), &["--metrics-listen", &taken]);
    report.says("problem", &["another program uses", &taken, "--metrics-listen"]);
    // Known by what it answers to plain HTTP.
    let server = Certificates::new().serve_with(&[], &[], &[]);
    ask(server.address(), folder.path()).says("ok", &["Portolan uses"]);
}
