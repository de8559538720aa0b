//! Keeps redirects on this site.

use crate::page::Page;

/// Returns the path if it leads to a page of this site, else that of the list of image registries. Prevents open
/// redirects (OWASP ASVS 3.7.2).
///
/// A path must have one leading slash, no second slash or backslash after it (browsers take both for the start of a
/// host), no control characters, and only characters that are legal in a header. Pages that are useless after login are
/// excluded.
pub fn local_path(wanted: &str) -> String {
    let mut characters = wanted.chars();
    let is_local = characters.next() == Some('/') && !matches!(characters.next(), Some('/' | '\\'));
    let is_clean = wanted.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    let path = wanted.split(['?', '#']).next().unwrap_or_default();
    let is_useful = !path.starts_with("/ui/") && !Page::at(path).is_open_to_all();
    if is_local && is_clean && is_useful { wanted.to_owned() } else { Page::Registries.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn w12_a_redirect_never_leaves_this_site(wanted in "(?s)[/\\\\]{0,3}.{0,30}") {
            let path = local_path(&wanted);
            prop_assert!(path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/\\"));
            prop_assert!(path.bytes().all(|c| c.is_ascii_graphic()));
            prop_assert_eq!(local_path(&path), path);
        }
    }

    #[test]
    fn w12_local_paths_are_kept_and_all_others_replaced() {
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
            "/login#x",
            "/login/",
            "/setup?token=x",
            "/ui/logout",
            "/workspaces\u{a0}",
            "/\t/evil.example",
            "/workspaces\\..",
        ] {
            assert_eq!(local_path(elsewhere), "/image-registries", "{elsewhere}");
        }
    }
}
