//! From registries to YAML.

use crate::image_registry::{ImageRegistry, Trust};
use crate::{API_VERSION, image_registry};
use domain::Secret;
use serde::Serialize;
use std::collections::BTreeMap;

/// A registry to write as a manifest.
#[derive(Clone, Debug)]
pub struct Exported<'a> {
    pub registry: &'a ImageRegistry,
    /// Written in the clear. For those who may read it and have asked for it.
    pub password: Option<Secret>,
}

/// Writes manifests that [`parse`](super::parse) reads: what people set, and nothing that the server sets. A username is
/// written without its password, so that the manifest is not mistaken for one of anonymous access.
///
/// # Errors
/// Never: every text can be written.
pub fn to_yaml(registries: &[Exported<'_>]) -> Result<String, serde_saphyr::SerializeError> {
    resources_to_yaml(&registries.iter().map(Written::of).collect::<Vec<_>>())
}

/// Writes resources with everything that is known of them, one document each.
///
/// # Errors
/// Never for the types of this crate.
pub fn resources_to_yaml(resources: &[impl Serialize]) -> Result<String, serde_saphyr::SerializeError> {
    let mut yaml = String::new();
    for (number, resource) in resources.iter().enumerate() {
        if number > 0 {
            yaml.push_str("---\n");
        }
        yaml.push_str(&serde_saphyr::to_string(resource)?);
        if !yaml.ends_with('\n') {
            yaml.push('\n');
        }
    }
    Ok(yaml)
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(rename = "apiVersion")]
    api_version: &'static str,
    kind: &'static str,
    metadata: WrittenMetadata<'a>,
    spec: WrittenSpec<'a>,
}

#[derive(Serialize)]
struct WrittenMetadata<'a> {
    name: &'a str,
    workspace: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct WrittenSpec<'a> {
    url: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    repository: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    test_image: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trust: Option<WrittenTrust<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authconfig: Option<WrittenCredentials<'a>>,
}

#[derive(Serialize)]
struct WrittenTrust<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    ca_certificates: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    skip_verification: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    token_service: &'a str,
}

#[derive(Serialize)]
struct WrittenCredentials<'a> {
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
}

impl<'a> Written<'a> {
    fn of(exported: &'a Exported<'_>) -> Self {
        let ImageRegistry { metadata, spec, status, .. } = exported.registry;
        let credentials = status.credentials.as_ref().map(|credentials| WrittenCredentials {
            username: &credentials.username,
            password: exported.password.as_ref().map(Secret::expose),
        });
        let Trust { ca_certificates, skip_verification, token_service } = &spec.trust;
        let trust = WrittenTrust { ca_certificates, skip_verification: *skip_verification, token_service };
        Self {
            api_version: API_VERSION,
            kind: image_registry::KIND,
            metadata: WrittenMetadata {
                name: &metadata.name,
                workspace: &metadata.workspace,
                labels: &metadata.labels,
                annotations: &metadata.annotations,
            },
            spec: WrittenSpec {
                url: &spec.url,
                repository: &spec.repository,
                test_image: &spec.test_image,
                trust: (spec.trust != Trust::default()).then_some(trust),
                authconfig: credentials,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Manifest, ManifestCredentials, RegistryManifest, parse, read};
    use super::*;
    use crate::image_registry::{Metadata, Spec, Status, StoredCredentials};
    use proptest::prelude::*;

    fn registry(name: &str, texts: &[String; 6], labels: BTreeMap<String, String>) -> ImageRegistry {
        let [url, repository, test_image, ca_certificates, token_service, username] = texts.clone();
        ImageRegistry {
            api_version: "v1".to_owned(),
            kind: "ImageRegistry".to_owned(),
            metadata: Metadata {
                name: name.to_owned(),
                workspace: "default".to_owned(),
                labels: labels.clone(),
                annotations: labels,
                creation_timestamp: String::new(),
                created_by: String::new(),
                update_timestamp: String::new(),
                updated_by: String::new(),
                version: 1,
            },
            spec: Spec {
                url,
                repository,
                test_image,
                trust: Trust { ca_certificates, skip_verification: true, token_service },
            },
            status: Status {
                phase: "Pending".to_owned(),
                reason: String::new(),
                last_transition_time: String::new(),
                last_checked_time: None,
                last_connected_time: None,
                checking: false,
                image_prefix: String::new(),
                credentials: Some(StoredCredentials { username, password_set_time: String::new() }),
                credentials_readable: false,
            },
        }
    }

    /// Texts that YAML takes for something else, and any other.
    fn text() -> impl Strategy<Value = String> {
        let odd = [
            "true",
            "no",
            "On",
            "null",
            "~",
            "0123",
            "1e3",
            "0x1F",
            "12:30:45",
            ".inf",
            "2026-11-30",
            "- a",
            "a: b",
            "# a",
            "'",
            "\"",
            "{a}",
            "[",
            "*a",
            "&a",
            "!a",
            "|",
            ">",
            "%a",
            "@a",
            "`a",
            "---",
            "...",
            "a\nb",
            "a\n",
            "\n",
            " a",
            "a ",
            "\ta",
            "\u{85}",
            "\u{2028}",
            "\u{feff}a",
            "\\",
            "$HOME",
            "=",
            "<<",
            "a #b",
            "?",
        ];
        prop_oneof![prop::sample::select(odd.to_vec()).prop_map(str::to_owned), "(?s)\\PC{0,30}", "[ -~\n]{0,30}"]
    }

    proptest! {
        #[test]
        fn what_is_exported_is_read_as_it_was(
            texts in prop::array::uniform6(text()),
            labels in prop::collection::btree_map(text(), text(), 0..3),
            password in text(),
        ) {
            let registry = registry("one", &texts, labels.clone());
            let exported = Exported { registry: &registry, password: Some(Secret::new(password.clone())) };
            let yaml = to_yaml(&[exported.clone(), exported]).unwrap();
            let documents = parse(&yaml).map_err(|error| TestCaseError::fail(format!("{error}\n{yaml}")))?;
            prop_assert_eq!(documents.len(), 2);
            let [url, repository, test_image, ca_certificates, token_service, username] = texts;
            let authconfig = match username.is_empty() && password.is_empty() {
                true => ManifestCredentials::Anonymous,
                false => ManifestCredentials::Set { username, password: Secret::new(password) },
            };
            let labels = Some(labels).filter(|labels| !labels.is_empty());
            let trust = Trust { ca_certificates, skip_verification: true, token_service };
            let (name, workspace) = ("one".to_owned(), "default".to_owned());
            let annotations = labels.clone();
            let expected = RegistryManifest {
                name, workspace, labels, annotations, url, repository, test_image, trust, authconfig,
            };
            for document in documents {
                let reading = read(&document);
                prop_assert!(reading.notes.is_empty() && reading.errors.is_empty());
                prop_assert_eq!(&reading.manifest, &Some(Manifest::ImageRegistry(Box::new(expected.clone()))), "{}", yaml);
            }
        }
    }

    #[test]
    fn an_export_holds_what_people_set_and_no_password() {
        let empty = || String::new();
        let texts = ["https://a.example".to_owned(), empty(), empty(), empty(), empty(), "robot".to_owned()];
        let mut registry = registry("one", &texts, BTreeMap::new());
        registry.spec.trust = Trust::default();
        let yaml = to_yaml(&[Exported { registry: &registry, password: None }]).unwrap();
        let expected = "apiVersion: v1\nkind: ImageRegistry\nmetadata:\n  name: one\n  workspace: default\nspec:\n  \
                        url: https://a.example\n  authconfig:\n    username: robot\n";
        assert_eq!(yaml, expected);
    }
}
