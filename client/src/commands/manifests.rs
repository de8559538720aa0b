//! Manifests in files, with the passwords that they name.

use super::error::CommandError;
use crate::standard_streams::say;
use api::manifest::{MAX_BYTES, PASSWORD_FROM, parse, set_default_workspace};
use domain::Secret;
use serde_json::{Map, Value};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Files with manifests.
#[derive(Clone, Debug, clap::Args)]
pub struct Files {
    /// File with manifests in YAML or JSON, or - for the standard input. Several times for several files
    #[arg(short, long = "filename", value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// The workspace of image registries that are named without one
    #[arg(short, long, default_value = "default")]
    pub workspace: String,
}

impl Files {
    /// The manifests of all files, in their order.
    ///
    /// # Errors
    /// The first file that cannot be read.
    pub fn read(&self) -> Result<Vec<Value>, CommandError> {
        let mut manifests = Vec::new();
        for file in &self.files {
            let text = read(file).map_err(|error| CommandError::Read(file.clone(), error))?;
            manifests.extend(parse(text.expose()).map_err(|error| CommandError::Manifest(file.clone(), error))?);
        }
        set_default_workspace(&self.workspace, &mut manifests);
        Ok(manifests)
    }

    /// The same, with the passwords of `passwordFrom`. Relative paths begin at this process's folder.
    ///
    /// # Errors
    /// Also if a password cannot be found.
    pub fn read_with_passwords(&self) -> Result<Vec<Value>, CommandError> {
        let mut manifests = self.read()?;
        for (number, manifest) in (1..).zip(&mut manifests) {
            let authconfig = manifest.pointer_mut("/spec/authconfig").and_then(Value::as_object_mut);
            authconfig.map_or(Ok(()), fill_in).map_err(|reason| CommandError::Password(number, reason))?;
        }
        Ok(manifests)
    }
}

fn read(file: &Path) -> io::Result<Secret> {
    let mut text = String::new();
    // One byte more than is allowed, to be refused as too large.
    let limit = MAX_BYTES as u64 + 1;
    match file.as_os_str() == "-" {
        true => io::stdin().lock().take(limit).read_to_string(&mut text)?,
        false => File::open(file)?.take(limit).read_to_string(&mut text)?,
    };
    Ok(Secret::new(text))
}

/// Replaces `passwordFrom` by the password.
fn fill_in(authconfig: &mut Map<String, Value>) -> Result<(), String> {
    let sources: Vec<_> = PASSWORD_FROM.iter().filter_map(|name| authconfig.remove(*name)).collect();
    let source = match &sources[..] {
        [] => return Ok(()),
        [source] => source,
        _ => return Err("both passwordFrom and password_from are set. Remove one.".to_owned()),
    };
    if authconfig.get("password").is_some_and(|password| !password.is_null()) {
        return Err("both password and passwordFrom are set. Remove one.".to_owned());
    }
    let named = source.as_object().filter(|fields| fields.len() == 1).and_then(|fields| fields.iter().next());
    let password = match named.map(|(name, value)| (name.as_str(), value.as_str())) {
        Some(("file", Some(path))) => {
            // People who apply the manifests of others see what they would give away.
            say(&format!("A password is read from the file {path}."));
            let text = read(Path::new(path));
            text.map_err(|error| format!("the password file {path} cannot be read: {error}"))?
        }
        Some(("env", Some(name))) if name.starts_with("PORTOLAN_") => {
            return Err(format!(
                "{name} belongs to Portolan itself and is not sent to a registry. Use a variable that does not begin with PORTOLAN_."
            ));
        }
        Some(("env", Some(name))) => {
            say(&format!("A password is read from the variable {name}."));
            let text = std::env::var(name).map(Secret::new);
            text.map_err(|_| {
                format!("the variable {name} is not set, or is not UTF-8. Set it, or correct passwordFrom.")
            })?
        }
        _ => return Err("passwordFrom is like {file: PATH} or {env: NAME}.".to_owned()),
    };
    let line = without_line_break(password.expose());
    if line.is_empty() {
        return Err("the password that passwordFrom names is empty. Fill it in, or write authconfig: null for anonymous access.".to_owned());
    }
    authconfig.insert("password".to_owned(), line.into());
    Ok(())
}

/// A single line loses its line break, which editors add; several lines, such as a JSON key, are kept as they are.
fn without_line_break(text: &str) -> &str {
    let line = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text);
    if line.contains('\n') { text } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fs;

    fn filled_in(authconfig: Value) -> Result<Value, String> {
        let Value::Object(mut fields) = authconfig else { panic!("no object") };
        fill_in(&mut fields).map(|()| fields.into())
    }

    #[test]
    fn a_password_comes_from_a_file_or_a_variable() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        for (stored, expected) in
            [("canary\n", "canary"), ("canary\r\n", "canary"), (" canary ", " canary "), ("{\n}\n", "{\n}\n")]
        {
            fs::write(&file, stored).unwrap();
            let read = filled_in(json!({"username": "u", "passwordFrom": {"file": file}})).unwrap();
            assert_eq!(read, json!({"username": "u", "password": expected}), "{stored:?}");
        }
        let path = std::env::var("PATH").unwrap();
        assert_eq!(filled_in(json!({"password_from": {"env": "PATH"}})).unwrap(), json!({"password": path}));
        assert_eq!(filled_in(json!({"password": "canary"})).unwrap(), json!({"password": "canary"}));
    }

    #[test]
    fn a_password_that_cannot_be_found_is_an_error_without_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty");
        fs::write(&empty, "\n").unwrap();
        for (authconfig, expected) in [
            (json!({"passwordFrom": {"file": "/nonexistent"}}), "the password file /nonexistent cannot be read"),
            (json!({"passwordFrom": {"env": "NO_SUCH_VARIABLE"}}), "the variable NO_SUCH_VARIABLE is not set"),
            (json!({"passwordFrom": {"file": empty}}), "the password that passwordFrom names is empty"),
            (json!({"passwordFrom": "canary"}), "passwordFrom is like {file: PATH} or {env: NAME}."),
            (json!({"passwordFrom": {"file": "a", "env": "B"}}), "passwordFrom is like"),
            (json!({"password": "canary", "passwordFrom": {"env": "PATH"}}), "both password and passwordFrom are set."),
            (
                json!({"password_from": {"env": "PATH"}, "passwordFrom": {"env": "PATH"}}),
                "both passwordFrom and password_from are set.",
            ),
        ] {
            let said = filled_in(authconfig.clone()).unwrap_err();
            assert!(said.starts_with(expected) && !said.contains("canary"), "{authconfig}: {said}");
        }
    }
}
