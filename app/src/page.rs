//! The paths of all pages, and the only place where they are written: [`Page::at`] parses them, [`Page::path`] returns
//! them.
//!
//! To add a page: add it here, its chunk in `layout/chunk.rs`, and its component in `layout/routes.rs`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::borrow::Cow;

/// A page, with the parameters in its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// Creates the first administrator.
    SetUp,
    LogIn,
    /// The list of image registries.
    Registries,
    CreateRegistry,
    /// Creates and changes image registries from manifests.
    ImportRegistries,
    /// Asks before image registries are deleted.
    DeleteRegistries,
    Registry(RegistryName),
    EditRegistry(RegistryName),
    /// The list of workspaces.
    Workspaces,
    Workspace(String),
    /// Asks before a workspace is deleted.
    DeleteWorkspace(String),
    /// The list of users.
    Users,
    /// The user with this name, percent-encoded: most browsers need not decode it. See [`Page::user`].
    User(String),
    /// Asks before the user with this name, percent-encoded, is deleted.
    DeleteUser(String),
    /// Sets a password, with the token of a one-time link.
    SetPassword,
    /// Tokens of the API.
    Tokens,
    /// The audit trail.
    Audit,
    /// The signed-in person's own account.
    Account,
    /// Any other path.
    NotFound,
}

/// An image registry as named in a path. It need not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryName {
    pub workspace: String,
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
            ["" | "image-registries"] => Self::Registries,
            ["image-registries", "create"] => Self::CreateRegistry,
            ["image-registries", "import"] => Self::ImportRegistries,
            ["image-registries", "delete"] => Self::DeleteRegistries,
            ["image-registries", workspace, name] => Self::Registry(RegistryName::new(workspace, name)),
            ["image-registries", workspace, name, "edit"] => Self::EditRegistry(RegistryName::new(workspace, name)),
            ["workspaces"] => Self::Workspaces,
            ["workspaces", name] => Self::Workspace(name.to_owned()),
            ["workspaces", name, "delete"] => Self::DeleteWorkspace(name.to_owned()),
            ["users"] => Self::Users,
            ["users", name] => Self::User(name.to_owned()),
            ["users", name, "delete"] => Self::DeleteUser(name.to_owned()),
            ["set-password"] => Self::SetPassword,
            ["tokens"] => Self::Tokens,
            ["audit"] => Self::Audit,
            ["account"] => Self::Account,
            _ => Self::NotFound,
        }
    }

    pub fn path(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::SetUp => "/setup",
            Self::LogIn => "/login",
            Self::Registries => "/image-registries",
            Self::CreateRegistry => "/image-registries/create",
            Self::ImportRegistries => "/image-registries/import",
            Self::DeleteRegistries => "/image-registries/delete",
            Self::Workspaces => "/workspaces",
            Self::Users => "/users",
            Self::SetPassword => "/set-password",
            Self::Tokens => "/tokens",
            Self::Audit => "/audit",
            Self::Account => "/account",
            Self::NotFound => "/",
            Self::Registry(RegistryName { workspace, name }) => {
                return format!("/image-registries/{workspace}/{name}").into();
            }
            Self::EditRegistry(RegistryName { workspace, name }) => {
                return format!("/image-registries/{workspace}/{name}/edit").into();
            }
            Self::Workspace(name) => return format!("/workspaces/{name}").into(),
            Self::User(name) => return format!("/users/{name}").into(),
            Self::DeleteUser(name) => return format!("/users/{name}/delete").into(),
            Self::DeleteWorkspace(name) => return format!("/workspaces/{name}/delete").into(),
        })
    }

    /// The path with the names of its parameters in place of their values: one for each kind of page.
    #[cfg(feature = "ssr")]
    pub fn template(&self) -> Cow<'static, str> {
        let registry = || RegistryName::new("{workspace}", "{name}");
        let name = || "{name}".to_owned();
        match self {
            Self::Registry(_) => Self::Registry(registry()).path(),
            Self::EditRegistry(_) => Self::EditRegistry(registry()).path(),
            Self::Workspace(_) => Self::Workspace(name()).path(),
            Self::DeleteWorkspace(_) => Self::DeleteWorkspace(name()).path(),
            Self::User(_) => Self::User(name()).path(),
            Self::DeleteUser(_) => Self::DeleteUser(name()).path(),
            Self::SetUp
            | Self::LogIn
            | Self::Registries
            | Self::CreateRegistry
            | Self::ImportRegistries
            | Self::DeleteRegistries
            | Self::Workspaces
            | Self::Users
            | Self::SetPassword
            | Self::Tokens
            | Self::Audit
            | Self::Account
            | Self::NotFound => self.path(),
        }
    }

    /// The page of the user with this name.
    pub fn user(name: &str) -> Self {
        Self::User(percent_encoded(name))
    }

    /// The path with one query parameter.
    pub fn with_query(&self, name: &str, value: &str) -> String {
        format!("{}?{name}={}", self.path(), percent_encoded(value))
    }

    /// Whether the page can be seen without being signed in.
    pub fn is_open_to_all(&self) -> bool {
        matches!(self, Self::LogIn | Self::SetUp | Self::SetPassword)
    }
}

