//! Reads and deletes single resources.

use super::kind::Name;
use crate::error::Error;
use crate::http::{Http, Method, Request, Response};
use crate::lists::registries_in;

/// The path of a resource.
pub fn path(name: &Name) -> Vec<&str> {
    match name {
        Name::Workspace(name) => vec!["workspaces", name],
        Name::ImageRegistry { workspace, name } => {
            let mut path = registries_in(Some(workspace));
            path.push(name);
            path
        }
    }
}

/// The answer that shows a resource; `None` if it does not exist, or is not visible.
pub fn find(http: &Http, name: &Name) -> Result<Option<Response>, Error> {
    match http.send(&Request::get(&path(name))) {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Deletes a resource as it was seen, by its `ETag`. A registry that clients have used lately only if that is
/// `confirmed`. Returns whether it was still there.
pub fn delete(http: &Http, name: &Name, version: Option<&str>, confirmed: bool) -> Result<bool, Error> {
    let request = Request::new(Method::DELETE, &path(name));
    let request = match name {
        Name::ImageRegistry { .. } if confirmed => request.query("confirmed", "true"),
        _ => request,
    };
    let request = match version {
        Some(version) => request.header("if-match", version),
        None => request,
    };
    match http.send(&request) {
        Ok(_) => Ok(true),
        Err(error) if is_missing(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

pub fn is_missing(error: &Error) -> bool {
    error.problem().is_some_and(|problem| problem.status == 404)
}
