//! What will work, and is still worth a word.

use super::{Host, RegistryUrl, Scheme};
use std::fmt;

/// Something that a person should know about the credentials of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caution {
    /// The password travels in the clear.
    Unencrypted,
    /// The password goes to whoever answers.
    NotVerified,
    /// An authorisation token of Amazon ECR: 12 hours (`GetAuthorizationToken`).
    AmazonToken,
    /// An OAuth access token of Google's registries: one hour.
    GoogleToken,
    /// A refresh token of Azure's registry: three hours.
    AzureToken,
}

impl Caution {
    /// What is worth a word where this username logs in there; nothing where nobody does.
    pub fn of(url: &RegistryUrl, username: &str, skip_verification: bool) -> Vec<Self> {
        if username.is_empty() {
            return Vec::new();
        }
        let unencrypted = (url.scheme() == Scheme::Http).then_some(Self::Unencrypted);
        let not_verified = (skip_verification && url.scheme() == Scheme::Https).then_some(Self::NotVerified);
        [unencrypted, not_verified, short_lived(url.host(), username)].into_iter().flatten().collect()
    }
}

/// A token that is over within hours, by the host and the username that go with it.
fn short_lived(host: &Host, username: &str) -> Option<Caution> {
    let Host::Dns(host) = host else { return None };
    let amazon =
        host.contains(".dkr.ecr.") && (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn"));
    let google = host == "gcr.io" || host.ends_with(".gcr.io") || host.ends_with("-docker.pkg.dev");
    match username {
        "AWS" if amazon || host == "public.ecr.aws" => Some(Caution::AmazonToken),
        "oauth2accesstoken" if google => Some(Caution::GoogleToken),
        "00000000-0000-0000-0000-000000000000" if host.ends_with(".azurecr.io") => Some(Caution::AzureToken),
        _ => None,
    }
}

impl fmt::Display for Caution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unencrypted => {
                "Over plain http, anyone on the network between can read the password. Use https where the registry can."
            }
            Self::NotVerified => {
                "Without verification, anyone on the network between can pose as the registry and take the password. A CA certificate is the better way."
            }
            Self::AmazonToken => {
                "A token of Amazon ECR is good for 12 hours. After that, images can no longer be pulled until a new one is stored."
            }
            Self::GoogleToken => {
                "An access token of Google is good for an hour. The key of a service account, with the username _json_key, lasts."
            }
            Self::AzureToken => {
                "A refresh token of Azure is good for three hours. A service principal, or a token with a password, lasts."
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cautions(url: &str, username: &str) -> Vec<Caution> {
        Caution::of(&RegistryUrl::parse(url).unwrap(), username, true)
    }

    #[test]
    fn tokens_that_are_over_tomorrow_are_known_by_host_and_username() {
        let token =
            |url, username| cautions(url, username).last().copied().filter(|found| *found != Caution::NotVerified);
        for (url, username, caution) in [
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "AWS", Some(Caution::AmazonToken)),
            ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "AWS", Some(Caution::AmazonToken)),
            ("europe-docker.pkg.dev", "oauth2accesstoken", Some(Caution::GoogleToken)),
            ("eu.gcr.io", "oauth2accesstoken", Some(Caution::GoogleToken)),
            ("team.azurecr.io", "00000000-0000-0000-0000-000000000000", Some(Caution::AzureToken)),
            ("europe-docker.pkg.dev", "_json_key", None),
            ("registry.example.com", "AWS", None),
            ("evil-dkr.ecr.example.com", "AWS", None),
        ] {
            assert_eq!(token(url, username), caution, "{url} {username}");
        }
    }

    #[test]
    fn who_sends_no_password_needs_no_caution() {
        assert_eq!(cautions("http://10.0.0.5:5000", ""), []);
        assert_eq!(cautions("http://10.0.0.5:5000", "robot"), [Caution::Unencrypted]);
        assert_eq!(cautions("https://10.0.0.5:5000", "robot"), [Caution::NotVerified]);
    }
}
