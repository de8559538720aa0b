//! From a document to a manifest.

use super::fields::{Fields, Findings, Names};
use super::{Manifest, ManifestCredentials, RegistryManifest};
use crate::image_registry::{self, Trust};
use crate::problem::FieldProblem;
use crate::{API_VERSION, workspace};
use domain::{Secret, decode_base64};
use serde_json::Value;

/// What a document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Empty if unknown.
    pub kind: String,
    /// Of a registry, if it is named.
    pub workspace: Option<String>,
    /// Empty if unknown.
    pub name: String,
    /// As far as it can be read; `None` if it is not even known what it is.
    pub manifest: Option<Manifest>,
    /// What cannot be read: each with a pointer into the document.
    pub errors: Vec<FieldProblem>,
    /// What is not kept.
    pub notes: Vec<String>,
}

/// Reads a document. Values are not validated: that is for whom they are stored by.
pub fn read(document: &Value) -> Reading {
    let mut findings = Findings::default();
    let mut reading = Reading {
        kind: String::new(),
        workspace: None,
        name: String::new(),
        manifest: None,
        errors: Vec::new(),
        notes: Vec::new(),
    };
    reading.manifest =
        Fields::root(document, &mut findings).and_then(|root| read_root(&root, &mut reading, &mut findings));
    let Findings { errors, mut notes, server_owned } = findings;
    if !server_owned.is_empty() {
        notes.push(format!("Only the server sets {}.", server_owned.join(", ")));
    }
    Reading { errors, notes, ..reading }
}

fn read_root(root: &Fields<'_>, reading: &mut Reading, findings: &mut Findings) -> Option<Manifest> {
    for name in ["apiVersion", "api_version"] {
        if root.get(name).is_some_and(|version| version != API_VERSION) {
            findings.error(root.at(name), "Write v1: there is no other version.");
        }
    }
    reading.kind = root.text("kind", findings);
    let metadata = root.object("metadata", findings);
    if let Some(metadata) = &metadata {
        reading.name = metadata.text("name", findings);
    }
    match &*reading.kind {
        workspace::KIND => {
            root.check_names(&ROOT, findings);
            if let Some(metadata) = &metadata {
                metadata.check_names(&WORKSPACE_METADATA, findings);
            }
            if root.get("spec").is_some_and(|spec| spec.as_object().is_none_or(|fields| !fields.is_empty())) {
                findings.notes.push("spec is not kept: a workspace has only a name.".to_owned());
            }
            Some(Manifest::Workspace { name: reading.name.clone() })
        }
        image_registry::KIND => {
            root.check_names(&ROOT, findings);
            let mut manifest = RegistryManifest { name: reading.name.clone(), ..RegistryManifest::default() };
            if let Some(metadata) = &metadata {
                read_metadata(metadata, &mut manifest, findings);
                reading.workspace = Some(manifest.workspace.clone()).filter(|name| !name.is_empty());
            }
            match root.object("spec", findings) {
                Some(spec) => read_spec(&spec, &mut manifest, findings),
                None => findings.error("/spec", "Say what the registry is: spec is missing."),
            }
            Some(Manifest::ImageRegistry(Box::new(manifest)))
        }
        "" => {
            findings.error("/kind", "Say what this is: ImageRegistry or Workspace.");
            None
        }
        other => {
            let sentence = format!(
                "Portolan has no {other}, only {} and {}. Remove this document.",
                image_registry::KIND,
                workspace::KIND
            );
            findings.error("/kind", sentence);
            None
        }
    }
}

fn read_metadata(metadata: &Fields<'_>, manifest: &mut RegistryManifest, findings: &mut Findings) {
    metadata.check_names(&METADATA, findings);
    manifest.workspace = metadata.text("workspace", findings);
    manifest.labels = metadata.texts("labels", findings);
    manifest.annotations = metadata.texts("annotations", findings);
    if metadata.get("deletion_timestamp").is_some() {
        findings.error(
            metadata.at("deletion_timestamp"),
            "This was being deleted when it was exported. Remove this field to create it again.",
        );
    }
}

fn read_spec(spec: &Fields<'_>, manifest: &mut RegistryManifest, findings: &mut Findings) {
    spec.check_names(&SPEC, findings);
    manifest.url = spec.text("url", findings);
    manifest.repository = spec.text("repository", findings);
    manifest.test_image = spec.text("test_image", findings);
    manifest.trust = read_trust(spec, findings);
    manifest.authconfig = read_authconfig(spec, findings);
}

