//! TLS without a proxy: curl and openssl as clients.

use super::PROMPTLY;
use super::process::Process;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// An authority, and the files that a server is started with.
pub struct Certificates {
    folder: TempDir,
    authority: CertifiedIssuer<'static, KeyPair>,
}

impl Certificates {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "authority");
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("authority.pem"), authority.pem()).unwrap();
        let certificates = Self { folder, authority };
        certificates.issue(1);
        certificates
    }

    /// Replaces the certificate and its key by new ones, with this serial number.
    fn issue(&self, serial: u64) {
        let (chain, key) = self.pair(serial, 2030);
        fs::write(self.path("key.pem"), key).unwrap();
        fs::write(self.path("chain.pem"), chain).unwrap();
    }

    /// A certificate that is valid until the end of this year, with its chain, and its key.
    pub fn pair(&self, serial: u64, until: i32) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        params.serial_number = Some(serial.into());
        params.not_after = rcgen::date_time_ymd(until, 12, 31);
        let leaf = params.signed_by(&key, &self.authority).unwrap();
        (leaf.pem() + &self.authority.pem(), key.serialize_pem())
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    #[track_caller]
    fn serve(&self, within: &[&str]) -> Process {
        self.serve_with(&[], within, &[])
    }

    /// Starts a server with this certificate, which checks only on request.
    #[track_caller]
    pub fn serve_with(&self, options: &[&str], within: &[&str], variables: &[(&str, &str)]) -> Process {
        let (chain, key) = (self.path("chain.pem"), self.path("key.pem"));
        let files = ["--tls-cert", chain.to_str().unwrap(), "--tls-key", key.to_str().unwrap(), "--check-every", "0"];
        Process::launch(&[&files[..], options].concat(), within, variables)
    }

    /// curl, which trusts the authority. Its output ends with the version of HTTP and the status.
    fn curl(&self, server: &Process, path: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("curl");
        command.args([
            "--silent",
            "--show-error",
            "--include",
            "--max-time",
            "60",
            "--write-out",
            "\n%{http_version} %{http_code}",
        ]);
        command.arg("--cacert").arg(self.path("authority.pem")).args(arguments);
        command.arg(format!("https://{}{path}", server.address()));
        command
    }

    #[track_caller]
    pub fn get(&self, server: &Process, path: &str, arguments: &[&str]) -> String {
        let output = self.curl(server, path, arguments).output().unwrap();
        String::from_utf8_lossy(&[output.stderr, output.stdout].concat()).into_owned()
    }
}

