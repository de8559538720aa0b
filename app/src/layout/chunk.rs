//! The parts of the WebAssembly module that are downloaded when a page needs them.

use crate::page::Page;

/// A part of the module beside the main one, which holds the log-in page and what all pages share. Every page of a
/// signed-in person needs one. A new large feature gets its own (docs/leptos.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// The list of image registries.
    List,
    /// One image registry, and the page that confirms deletions.
    Registry,
    /// Creating, editing and importing image registries.
    Form,
    /// Users and the audit trail.
    Administration,
    /// Workspaces, tokens, the account, the pages behind one-time links.
    Other,
}

impl Chunk {
    pub const ALL: [Self; 5] = [Self::List, Self::Registry, Self::Form, Self::Other, Self::Administration];

    /// The chunk that contains the page. `None` if the main module does.
    pub fn of(page: &Page) -> Option<Self> {
        match page {
            Page::LogIn | Page::NotFound => None,
            Page::Registries => Some(Self::List),
            Page::Registry(_) | Page::DeleteRegistries => Some(Self::Registry),
            Page::CreateRegistry | Page::EditRegistry(_) | Page::ImportRegistries => Some(Self::Form),
            Page::Users | Page::User(_) | Page::DeleteUser(_) | Page::Audit => Some(Self::Administration),
            Page::SetPassword
            | Page::SetUp
            | Page::Workspaces
            | Page::Workspace(_)
            | Page::DeleteWorkspace(_)
            | Page::Account
            | Page::Tokens => Some(Self::Other),
        }
    }

    /// The name in the attributes of `layout/routes.rs`, and in the server's list of assets.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Registry => "registry",
            Self::Form => "form",
            Self::Administration => "administration",
            Self::Other => "other",
        }
    }
}
