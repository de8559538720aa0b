//! Detects the host in a value that was copied from an image reference or a URL.

use super::RegistryUrl;

/// What a pasted value begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beginning<'a> {
    /// A path, without a host.
    Path(&'a str),
    /// The registry's own host, and the path after it.
    OwnHost(&'a str),
    OtherHost {
        /// As typed.
        host: &'a str,
        /// Whether it can only be a host. On a mirror, a name with a dot can also be a path.
        is_certain: bool,
    },
}

impl<'a> Beginning<'a> {
    /// Looks for a host before the first slash, by the rule of image references: it contains a dot or a colon, or is
    /// `localhost`. Without a `url`, every host counts as the registry's own.
    pub(super) fn of(text: &'a str, url: Option<&RegistryUrl>) -> Self {
        let (has_scheme, rest) = text.split_once("://").map_or((false, text), |(_, rest)| (true, rest));
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let named = host.contains(['.', ':']) || host == "localhost";
        let parsed = RegistryUrl::parse(host).ok();
        let is_own = match (url, &parsed) {
            (Some(url), Some(host)) => host.host() == url.host() && (!host.has_port() || host.port() == url.port()),
            (None, _) => rest.contains('/'),
            _ => false,
        };
        let is_certain = has_scheme || host.contains(':');
        match (has_scheme || named, is_own) {
            (true, true) => Self::OwnHost(path),
            // `app:5000` alone is an image and its tag.
            (true, false) if has_scheme || rest.contains('/') && (parsed.is_some() || is_certain) => {
                Self::OtherHost { host, is_certain }
            }
            _ => Self::Path(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_paths_are_distinguished_as_in_image_references() {
        let url = RegistryUrl::parse("https://registry.example.com:5000").unwrap();
        let begins = |text| Beginning::of(text, Some(&url));
        for own in
            ["registry.example.com:5000/team", "https://Registry.example.com:5000/team", "registry.example.com/team"]
        {
            assert_eq!(begins(own), Beginning::OwnHost("team"), "{own}");
        }
        for path in ["team/app", "app:1.2", "team/app:1.2", "a_b.c/app", "1.2"] {
            assert_eq!(begins(path), Beginning::Path(path), "{path}");
        }
        for (other, host, is_certain) in [
            ("ghcr.io/team", "ghcr.io", false),
            ("registry.example.com:5001/team", "registry.example.com:5001", true),
            ("https://ghcr.io", "ghcr.io", true),
            ("localhost/team", "localhost", false),
        ] {
            assert_eq!(begins(other), Beginning::OtherHost { host, is_certain }, "{other}");
        }
        let hub = RegistryUrl::parse("docker.io").unwrap();
        assert_eq!(Beginning::of("index.docker.io/ships", Some(&hub)), Beginning::OwnHost("ships"));
    }
}
