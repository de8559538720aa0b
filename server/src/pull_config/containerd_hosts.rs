//! `hosts.toml` of containerd (docs/hosts.md), and the credentials, which it keeps elsewhere (docs/cri/registry.md).

use super::{PullConfig, PullFile, Transport, encode};
use domain::{Credentials, Secret};
use serde::Serialize;
use std::collections::BTreeMap;

/// The name of the CA's file, which is next to `hosts.toml`.
const CA: &str = "ca.crt";

#[derive(Serialize)]
struct Hosts {
    /// The only host: the fields below are its own.
    server: String,
    capabilities: [&'static str; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    ca: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skip_verify: Option<bool>,
}

/// What is merged into containerd's own configuration.
#[derive(Serialize)]
struct Containerd<'a> {
    plugins: Plugins<'a>,
}

#[derive(Serialize)]
struct Plugins<'a> {
    #[serde(rename = "io.containerd.grpc.v1.cri")]
    cri: Cri<'a>,
}

#[derive(Serialize)]
struct Cri<'a> {
    registry: Registry<'a>,
}

#[derive(Serialize)]
struct Registry<'a> {
    configs: BTreeMap<String, Endpoint<'a>>,
}

#[derive(Serialize)]
struct Endpoint<'a> {
    auth: Auth<'a>,
}

#[derive(Serialize)]
struct Auth<'a> {
    username: &'a str,
    password: &'a str,
}

pub fn files(config: &PullConfig) -> Vec<PullFile> {
    let folder = format!("/etc/containerd/certs.d/{}", config.url.authority());
    let hosts = Hosts {
        server: config.endpoint(),
        capabilities: ["pull", "resolve"],
        ca: matches!(config.transport(), Transport::OwnCa(_)).then_some(CA),
        skip_verify: matches!(config.transport(), Transport::Unverified).then_some(true),
    };
    let hosts = PullFile {
        path: format!("{folder}/hosts.toml"),
        content: Secret::new(encode::toml(&hosts)),
        purpose: "How to reach the registry. containerd reads it at each pull if config_path in \
            /etc/containerd/config.toml is /etc/containerd/certs.d, ctr with --hosts-dir /etc/containerd/certs.d."
            .to_owned(),
    };
    let ca = config.ca_file(format!("{folder}/{CA}"), "The registry's own CA, which hosts.toml names.");
    let auth = config.credentials.as_ref().map(|credentials| auth_file(config, credentials));
    [Some(hosts), ca, auth].into_iter().flatten().collect()
}

fn auth_file(config: &PullConfig, credentials: &Credentials) -> PullFile {
    let auth = Auth { username: &credentials.username, password: credentials.password.expose() };
    // By the host of the endpoint, not of the image: for Docker Hub they differ.
    let configs = BTreeMap::from([(config.url.api_authority(), Endpoint { auth })]);
    let containerd = Containerd { plugins: Plugins { cri: Cri { registry: Registry { configs } } } };
    PullFile {
        path: "auth.toml".to_owned(),
        content: Secret::new(encode::toml(&containerd)),
        purpose: "The credentials, for containerd 1: merge this into /etc/containerd/config.toml and restart \
            containerd. In Kubernetes a Secret for imagePullSecrets needs neither, and works with containerd 2."
            .to_owned(),
    }
}
