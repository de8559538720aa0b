//! Denied addresses never receive a packet. Runs in a network namespace, in which servers listen on these addresses.

use super::fake_server::{Names, target};
use domain::RegistryUrl;
use server::SystemClock;
use server::probe::{AddressPolicy, Client, Resolve, SystemResolver};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;

/// Tells the child process that it runs inside the namespace.
const INSIDE: &str = "PORTOLAN_TEST_INSIDE_A_NAMESPACE";

/// The servers in the namespace, besides loopback: metadata services, and one private address that is allowed.
const ADDRESSES: [&str; 6] =
    ["169.254.169.254/32", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128", PRIVATE];

const PRIVATE: &str = "10.0.0.5/32";

/// Spellings of these addresses that people and attackers use. Some are not valid registry URLs, and never get as far
/// as a check.
const SPELLINGS: [&str; 62] = [
    "169.254.169.254",
    "169.254.169.254.",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[0:0:0:0:0:ffff:a9fe:a9fe]",
    "[::169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b::169.254.169.254]",
    "[64:ff9b:1::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]",
    "[2002:a9fe:a9fe::1]",
    "[2001:0:1:2:3:4:5601:5601]",
    "2852039166",
    "0xa9fea9fe",
    "0xa9.0xfe.0xa9.0xfe",
    "0251.0376.0251.0376",
    "025177524776",
    "169.254.43518",
    "169.16689662",
    "169.254.169.0xfe",
    "00169.254.169.254",
    "169.254.169.254%00",
    "169.254.169.254%25eth0",
    "169。254。169。254",
    "①⑥⑨.②⑤④.①⑥⑨.②⑤④",
    "１６９.２５４.１６９.２５４",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fe80::1%lo]",
    "100.100.100.200",
    "[::ffff:100.100.100.200]",
    "[64:ff9b::6464:64c8]",
    "[2002:6464:64c8::]",
    "1684301000",
    "168.63.129.16",
    "[::ffff:168.63.129.16]",
    "192.0.0.192",
    "[fd00:ec2::254]",
    "[fd00:0ec2:0000:0000:0000:0000:0000:0254]",
    "127.0.0.1",
    "127.0.0.1.",
    "127.1.2.3",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "0.0.0.0",
    "0",
    "0x0",
    "[::]",
    "[::ffff:0.0.0.0]",
];

#[test]
fn t1_no_packet_reaches_a_denied_address() {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
    }
    let possible = Command::new("unshare").args(["--net", "ip", "link", "set", "lo", "up"]).output();
    if !possible.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: a network namespace needs root, unshare and ip");
        return;
    }
    let run = Command::new("unshare")
        .arg("--net")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "namespace::t1_no_packet_reaches_a_denied_address", "--nocapture"])
        .env(INSIDE, "yes")
        .output()
        .unwrap();
    assert!(run.status.success(), "{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
}

#[tokio::main]
async fn inside() {
    let ip = |arguments: &[&str]| assert!(Command::new("ip").args(arguments).status().unwrap().success());
    ip(&["link", "set", "lo", "up"]);
    for address in ADDRESSES {
        ip(&["address", "add", address, "dev", "lo"]);
    }
    let heard = Arc::new(AtomicUsize::new(0));
    let (listener, ear) = (TcpListener::bind("[::]:80").await.unwrap(), heard.clone());
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            ear.fetch_add(1, Ordering::SeqCst);
        }
    });
    let client = |names: Arc<dyn Resolve>| Client::new(names, AddressPolicy::default(), Arc::new(SystemClock));
    let direct = client(Arc::new(SystemResolver));
    for host in SPELLINGS {
        let url = format!("http://{host}:80");
        if RegistryUrl::parse(&url).is_ok() {
            let finding = direct.check(&target(&url)).await.finding;
            assert!(super::fake_server::is_denied(&finding), "{host}");
        }
    }
    for address in ["169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "127.0.0.1", "::1"] {
        let names = Names::default().with("evil.example", &["10.0.0.5", address]);
        let finding = client(Arc::new(names)).check(&target("http://evil.example:80")).await.finding;
        assert!(super::fake_server::is_denied(&finding), "{address}");
    }
    assert_eq!(heard.load(Ordering::SeqCst), 0, "a denied address received a connection");

    // Proves that the servers would have noticed a connection.
    direct.check(&target("http://10.0.0.5:80")).await;
    assert!(heard.load(Ordering::SeqCst) > 0);
}
