//! Warnings about credentials that work now but deserve attention.

use super::{Host, RegistryUrl, Scheme};
#[cfg(feature = "server")]
use super::{is_invisible, slip::code_point};
use std::fmt;

/// A warning about the credentials of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The password is sent over plain http.
    Unencrypted,
    /// The password is sent to a server whose certificate is not verified.
    NotVerified,
    /// An authorisation token of Amazon ECR, which expires after 12 hours (`GetAuthorizationToken`).
    AmazonToken,
    /// An OAuth access token of Google's registries, which expires after an hour.
    GoogleToken,
    /// A refresh token of Azure's registry, which expires after three hours.
    AzureToken,
    /// The password begins or ends with white space.
    #[cfg(feature = "server")]
    PasswordBlank,
    /// The password begins or ends with this invisible character.
    #[cfg(feature = "server")]
    PasswordInvisible(char),
    /// The password begins with the username and a colon.
    #[cfg(feature = "server")]
    PasswordWithUsername,
    /// The password looks like a header, a command, a variable or something in quotation marks.
    #[cfg(feature = "server")]
    PasswordPasted,
}

impl Warning {
    /// The warnings for logging in at this URL; none for anonymous access.
    pub fn of(url: &RegistryUrl, username: &str, skip_verification: bool) -> Vec<Self> {
        if username.is_empty() {
            return Vec::new();
        }
        let unencrypted = (url.scheme() == Scheme::Http).then_some(Self::Unencrypted);
        let not_verified = (skip_verification && url.scheme() == Scheme::Https).then_some(Self::NotVerified);
        [unencrypted, not_verified, short_lived(url.host(), username)].into_iter().flatten().collect()
    }

    /// The warning for a password, shown after saving. The password is stored unchanged: any character may be intended.
    #[cfg(feature = "server")]
    pub fn of_password(username: &str, password: &str) -> Option<Self> {
        let ends = [password.chars().next(), password.chars().next_back()];
        if let Some(hidden) = ends.into_iter().flatten().find(|c| is_invisible(*c)) {
            return Some(Self::PasswordInvisible(hidden));
        }
        // Key files end with a line break, which does no harm in JSON.
        let is_key = password.starts_with('{');
        if !is_key && password.trim().len() != password.len() {
            return Some(Self::PasswordBlank);
        }
        let follows = password.strip_prefix(username).filter(|_| !username.is_empty());
        if follows.is_some_and(|rest| rest.starts_with(':')) {
            return Some(Self::PasswordWithUsername);
        }
        looks_pasted(password).then_some(Self::PasswordPasted)
    }
}

/// Beginnings of text that was copied along with a secret, from documentation or a pipeline.
#[cfg(feature = "server")]
const PASTED_BEGINNINGS: [&str; 10] =
    ["authorization:", "basic ", "bearer ", "docker ", "podman ", "aws ", "echo ", "-p ", "--password", "${"];

#[cfg(feature = "server")]
fn looks_pasted(password: &str) -> bool {
    let start: String = password.chars().take(16).flat_map(char::to_lowercase).collect();
    let is_variable = password.strip_prefix('$').is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_')
    });
    let quotes = [('"', '"'), ('\'', '\''), ('`', '`'), ('\u{201c}', '\u{201d}'), ('\u{2018}', '\u{2019}')];
    let is_quoted = quotes
        .iter()
        .any(|(open, close)| password.chars().count() > 2 && password.starts_with(*open) && password.ends_with(*close));
    is_variable || is_quoted || PASTED_BEGINNINGS.iter().any(|words| start.starts_with(words))
}

/// The warning for a token that expires within hours, recognised by host and username.
fn short_lived(host: &Host, username: &str) -> Option<Warning> {
    let Host::Dns(host) = host else { return None };
    match username {
        "AWS" if is_amazon(host) => Some(Warning::AmazonToken),
        "oauth2accesstoken" if host == "gcr.io" || host.ends_with(".gcr.io") || host.ends_with("-docker.pkg.dev") => {
            Some(Warning::GoogleToken)
        }
        "00000000-0000-0000-0000-000000000000" if is_azure(host) => Some(Warning::AzureToken),
        _ => None,
    }
}

/// `ACCOUNT.dkr.ecr.REGION.amazonaws.com` and its variants for FIPS, dual-stack and China.
fn is_amazon(host: &str) -> bool {
    let Some((_, service)) = host.split_once('.') else { return false };
    let is_ecr =
        ["dkr.ecr.", "dkr.ecr-fips.", "dkr-ecr.", "dkr-ecr-fips."].iter().any(|name| service.starts_with(name));
    let domains = [".amazonaws.com", ".amazonaws.com.cn", ".on.aws", ".on.amazonwebservices.com.cn"];
    let is_amazons = domains.iter().any(|domain| host.ends_with(domain));
    is_ecr && is_amazons || host == "public.ecr.aws" || host == "ecr-public.aws.com"
}

