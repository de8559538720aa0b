//! Which page stands at which path.

/// A page, with what its path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// `/setup`
    SetUp,
    /// `/login`
    LogIn,
    /// `/image-registries`; `/` leads there.
    Registries,
    /// `/image-registries/create`
    CreateRegistry,
    /// `/image-registries/delete`
    DeleteRegistries,
    /// `/image-registries/{workspace}/{name}`
    Registry(RegistryName),
    /// `/image-registries/{workspace}/{name}/edit`
    EditRegistry(RegistryName),
    /// `/workspaces`
    Workspaces,
    /// `/workspaces/{name}`
    Workspace(String),
    /// `/workspaces/{name}/delete`
    DeleteWorkspace(String),
    /// `/account`
    Account,
    /// Any other.
    NotFound,
}

/// An image registry as paths name it. Nothing says that there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegistryName {
    /// The name of the workspace.
    pub workspace: String,
    /// The name of the registry.
    pub name: String,
}

impl Page {
    /// The page at this path.
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
}

impl RegistryName {
    fn new(workspace: &str, name: &str) -> Self {
        Self { workspace: workspace.to_owned(), name: name.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_its_page() {
        let harbour = || RegistryName::new("team", "harbour");
        for (path, page) in [
            ("/", Page::Registries),
            ("/image-registries", Page::Registries),
            ("/image-registries/", Page::Registries),
            ("/image-registries/create", Page::CreateRegistry),
            ("/image-registries/team/harbour", Page::Registry(harbour())),
            ("/image-registries/team/harbour/edit", Page::EditRegistry(harbour())),
            ("/workspaces/team/delete", Page::DeleteWorkspace("team".to_owned())),
            ("/image-registries/team/harbour/edit/more", Page::NotFound),
            ("/image-registry", Page::NotFound),
        ] {
            assert_eq!(Page::at(path), page, "{path}");
        }
    }
}