/// The serial number of the certificate that new connections get.
#[track_caller]
fn served(server: &Process) -> String {
    let shown = openssl(server, &[]);
    let mut x509 = Command::new("openssl");
    x509.args(["x509", "-noout", "-serial"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut x509 = x509.spawn().unwrap();
    x509.stdin.take().unwrap().write_all(shown.as_bytes()).unwrap();
    String::from_utf8_lossy(&x509.wait_with_output().unwrap().stdout).trim().to_owned()
}

/// What openssl says about a handshake.
#[track_caller]
fn openssl(server: &Process, arguments: &[&str]) -> String {
    openssl_with(server, arguments, "")
}

/// The same, after this input.
#[track_caller]
fn openssl_with(server: &Process, arguments: &[&str], input: &str) -> String {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", server.address()]).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut client = command.spawn().unwrap();
    client.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = client.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn the_console_works_over_http_2_and_over_http_1_1() {
    let certificates = Certificates::new();
    let mut server = certificates.serve(&[]);
    for (option, version) in [("--http2", "2"), ("--http1.1", "1.1")] {
        let answer = certificates.get(&server, "/login", &[option]);
        assert!(answer.ends_with(&format!("\n{version} 200")), "{answer}");
    }
    let form = server.set_up_form();
    let origin = format!("Origin: https://{}", server.address());
    let elsewhere = ["--http2", "--data", &form, "--header", "Origin: https://localhost.example"];
    let answer = certificates.get(&server, "/ui/setup", &elsewhere);
    assert!(answer.ends_with("2 403") && answer.contains(server.address()), "the host is compared: {answer}");
    let answer = certificates.get(&server, "/ui/setup", &["--http2", "--data", &form, "--header", &origin]);
    assert!(answer.ends_with("2 200"), "{answer}");
    let (_, cookie) = answer.split_once("set-cookie: ").unwrap();
    assert!(cookie.contains("; Secure"), "{cookie}");
    let (session, _) = cookie.split_once(';').unwrap();
    assert!(session.starts_with("__Host-portolan="), "{session}");

    // A form that is shown again names the page that it is on by its path.
    let rejected = ["--http2", "--cookie", session, "--header", &origin, "--header", "Accept: text/html"];
    let rejected = [&rejected[..], &["--data", "name=default&page=/workspaces"]].concat();
    let answer = certificates.get(&server, "/ui/workspaces/create", &rejected);
    assert!(answer.ends_with("2 409") && !answer.contains("https://127.0.0.1"), "{answer}");

    // More than a client may send before it is read.
    let long = certificates.path("form");
    fs::write(&long, format!("page=/workspaces&name={}", "x".repeat(700_000))).unwrap();
    let long = format!("@{}", long.display());
    let form = ["--http2", "--cookie", session, "--header", &origin, "--data", &long];
    let answer = certificates.get(&server, "/ui/workspaces/create", &form);
    assert!(answer.ends_with("2 422"), "{answer}");

    let mut stream = certificates.curl(&server, "/events", &["--http2", "--no-buffer", "--cookie", session]);
    let mut stream = stream.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(stream.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("retry:")), "the first event arrives while the stream is open");
    let (took, succeeded) = server.terminate();
    assert!(took < PROMPTLY && succeeded, "an open stream does not delay the exit: {took:?}");
    assert!(stream.wait().unwrap().success(), "the stream ended properly");
}

#[test]
fn tls_versions_below_1_2_are_refused() {
    let server = Certificates::new().serve(&[]);
    for (version, works) in [("-tls1", false), ("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)] {
        let said = openssl(&server, &[version, "-cipher", "DEFAULT@SECLEVEL=0"]);
        assert_eq!(said.contains("Cipher is TLS_") || said.contains("Cipher is ECDHE"), works, "{version}: {said}");
        assert!(works || said.contains("SSL alert number"), "{version}: {said}");
    }
}

#[test]
fn weak_ciphers_compression_and_renegotiation_are_not_offered() {
    let server = Certificates::new().serve(&[]);
    // Without forward secrecy, without authentication, without encryption, or not AEAD.
    for weak in ["AES256-GCM-SHA384", "ADH-AES256-GCM-SHA384", "ECDHE-ECDSA-NULL-SHA", "ECDHE-ECDSA-AES128-SHA256"] {
        let said = openssl(&server, &["-tls1_2", "-cipher", &format!("{weak}:@SECLEVEL=0")]);
        assert!(said.contains("alert handshake failure"), "{weak}: {said}");
    }
    for strong in ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"] {
        let said = openssl(&server, &["-tls1_2", "-comp", "-cipher", strong]);
        assert!(said.contains(&format!("Cipher is {strong}")), "{strong}: {said}");
        assert!(said.contains("Compression: NONE") && said.contains("Expansion: NONE"), "{said}");
    }
    // The line R lets openssl ask for it.
    let said = openssl_with(&server, &["-tls1_2"], "R\n");
    assert!(said.contains("RENEGOTIATING") && said.contains("no renegotiation"), "{said}");
}

#[test]
fn a_new_certificate_is_used_without_a_restart_and_a_broken_one_is_not() {
    let certificates = Certificates::new();
    let server = certificates.serve(&[]);
    let session = certificates.get(&server, "/ui/setup", &["--http2", "--data", &server.set_up_form()]);
    let (_, session) = session.split_once("set-cookie: ").unwrap();
    let (session, _) = session.split_once(';').unwrap();
    let mut stream = certificates.curl(&server, "/events", &["--http2", "--no-buffer", "--cookie", session]);
    let mut stream = stream.stdout(Stdio::piped()).spawn().unwrap();
    let mut events = BufReader::new(stream.stdout.take().unwrap());
    assert!(events.read_line(&mut String::new()).unwrap() > 0);
    assert_eq!(served(&server), "serial=01");

    certificates.issue(2);
    server.wait_for_log("the certificate was read again");
    assert_eq!(served(&server), "serial=02");

    fs::write(certificates.path("key.pem"), "").unwrap();
    server.wait_for_log("There is no private key in");
    assert_eq!(served(&server), "serial=02", "the one from before stays");
    fs::remove_file(certificates.path("chain.pem")).unwrap();
    server.wait_for_log("chain.pem cannot be read");
    assert_eq!(served(&server), "serial=02", "the one from before stays");

    certificates.issue(3);
    server.signal("HUP");
    let begun = Instant::now();
    while served(&server) != "serial=03" {
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", server.log());
    }
    // Without a change, only the signal leads to this line.
    let read = || server.log().matches("the certificate was read again").count();
    let before = read();
    server.signal("HUP");
    while read() == before {
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", server.log());
    }
    assert!(stream.try_wait().unwrap().is_none(), "a stream that was open stays open");
    let _ = (stream.kill(), stream.wait());
}

#[test]
fn clients_that_never_speak_tls_leave_others_served_and_are_given_up() {
    let certificates = Certificates::new();
    // Room for 110 connections.
    let server = certificates.serve(&["prlimit", "--nofile=220:220"]);
    let mut silent: Vec<_> = (0..200).map(|_| TcpStream::connect(server.address()).unwrap()).collect();
    for option in ["--http2", "--http1.1"] {
        let begun = Instant::now();
        let answer = certificates.get(&server, "/login", &[option]);
        assert!(answer.ends_with(" 200"), "{answer}");
        assert!(begun.elapsed() < Duration::from_secs(8), "sooner than the handshakes of the others are given up");
    }
    let last = silent.last_mut().unwrap();
    last.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
    let closed = last.read(&mut [0]).map_err(|error| error.kind());
    assert!(matches!(closed, Ok(0) | Err(ErrorKind::ConnectionReset)), "{closed:?}");
}

#[test]
fn plain_http_on_the_port_for_https_is_answered_with_what_to_do() {
    let server = Certificates::new().serve(&[]);
    let (status, answer) = server.get("/login", "");
    assert!(status == 400 && answer.contains("https://"), "{answer}");
}

#[test]
fn a_certificate_that_cannot_be_served_stops_the_start_and_an_expired_one_warns() {
    let certificates = Certificates::new();
    let refused = |certificate: &str, key: &str| {
        let (certificate, key) = (certificates.path(certificate), certificates.path(key));
        Process::refused(&["--tls-cert", certificate.to_str().unwrap(), "--tls-key", key.to_str().unwrap()])
    };
    fs::write(certificates.path("empty.pem"), "").unwrap();
    fs::write(certificates.path("other.pem"), certificates.pair(7, 2030).1).unwrap();
    let encrypt = ["pkey", "-aes256", "-passout", "pass:canary", "-in", "key.pem", "-out", "encrypted.pem"];
    assert!(Command::new("openssl").args(encrypt).current_dir(&certificates.folder).status().unwrap().success());
    for (certificate, key, expected) in [
        ("empty.pem", "key.pem", "There is no certificate in"),
        ("chain.pem", "empty.pem", "There is no private key in"),
        ("chain.pem", "encrypted.pem", "is encrypted"),
        ("chain.pem", "other.pem", "does not belong to the first certificate"),
        ("missing.pem", "key.pem", "cannot be read: No such file"),
    ] {
        let said = refused(certificate, key);
        assert!(said.contains(expected) && said.lines().count() == 1, "{expected}: {said}");
    }
    let (chain, key) = certificates.pair(8, 2020);
    fs::write(certificates.path("chain.pem"), chain).unwrap();
    fs::write(certificates.path("key.pem"), key).unwrap();
    certificates.serve(&[]).wait_for_log("expired on 2020-12-31");
}
