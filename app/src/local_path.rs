//! Redirects stay on this site.

use crate::page::Page;

/// The path if it leads to a page of ours, else the list of image registries: no open redirect (OWASP ASVS 3.7.2).
///
/// That is one leading slash, no second slash or backslash after it (browsers read both as another host), no control
/// characters, and only what is legal in a header. Pages that are of no use to somebody who has just logged in do not
/// count.
pub fn local_path(wanted: &str) -> String {
    let mut characters = wanted.chars();
    let is_local = characters.next() == Some('/') && !matches!(characters.next(), Some('/' | '\\'));
    let is_clean = wanted.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    let is_useful = !["/login", "/setup", "/ui/"].iter().any(|path| wanted.starts_with(path));
    if is_local && is_clean && is_useful { wanted.to_owned() } else { Page::Registries.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_is_wanted_the_way_leads_here(wanted in "(?s)[/\\\\]{0,3}.{0,30}") {
            let path = local_path(&wanted);
            prop_assert!(path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/\\"));
            prop_assert!(path.bytes().all(|c| c.is_ascii_graphic()));
        }
    }

    #[test]
    fn pages_of_ours_are_kept() {
        for path in ["/workspaces", "/image-registries?q=a%20b&page=2"] {
            assert_eq!(local_path(path), path);
        }
        for elsewhere in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/a\r\nSet-Cookie: x",
            "",
            "a",
            "/login?next=/login",
        ] {
            assert_eq!(local_path(elsewhere), "/image-registries", "{elsewhere}");
        }
    }
}
