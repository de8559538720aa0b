//! From text to documents.

use super::docker_config::from_docker_config;
use crate::image_registry;
use serde_json::Value;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Error, Location, Options};

/// The maximum size of a text, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The maximum number of manifests in a text.
pub const MAX_MANIFESTS: usize = 500;

/// The maximum nesting. A manifest needs five levels, in a list seven.
const MAX_DEPTH: usize = 16;

/// Why a text holds no manifests. Nothing of the text is quoted, except for the names of fields: it may hold passwords.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    #[error("This is larger than 1 MiB. Split it.")]
    TooLarge,
    #[error("These are more than {MAX_MANIFESTS} manifests. Split them.")]
    TooMany,
    #[error("There is no manifest in this.")]
    Empty,
    #[error("The field items of a List must hold manifests.")]
    List,
    #[error(
        "This Docker config holds no passwords: they are in a credential store (credsStore, credHelpers). Write manifests instead."
    )]
    CredentialStore,
    #[error("This Docker config names no registry in auths.")]
    DockerConfig,
    /// Lines and columns count from 1.
    #[error("Line {line}, column {column}: {message}")]
    Syntax { line: u64, column: u64, message: String },
    /// Where is not known.
    #[error("This is not YAML: {0}")]
    Unreadable(String),
}

/// Parses one or many documents in YAML, or one in JSON. The items of a `kind: List` count as documents, and so does each
/// registry of a Docker config, which names no workspace.
///
/// # Errors
/// See [`ManifestError`].
pub fn parse(text: &str) -> Result<Vec<Value>, ManifestError> {
    if text.len() > MAX_BYTES {
        return Err(ManifestError::TooLarge);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let documents: Vec<Value> =
        serde_saphyr::from_multiple_with_options(text, options()).map_err(|error| said(&error))?;
    let mut manifests = Vec::new();
    for document in documents {
        match document {
            Value::Null => {}
            Value::Object(mut list) if list.get("kind").is_some_and(|kind| kind == "List") => {
                match list.remove("items") {
                    Some(Value::Array(items)) => manifests.extend(items),
                    _ => return Err(ManifestError::List),
                }
            }
            Value::Object(config) if config.contains_key("auths") && !config.contains_key("kind") => {
                manifests.extend(from_docker_config(&config)?);
            }
            other => manifests.push(other),
        }
    }
    match manifests.len() {
        0 => Err(ManifestError::Empty),
        1..=MAX_MANIFESTS => Ok(manifests),
        _ => Err(ManifestError::TooMany),
    }
}

/// Puts the image registries that name no workspace into this one.
pub fn set_default_workspace(workspace: &str, manifests: &mut [Value]) {
    for manifest in manifests {
        if manifest.get("kind").is_some_and(|kind| kind == image_registry::KIND)
            && let Some(metadata) = manifest.get_mut("metadata").and_then(Value::as_object_mut)
            && metadata.get("workspace").is_none_or(|named| named.is_null() || named == "")
        {
            metadata.insert("workspace".to_owned(), workspace.into());
        }
    }
}

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            // Empty documents count, too.
            max_documents: 2 * MAX_MANIFESTS,
            max_nodes: 200_000,
            // Aliases repeat what is in the text.
            max_aliases: 1_000,
            max_total_scalar_bytes: 4 * MAX_BYTES,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 50_000,
            max_replay_stack_depth: MAX_DEPTH,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        reject_unsupported_tags: true,
        with_snippet: false,
    }
}

fn said(error: &Error) -> ManifestError {
    let message = sentence(error.without_snippet());
    match error.location().filter(|location| *location != Location::UNKNOWN) {
        Some(location) => ManifestError::Syntax { line: location.line(), column: location.column(), message },
        None => ManifestError::Unreadable(message),
    }
}

/// What is wrong, without a value of the text.
fn sentence(error: &Error) -> String {
    match error {
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("the field {key} appears twice. Remove one."),
        Error::DuplicateMappingKey { key: None, .. } => "a field appears twice. Remove one.".to_owned(),
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::RecursiveReferencesRequireWeakTypes { .. } => EXPLODES.to_owned(),
        Error::UnknownAnchor { .. } => "no anchor (&) of this name precedes the alias (*).".to_owned(),
        Error::Budget { breach, .. } => of_budget(breach).to_owned(),
        Error::UnsupportedTag { .. } => "a tag (!) that no manifest needs. Remove it.".to_owned(),
        Error::AliasError { error, .. } => sentence(error),
        Error::ExternalMessage { msg, .. } if msg.contains("tab") => "a tab. YAML is indented with spaces.".to_owned(),
        Error::ExternalMessage { msg, .. } if msg.contains("nesting") || msg.contains("recursion") => NESTED.to_owned(),
        Error::ExternalMessage { msg, .. } => format!("{msg}."),
        Error::Eof { .. } => "the text ends too early.".to_owned(),
        _ => "this cannot be read as YAML. Quote the value, or indent it like its neighbours.".to_owned(),
    }
}

