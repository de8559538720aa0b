//! Names of routes, for logs and figures. There is a limited number of them, whatever clients ask for.

use super::api;
use app::Page;
use leptos::server_fn::axum::server_fn_paths;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// What no route is at.
const UNKNOWN: &str = "unknown";

pub const ASSETS: &str = "/assets/{name}";

static SERVER_FUNCTIONS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| server_fn_paths().map(|(path, _)| path).collect());

/// The route at a path, with the names of its parameters in place of their values.
pub fn route(path: &str) -> Cow<'static, str> {
    Cow::Borrowed(match path {
        "/" => "/",
        "/healthz" => "/healthz",
        "/readyz" => "/readyz",
        app::EVENTS_PATH => app::EVENTS_PATH,
        "/api" => "/api",
        "/api/openapi.json" => "/api/openapi.json",
        _ if path.starts_with(app::GUIDES_PATH) => "/guides/{name}",
        _ if path.starts_with("/api/v1/") => return api::template(path).map_or(UNKNOWN.into(), Cow::Borrowed),
        _ if path.starts_with("/assets/") => ASSETS,
        _ if path.starts_with("/ui/") => SERVER_FUNCTIONS.get(path).copied().unwrap_or(UNKNOWN),
        _ => match Page::at(path) {
            Page::NotFound => UNKNOWN,
            page => return page.template(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_has_no_part_that_a_client_chooses() {
        for (path, expected) in [
            ("/", "/"),
            ("/login", "/login"),
            ("/image-registries/team/harbour", "/image-registries/{workspace}/{name}"),
            ("/image-registries/team/harbour/edit", "/image-registries/{workspace}/{name}/edit"),
            ("/workspaces/team", "/workspaces/{name}"),
            ("/workspaces/team/delete", "/workspaces/{name}/delete"),
            ("/assets/main.css", "/assets/{name}"),
            ("/ui/login", "/ui/login"),
            (
                "/api/v1/workspaces/team/image_registries/one/check",
                "/api/v1/workspaces/{workspace}/image_registries/{name}/check",
            ),
            (
                "/api/v1/workspaces/team/image_registries/bulk_delete",
                "/api/v1/workspaces/{workspace}/image_registries/bulk_delete",
            ),
            ("/api/v1/tokens/0a1b", "/api/v1/tokens/{id}"),
            ("/api/v1/nothing", "unknown"),
            ("/ui/nothing", "unknown"),
            ("/wp-login.php", "unknown"),
        ] {
            assert_eq!(route(path), expected, "{path}");
        }
    }
}
