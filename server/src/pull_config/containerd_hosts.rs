//! `hosts.toml` of containerd (docs/hosts.md), and the credentials, which it keeps elsewhere (docs/cri/registry.md).

use super::{PullConfig, PullFile, Transport, encode};
use domain::{Credentials, Secret};
use serde::Serialize;
use std::collections::BTreeMap;

/// The name of the CA's file, which is next to `hosts.toml`.
const CA: &str = "ca.crt";

#[derive(Serialize)]
struct Hosts {
    server: String,
    /// Those of the server. containerd 1.6 reads no file without hosts, and asks the server after them: without the same
    /// settings, its answer about a missing image would be about certificates.
    #[serde(flatten)]
    settings: HostSettings,
    host: BTreeMap<String, HostSettings>,
}

#[derive(Clone, Serialize)]
struct HostSettings {
    capabilities: [&'static str; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    ca: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skip_verify: Option<bool>,
}

/// The table of containerd 1 with settings of registries.
const REGISTRY_CONFIGS: [&str; 4] = ["plugins", "io.containerd.grpc.v1.cri", "registry", "configs"];

pub fn files(config: &PullConfig) -> Vec<PullFile> {
    let folder = format!("/etc/containerd/certs.d/{}", config.url.authority());
    let settings = HostSettings {
        capabilities: ["pull", "resolve"],
        ca: matches!(config.transport(), Transport::OwnCa(_)).then_some(CA),
        skip_verify: matches!(config.transport(), Transport::Unverified).then_some(true),
    };
    let endpoint = config.endpoint();
    let host = BTreeMap::from([(endpoint.clone(), settings.clone())]);
    let hosts = Hosts { server: endpoint, settings, host };
    let hosts = PullFile {
        path: format!("{folder}/hosts.toml"),
        content: Secret::new(encode::toml(&hosts)),
        holds_password: false,
        purpose: "How to reach the registry. containerd reads it at each pull if config_path in \
            /etc/containerd/config.toml is /etc/containerd/certs.d, ctr with --hosts-dir /etc/containerd/certs.d."
            .to_owned(),
    };
    let ca = config.ca_file(format!("{folder}/{CA}"), "The registry's own CA, which hosts.toml names.");
    let auth = config.credentials.as_ref().map(|credentials| auth_file(config, credentials));
    [Some(hosts), ca, auth].into_iter().flatten().collect()
}

fn auth_file(config: &PullConfig, credentials: &Credentials) -> PullFile {
    // By the host of the endpoint, not of the image: for Docker Hub they differ.
    let host = config.url.api_authority();
    let auth = [("username", &*credentials.username), ("password", credentials.password.expose())];
    PullFile {
        path: "auth.toml".to_owned(),
        content: Secret::new(encode::toml_table(&[&REGISTRY_CONFIGS[..], &[&host, "auth"]].concat(), &auth)),
        holds_password: true,
        purpose: "The credentials, for containerd 1: merge this into /etc/containerd/config.toml and restart \
            containerd. In Kubernetes a Secret for imagePullSecrets needs neither, and works with containerd 2."
            .to_owned(),
    }
}
