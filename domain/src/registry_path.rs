//! What a path after the registry's host means. Usually it belongs in another field.

use super::{RegistryUrl, UrlError};

/// Websites whose registry is at another host.
const PAGE_HOSTS: [(&str, &str); 3] = [
    ("https://github.com", "ghcr.io"),
    ("https://gitlab.com", "registry.gitlab.com"),
    ("https://registry.docker.io", "docker.io"),
];

/// Path prefixes of web consoles' pages that do not name a repository.
const PAGES: [&str; 6] = ["account/", "admin/", "api/v", "harbor/", "login", "ui/"];

/// Rejects the host of a website that is not a registry.
pub(super) fn reject_page_host(url: &RegistryUrl) -> Result<(), UrlError> {
    let address = url.to_string();
    let known = PAGE_HOSTS.iter().find(|(page, _)| *page == address);
    known.map_or(Ok(()), |(_, host)| {
        Err(UrlError::Instead { why: "No registry answers at this host", suggestion: format!("https://{host}") })
    })
}

/// The error for `path`, which is not empty and without leading or trailing slashes.
pub(super) fn path_error(url: &RegistryUrl, path: &str) -> UrlError {
    if !cfg!(feature = "server") {
        return UrlError::Path { suggestion: String::new(), repository: String::new() };
    }
    let suggestion = url.to_string();
    let path = path.to_ascii_lowercase();
    let path = match path.strip_prefix("v2/").or_else(|| path.strip_prefix("v1/")) {
        Some("_catalog") => return UrlError::Instead { why: "Leave the path out", suggestion },
        // The registry's API (OCI distribution specification): what comes before is the repository.
        Some(api) => ["/tags/", "/manifests/", "/blobs/"]
            .iter()
            .find_map(|part| api.split_once(part))
            .map_or(api, |(name, _)| name),
        None => &path,
    };
    let path = path.strip_suffix("/v2").unwrap_or(path).to_owned();
    let host = url.authority();
    let page = |repository: &str| UrlError::Page { suggestion: suggestion.clone(), repository: repository.to_owned() };

    if url.is_docker_hub() {
        if let Some(official) = path.strip_prefix("_/") {
            return page(&format!("library/{official}"));
        }
        if let Some(path) =
            ["r/", "u/", "repository/docker/", "repositories/"].iter().find_map(|start| path.strip_prefix(start))
        {
            return page(path.split("/tags").next().unwrap_or_default());
        }
    }
    let is_quay = host.starts_with("quay.");
    if let Some(organization) = path.strip_prefix("organization/").filter(|_| is_quay) {
        return page(organization);
    }
    if let Some(path) = path.strip_prefix("repository/") {
        // Quay's pages and Nexus repositories begin with the same segment.
        return if is_quay { page(path) } else { UrlError::SubPath { suggestion, repository: path.to_owned() } };
    }
    if let Some((_, name)) = path.split_once("api/docker/") {
        return UrlError::SubPath { suggestion, repository: name.to_owned() };
    }
    if let Some((group, _)) = path.split_once("/container_registry") {
        return UrlError::GitLabPage { repository: group.trim_end_matches("/-").to_owned() };
    }
    // A colon or an at sign can only belong to a tag or a digest.
    if let Some(name_end) = path.find([':', '@']) {
        let slash = path[..name_end].rfind('/');
        let (repository, image) = slash.map_or(("", &*path), |slash| (&path[..slash], &path[slash + 1..]));
        return UrlError::Image { suggestion, repository: repository.to_owned(), image: image.to_owned() };
    }
    // Pages of Gitea and Forgejo.
    if let Some((owner, _)) = path.split_once("/-/") {
        return page(owner);
    }
    if PAGES.iter().any(|start| path.starts_with(start)) || path == "ui" || path.ends_with(".html") {
        return page("");
    }
    if let Some(name) = path.strip_prefix("artifactory/") {
        return UrlError::SubPath { suggestion, repository: name.to_owned() };
    }
    UrlError::Path { suggestion, repository: path }
}
