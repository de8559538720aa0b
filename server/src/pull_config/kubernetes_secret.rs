//! A Secret of the type `kubernetes.io/dockerconfigjson`, for `imagePullSecrets`.

use super::{PullConfig, PullFile, docker_config, encode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Name, Secret};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    r#type: &'static str,
    data: Data,
}

#[derive(Serialize)]
struct Metadata {
    name: String,
}

#[derive(Serialize)]
struct Data {
    #[serde(rename = ".dockerconfigjson")]
    docker_config: String,
}

pub fn file(config: &PullConfig) -> PullFile {
    let name = object_name(&config.name);
    let purpose = format!(
        "Apply it in the namespace of the Pods: kubectl apply -f secret.yaml. Then name it in imagePullSecrets \
        (- name: {name}) of the Pods, or of their ServiceAccount."
    );
    let manifest = Manifest {
        api_version: "v1",
        kind: "Secret",
        metadata: Metadata { name },
        r#type: "kubernetes.io/dockerconfigjson",
        data: Data { docker_config: STANDARD.encode(docker_config::content(config)) },
    };
    PullFile {
        path: "secret.yaml".to_owned(),
        content: Secret::new(encode::yaml(&manifest)),
        holds_password: config.credentials.is_some(),
        purpose,
    }
}

/// The registry's name, if Kubernetes allows it: each part between dots begins and ends with a letter or a digit
/// (RFC 1123 2.1). Otherwise with dashes instead of its dots.
fn object_name(name: &Name) -> String {
    let name = name.as_str();
    let is_label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    if name.split('.').all(is_label) { name.to_owned() } else { name.replace('.', "-") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_named_after_its_registry_as_far_as_kubernetes_allows() {
        for (name, expected) in
            [("hub", "hub"), ("registry.example.com", "registry.example.com"), ("a..b", "a--b"), ("a.-b.c", "a--b-c")]
        {
            assert_eq!(object_name(&Name::parse(name).unwrap()), expected);
        }
    }
}
