//! The common prefix of a registry's image references.

use super::{RegistryUrl, Repository};
use std::fmt;

/// `host[:port][/repository]`, the beginning of every image reference in this registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImagePrefix(String);

impl ImagePrefix {
    /// The prefix of a registry's images.
    pub fn new(url: &RegistryUrl, repository: &Repository) -> Self {
        let authority = url.authority();
        Self(if repository.is_empty() { authority } else { format!("{authority}/{repository}") })
    }
}

impl fmt::Display for ImagePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An independent copy of the grammar in distribution's reference package: `domain ["/" path]`.
    fn is_legal(prefix: &str) -> bool {
        let (domain, path) = prefix.split_once('/').map_or((prefix, None), |(d, p)| (d, Some(p)));
        let (host, port) = match domain.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (domain, None),
        };
        let named = domain.contains('.') || domain.contains(':') || domain == "localhost";
        let host_ok = if let Some(v6) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
            !v6.is_empty() && v6.chars().all(|c| c.is_ascii_hexdigit() || c == ':')
        } else {
            host.split('.').all(|label| {
                !label.is_empty()
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            })
        };
        named
            && host_ok
            && port.is_none_or(|p| p.chars().all(|c| c.is_ascii_digit()))
            && path.is_none_or(|p| Repository::parse(p).is_ok_and(|r| r.as_str() == p))
    }

    proptest! {
        #[test]
        fn an_image_prefix_always_begins_a_legal_image_reference(
            url in "(https?://)?([a-z0-9-]{1,10}\\.){0,3}[a-z0-9-]{1,10}(:[0-9]{1,5})?/?|\\[[0-9a-f:.]{2,20}\\](:[0-9]{1,4})?",
            repository in "/?[a-z0-9._-]{0,9}(/[a-z0-9]{1,5}){0,2}/?",
        ) {
            if let (Ok(url), Ok(repository)) = (RegistryUrl::parse(&url), Repository::parse(&repository)) {
                let prefix = ImagePrefix::new(&url, &repository).to_string();
                prop_assert!(is_legal(&prefix), "{prefix}");
            }
        }
    }

    #[test]
    fn an_image_prefix_is_host_port_and_repository() {
        let prefix = |url, repository| {
            ImagePrefix::new(&RegistryUrl::parse(url).unwrap(), &Repository::parse(repository).unwrap()).to_string()
        };
        assert_eq!(prefix("https://reg.example.com:5000/", "/team/"), "reg.example.com:5000/team");
        assert_eq!(prefix("docker.io", ""), "docker.io");
        assert_eq!(prefix("http://[::1]:5000", "a/b"), "[::1]:5000/a/b");
    }
}
