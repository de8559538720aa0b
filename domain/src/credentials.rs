//! Username and password of a registry.

use super::slip::code_point;
use super::{ConnectionSettings, FieldError, Secret, first_invisible, is_padded, server_worded_error};

/// The maximum length of a username or password, in bytes. JSON keys of cloud registries are passwords too.
pub const MAX_CREDENTIAL_BYTES: usize = 16 * 1024;

/// A username and its password. Anonymous access is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Contains no colon: in Basic authentication, a colon ends the username (RFC 7617 2).
    pub username: String,
    /// A password or an access token.
    pub password: Secret,
}

/// Why a username or a password cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// Leading or trailing white space in the username.
    #[error("Remove the spaces before or after the username.")]
    Padded,
    #[error("A username cannot contain a colon: put what follows it into Password.")]
    Colon,
    /// The username contains this control character or other invisible character.
    #[error("Remove the invisible character ({}) from the username.", code_point(*.0))]
    Invisible(char),
    /// The password is an `auth` entry of docker's config.json: username and password in base64.
    #[error(
        "This is username and password together in base64, as docker's config.json has them. Enter only the password."
    )]
    EncodedPair,
    /// The password is a whole docker config.json.
    #[error(
        "This is docker's config.json, or a secret made from it. Enter only the password, or create an access token and enter that."
    )]
    DockerConfig,
    /// Longer than [`MAX_CREDENTIAL_BYTES`].
    #[error("Shorten this to 16 KiB or less.")]
    TooLong,
    #[error("Enter the password, or leave both fields empty for anonymous access.")]
    PasswordMissing,
    #[error("Enter the username that belongs to the password.")]
    UsernameMissing,
    /// The stored password was entered for this URL, which has a different origin.
    #[error(
        "The stored password was entered for {0}. Enter the password for the new address, or remove the credentials."
    )]
    OtherOrigin(String),
    /// The stored password belongs to this other username.
    #[error("The stored password belongs to {0}. Enter the password of the new username.")]
    OtherUsername(String),
    /// The stored password was entered under other trust settings.
    #[error("The trust settings under Advanced have changed. Enter the password again, or remove the credentials.")]
    OtherTrust,
    /// Both password fields are filled in.
    #[error("Both password fields are filled in. Clear one.")]
    Twice,
    /// The username was cleared although credentials are stored.
    #[error("To remove the credentials, tick \u{201c}Remove the stored credentials\u{201d}.")]
    Emptied,
}

impl Credentials {
    /// Parses the two fields as typed. Both are filled in, or neither.
    ///
    /// # Errors
    /// All errors at the fields `username` and `password`.
    pub fn parse(username: &str, password: &Secret) -> Result<Option<Self>, Vec<FieldError>> {
        let mut field_errors = check_fields(username, password);
        match (username.is_empty(), password.is_empty()) {
            (false, true) => field_errors.push(server_worded_error("password", CredentialsError::PasswordMissing)),
            (true, false) => field_errors.push(server_worded_error("username", CredentialsError::UsernameMissing)),
            _ => {}
        }
        if !field_errors.is_empty() {
            return Err(field_errors);
        }
        Ok((!username.is_empty()).then(|| Self { username: username.to_owned(), password: password.clone() }))
    }
}

/// What an edit does to the stored credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialsChange {
    Keep,
    Replace(Credentials),
    Remove,
}

