//! Name resolution and address policy.

use super::fake_server::{FakeServer, Names, client, is_denied, last_step, open, target};
use domain::{Finding, Step};
use server::SystemClock;
use server::probe::{AddressPolicy, Client};
use std::sync::Arc;

#[tokio::test]
async fn errors_of_name_resolution_are_told_apart() {
    let client = client(Names::default().failing("silent.example"));
    let report = client.check(&target("https://nowhere.example")).await;
    assert_eq!(last_step(&report), (Step::Dns, Some(Finding::HostNotFound)));
    let report = client.check(&target("https://silent.example")).await;
    assert_eq!(last_step(&report), (Step::Dns, Some(Finding::NameServiceFailed)));
}

#[tokio::test]
async fn a_closed_port_is_reported_as_refused() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let report = client(Names::default()).check(&target(&format!("http://{free}"))).await;
    assert_eq!(last_step(&report), (Step::Tcp, Some(Finding::ConnectionRefused)));
}

#[tokio::test]
async fn t2_one_denied_address_of_a_name_denies_the_name() {
    let registry = FakeServer::plain(|_| open()).await;
    let names = Names::default().with("mixed.example", &["127.0.0.1", "169.254.169.254"]);
    let report = client(names).check(&target(&format!("http://mixed.example:{}", registry.address.port()))).await;
    assert!(is_denied(&report.finding) && last_step(&report).0 == Step::Address);
    assert_eq!(registry.connections(), 0);
}

#[tokio::test]
async fn t2_a_check_connects_to_the_address_that_passed_the_policy() {
    // The resolver gives another address each time: a client that resolves twice would connect to an unchecked one.
    let registry = FakeServer::plain(|_| open()).await;
    let names = Names::default().with("moving.example", &["127.0.0.1"]).with("moving.example", &["169.254.169.254"]);
    let client = client(names);
    let moving = target(&format!("http://moving.example:{}", registry.address.port()));
    for denied in [false, true, false] {
        assert_eq!(is_denied(&client.check(&moving).await.finding), denied);
    }
}

#[tokio::test]
async fn t1_loopback_is_denied_unless_the_operator_allows_it() {
    let registry = FakeServer::plain(|_| open()).await;
    let names = Names::default().with("inside.example", &["127.0.0.1"]).with("v6.example", &["::1"]);
    let client = Client::new(Arc::new(names), AddressPolicy::default(), Arc::new(SystemClock));
    let port = registry.address.port();
    for host in
        ["127.0.0.1", "localhost", "inside.example", "[::ffff:127.0.0.1]", "[::1]", "[64:ff9b::7f00:1]", "0.0.0.0"]
    {
        let report = client.check(&target(&format!("http://{host}:{port}"))).await;
        match host {
            "localhost" => assert_eq!(report.finding, Finding::HostNotFound),
            _ => assert!(is_denied(&report.finding), "{host}"),
        }
    }
    assert_eq!(registry.connections(), 0);
}

#[tokio::test]
async fn t1_a_check_never_connects_to_the_console_itself() {
    let itself = FakeServer::plain(|_| open()).await;
    let port = itself.address.port();
    let loopback = vec!["127.0.0.0/8".parse().unwrap()];
    // The other port is that of its figures.
    let policy = AddressPolicy::new(loopback, Vec::new()).listening_on(port).listening_on(1);
    let names = Names::default().with("inside.example", &["127.0.0.1"]);
    let client = Client::new(Arc::new(names), policy, Arc::new(SystemClock));
    for host in ["127.0.0.1", "inside.example"] {
        let report = client.check(&target(&format!("http://{host}:{port}"))).await;
        assert!(is_denied(&report.finding) && last_step(&report).0 == Step::Tcp, "{host}");
    }
    assert!(itself.asked().is_empty());
    let neighbour = FakeServer::plain(|_| open()).await;
    let report = client.check(&target(&format!("http://{}", neighbour.authority()))).await;
    assert_eq!(report.finding, super::fake_server::ANONYMOUS);
}

#[tokio::test]
async fn t1_t2_the_address_policy_also_applies_to_token_services() {
    let registry = FakeServer::plain(|_| super::fake_server::asks("Bearer realm=\"http://auth.example/token\"")).await;
    let names = Names::default().with("auth.example", &["169.254.169.254"]);
    let report = client(names).check(&target(&format!("http://{}", registry.authority()))).await;
    assert!(is_denied(&report.finding), "{report:?}");
    assert_eq!(report.steps.last().unwrap().peer, "auth.example");
    let names =
        Names::default().with("registry.example.com", &["127.0.0.1"]).with("auth.example", &["169.254.169.254"]);
    let named = target(&format!("http://registry.example.com:{}", registry.address.port()));
    let report = client(names).check(&named).await;
    assert!(is_denied(&report.finding));
    assert_eq!(report.steps.last().unwrap().peer, "auth.example");
}
