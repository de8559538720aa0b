//! The API token, and the file that holds it.

use domain::Secret;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::Zeroizing;

/// What every token begins with.
const PREFIX: &str = "portolan_";

/// Why there is no token.
#[derive(Debug, Error)]
pub enum TokenError {
    /// Neither file nor variable.
    #[error("there is no token. Make one on the page /tokens, put it into a file, and name it as token_file")]
    Missing,
    #[error("the token file {0} cannot be read: {1}")]
    Io(PathBuf, #[source] io::Error),
    #[error(
        "this is a token, not the name of a file with one. Put it into a file; if others may have seen it, revoke it"
    )]
    NotAFile,
    /// Other users may read or write it. Holds its permission bits.
    #[error("others may read the token file {0} (mode {1:o}). Allow its owner alone: chmod 600 {0}")]
    Exposed(PathBuf, u32),
    /// Where it was looked for. What was found there is not repeated.
    #[error("{0} does not hold a token: one line that begins with portolan_, as the page /tokens showed it")]
    Form(String),
}

/// Reads the token from a file that only its owner may read.
///
/// # Errors
/// See [`TokenError`].
pub fn read(path: &Path) -> Result<Secret, TokenError> {
    // In place of the file. Errors name files, so it would be printed.
    let is_token = |name: &str| name.starts_with(PREFIX) && name.len() > 60;
    if path.file_name().and_then(|name| name.to_str()).is_some_and(is_token) {
        return Err(TokenError::NotAFile);
    }
    let io = |error| TokenError::Io(path.to_owned(), error);
    let mode = fs::metadata(path).map_err(io)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(TokenError::Exposed(path.to_owned(), mode));
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(io)?);
    parse(&text, || format!("the token file {}", path.display()))
}

/// Reads the token from a text, which came from the place that `source` names.
///
/// # Errors
/// [`TokenError::Form`].
pub fn parse(text: &str, source: impl FnOnce() -> String) -> Result<Secret, TokenError> {
    let token = text.trim();
    // Whatever else the server demands of it, it fits into a header.
    let is_one_word = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match token.strip_prefix(PREFIX).is_some_and(|rest| !rest.is_empty()) && is_one_word {
        true => Ok(Secret::new(token)),
        false => Err(TokenError::Form(source())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_place_of_a_file_is_not_printed() {
        let error = read(Path::new(&format!("folder/{PREFIX}{}", "canary".repeat(12)))).unwrap_err();
        assert!(matches!(error, TokenError::NotAFile) && !error.to_string().contains("canary"), "{error}");
    }

    #[test]
    fn a_token_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "portolan_canary\n").unwrap();
        for mode in [0o644, 0o640, 0o602, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = read(&path).unwrap_err();
            assert!(matches!(error, TokenError::Exposed(_, found) if found == mode), "{error}");
            assert!(error.to_string().contains("chmod 600 /"), "{error}");
        }
        for mode in [0o600, 0o400] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read(&path).unwrap().expose(), "portolan_canary");
        }
    }

    #[test]
    fn anything_else_is_not_a_token_and_is_not_repeated() {
        for text in [
            "",
            "canary",
            "portolan_",
            "portolan_canary\nHost: evil",
            "portolan_canary canary",
            "Bearer portolan_canary",
        ] {
            let error = parse(text, || "PORTOLAN_TOKEN".to_owned()).unwrap_err();
            assert!(matches!(error, TokenError::Form(_)) && !error.to_string().contains("canary"), "{text}: {error}");
        }
    }
}
