//! The image that a check pulls to verify that clusters can.

use super::own_host::Beginning;
use super::repository::has_user_info;
use super::{RegistryUrl, Repository, RepositoryError, Slip, command, is_padded};
use std::fmt;

/// The maximum length of a tag, in characters (OCI distribution specification, "Pulling manifests").
const MAX_TAG_CHARS: usize = 128;

/// An image reference below the registry's repository: `name[:tag][@digest]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestImage {
    name: Repository,
    tag: Option<String>,
    digest: Option<String>,
}

/// Why a text is not an image reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TestImageError {
    /// Leading or trailing white space.
    #[error("Remove the spaces before or after the image.")]
    Padded,
    /// White space inside.
    #[error("Remove the spaces.")]
    Spaces,
    #[error("{0}")]
    Slip(Slip),
    #[error("This image is on {host}, and this registry is {own}: use an image of this registry.")]
    OtherHost {
        host: String,
        /// `host[:port]` of this registry.
        own: String,
    },
    /// An image in this registry, but not below its repository.
    #[error("This image is not below {0}: use one that is, or change Repository.")]
    Outside(Repository),
    /// The repository itself, with nothing below it.
    #[error("Repository is this image itself: {}.", leave_empty_or_shorten(parent))]
    IsRepository {
        /// The repository that the image would be below; may be empty.
        parent: String,
    },
    #[error("Enter the image's name before its tag or digest, such as team/app:1.2.")]
    NameMissing,
    /// The image's name breaks a rule for repositories.
    #[error("{0}")]
    Name(RepositoryError),
    /// The tag contains an illegal character or has more than 128 characters.
    #[error("\u{201c}{0}\u{201d} is not a valid tag: use letters, digits and . _ - only, at most 128 characters.")]
    Tag(String),
    /// The digest is not `sha256:` or `sha512:` with its hexadecimal digits.
    #[error(
        "\u{201c}{0}\u{201d} is not a valid digest: use sha256: followed by 64 hexadecimal digits, letters in lower case."
    )]
    Digest(String),
}

impl TestImage {
    /// Parses what a person typed in a form with this URL and repository, as far as they are valid; empty means none.
    /// If a whole image reference of this registry was pasted, with or without the command that pulls it, the host and
    /// the repository are dropped.
    ///
    /// # Errors
    /// The first rule of [`TestImageError`] that it breaks.
    pub fn beside(
        text: &str,
        url: Option<&RegistryUrl>,
        repository: Option<&Repository>,
    ) -> Result<Option<Self>, TestImageError> {
        // Not compiled for the browser and leaves it to the server.
        if text.is_empty() || !cfg!(feature = "server") {
            return Ok(None);
        }
        if let Some(slip) = Slip::find(text) {
            return Err(TestImageError::Slip(slip));
        }
        if is_padded(text) {
            return Err(TestImageError::Padded);
        }
        if has_user_info(text) {
            return Err(TestImageError::Name(RepositoryError::UserInfo));
        }
        let is_command = text.contains(char::is_whitespace);
        let reference = if is_command { command::address(text).ok_or(TestImageError::Spaces)? } else { text };
        let repository = repository.map(Repository::as_str).unwrap_or_default();
        let is_hub = url.is_some_and(RegistryUrl::is_docker_hub);
        let image = match Beginning::of(reference, url) {
            Beginning::Path(path) => Self::parse(path)?,
            Beginning::OwnHost(path) => Self::parse(path)?.below(repository)?,
            Beginning::OtherHost { host, .. } => {
                let own = url.map(RegistryUrl::authority).unwrap_or_default();
                return Err(TestImageError::OtherHost { host: host.to_owned(), own });
            }
        };
        // Only clients may omit the project of Docker Hub's official images.
        if is_hub && repository.is_empty() && !image.name().contains('/') {
            return Self::parse(&format!("library/{image}")).map(Some);
        }
        Ok(Some(image))
    }

    /// The same image, relative to the repository instead of the host.
    fn below(self, repository: &str) -> Result<Self, TestImageError> {
        if repository.is_empty() {
            return Ok(self);
        }
        match self.name().strip_prefix(repository) {
            Some("") => {
                let parent = repository.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
                Err(TestImageError::IsRepository { parent })
            }
            Some(rest) if rest.starts_with('/') => {
                let name = Repository::parse(rest).map_err(TestImageError::Name)?;
                Ok(Self { name, ..self })
            }
            _ => Err(Repository::parse(repository).map_or_else(TestImageError::Name, TestImageError::Outside)),
        }
    }

