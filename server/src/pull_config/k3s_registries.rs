//! `registries.yaml` of k3s and RKE2 (docs.k3s.io, "Private Registry Configuration").

use super::{PullConfig, PullFile, Transport, encode};
use domain::Secret;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Registries<'a> {
    mirrors: BTreeMap<String, Mirror>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    configs: BTreeMap<String, Endpoint<'a>>,
}

#[derive(Serialize)]
struct Mirror {
    endpoint: [String; 1],
}

#[derive(Serialize)]
struct Endpoint<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    auth: Option<Auth<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<Tls>,
}

#[derive(Serialize)]
struct Auth<'a> {
    username: &'a str,
    password: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Tls {
    CaFile(String),
    InsecureSkipVerify(bool),
}

pub fn files(config: &PullConfig) -> Vec<PullFile> {
    let ca_path = format!("/etc/rancher/k3s/certs/{}/ca.crt", config.url.authority());
    let credentials = config.credentials.as_ref();
    let endpoint = Endpoint {
        auth: credentials.map(|it| Auth { username: &it.username, password: it.password.expose() }),
        tls: match config.transport() {
            Transport::Http | Transport::Https => None,
            Transport::OwnCa(_) => Some(Tls::CaFile(ca_path.clone())),
            Transport::Unverified => Some(Tls::InsecureSkipVerify(true)),
        },
    };
    let has_settings = endpoint.auth.is_some() || endpoint.tls.is_some();
    let registries = Registries {
        mirrors: BTreeMap::from([(config.url.authority(), Mirror { endpoint: [config.endpoint()] })]),
        // By the host of the endpoint, not of the image: for Docker Hub they differ.
        configs: has_settings.then(|| (config.url.api_authority(), endpoint)).into_iter().collect(),
    };
    let file = PullFile {
        path: "/etc/rancher/k3s/registries.yaml".to_owned(),
        content: Secret::new(encode::yaml(&registries)),
        holds_password: config.credentials.is_some(),
        purpose: "For each node, agents and servers. With RKE2: /etc/rancher/rke2/registries.yaml. If there is one \
            already, merge the entries. k3s reads it when it starts."
            .to_owned(),
    };
    let ca = config.ca_file(ca_path, "The registry's own CA, which registries.yaml names.");
    [Some(file), ca].into_iter().flatten().collect()
}