impl CredentialsChange {
    /// Parses the edit form against what is stored. An empty password keeps the stored one, provided that origin,
    /// username and trust settings are the same.
    ///
    /// # Errors
    /// All errors at the fields `username` and `password`.
    pub fn parse(
        stored_username: Option<&str>,
        stored: Option<&ConnectionSettings>,
        typed: Option<&ConnectionSettings>,
        username: &str,
        password: &Secret,
        remove: bool,
    ) -> Result<Self, Vec<FieldError>> {
        if remove {
            return Ok(Self::Remove);
        }
        let Some(stored_username) = stored_username else {
            return Ok(match Credentials::parse(username, password)? {
                Some(credentials) => Self::Replace(credentials),
                None => Self::Keep,
            });
        };
        if !password.is_empty() {
            return Credentials::parse(username, password)
                .map(|credentials| credentials.map_or(Self::Keep, Self::Replace));
        }
        let mut field_errors = check_fields(username, password);
        if username.is_empty() {
            field_errors.push(server_worded_error("username", CredentialsError::Emptied));
        } else if username != stored_username {
            field_errors
                .push(server_worded_error("password", CredentialsError::OtherUsername(stored_username.to_owned())));
        } else {
            let changed = match (stored, typed) {
                (_, None) => None,
                (Some(stored), Some(typed)) if typed.url.origin() != stored.url.origin() => {
                    Some(CredentialsError::OtherOrigin(stored.url.to_string()))
                }
                (Some(stored), Some(typed)) => (typed.trust != stored.trust).then_some(CredentialsError::OtherTrust),
                (None, Some(_)) => Some(CredentialsError::OtherTrust),
            };
            field_errors.extend(changed.map(|error| server_worded_error("password", error)));
        }
        if field_errors.is_empty() { Ok(Self::Keep) } else { Err(field_errors) }
    }
}

/// Checks each field by itself.
fn check_fields(username: &str, password: &Secret) -> Vec<FieldError> {
    let mut field_errors = Vec::new();
    if is_padded(username) {
        field_errors.push(server_worded_error("username", CredentialsError::Padded));
    }
    if username.contains(':') {
        field_errors.push(server_worded_error("username", CredentialsError::Colon));
    }
    let control = || username.trim().chars().find(|c| c.is_control());
    if let Some(hidden) = first_invisible(username).or_else(control) {
        field_errors.push(server_worded_error("username", CredentialsError::Invisible(hidden)));
    }
    #[cfg(feature = "server")]
    field_errors.extend(docker_config_error(username, password).map(|error| server_worded_error("password", error)));
    for (field, value) in [("username", username), ("password", password.expose())] {
        if value.len() > MAX_CREDENTIAL_BYTES {
            field_errors.push(server_worded_error(field, CredentialsError::TooLong));
        }
    }
    field_errors
}