    /// Parses an image reference without a host.
    ///
    /// # Errors
    /// The first rule of [`TestImageError`] that it breaks.
    pub fn parse(text: &str) -> Result<Self, TestImageError> {
        if has_user_info(text) {
            return Err(TestImageError::Name(RepositoryError::UserInfo));
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        // A colon before the last slash would belong to a host.
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        let name = Repository::parse(name).map_err(|error| match error {
            RepositoryError::UpperCase(lower) => {
                TestImageError::Name(RepositoryError::UpperCase(text.replacen(name, &lower, 1)))
            }
            other => TestImageError::Name(other),
        })?;
        // A digest alone looks like a name and a tag.
        if name.is_empty() || is_digest(text) {
            return Err(TestImageError::NameMissing);
        }
        if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
            return Err(TestImageError::Tag(tag.to_owned()));
        }
        if let Some(digest) = digest.filter(|digest| !is_digest(digest)) {
            return Err(TestImageError::Digest(digest.to_owned()));
        }
        Ok(Self { name, tag: tag.map(str::to_owned), digest: digest.map(str::to_owned) })
    }

    /// The image's name, without tag and digest.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The digest, else the tag, else `latest`: clients request the manifest in this way.
    pub fn reference(&self) -> &str {
        self.digest.as_deref().or(self.tag.as_deref()).unwrap_or("latest")
    }
}

/// `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
fn is_tag(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= MAX_TAG_CHARS
        && text.starts_with(is_word)
        && text.chars().all(|c| is_word(c) || matches!(c, '.' | '-'))
}

