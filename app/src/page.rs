//! The paths of all pages. Each stands here and nowhere else: [`Page::at`] reads it, [`Page::path`] writes it.
//!
//! To add a page: add it here, and its component in `layout/routes.rs`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::borrow::Cow;

/// A page, with what its path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// The first administrator.
    SetUp,
    /// Log in.
    LogIn,
    /// The list of image registries.
    Registries,
    /// Create an image registry.
    CreateRegistry,
    /// Delete image registries.
    DeleteRegistries,
    /// An image registry.
    Registry(RegistryName),
    /// Edit an image registry.
    EditRegistry(RegistryName),
    /// The list of workspaces.
    Workspaces,
    /// A workspace.
    Workspace(String),
    /// Delete a workspace.
    DeleteWorkspace(String),
    /// One's own account.
    Account,
    /// Any other path.
    NotFound,
}

/// An image registry as paths name it. It need not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryName {
    /// The name of the workspace.
    pub workspace: String,
    /// The name of the registry.
    pub name: String,
}

impl Page {
    /// The page at this path. `/` is the list of image registries.
    pub fn at(path: &str) -> Self {
        let path = path.strip_prefix('/').unwrap_or(path);
        let parts: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
        match *parts.as_slice() {
            ["setup"] => Self::SetUp,
            ["login"] => Self::LogIn,
            [""] | ["image-registries"] => Self::Registries,
            ["image-registries", "create"] => Self::CreateRegistry,
            ["image-registries", "delete"] => Self::DeleteRegistries,
            ["image-registries", workspace, name] => Self::Registry(RegistryName::new(workspace, name)),
            ["image-registries", workspace, name, "edit"] => Self::EditRegistry(RegistryName::new(workspace, name)),
            ["workspaces"] => Self::Workspaces,
            ["workspaces", name] => Self::Workspace(name.to_owned()),
            ["workspaces", name, "delete"] => Self::DeleteWorkspace(name.to_owned()),
            ["account"] => Self::Account,
            _ => Self::NotFound,
        }
    }

    /// The path of this page.
    pub fn path(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::SetUp => "/setup",
            Self::LogIn => "/login",
            Self::Registries => "/image-registries",
            Self::CreateRegistry => "/image-registries/create",
            Self::DeleteRegistries => "/image-registries/delete",
            Self::Workspaces => "/workspaces",
            Self::Account => "/account",
            Self::NotFound => "/",
            Self::Registry(RegistryName { workspace, name }) => {
                return format!("/image-registries/{workspace}/{name}").into();
            }
            Self::EditRegistry(RegistryName { workspace, name }) => {
                return format!("/image-registries/{workspace}/{name}/edit").into();
            }
            Self::Workspace(name) => return format!("/workspaces/{name}").into(),
            Self::DeleteWorkspace(name) => return format!("/workspaces/{name}/delete").into(),
        })
    }

    /// The path with one parameter in its query.
    pub fn with_query(&self, name: &str, value: &str) -> String {
        format!("{}?{name}={}", self.path(), percent_encoded(value))
    }

    /// Whether the page at this path can be seen without being signed in.
    pub fn is_open_to_all(&self) -> bool {
        matches!(self, Self::LogIn | Self::SetUp)
    }
}

impl From<Page> for String {
    fn from(page: Page) -> Self {
        page.path().into_owned()
    }
}

impl RegistryName {
    /// A registry of this name in this workspace.
    pub fn new(workspace: &str, name: &str) -> Self {
        Self { workspace: workspace.to_owned(), name: name.to_owned() }
    }
}

/// Everything but the unreserved characters (RFC 3986 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a value for a query. The same on both sides, so that hydration finds the page that was sent.
pub(crate) fn percent_encoded(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_found_at_its_path() {
        let harbour = || RegistryName::new("team", "harbour");
        for (page, path) in [
            (Page::SetUp, "/setup"),
            (Page::LogIn, "/login"),
            (Page::Registries, "/image-registries"),
            (Page::CreateRegistry, "/image-registries/create"),
            (Page::DeleteRegistries, "/image-registries/delete"),
            (Page::Registry(harbour()), "/image-registries/team/harbour"),
            (Page::EditRegistry(harbour()), "/image-registries/team/harbour/edit"),
            (Page::Workspaces, "/workspaces"),
            (Page::Workspace("team".to_owned()), "/workspaces/team"),
            (Page::DeleteWorkspace("team".to_owned()), "/workspaces/team/delete"),
            (Page::Account, "/account"),
        ] {
            assert_eq!(page.path(), path);
            assert_eq!(Page::at(path), page);
            assert_eq!(Page::at(&format!("{path}/")), page, "a slash at the end does not matter");
        }
    }

    #[test]
    fn other_paths_have_no_page() {
        assert_eq!(Page::at("/"), Page::Registries);
        for path in ["/image-registries/team/harbour/edit/more", "/image-registry", "/workspaces/a/b", "/ui/login"] {
            assert_eq!(Page::at(path), Page::NotFound, "{path}");
        }
    }

    #[test]
    fn values_in_a_query_are_encoded() {
        assert_eq!(Page::LogIn.with_query("next", "/a?b=c d&é"), "/login?next=%2Fa%3Fb%3Dc%20d%26%C3%A9");
    }
}