/// `NAME.azurecr.io`, or its equivalent in one of Azure's other clouds.
fn is_azure(host: &str) -> bool {
    host.rsplit_once('.').is_some_and(|(name, _)| name.ends_with(".azurecr"))
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            #[cfg(feature = "server")]
            Self::PasswordBlank => {
                "The password begins or ends with a space or a line break. It is saved unchanged: remove that unless it is part of the password."
            }
            #[cfg(feature = "server")]
            Self::PasswordInvisible(hidden) => {
                return write!(
                    f,
                    "The password begins or ends with an invisible character ({}). It is saved unchanged: remove that unless it is part of the password.",
                    code_point(*hidden)
                );
            }
            #[cfg(feature = "server")]
            Self::PasswordWithUsername => {
                "The password begins with the username and a colon. Remove them unless they are part of the password."
            }
            #[cfg(feature = "server")]
            Self::PasswordPasted => {
                "The password looks like a header, a command, a variable or a quotation. It is saved unchanged: check that you copied only the password."
            }
            Self::Unencrypted => {
                "Over plain http, anyone on the network path can read the password. Use https if the registry supports it."
            }
            Self::NotVerified => {
                "Without verification, anyone on the network path can impersonate the registry and take the password. Add a CA certificate instead."
            }
            Self::AmazonToken => {
                "A token of Amazon ECR expires after 12 hours. Then images can no longer be pulled until a new one is stored."
            }
            Self::GoogleToken => {
                "An access token of Google expires after an hour. The key of a service account, with the username _json_key, lasts."
            }
            Self::AzureToken => {
                "A refresh token of Azure expires after three hours. A service principal, or a token with a password, lasts."
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(url: &str, username: &str) -> Vec<Warning> {
        Warning::of(&RegistryUrl::parse(url).unwrap(), username, true)
    }

    #[test]
    fn short_lived_tokens_are_recognised_by_host_and_username() {
        let token =
            |url, username| warnings(url, username).last().copied().filter(|found| *found != Warning::NotVerified);
        for (url, username, warning) in [
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "AWS", Some(Warning::AmazonToken)),
            ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "AWS", Some(Warning::AmazonToken)),
            ("europe-docker.pkg.dev", "oauth2accesstoken", Some(Warning::GoogleToken)),
            ("eu.gcr.io", "oauth2accesstoken", Some(Warning::GoogleToken)),
            ("team.azurecr.io", "00000000-0000-0000-0000-000000000000", Some(Warning::AzureToken)),
            ("europe-docker.pkg.dev", "_json_key", None),
            ("public.ecr.aws", "AWS", Some(Warning::AmazonToken)),
            ("registry.example.com", "AWS", None),
            ("evil-dkr.ecr.example.com", "AWS", None),
        ] {
            assert_eq!(token(url, username), warning, "{url} {username}");
        }
    }

    #[test]
    fn anonymous_access_causes_no_warning() {
        assert_eq!(warnings("http://10.0.0.5:5000", ""), []);
        assert_eq!(warnings("http://10.0.0.5:5000", "robot"), [Warning::Unencrypted]);
        assert_eq!(warnings("https://10.0.0.5:5000", "robot"), [Warning::NotVerified]);
    }

    /// docker/login-action#872, aws-actions/amazon-ecr-login#401, Azure/azure-cli-extensions#9728 and #10016.
    #[test]
    fn every_host_of_a_cloud_registry_is_recognised_and_lookalikes_are_not() {
        let guid = "00000000-0000-0000-0000-000000000000";
        for host in [
            "123456789012.dkr-ecr.eu-west-1.on.aws",
            "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com",
            "123456789012.dkr-ecr-fips.us-west-2.on.aws",
            "123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn",
            "ecr-public.aws.com",
        ] {
            assert!(warnings(host, "AWS").contains(&Warning::AmazonToken), "{host}");
        }
        for host in ["team.azurecr.cn", "team.azurecr.us", "team.azurecr.io"] {
            assert!(warnings(host, guid).contains(&Warning::AzureToken), "{host}");
        }
        for host in [
            "evil-dkr.ecr.example.com",
            "1.dkr.ecr.eu-west-1.amazonaws.com.example.com",
            "1.dkr-ecr.eu-west-1.evil-on.aws",
            "dkr.ecr.amazonaws.com",
            "azurecr.io",
            "team.evilazurecr.io",
            "team.azurecr.io.example.com",
        ] {
            let found = [warnings(host, "AWS"), warnings(host, guid)].concat();
            assert_eq!(found, [Warning::NotVerified, Warning::NotVerified], "{host}");
        }
    }

    #[test]
    fn text_copied_along_with_a_secret_causes_a_warning() {
        for password in [
            "Bearer abc",
            "Authorization: Bearer abc",
            "Basic cm9i",
            "docker login -p x a.example",
            "$TOKEN",
            "${{ secrets.TOKEN }}",
            "\"s3cret\"",
            "\u{201c}s3cret\u{201d}",
            "--password=s3cret",
        ] {
            assert_eq!(Warning::of_password("robot", password), Some(Warning::PasswordPasted), "{password}");
        }
        for password in ["s3cret", "$tr0ng", "bearer", "\"", "correct horse", "{\"type\":\"service_account\"}"] {
            assert_eq!(Warning::of_password("robot", password), None, "{password}");
        }
    }

    /// NVIDIA/OSMO#1210.
    #[test]
    fn characters_copied_along_with_a_password_cause_a_warning() {
        let warning = |password| Warning::of_password("robot", password);
        for blank in ["token ", " token", "token\n", "\u{a0}token"] {
            assert_eq!(warning(blank), Some(Warning::PasswordBlank), "{blank:?}");
        }
        assert_eq!(warning("\u{feff}token"), Some(Warning::PasswordInvisible('\u{feff}')));
        assert_eq!(warning("token\u{200b}"), Some(Warning::PasswordInvisible('\u{200b}')));
        assert_eq!(warning("robot:token"), Some(Warning::PasswordWithUsername));
        for sound in ["", "token", "to ken", "robot", "{\n  \"type\": 1\n}\n"] {
            assert_eq!(warning(sound), None, "{sound:?}");
        }
        assert_eq!(Warning::of_password("", ":token"), None);
    }
}