/// An algorithm that clients support, and a hash in lower-case hexadecimal (OCI image specification, "Digests").
fn is_digest(text: &str) -> bool {
    let length = match text.split_once(':') {
        Some(("sha256", _)) => 64,
        Some(("sha512", _)) => 128,
        _ => return false,
    };
    // Both algorithms have names of six characters.
    let hex = &text["sha256:".len()..];
    hex.len() == length && hex.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

impl fmt::Display for TestImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

fn leave_empty_or_shorten(parent: &str) -> String {
    if parent.is_empty() { "leave Repository empty".to_owned() } else { format!("shorten Repository to {parent}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    proptest! {
        #[test]
        fn a_printed_test_image_parses_to_the_same_image(text in "[a-z0-9._/-]{0,20}(:[a-zA-Z0-9._-]{0,9})?(@[a-z0-9:]{0,72})?") {
            if let Ok(image) = TestImage::parse(&text) {
                prop_assert_eq!(TestImage::parse(&image.to_string()), Ok(image));
            }
        }
    }

    #[test]
    fn the_manifest_is_requested_by_digest_then_tag_then_latest() {
        let reference =
            |text: &str| TestImage::parse(text).map(|image| (image.name().to_owned(), image.reference().to_owned()));
        let found = |name: &str, reference: &str| Ok((name.to_owned(), reference.to_owned()));
        assert_eq!(reference("team/app"), found("team/app", "latest"));
        assert_eq!(reference("app:1.2"), found("app", "1.2"));
        assert_eq!(reference(&format!("app:1.2@{DIGEST}")), found("app", DIGEST));
    }

    #[test]
    fn each_invalid_test_image_has_its_own_error() {
        assert_eq!(TestImage::parse(""), Err(TestImageError::NameMissing));
        assert_eq!(TestImage::parse(":1"), Err(TestImageError::NameMissing));
        assert_eq!(TestImage::parse(DIGEST), Err(TestImageError::NameMissing));
        let upper = DIGEST.to_uppercase().replace("SHA", "sha");
        assert!(TestImage::parse(&format!("app@{upper}")).unwrap_err().to_string().contains("letters in lower case"));
        for tag in ["", "-a", "a b", "ä", &"a".repeat(129)] {
            assert_eq!(TestImage::parse(&format!("app:{tag}")), Err(TestImageError::Tag(tag.to_owned())));
        }
        for digest in ["", "sha256:12", "md5:d41d8cd98f00b204e9800998ecf8427e", "ä"] {
            assert_eq!(TestImage::parse(&format!("app@{digest}")), Err(TestImageError::Digest(digest.to_owned())));
        }
        assert!(matches!(TestImage::parse("registry.example.com:5000/app"), Err(TestImageError::Name(_))));
    }

    #[test]
    fn a_password_in_a_pasted_image_is_not_repeated() {
        for text in [
            "https://u:pass!@registry.example.com/team/app:1",
            "u:pass!@registry.example.com/team/app",
            "u:pass!@elsewhere.example/app@sha256:12",
            "docker pull https://u:pass!@registry.example.com/app",
            "u:p@pass!/app@registry.example.com/app",
        ] {
            let errors = [
                beside(text, "registry.example.com", "team").unwrap_err().to_string(),
                TestImage::parse(text).unwrap_err().to_string(),
                Repository::parse(text).unwrap_err().to_string(),
                Repository::beside(text, RegistryUrl::parse("registry.example.com").ok().as_ref())
                    .unwrap_err()
                    .to_string(),
            ];
            assert!(errors.iter().all(|error| error.contains("put them into Authentication")), "{text}: {errors:?}");
        }
    }

    fn beside(text: &str, url: &str, repository: &str) -> Result<String, TestImageError> {
        let (url, repository) = (RegistryUrl::parse(url).unwrap(), Repository::parse(repository).unwrap());
        TestImage::beside(text, Some(&url), Some(&repository))
            .map(|image| image.map(|image| image.to_string()).unwrap_or_default())
    }

    proptest! {
        #[test]
        fn a_stored_test_image_round_trips_through_the_form(
            text in "(docker pull )?(https://)?(reg\\.example/)?(team/)?[a-z]{1,5}(/[a-z.]{1,5})?(:[0-9.]{1,3})?",
            repository in "(team)?",
        ) {
            if let Ok(stored) = beside(&text, "reg.example", &repository) {
                prop_assert_eq!(beside(&stored, "reg.example", &repository), Ok(stored));
            }
        }
    }

    #[test]
    fn host_and_repository_are_dropped_from_a_pasted_image_reference() {
        let url = "https://registry.example.com:5000";
        for text in [
            "team/app:1.2",
            "registry.example.com:5000/team/app:1.2",
            "https://registry.example.com:5000/team/app:1.2",
            "docker pull registry.example.com:5000/team/app:1.2",
            "podman pull docker://registry.example.com:5000/team/app:1.2",
        ] {
            assert_eq!(beside(text, url, ""), Ok("team/app:1.2".to_owned()), "{text}");
        }
        let reference = format!("registry.example.com:5000/team/app@{DIGEST}");
        assert_eq!(beside(&reference, url, "team"), Ok(format!("app@{DIGEST}")));
        assert_eq!(beside("", url, "team"), Ok(String::new()));
    }

    #[test]
    fn an_official_docker_hub_image_gets_its_project() {
        assert_eq!(beside("nginx:1.29", "docker.io", ""), Ok("library/nginx:1.29".to_owned()));
        assert_eq!(beside("docker.io/nginx", "docker.io", ""), Ok("library/nginx".to_owned()));
        assert_eq!(beside("app", "docker.io", "team"), Ok("app".to_owned()));
    }

    #[test]
    fn a_test_image_outside_the_repository_is_rejected_with_advice() {
        let message = |text, repository| beside(text, "registry.example.com", repository).unwrap_err().to_string();
        assert!(message("ghcr.io/team/app", "").contains("is on ghcr.io, and this registry is registry.example.com"));
        assert!(message("registry.example.com:5000/team/app", "").contains("is on registry.example.com:5000"));
        assert!(message("registry.example.com/other/app", "team").contains("not below team"));
        assert!(message("registry.example.com/teams/app", "team").contains("not below team"));
        assert!(message("registry.example.com/team/app:1", "team/app").contains("shorten Repository to team."));
        assert!(message("registry.example.com/app:1", "app").contains("leave Repository empty"));
    }

    #[test]
    fn clipboard_slips_in_a_test_image_are_reported() {
        let message = |text| beside(text, "registry.example.com", "").unwrap_err().to_string();
        assert_eq!(message("team/app\u{200b}:1"), "Remove the invisible character (U+200B): use team/app:1");
        assert_eq!(message("team/app:1\n"), "Remove the spaces before or after the image.");
        assert_eq!(message("docker images team/app"), "Remove the spaces.");
        assert_eq!(message("Team/App:V1"), "Image references are lower case: use team/app:V1 instead.");
    }
}
