//! Lists of the API, page by page.

use crate::error::Error;
use crate::http::{Http, Request};
use api::image_registry::ImageRegistry;
use api::list::List;
use api::token::Token;
use api::workspace::Workspace;
use serde::de::DeserializeOwned;

/// How many registries are asked for at once.
const PER_PAGE: &str = "100";

/// The most pages of a list.
const MAX_PAGES: usize = 10_000;

/// A page of registries, each with the longest CA certificates.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Where the registries of a workspace are; of all that are visible, without one.
pub fn registries_in(workspace: Option<&str>) -> Vec<&str> {
    match workspace {
        Some(workspace) => vec!["workspaces", workspace, "image_registries"],
        None => vec!["image_registries"],
    }
}

/// Every registry of a workspace, or every visible one, by name.
pub fn registries(http: &Http, workspace: Option<&str>) -> Result<Vec<ImageRegistry>, Error> {
    all(http, || Request::get(&registries_in(workspace)).query("sort", "name").query("limit", PER_PAGE))
}

pub fn workspaces(http: &Http) -> Result<Vec<Workspace>, Error> {
    all(http, || Request::get(&["workspaces"]))
}

pub fn tokens(http: &Http) -> Result<Vec<Token>, Error> {
    all(http, || Request::get(&["tokens"]))
}

/// Every page of a list.
fn all<T: DeserializeOwned>(http: &Http, request: impl Fn() -> Request) -> Result<Vec<T>, Error> {
    let mut items = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let page = request().up_to(MAX_BYTES);
        let page = match &cursor {
            Some(cursor) => page.query("cursor", cursor),
            None => page,
        };
        let List { items: some, next_cursor } = http.json(&page)?;
        let is_empty = some.is_empty();
        items.extend(some);
        match next_cursor {
            None => return Ok(items),
            Some(next) if !is_empty && Some(&next) != cursor.as_ref() => cursor = Some(next),
            Some(_) => return Err(Error::Endless),
        }
    }
    Err(Error::Endless)
}