impl From<Page> for String {
    fn from(page: Page) -> Self {
        page.path().into_owned()
    }
}

impl RegistryName {
    pub fn new(workspace: &str, name: &str) -> Self {
        Self { workspace: workspace.to_owned(), name: name.to_owned() }
    }
}

/// Everything but the unreserved characters (RFC 3986 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a value for a query string or a part of a path. Browser and server must encode alike, or hydration fails.
pub(crate) fn percent_encoded(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

/// Decodes a part of a path. What is no UTF-8 names nothing.
pub(crate) fn percent_decoded(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What `domain::Name` accepts, words of paths among them.
    const NAME: &str = "[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?|create|delete|edit|image-registries|workspaces";

    #[test]
    fn every_page_is_found_at_its_path() {
        let harbour = || RegistryName::new("team", "harbour");
        for (page, path) in [
            (Page::SetUp, "/setup"),
            (Page::LogIn, "/login"),
            (Page::Registries, "/image-registries"),
            (Page::CreateRegistry, "/image-registries/create"),
            (Page::ImportRegistries, "/image-registries/import"),
            (Page::DeleteRegistries, "/image-registries/delete"),
            (Page::Registry(harbour()), "/image-registries/team/harbour"),
            (Page::EditRegistry(harbour()), "/image-registries/team/harbour/edit"),
            (Page::Workspaces, "/workspaces"),
            (Page::Workspace("team".to_owned()), "/workspaces/team"),
            (Page::DeleteWorkspace("team".to_owned()), "/workspaces/team/delete"),
            (Page::Users, "/users"),
            (Page::user("bo@example.com"), "/users/bo%40example.com"),
            (Page::DeleteUser(percent_encoded("\u{c4}nna / 1")), "/users/%C3%84nna%20%2F%201/delete"),
            (Page::SetPassword, "/set-password"),
            (Page::Tokens, "/tokens"),
            (Page::Audit, "/audit"),
            (Page::Account, "/account"),
        ] {
            assert_eq!(page.path(), path);
            assert_eq!(Page::at(path), page);
            assert_eq!(Page::at(&format!("{path}/")), page, "a slash at the end does not matter");
        }
    }

    proptest! {
        #[test]
        fn every_valid_name_leads_to_its_page(workspace in NAME, name in NAME) {
            let registry = RegistryName::new(&workspace, &name);
            for page in [
                Page::Registry(registry.clone()),
                Page::EditRegistry(registry),
                Page::Workspace(name.clone()),
                Page::DeleteWorkspace(name),
            ] {
                prop_assert_eq!(Page::at(&page.path()), page);
            }
        }
    }

    #[test]
    fn a_name_that_is_a_word_of_a_path_leads_to_its_page() {
        let registry = RegistryName::new("create", "edit");
        for (page, path) in [
            (Page::Registry(registry.clone()), "/image-registries/create/edit"),
            (Page::EditRegistry(registry), "/image-registries/create/edit/edit"),
            (Page::Registry(RegistryName::new("delete", "delete")), "/image-registries/delete/delete"),
            (Page::Workspace("delete".to_owned()), "/workspaces/delete"),
            (Page::DeleteWorkspace("delete".to_owned()), "/workspaces/delete/delete"),
            (Page::Workspace("0".to_owned()), "/workspaces/0"),
        ] {
            assert_eq!(page.path(), path);
            assert_eq!(Page::at(path), page);
        }
    }

    #[test]
    fn unknown_paths_lead_to_the_not_found_page() {
        assert_eq!(Page::at("/"), Page::Registries);
        for path in ["/image-registries/team/harbour/edit/more", "/image-registry", "/workspaces/a/b", "/ui/login"] {
            assert_eq!(Page::at(path), Page::NotFound, "{path}");
        }
    }

    #[cfg(feature = "ssr")]
    proptest! {
        #[test]
        fn the_server_reads_a_query_value_as_the_browser_wrote_it(value in "([ -~]|(?s:.)){0,60}") {
            let address = Page::LogIn.with_query("next", &value);
            let (_, query) = address.split_once('?').unwrap();
            let read: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap();
            prop_assert_eq!(read, [("next".to_owned(), value)]);
        }
    }

    #[test]
    fn values_in_a_query_string_are_percent_encoded() {
        assert_eq!(Page::LogIn.with_query("next", "/a?b=c d&é"), "/login?next=%2Fa%3Fb%3Dc%20d%26%C3%A9");
    }
}
