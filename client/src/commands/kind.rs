//! What commands name: kinds and resources.

use clap::ValueEnum;
use std::fmt;

/// A kind of resource. Also as the singular, and as the `kind` of manifests, in any letter case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    #[value(
        name = "image-registries",
        aliases = ["image-registry", "imageregistries", "imageregistry", "image_registries", "image_registry"]
    )]
    ImageRegistry,
    #[value(name = "workspaces", alias = "workspace")]
    Workspace,
}

/// A resource that a command is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    ImageRegistry { workspace: String, name: String },
    Workspace(String),
}

impl Kind {
    /// A resource of this kind. The workspace of a registry may precede its name, with a slash.
    pub fn named(self, name: &str, workspace: &str) -> Name {
        match self {
            Self::Workspace => Name::Workspace(name.to_owned()),
            Self::ImageRegistry => {
                let (workspace, name) = name.split_once('/').unwrap_or((workspace, name));
                Name::ImageRegistry { workspace: workspace.to_owned(), name: name.to_owned() }
            }
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ImageRegistry { workspace, name } => write!(f, "image registry {workspace}/{name}"),
            Self::Workspace(name) => write!(f, "workspace {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_named_as_people_write_it() {
        for text in ["image-registries", "ImageRegistry", "image_registries", "IMAGEREGISTRY", "imageregistries"] {
            assert_eq!(Kind::from_str(text, true), Ok(Kind::ImageRegistry), "{text}");
        }
        assert_eq!(Kind::from_str("Workspaces", true), Ok(Kind::Workspace));
        assert!(Kind::from_str("clusters", true).is_err());
        let name = |text: &str| Kind::ImageRegistry.named(text, "default").to_string();
        assert_eq!((name("a"), name("w/a")), ("image registry default/a".to_owned(), "image registry w/a".to_owned()));
    }
}
