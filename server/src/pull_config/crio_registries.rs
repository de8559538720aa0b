//! A drop-in of `registries.conf` for CRI-O, Podman, Buildah and skopeo (containers-registries.conf.d(5)).

use super::{PullConfig, PullFile, encode};
use domain::Secret;
use serde::Serialize;

#[derive(Serialize)]
struct RegistriesConf {
    registry: [Registry; 1],
}

#[derive(Serialize)]
struct Registry {
    location: String,
    /// Plain HTTP, or TLS with any certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    insecure: Option<bool>,
}

pub fn files(config: &PullConfig) -> Vec<PullFile> {
    let authority = config.url.authority();
    let registry = Registry { location: authority.clone(), insecure: config.is_insecure().then_some(true) };
    let file = PullFile {
        path: format!("/etc/containers/registries.conf.d/50-{}.conf", config.name),
        content: Secret::new(encode::toml(&RegistriesConf { registry: [registry] })),
        holds_password: false,
        purpose: "How to reach the registry, for CRI-O, Podman, Buildah and skopeo. The credentials are in auth.json \
            (Docker, Podman); for CRI-O in Kubernetes, in a Secret."
            .to_owned(),
    };
    let path = format!("/etc/containers/certs.d/{authority}/ca.crt");
    let ca =
        config.ca_file(path, &format!("The registry's own CA. For Docker: /etc/docker/certs.d/{authority}/ca.crt."));
    [Some(file), ca].into_iter().flatten().collect()
}
