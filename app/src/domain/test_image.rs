//! An image that the check pulls, to prove that clusters can.

use super::{Repository, RepositoryError};
use std::fmt;

/// The longest tag, in characters (OCI distribution specification, "Pulling manifests").
const MAX_TAG_CHARS: usize = 128;

/// An image reference below the registry's repository: `name[:tag][@digest]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestImage {
    name: Repository,
    tag: Option<String>,
    digest: Option<String>,
}

/// Why a text is not an image reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestImageError {
    /// There is no image name.
    NameMissing,
    /// The name is not written as image references write it.
    Name(RepositoryError),
    /// The tag holds a character that tags cannot hold, or is longer than 128 characters.
    Tag(String),
    /// The digest is not `algorithm:hex`.
    Digest(String),
}

impl TestImage {
    /// Reads an image reference without a host.
    ///
    /// # Errors
    /// The first rule of [`TestImageError`] that it breaks.
    pub fn parse(text: &str) -> Result<Self, TestImageError> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        // A colon before the last slash would belong to a host.
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        let name = Repository::parse(name).map_err(TestImageError::Name)?;
        if name.is_empty() {
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

    /// What its manifest is asked for by: the digest, else the tag, else `latest`, as clients do.
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

/// An algorithm that clients know, and its hash in lower-case hexadecimal digits (OCI image specification, "Digests").
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

impl fmt::Display for TestImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameMissing => f.write_str("Enter the image's name before its tag, such as team/app:1.2."),
            Self::Name(error) => error.fmt(f),
            Self::Tag(tag) => write!(
                f,
                "\u{201c}{tag}\u{201d} is not a valid tag: use letters, digits and . _ - only, at most 128 characters."
            ),
            Self::Digest(digest) => write!(
                f,
                "\u{201c}{digest}\u{201d} is not a valid digest: use sha256: followed by 64 hexadecimal digits."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    proptest! {
        #[test]
        fn what_parses_prints_back_to_what_parses_the_same(text in "[a-z0-9._/-]{0,20}(:[a-zA-Z0-9._-]{0,9})?(@[a-z0-9:]{0,72})?") {
            if let Ok(image) = TestImage::parse(&text) {
                prop_assert_eq!(TestImage::parse(&image.to_string()), Ok(image));
            }
        }
    }

    #[test]
    fn the_manifest_is_asked_for_by_digest_then_tag_then_latest() {
        let reference =
            |text: &str| TestImage::parse(text).map(|image| (image.name().to_owned(), image.reference().to_owned()));
        let found = |name: &str, reference: &str| Ok((name.to_owned(), reference.to_owned()));
        assert_eq!(reference("team/app"), found("team/app", "latest"));
        assert_eq!(reference("app:1.2"), found("app", "1.2"));
        assert_eq!(reference(&format!("app:1.2@{DIGEST}")), found("app", DIGEST));
    }

    #[test]
    fn each_broken_rule_has_its_own_error() {
        assert_eq!(TestImage::parse(""), Err(TestImageError::NameMissing));
        assert_eq!(TestImage::parse(":1"), Err(TestImageError::NameMissing));
        for tag in ["", "-a", "a b", "ä", &"a".repeat(129)] {
            assert_eq!(TestImage::parse(&format!("app:{tag}")), Err(TestImageError::Tag(tag.to_owned())));
        }
        for digest in ["", "sha256:12", "md5:d41d8cd98f00b204e9800998ecf8427e", "ä"] {
            assert_eq!(TestImage::parse(&format!("app@{digest}")), Err(TestImageError::Digest(digest.to_owned())));
        }
        assert!(matches!(TestImage::parse("registry.example.com:5000/app"), Err(TestImageError::Name(_))));
    }
}
