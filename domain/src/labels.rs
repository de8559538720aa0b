//! Labels and annotations of a registry.

use crate::{FieldError, field_error};
use serde::Serialize;
use std::collections::BTreeMap;

/// The most that all annotations of a registry may take, in bytes.
const MAX_ANNOTATION_BYTES: usize = 16 * 1024;

/// The most labels of a registry.
const MAX_LABELS: usize = 64;

/// What people and tools attach to a registry, with the rules of Kubernetes for keys and for the values of labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Labels {
    /// For people and tools. Not read by Portolan.
    pub labels: BTreeMap<String, String>,
    /// For people and tools, with values of any text. Not read by Portolan.
    pub annotations: BTreeMap<String, String>,
}

impl Labels {
    /// The errors at the fields `labels` and `annotations`.
    pub fn field_errors(&self) -> Vec<FieldError> {
        let mut field_errors = Vec::new();
        let keys = self.labels.keys().map(|key| ("labels", key));
        for (field, key) in keys.chain(self.annotations.keys().map(|key| ("annotations", key))) {
            if !is_key(key) {
                let rule = format!(
                    "\u{201c}{key}\u{201d} is no valid key: use letters, digits and - _ . with an optional DNS name and / before."
                );
                field_errors.push(field_error(field, rule));
            }
        }
        for (key, value) in &self.labels {
            if !value.is_empty() && !is_name(value) {
                let rule = format!(
                    "The value of {key} can have at most 63 letters, digits and - _ . with a letter or digit at its ends."
                );
                field_errors.push(field_error("labels", rule));
            }
        }
        if self.labels.len() > MAX_LABELS {
            field_errors.push(field_error("labels", format!("Use at most {MAX_LABELS} labels.")));
        }
        let bytes: usize = self.annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
        if bytes > MAX_ANNOTATION_BYTES {
            field_errors.push(field_error("annotations", "Use at most 16 KiB for all annotations together."));
        }
        let is_control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if self.annotations.values().any(|value| value.contains(is_control)) {
            field_errors
                .push(field_error("annotations", "Remove control characters, except for tabs and line breaks."));
        }
        field_errors
    }
}

/// `[prefix/]name`.
fn is_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((prefix, name)) => {
            let is_label = |label: &str| {
                !label.is_empty()
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            };
            prefix.len() <= 253 && prefix.split('.').all(is_label) && is_name(name)
        }
        None => is_name(key),
    }
}

fn is_name(name: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    name.len() <= 63
        && ends(name.chars().next())
        && ends(name.chars().last())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(labels: &[(&str, &str)], annotations: &[(&str, &str)]) -> usize {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Labels { labels: map(labels), annotations: map(annotations) }.field_errors().len()
    }

    #[test]
    fn keys_and_values_follow_the_rules_of_kubernetes() {
        assert_eq!(
            errors(&[("team", "a"), ("example.com/Tier_1", ""), ("a.b-c", "1.2_3")], &[("x/y", "any\ntext")]),
            0
        );
        for key in ["", "-a", "a-", "a b", "/a", "a/", "a/b/c", "A.com/x", &"x".repeat(64)] {
            assert_eq!((errors(&[(key, "")], &[]), errors(&[], &[(key, "")])), (1, 1), "{key:?}");
        }
        for value in ["a b", "-", "\u{e4}", &"x".repeat(64)] {
            assert_eq!(errors(&[("a", value)], &[]), 1, "{value:?}");
        }
        assert_eq!(errors(&[], &[("a", &"x".repeat(MAX_ANNOTATION_BYTES))]), 1);
        assert_eq!((errors(&[], &[("a", "tab\tline\r\n")]), errors(&[], &[("a", "\u{1}"), ("b", "\0")])), (0, 1));
    }
}
