//! The fields of a document, by their names and types.

use crate::problem::FieldProblem;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What is wrong with a document, and what should be known of it.
#[derive(Debug, Default)]
pub struct Findings {
    pub errors: Vec<FieldProblem>,
    pub notes: Vec<String>,
    /// Fields that only the server sets, such as `status`.
    pub server_owned: Vec<String>,
}

/// An object in a document.
pub struct Fields<'a> {
    /// Where it is, as a JSON pointer.
    pub pointer: String,
    pub map: &'a Map<String, Value>,
}

/// What names may stand in an object, besides those that are read.
pub struct Names {
    pub known: &'static [&'static str],
    /// The server sets them, so they say nothing in a manifest.
    pub server_owned: &'static [&'static str],
    /// Neutree has them; Portolan does not.
    pub not_kept: &'static [&'static str],
}

impl Findings {
    pub fn error(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.errors.push(FieldProblem { pointer: pointer.into(), detail: detail.into() });
    }
}

impl<'a> Fields<'a> {
    pub fn root(document: &'a Value, findings: &mut Findings) -> Option<Self> {
        Self::of(document, String::new(), findings)
    }

    fn of(value: &'a Value, pointer: String, findings: &mut Findings) -> Option<Self> {
        let Value::Object(map) = value else {
            findings.error(pointer, "This must be a mapping of names to values.");
            return None;
        };
        Some(Self { pointer, map })
    }

    /// Where a field of it is.
    pub fn at(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"))
    }

    /// A field, unless it is missing or null.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    pub fn object(&self, name: &str, findings: &mut Findings) -> Option<Self> {
        Self::of(self.get(name)?, self.at(name), findings)
    }

    /// Empty if it is missing or null.
    pub fn text(&self, name: &str, findings: &mut Findings) -> String {
        self.get(name).and_then(|value| text(value, self.at(name), findings)).unwrap_or_default()
    }

    pub fn flag(&self, name: &str, findings: &mut Findings) -> bool {
        match self.get(name) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                findings.error(self.at(name), "Write true or false.");
                false
            }
        }
    }

    /// `None` if it is missing or null.
    pub fn texts(&self, name: &str, findings: &mut Findings) -> Option<BTreeMap<String, String>> {
        let object = self.object(name, findings)?;
        let texts =
            object.map.iter().filter_map(|(key, value)| Some((key.clone(), text(value, object.at(key), findings)?)));
        Some(texts.collect())
    }

    /// Refuses names that nobody knows, and notes those that are not kept.
    pub fn check_names(&self, names: &Names, findings: &mut Findings) {
        let path = |name: &str| format!("{}/{name}", self.pointer).trim_start_matches('/').replace('/', ".");
        for (name, value) in self.map {
            let is_one = |names: &[&str]| names.contains(&&**name);
            if is_one(names.server_owned) {
                findings.server_owned.push(path(name));
            } else if is_one(names.not_kept) {
                if !value.is_null() && value != "" {
                    findings.notes.push(format!("{} is not kept: Portolan has no such field.", path(name)));
                }
            } else if !is_one(names.known) {
                findings.error(self.at(name), "There is no field of this name. Correct or remove it.");
            }
        }
    }
}

fn text(value: &Value, pointer: String, findings: &mut Findings) -> Option<String> {
    match value {
        Value::String(text) => return Some(text.clone()),
        Value::Number(_) => findings.error(pointer, "Put this in quotes: without them it is a number."),
        Value::Bool(_) => findings.error(pointer, "Put this in quotes: without them it is true or false."),
        Value::Null => findings.error(pointer, "Put an empty text in quotes."),
        Value::Array(_) | Value::Object(_) => findings.error(pointer, "This must be a text."),
    }
    None
}
