//! The project or namespace inside a registry.

use super::own_host::Beginning;
use super::{RegistryUrl, Slip, is_padded};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The maximum length in characters (OCI distribution specification, "Pulling manifests": clients may limit host and
/// name together to 255).
const MAX_CHARS: usize = 255;

/// Path components of image references, joined by `/`; empty if there is no project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Repository(String);

/// Why a text is not a repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryError {
    #[error("{0}")]
    Slip(Slip),
    /// Repeats the host of the URL.
    #[error("The host is already in the URL: {}", use_or_leave_empty(suggestion))]
    OwnHost {
        /// The repository without the host; may be empty.
        suggestion: String,
    },
    /// Names a host other than the URL's.
    #[error("A host belongs in the URL: put {0} there, or leave it out here.")]
    OtherHost(String),
    /// Ends with a tag or a digest.
    #[error("Leave the tag out: use {suggestion}, or put the whole image into Test image.")]
    Tag {
        /// The repository without the tag or digest.
        suggestion: String,
    },
    /// A path of the registry's API.
    #[error("This is a path of the registry's API: use {suggestion}")]
    ApiPath {
        /// The repository in that path.
        suggestion: String,
    },
    /// Begins with a username and a password, as URLs can. Not repeated.
    #[error("Leave out the username and password here: put them into Authentication.")]
    UserInfo,
    /// Leading or trailing white space.
    #[error("Remove the spaces before or after the repository.")]
    Padded,
    /// White space inside.
    #[error("Remove the spaces.")]
    Spaces,
    /// More than 255 characters.
    #[error("Shorten the repository to 255 characters or fewer.")]
    TooLong,
    /// Contains upper-case letters. Holds the lower-case spelling, which is legal.
    #[error("Image references are lower case: use {0} instead.")]
    UpperCase(String),
    /// Two consecutive slashes.
    #[error("Remove the double slash.")]
    EmptyComponent,
    /// This component is not legal in image references.
    #[error(
        "\u{201c}{0}\u{201d} is not allowed in an image reference: use lower-case letters and digits, with single . _ or - between them."
    )]
    Malformed(String),
}

impl Repository {
    /// Parses a repository as typed. Leading and trailing slashes are dropped.
    ///
    /// # Errors
    /// The first rule of [`RepositoryError`] that it breaks.
    pub fn parse(text: &str) -> Result<Self, RepositoryError> {
        if let Some(slip) = Slip::find(text) {
            return Err(RepositoryError::Slip(slip));
        }
        if is_padded(text) {
            return Err(RepositoryError::Padded);
        }
        if has_user_info(text) {
            return Err(RepositoryError::UserInfo);
        }
        // Not repeated in the error: a command may contain a password.
        if text.contains(char::is_whitespace) {
            return Err(RepositoryError::Spaces);
        }
        let path = text.trim_matches('/');
        if path.is_empty() {
            return Ok(Self::default());
        }
        if path.chars().count() > MAX_CHARS {
            return Err(RepositoryError::TooLong);
        }
        if path.split('/').any(str::is_empty) {
            return Err(RepositoryError::EmptyComponent);
        }
        let lower = path.to_ascii_lowercase();
        let name = without_tag(&lower);
        if name != lower && name.split('/').all(is_component) {
            return Err(RepositoryError::Tag { suggestion: name.to_owned() });
        }
        if let Some(bad) = lower.split('/').find(|component| !is_component(component)) {
            return Err(RepositoryError::Malformed(bad.to_owned()));
        }
        if lower != path {
            return Err(RepositoryError::UpperCase(lower));
        }
        Ok(Self(lower))
    }

    /// Parses what a person typed in a form with this URL, if that is valid. A host does not belong here, but a name
    /// with a dot is accepted unless it is the URL's own host: mirrors use the host they mirror as a path.
    ///
    /// # Errors
    /// The first rule of [`RepositoryError`] that it breaks.
    pub fn beside(text: &str, url: Option<&RegistryUrl>) -> Result<Self, RepositoryError> {
        let is_plain = || Slip::find(text).is_none() && !is_padded(text) && !has_user_info(text);
        if cfg!(feature = "server") && url.is_some() && is_plain() {
            match Beginning::of(text, url) {
                Beginning::OwnHost(path) => {
                    let path = path.trim_matches('/');
                    let suggestion = without_tag(of_api_path(path).unwrap_or(path)).to_ascii_lowercase();
                    return Err(RepositoryError::OwnHost { suggestion });
                }
                Beginning::Path(path) if let Some(name) = of_api_path(path.trim_matches('/')) => {
                    return Err(RepositoryError::ApiPath { suggestion: name.to_ascii_lowercase() });
                }
                Beginning::OtherHost { host, is_certain: true } => {
                    return Err(RepositoryError::OtherHost(host.to_owned()));
                }
                _ => {}
            }
        }
        Self::parse(text)
    }