const EXPLODES: &str = "the aliases (*) repeat too much. Write out what they stand for.";
const NESTED: &str = "this is nested too deeply for a manifest.";

fn of_budget(breach: &BudgetBreach) -> &'static str {
    match breach {
        BudgetBreach::Depth { .. } => NESTED,
        BudgetBreach::Documents { .. } => "these are too many documents. Split them.",
        _ => EXPLODES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn documents_lists_and_json_are_read_and_empty_documents_skipped() {
        assert_eq!(parse("a: 1\n---\n---\n# nothing\n---\nb: 2\n").unwrap().len(), 2);
        assert_eq!(parse("\u{feff}a: 1").unwrap().len(), 1);
        assert_eq!(parse("kind: List\nitems:\n- a: 1\n- a: 2\n---\nb: 1\n").unwrap().len(), 3);
        let json = parse("{\n\t\"a\": \"\\ud83d\\ude00 \\/ \\u00fc\",\n\t\"b\": [1, true, null]\n}").unwrap();
        assert_eq!(json, [serde_json::json!({"a": "\u{1f600} / \u{fc}", "b": [1, true, null]})]);
        assert_eq!(parse("a: &b {c: 1}\nd: *b").unwrap(), [serde_json::json!({"a": {"c": 1}, "d": {"c": 1}})]);
    }

    #[test]
    fn only_a_registry_without_a_workspace_is_put_into_one() {
        let registry = |metadata| serde_json::json!({"kind": "ImageRegistry", "metadata": metadata});
        let none = serde_json::json!({"name": "a"});
        let empty = serde_json::json!({"name": "a", "workspace": ""});
        let named = serde_json::json!({"name": "a", "workspace": "other"});
        let workspace = serde_json::json!({"kind": "Workspace", "metadata": none});
        let mut manifests = [registry(none), registry(empty), registry(named.clone()), workspace.clone()];
        set_default_workspace("team", &mut manifests);
        let put = serde_json::json!({"name": "a", "workspace": "team"});
        assert_eq!(manifests, [registry(put.clone()), registry(put), registry(named), workspace]);
    }

    #[test]
    fn bad_text_is_refused_with_its_place() {
        for (text, expected) in [
            ("", "There is no manifest in this."),
            ("---\n---\n", "There is no manifest in this."),
            ("kind: List\n", "The field items of a List must hold manifests."),
            ("a: 1\nb: 2\na: 3\n", "Line 3, column 1: the field a appears twice. Remove one."),
            ("a:\n\tb: 1\n", "Line 2, column 2: a tab. YAML is indented with spaces."),
            ("a: *b\n", "Line 1, column 4: no anchor (&) of this name precedes the alias (*)."),
            ("a: !ruby/object 1\n", "Line 1, column 17: a tag (!) that no manifest needs. Remove it."),
            (
                &format!("a: {}1{}", "[".repeat(40), "]".repeat(40)),
                "Line 1, column 20: this is nested too deeply for a manifest.",
            ),
        ] {
            assert_eq!(message(text), expected, "{text:?}");
        }
        assert!(message("a: [1, 2\nb: }").starts_with("Line 2, "), "{}", message("a: [1, 2\nb: }"));
    }

    #[test]
    fn too_much_is_refused() {
        assert_eq!(parse(&"#".repeat(MAX_BYTES + 1)), Err(ManifestError::TooLarge));
        assert_eq!(parse(&"a: 1\n---\n".repeat(MAX_MANIFESTS + 1)), Err(ManifestError::TooMany));
        assert_eq!(parse(&"a: 1\n---\n".repeat(MAX_MANIFESTS)).unwrap().len(), MAX_MANIFESTS);
        let list = format!("kind: List\nitems: [{}]", "{},".repeat(MAX_MANIFESTS + 1));
        assert_eq!(parse(&list), Err(ManifestError::TooMany));
    }

    #[test]
    fn anchors_that_explode_are_refused() {
        let mut laughs = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
        for (before, name) in "abcdefgh".chars().zip("bcdefghi".chars()) {
            let six = vec![format!("*{before}"); 6].join(", ");
            laughs.extend([&*format!("{name}: &{name} ["), &six, "]\n"]);
        }
        assert!(message(&laughs).contains("the aliases (*) repeat too much"), "{}", message(&laughs));
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(MAX_BYTES / 2), "*a, ".repeat(500));
        assert!(message(&long).contains("the aliases (*) repeat too much"), "{}", message(&long));
        assert!(message("a: &a [*a]\n").contains("Line 1"), "{}", message("a: &a [*a]\n"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_no_error_quotes_a_value(text in "(?s)[-a:&*!'\"{}\\[\\]#|>%@` \n\t,?0-9]{0,80}") {
            let text = text.replace('a', "canary");
            if let Err(error) = parse(&format!("key: canary\n{text}")) {
                prop_assert!(!error.to_string().replace("the field", "").contains("canarycanary"));
            }
        }
    }
}