fn read_trust(spec: &Fields<'_>, findings: &mut Findings) -> Trust {
    let mut trust = Trust::default();
    if let Some(fields) = spec.object("trust", findings) {
        fields.check_names(&TRUST, findings);
        trust.ca_certificates = fields.text("ca_certificates", findings);
        trust.skip_verification = fields.flag("skip_verification", findings);
        trust.token_service = fields.text("token_service", findings);
    }
    // Versions of Neutree before 2025-11 have it.
    let authority = spec.text("ca", findings);
    match (authority.is_empty(), trust.ca_certificates.is_empty()) {
        (true, _) => {}
        (false, true) => {
            findings.notes.push("spec.ca is stored as spec.trust.ca_certificates.".to_owned());
            trust.ca_certificates = authority;
        }
        (false, false) => findings.error(spec.at("ca"), "Remove this: trust.ca_certificates says the same."),
    }
    trust
}

fn read_authconfig(spec: &Fields<'_>, findings: &mut Findings) -> ManifestCredentials {
    match spec.map.get("authconfig") {
        None => return ManifestCredentials::Keep,
        Some(Value::Null) => return ManifestCredentials::Anonymous,
        Some(_) => {}
    }
    let before = findings.errors.len();
    let Some(fields) = spec.object("authconfig", findings) else { return ManifestCredentials::Keep };
    fields.check_names(&AUTHCONFIG, findings);
    for name in PASSWORD_FROM {
        if fields.get(name).is_some() {
            let sentence = "Only the command line reads files and variables: use portolan apply. \
                            Or write password in place of this.";
            findings.error(fields.at(name), sentence);
        }
    }
    let mut username = fields.text("username", findings);
    let mut password = Secret::new(fields.text("password", findings));
    let pair = Secret::new(fields.text("auth", findings));
    if !pair.is_empty() {
        if username.is_empty() && password.is_empty() {
            match decode_base64(pair.expose()).map(Secret::new).as_ref().and_then(|text| text.expose().split_once(':'))
            {
                Some((user, pass)) => (username, password) = (user.to_owned(), Secret::new(pass)),
                None => findings.error(fields.at("auth"), "This must be username:password in base64."),
            }
        } else {
            findings.notes.push("spec.authconfig.auth is not used: there are username and password.".to_owned());
        }
    }
    match username.is_empty() && password.is_empty() {
        // What can be read of half of it would only be a second error.
        _ if findings.errors.len() > before => ManifestCredentials::Keep,
        true => ManifestCredentials::Anonymous,
        false => ManifestCredentials::Set { username, password },
    }
}

/// Names for a file or a variable that the command line reads a password from.
pub const PASSWORD_FROM: [&str; 2] = ["passwordFrom", "password_from"];

const ROOT: Names = Names {
    known: &["apiVersion", "api_version", "kind", "metadata", "spec"],
    server_owned: &["id", "status"],
    not_kept: &[],
};

const METADATA: Names = Names {
    known: &["name", "workspace", "labels", "annotations", "deletion_timestamp"],
    server_owned: &["creation_timestamp", "update_timestamp", "created_by", "updated_by", "version"],
    not_kept: &["display_name"],
};

const WORKSPACE_METADATA: Names = Names {
    known: &["name"],
    server_owned: &["creation_timestamp", "update_timestamp", "deletion_timestamp"],
    not_kept: &["display_name", "labels", "annotations", "workspace"],
};

const SPEC: Names = Names {
    known: &["url", "repository", "test_image", "trust", "authconfig", "ca"],
    server_owned: &[],
    not_kept: &[],
};

const TRUST: Names =
    Names { known: &["ca_certificates", "skip_verification", "token_service"], server_owned: &[], not_kept: &[] };