    /// The repository without slashes at its ends; empty if there is no project.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether there may be a password before an at sign. A digest follows an at sign, too.
pub(super) fn has_user_info(text: &str) -> bool {
    let is_digest = |rest: &str| {
        rest.get(..7)
            .is_some_and(|start| start.eq_ignore_ascii_case("sha256:") || start.eq_ignore_ascii_case("sha512:"))
    };
    text.split_once('@').is_some_and(|(before, rest)| before.contains(':') && !is_digest(rest))
}

/// A name without its tag or digest. A colon before a slash does not start a tag.
fn without_tag(path: &str) -> &str {
    let name = path.split('@').next().unwrap_or_default();
    name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(name, |(name, _)| name)
}

/// The name in a path of the registry's API (OCI distribution specification, "Endpoints"), or `None` for another path.
fn of_api_path(path: &str) -> Option<&str> {
    let path = path.strip_prefix("v2/")?;
    path.strip_suffix("/tags/list").or_else(|| path.split_once("/manifests/").map(|(name, _)| name))
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`, the component of OCI distribution's `<name>`.
fn is_component(text: &str) -> bool {
    let mut separator = String::new();
    let mut after_word = false;
    for c in text.chars() {
        match c {
            'a'..='z' | '0'..='9' => {
                separator.clear();
                after_word = true;
            }
            '.' | '_' | '-' if after_word => {
                separator.push(c);
                let legal = matches!(separator.as_str(), "." | "_" | "__") || separator.chars().all(|c| c == '-');
                if !legal {
                    return false;
                }
            }
            _ => return false,
        }
    }
    after_word && separator.is_empty()
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Repository {
    type Error = RepositoryError;

    fn try_from(text: String) -> Result<Self, RepositoryError> {
        Self::parse(&text)
    }
}

impl From<Repository> for String {
    fn from(repository: Repository) -> Self {
        repository.0
    }
}

fn use_or_leave_empty(suggestion: &str) -> String {
    if suggestion.is_empty() { "leave this empty.".to_owned() } else { format!("use {suggestion}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_legal_repository_is_kept_without_slashes_at_its_ends(path in "[a-z0-9]{1,8}((\\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}(/[a-z0-9]{1,8}){0,3}") {
            prop_assert_eq!(Repository::parse(&path).unwrap().to_string(), path.clone());
            prop_assert_eq!(Repository::parse(&format!("//{path}/")).unwrap().to_string(), path);
        }

        #[test]
        fn a_printed_repository_parses_to_the_same_repository(text in "[-a-zA-Z0-9._/ ]{0,40}") {
            if let Ok(repository) = Repository::parse(&text) {
                prop_assert_eq!(Repository::parse(repository.as_str()).unwrap(), repository);
            }
        }
    }

    #[test]
    fn each_invalid_repository_has_its_own_error() {
        assert_eq!(Repository::parse(" a"), Err(RepositoryError::Padded));
        assert_eq!(Repository::parse("a b"), Err(RepositoryError::Spaces));
        assert_eq!(Repository::parse("a//b"), Err(RepositoryError::EmptyComponent));
        assert_eq!(Repository::parse("Team/App"), Err(RepositoryError::UpperCase("team/app".into())));
        for bad in ["-a", "a-", "a___b", "a..b", "a._b", "../b", ":b", "ä", "<b>"] {
            assert!(matches!(Repository::parse(bad), Err(RepositoryError::Malformed(_))), "{bad:?}");
        }
        assert_eq!(Repository::parse(&"a".repeat(256)), Err(RepositoryError::TooLong));
        assert!(Repository::parse("/").unwrap().is_empty());
    }

    fn message(text: &str, url: &str) -> String {
        let url = RegistryUrl::parse(url).unwrap();
        Repository::beside(text, Some(&url)).map_or_else(|error| error.to_string(), |_| String::new())
    }

    /// b3s/b3s#419, jenkinsci/docker-commons-plugin#56.
    #[test]
    fn a_repository_must_not_repeat_the_host_of_the_url() {
        for (text, url) in [
            ("ghcr.io/ships", "https://ghcr.io"),
            ("docker.io/ships", "docker.io"),
            ("index.docker.io/ships/", "docker.io"),
            ("registry.example.com:5000/ships", "registry.example.com:5000"),
            ("https://registry.example.com/Ships", "registry.example.com"),
            ("localhost:5000/ships:1.2", "localhost:5000"),
        ] {
            assert_eq!(message(text, url), "The host is already in the URL: use ships", "{text}");
        }
        assert_eq!(message("ghcr.io", "ghcr.io"), "The host is already in the URL: leave this empty.");
    }

    #[test]
    fn an_api_path_suggests_the_repository_in_it() {
        for text in ["/v2/team/app/tags/list", "v2/team/app/manifests/1.2"] {
            assert_eq!(message(text, "ghcr.io"), "This is a path of the registry's API: use team/app");
        }
        let sentence = "The host is already in the URL: use team/app";
        assert_eq!(message("https://ghcr.io/v2/team/app/tags/list", "ghcr.io"), sentence);
        assert_eq!(message("v2/team", "ghcr.io"), "");
    }

    #[test]
    fn a_foreign_host_is_rejected_and_a_mirrored_one_is_kept() {
        for text in ["registry.example.com:5000/team", "https://registry.example.com:5000/team"] {
            assert_eq!(
                message(text, "ghcr.io"),
                "A host belongs in the URL: put registry.example.com:5000 there, or leave it out here."
            );
        }
        assert_eq!(message("docker.io/library", "mirror.example.com"), "");
    }

    #[test]
    fn a_tag_or_a_digest_belongs_in_test_image() {
        for text in ["team/app:1.2", "team/app@sha256:12", "team/app:1@sha256:12", "Team/app:V1"] {
            let sentence = "Leave the tag out: use team/app, or put the whole image into Test image.";
            assert_eq!(message(text, "ghcr.io"), sentence, "{text}");
        }
    }

    #[test]
    fn an_invisible_character_in_a_repository_is_reported_first() {
        assert_eq!(message("team\u{feff}/app", "ghcr.io"), "Remove the invisible character (U+FEFF): use team/app");
        assert_eq!(
            message("\u{200b}ghcr.io/team", "ghcr.io"),
            "Remove the invisible character (U+200B): use ghcr.io/team"
        );
    }
}
