//! From a Docker `config.json` to manifests.

use super::ManifestError;
use crate::{API_VERSION, image_registry};
use serde_json::{Map, Value, json};

/// Docker Hub's key, and the address that it stands for.
const DOCKER_HUB: (&str, &str) = ("https://index.docker.io/v1/", "https://docker.io");

/// A manifest without a workspace for each registry of the config.
pub fn from_docker_config(config: &Map<String, Value>) -> Result<Vec<Value>, ManifestError> {
    let auths = config.get("auths").and_then(Value::as_object).filter(|auths| !auths.is_empty());
    let auths = auths.ok_or(ManifestError::DockerConfig)?;
    // An empty entry only says that somebody has logged in. Beside others it is shown as what it becomes: anonymous.
    if auths.values().all(|entry| entry.as_object().is_none_or(Map::is_empty)) {
        return Err(ManifestError::CredentialStore);
    }
    Ok(auths.iter().map(|(server, entry)| manifest(server, entry)).collect())
}

fn manifest(server: &str, entry: &Value) -> Value {
    let (hub, address) = DOCKER_HUB;
    let url = if server == hub { address } else { server };
    let known = ["username", "password", "auth", "identitytoken", "registrytoken"];
    let fields = entry.as_object().into_iter().flatten().filter(|(name, _)| known.contains(&name.as_str()));
    let mut authconfig: Map<_, _> = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
    // Some tools write all three.
    if authconfig.contains_key("password") {
        authconfig.remove("auth");
    }
    json!({
        "apiVersion": API_VERSION,
        "kind": image_registry::KIND,
        "metadata": {"name": name(url)},
        "spec": {"url": url, "authconfig": authconfig},
    })
}

/// A name made of the host. Another one can be chosen in a manifest.
fn name(url: &str) -> String {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest).to_ascii_lowercase();
    let name: String =
        host.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '-' }).collect();
    name.trim_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::{Manifest, ManifestCredentials, ManifestError, parse, read};
    use domain::Secret;

    #[test]
    fn each_registry_of_a_docker_config_becomes_a_manifest() {
        let config = r#"{"auths": {
            "https://index.docker.io/v1/": {"auth": "dTpw"},
            "registry.example.com:5000": {"username": "u", "password": "p", "auth": "dTpw", "email": "x"},
            "elsewhere.example.com": {}
        }, "credsStore": "desktop"}"#;
        let read: Vec<_> = parse(config).unwrap().iter().map(|document| read(document).manifest.unwrap()).collect();
        let named: Vec<_> = read
            .into_iter()
            .map(|manifest| {
                let Manifest::ImageRegistry(manifest) = manifest else { panic!("{manifest:?}") };
                let (username, password) = ("u".to_owned(), Secret::new("p"));
                let expected = match &*manifest.name {
                    "elsewhere.example.com" => ManifestCredentials::Anonymous,
                    _ => ManifestCredentials::Set { username, password },
                };
                assert_eq!(manifest.authconfig, expected);
                assert_eq!(manifest.workspace, "");
                (manifest.name, manifest.url)
            })
            .collect();
        let expected = [
            ("elsewhere.example.com", "elsewhere.example.com"),
            ("docker.io", "https://docker.io"),
            ("registry.example.com-5000", "registry.example.com:5000"),
        ];
        assert_eq!(named, expected.map(|(name, url)| (name.to_owned(), url.to_owned())));
    }

    #[test]
    fn a_docker_config_without_passwords_is_refused() {
        assert_eq!(parse(r#"{"auths": {"a.example": {}}, "credsStore": "x"}"#), Err(ManifestError::CredentialStore));
        assert_eq!(parse(r#"{"auths": {}}"#), Err(ManifestError::DockerConfig));
    }
}
