//! Asking for the credentials of one registry, at the server or, if none can be reached, in the cache.

use crate::cache::Cache;
use crate::config::Config;
use crate::error::Error;
use crate::http::{Http, Request};
use crate::standard_streams::say;
use api::credentials::Credentials;
use api::problem::kind;
use std::fmt;
use std::time::{Duration, SystemTime};

/// Which registry.
#[derive(Clone, Copy, Debug)]
pub enum CredentialsQuery<'a> {
    /// By the key of a Docker config: a host with an optional port, or the URL of Docker Hub.
    Server(&'a str),
    /// The registry with the longest prefix of an image.
    Image(&'a str),
    Registry {
        workspace: &'a str,
        name: &'a str,
    },
}

/// The credentials of a registry.
#[derive(Debug)]
pub struct FoundCredentials {
    pub credentials: Credentials,
    /// If they are from the cache, for how long they may be given out.
    pub left: Option<Duration>,
}

/// Asks for credentials; `None` if no registry has this server or image. The purpose goes into the audit trail.
///
/// # Errors
/// As [`Http::send`]. A server that refuses is never overruled by the cache.
pub fn find(config: &Config, query: CredentialsQuery<'_>, purpose: &str) -> Result<Option<FoundCredentials>, Error> {
    let cache = config.cache.as_ref().map(|cache| Cache::new(cache, &config.token));
    let key = query.to_string();
    match (ask(config, query, purpose), &cache) {
        (Ok(credentials), Some(cache)) => {
            if let Err(error) = cache.put(&key, &credentials, now()) {
                say(&format!("The answer is not in the cache: {error}"));
            }
            Ok(Some(FoundCredentials { credentials, left: None }))
        }
        (Ok(credentials), None) => Ok(Some(FoundCredentials { credentials, left: None })),
        (Err(error), Some(cache)) if error.is_offline() => match cache.get(&key, now()) {
            Some(cached) => {
                say(&format!("From the cache, because of {error}"));
                Ok(Some(FoundCredentials { credentials: cached.credentials, left: Some(cached.left) }))
            }
            None => Err(error),
        },
        (Err(error), cache) => {
            // A server that is too busy, or has an error of its own, says nothing about the credentials.
            let is_refused = error.problem().is_some_and(|problem| matches!(problem.status, 401 | 403 | 404 | 409));
            if let (true, Some(cache)) = (is_refused, cache) {
                cache.remove(&key);
                // A token that is not valid any more opens nothing that it has read before.
                if error.problem().is_some_and(|problem| problem.status == 401) {
                    cache.clear();
                }
            }
            if error.problem().is_some_and(|problem| problem.kind == kind::NO_REGISTRY) { Ok(None) } else { Err(error) }
        }
    }
}

fn ask(config: &Config, query: CredentialsQuery<'_>, purpose: &str) -> Result<Credentials, Error> {
    let request = match query {
        CredentialsQuery::Server(server) => Request::get(&["credentials"]).query("server", server),
        CredentialsQuery::Image(image) => Request::get(&["credentials"]).query("image", image),
        CredentialsQuery::Registry { workspace, name } => {
            Request::get(&["workspaces", workspace, "image_registries", name, "credentials"])
        }
    };
    Http::new(config)?.json(&request.query("purpose", purpose))
}

#[expect(clippy::disallowed_methods, reason = "what depends on the time is given it")]
fn now() -> SystemTime {
    SystemTime::now()
}

/// Names the entry of the cache.
impl fmt::Display for CredentialsQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(server) => write!(f, "server={server}"),
            Self::Image(image) => write!(f, "image={image}"),
            Self::Registry { workspace, name } => write!(f, "registry={workspace}/{name}"),
        }
    }
}