const AUTHCONFIG: Names = Names {
    known: &["username", "password", "passwordFrom", "password_from", "auth"],
    server_owned: &[],
    not_kept: &["identitytoken", "registrytoken"],
};

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn read_text(text: &str) -> Reading {
        read(&parse(text).unwrap()[0])
    }

    fn registry(text: &str) -> RegistryManifest {
        match read_text(text) {
            Reading { manifest: Some(Manifest::ImageRegistry(manifest)), errors, .. } if errors.is_empty() => *manifest,
            other => panic!("{other:?}"),
        }
    }

    fn problems(text: &str) -> Vec<(String, String)> {
        read_text(text).errors.into_iter().map(|problem| (problem.pointer, problem.detail)).collect()
    }

    /// A registry with these lines in `spec`.
    fn with(lines: &str) -> String {
        format!("kind: ImageRegistry\nmetadata: {{name: a, workspace: w}}\nspec:\n  url: a.example\n{lines}")
    }

    #[test]
    fn a_manifest_of_neutree_is_read_as_it_is() {
        let text = "apiVersion: v1\nkind: ImageRegistry\nmetadata:\n  name: my-registry\n  workspace: default\nspec:\n  \
                    url: https://registry.example.com\n  repository: team\n  authconfig:\n    username: robot\n    \
                    password: secret\n";
        let expected = RegistryManifest {
            name: "my-registry".to_owned(),
            workspace: "default".to_owned(),
            url: "https://registry.example.com".to_owned(),
            repository: "team".to_owned(),
            authconfig: ManifestCredentials::Set { username: "robot".to_owned(), password: Secret::new("secret") },
            ..RegistryManifest::default()
        };
        assert_eq!(registry(text), expected);
        assert_eq!(registry(&text.replace("apiVersion", "api_version")), expected);
        assert!(read_text(text).notes.is_empty());
    }

    #[test]
    fn fields_that_portolan_does_not_have_are_said() {
        let reading = read_text(
            "id: 7\nkind: ImageRegistry\nstatus: {phase: Connected}\n\
             metadata: {name: a, workspace: w, display_name: A, creation_timestamp: x, version: 3}\n\
             spec: {url: a.example, ca: CERT, authconfig: {auth: dTpw, identitytoken: t, registrytoken: ''}}",
        );
        assert_eq!(
            reading.notes,
            [
                "metadata.display_name is not kept: Portolan has no such field.",
                "spec.ca is stored as spec.trust.ca_certificates.",
                "spec.authconfig.identitytoken is not kept: Portolan has no such field.",
                "Only the server sets id, status, metadata.creation_timestamp, metadata.version.",
            ]
        );
        let Some(Manifest::ImageRegistry(manifest)) = reading.manifest else { panic!("{reading:?}") };
        assert_eq!(manifest.trust.ca_certificates, "CERT");
        let pair = ManifestCredentials::Set { username: "u".to_owned(), password: Secret::new("p") };
        assert_eq!(manifest.authconfig, pair);
        let workspace = read_text("kind: Workspace\nmetadata: {name: w, labels: {a: b}}\nspec: {}");
        assert_eq!(workspace.manifest, Some(Manifest::Workspace { name: "w".to_owned() }));
        assert_eq!(workspace.notes, ["metadata.labels is not kept: Portolan has no such field."]);
    }

    #[test]
    fn only_a_missing_authconfig_keeps_the_stored_credentials() {
        assert_eq!(registry(&with("")).authconfig, ManifestCredentials::Keep);
        for anonymous in ["authconfig:", "authconfig: {}", "authconfig: {username: '', password: ''}"] {
            assert_eq!(registry(&with(&format!("  {anonymous}"))).authconfig, ManifestCredentials::Anonymous);
        }
        let stored = registry(&with("  authconfig: {username: u}")).authconfig;
        assert_eq!(stored, ManifestCredentials::Set { username: "u".to_owned(), password: Secret::default() });
    }

    #[test]
    fn each_broken_field_has_its_place_and_its_sentence() {
        for (text, pointer, detail) in [
            ("5".to_owned(), "", "This must be a mapping of names to values."),
            ("a: b".to_owned(), "/kind", "Say what this is: ImageRegistry or Workspace."),
            (
                "kind: Cluster\nspec: {x: 1}".to_owned(),
                "/kind",
                "Portolan has no Cluster, only ImageRegistry and Workspace. Remove this document.",
            ),
            ("apiVersion: v2\nkind: Workspace".to_owned(), "/apiVersion", "Write v1: there is no other version."),
            ("kind: ImageRegistry".to_owned(), "/spec", "Say what the registry is: spec is missing."),
            (with("  usrname: u"), "/spec/usrname", "There is no field of this name. Correct or remove it."),
            (
                with("  authconfig: {username: u, password: 0123}"),
                "/spec/authconfig/password",
                "Put this in quotes: without them it is a number.",
            ),
            (with("  repository: true"), "/spec/repository", "Put this in quotes: without them it is true or false."),
            (with("  repository: [a]"), "/spec/repository", "This must be a text."),
            (with("  trust: {skip_verification: 'no'}"), "/spec/trust/skip_verification", "Write true or false."),
            (
                with("  ca: A\n  trust: {ca_certificates: B}"),
                "/spec/ca",
                "Remove this: trust.ca_certificates says the same.",
            ),
            (with("  authconfig: {auth: '%'}"), "/spec/authconfig/auth", "This must be username:password in base64."),
            (
                with("  authconfig: {username: u, passwordFrom: {env: P}}"),
                "/spec/authconfig/passwordFrom",
                "Only the command line reads files and variables: use portolan apply. \
                 Or write password in place of this.",
            ),
            (
                "kind: ImageRegistry\nmetadata: {deletion_timestamp: x}\nspec: {}".to_owned(),
                "/metadata/deletion_timestamp",
                "This was being deleted when it was exported. Remove this field to create it again.",
            ),
            (
                "kind: ImageRegistry\nmetadata: {labels: {a/b: 1}}\nspec: {}".to_owned(),
                "/metadata/labels/a~1b",
                "Put this in quotes: without them it is a number.",
            ),
        ] {
            assert_eq!(problems(&text), [(pointer.to_owned(), detail.to_owned())], "{text}");
        }
        assert!(with("").ends_with('\n') && problems(&with("  x: 1\n  y: 2")).len() == 2, "all at once");
    }
}
