//! `portolan kubelet-credential-provider`.

use super::fake_server::{FakeServer, json, problem};
use super::machine::Machine;
use super::{PASSWORD, credentials};
use api::problem::kind;
use serde_json::{Value, json};

#[test]
fn a_request_is_answered_with_the_prefix_that_matched() {
    let server = FakeServer::answering(json(&credentials()));
    let ended = Machine::of(&[&server.url]).kubelet("registry.example:5000/team/app");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    // Every field: a kubelet refuses others.
    let expected = json!({
        "kind": "CredentialProviderResponse",
        "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
        "cacheKeyType": "Image",
        "cacheDuration": "300s",
        "auth": {"registry.example:5000/team": {"username": "robot$team+ci", "password": PASSWORD}},
    });
    assert_eq!(ended.json(), expected);
    let query = "image=registry.example%3A5000%2Fteam%2Fapp&purpose=kubelet-credential-provider";
    assert_eq!(server.requests()[0].line, format!("GET /api/v1/credentials?{query}"));
}

#[test]
fn an_image_of_no_registry_or_without_password_is_pulled_without_credentials() {
    let mut anonymous = credentials();
    anonymous["username"] = Value::Null;
    anonymous["password"] = Value::Null;
    for answer in [problem(404, kind::NO_REGISTRY, "No image registry has this image."), json(&anonymous)] {
        let server = FakeServer::answering(answer);
        let ended = Machine::of(&[&server.url]).kubelet("registry.example/app");
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let response = ended.json();
        assert_eq!((&response["auth"], &response["cacheDuration"]), (&json!({}), &json!("30s")));
    }
}

#[test]
fn a_request_with_a_service_account_says_that_the_answer_depends_on_no_pod() {
    let server = FakeServer::answering(json(&credentials()));
    let request = json!({
        "kind": "CredentialProviderRequest",
        "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
        "image": "registry.example:5000/team/app",
        "serviceAccountToken": "canary",
        "serviceAccountAnnotations": {"example.com/team": "one"},
    });
    let ended = Machine::of(&[&server.url]).portolan(&["kubelet-credential-provider"], &request.to_string());
    assert_eq!(ended.json()["serviceAccountTokenCacheType"], "ServiceAccount");
    assert!(!ended.said().contains("canary"));
}

#[test]
fn other_requests_are_refused_without_asking_the_server() {
    let server = FakeServer::answering(json(&credentials()));
    let machine = Machine::of(&[&server.url]);
    let of_version = |version: &str| {
        json!({
            "kind": "CredentialProviderRequest",
            "apiVersion": format!("credentialprovider.kubelet.k8s.io/{version}"),
            "image": "registry.example/app",
        })
        .to_string()
    };
    for (request, expected) in [
        (of_version("v1alpha1"), "/v1alpha1. Set apiVersion: credentialprovider.kubelet.k8s.io/v1"),
        (of_version("v1beta1"), "/v1beta1. Set apiVersion: credentialprovider.kubelet.k8s.io/v1"),
        (String::new(), "is not a CredentialProviderRequest"),
        ("x".repeat(2 * 1024 * 1024), "longer than 1 MiB"),
    ] {
        let ended = machine.portolan(&["kubelet-credential-provider"], &request);
        assert_eq!((ended.code, &*ended.stdout), (Some(1), ""));
        assert!(ended.stderr.contains(expected), "{ended:?}");
    }
    assert!(server.requests().is_empty());
}