/// Recognises text from docker's config.json in place of a password. Only the server looks for it.
#[cfg(feature = "server")]
fn docker_config_error(username: &str, password: &Secret) -> Option<CredentialsError> {
    let text = password.expose();
    let is_config = |text: &str| text.trim_start().starts_with('{') && text.contains("\"auths\"");
    if is_config(text) || text.contains(".dockerconfigjson:") {
        return Some(CredentialsError::DockerConfig);
    }
    let pair = super::base64::decode(text).map(zeroize::Zeroizing::new)?;
    if is_config(&pair) {
        return Some(CredentialsError::DockerConfig);
    }
    let (user, _) = pair.split_once(':')?;
    (!user.is_empty() && user == username).then_some(CredentialsError::EncodedPair)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RegistryUrl, TokenService, TrustPolicy};
    use proptest::prelude::*;

    fn settings(url: &str) -> ConnectionSettings {
        ConnectionSettings { url: RegistryUrl::parse(url).unwrap(), trust: TrustPolicy::default() }
    }

    fn fields(field_errors: Vec<FieldError>) -> Vec<String> {
        field_errors.into_iter().map(|error| error.field).collect()
    }

    proptest! {
        #[test]
        fn a_password_is_kept_unchanged(password in "(?s).{1,200}") {
            let credentials = Credentials::parse("robot$ci", &Secret::new(password.clone())).unwrap().unwrap();
            prop_assert_eq!(credentials.password.expose(), password);
        }
    }

    #[test]
    fn username_and_password_are_required_together() {
        assert_eq!(Credentials::parse("", &Secret::default()), Ok(None));
        assert_eq!(fields(Credentials::parse("u", &Secret::default()).unwrap_err()), ["password"]);
        assert_eq!(fields(Credentials::parse("", &Secret::new("p")).unwrap_err()), ["username"]);
    }

    #[test]
    fn all_errors_in_credentials_are_reported_together() {
        let long = Secret::new("p".repeat(MAX_CREDENTIAL_BYTES + 1));
        assert_eq!(
            fields(Credentials::parse(" a:b\0c", &long).unwrap_err()),
            ["username", "username", "username", "password"]
        );
    }

    /// whatwg/url#151.
    #[test]
    fn an_invisible_character_in_a_username_is_reported() {
        let message = |username: &str| Credentials::parse(username, &Secret::new("p")).unwrap_err()[0].message.clone();
        assert_eq!(message("\u{200b}robot"), "Remove the invisible character (U+200B) from the username.");
        assert_eq!(message("ro\tbot"), "Remove the invisible character (U+0009) from the username.");
        assert!(message("robot:token").contains("put what follows it into Password"));
    }

    #[test]
    fn text_from_docker_config_is_rejected_as_a_password() {
        let message = |username: &str, password: &str| {
            let parsed = Credentials::parse(username, &Secret::new(password));
            parsed.err().map(|field_errors| field_errors[0].message.clone()).unwrap_or_default()
        };
        assert!(message("user", "dXNlcjpwYXNz").contains("Enter only the password"));
        assert_eq!(message("other", "dXNlcjpwYXNz"), "", "it could be a token that looks like one");
        assert!(message("u", "{\"auths\": {\"a.example\": {\"auth\": \"dXNlcjpwYXNz\"}}}").contains("config.json"));
        assert_eq!(message("_json_key", "{\"type\": \"service_account\"}"), "");
    }

    #[test]
    fn t6_an_empty_password_keeps_the_stored_one_only_for_the_same_origin_and_username() {
        let change = |stored, to: &str, username, password: &str| {
            CredentialsChange::parse(
                stored,
                Some(&settings("https://a.example")),
                Some(&settings(to)),
                username,
                &Secret::new(password),
                false,
            )
        };
        assert_eq!(change(Some("u"), "https://a.example:443", "u", ""), Ok(CredentialsChange::Keep));
        for elsewhere in ["https://b.example", "http://a.example", "https://a.example:444"] {
            assert_eq!(fields(change(Some("u"), elsewhere, "u", "").unwrap_err()), ["password"], "{elsewhere}");
            assert!(matches!(change(Some("u"), elsewhere, "u", "new"), Ok(CredentialsChange::Replace(_))));
        }
        assert_eq!(fields(change(Some("u"), "https://a.example", "v", "").unwrap_err()), ["password"]);
        assert_eq!(fields(change(Some("u"), "https://a.example", "", "").unwrap_err()), ["username"]);
        assert_eq!(change(None, "https://b.example", "", ""), Ok(CredentialsChange::Keep));
    }

    #[test]
    fn t6_changed_trust_settings_require_the_password_again() {
        let stored = settings("https://a.example");
        let other = [
            TrustPolicy { skip_verification: true, ..TrustPolicy::default() },
            TrustPolicy { token_service: TokenService::parse("auth.other.example").ok(), ..TrustPolicy::default() },
        ];
        for trust in other {
            let typed = ConnectionSettings { trust, ..stored.clone() };
            let change = |password: &str| {
                CredentialsChange::parse(Some("u"), Some(&stored), Some(&typed), "u", &Secret::new(password), false)
            };
            assert_eq!(fields(change("").unwrap_err()), ["password"]);
            assert!(matches!(change("again"), Ok(CredentialsChange::Replace(_))));
        }
    }

    #[test]
    fn removing_credentials_overrides_the_other_fields() {
        let change =
            CredentialsChange::parse(Some("u"), Some(&settings("a.example")), None, "u", &Secret::default(), true);
        assert_eq!(change, Ok(CredentialsChange::Remove));
    }
}
