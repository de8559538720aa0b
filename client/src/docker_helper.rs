//! The credential helper of Docker, Podman, Skopeo and others, by the protocol of docker-credential-helpers: the action
//! is an argument, the query comes on standard input, and everything is answered on standard output, errors too.

use crate::config::{Config, ConfigOptions};
use crate::credentials::{CredentialsQuery, FoundCredentials, find};
use crate::error::Error;
use crate::http::Http;
use crate::lists::registries;
use crate::standard_streams::{print, read_stdin};
use api::problem::kind;
use domain::RegistryUrl;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use thiserror::Error;
use zeroize::Zeroizing;

/// The file name that Docker looks for if its configuration says `"credHelpers": {"…": "portolan"}`.
const NAME: &str = "docker-credential-portolan";

/// What the audit trail says about a read.
const PURPOSE: &str = "docker-credential-helper";

/// Why there is no answer. Each sentence is shown by Docker within one of its own.
#[derive(Debug, Error)]
enum HelperError {
    /// Clients compare this text, and go on without credentials.
    #[error("credentials not found in native keychain")]
    NotFound,
    /// Clients compare this text, too.
    #[error("no credentials server URL")]
    NoServer,
    #[error(
        "{NAME} stores nothing: credentials are managed in Portolan, on the page of the image registry. This log-in was not kept"
    )]
    Store,
    #[error(
        "{NAME} removes nothing: credentials are managed in Portolan. To keep this machine from them, revoke its token, or take the helper out of credHelpers"
    )]
    Erase,
    /// The detail names the registries. A helper is asked for a host, and cannot tell which image it is for.
    #[error("{0} By its name, portolan credential get reads each of them.")]
    Ambiguous(String),
    #[error("usage: {NAME} get|list|store|erase|version")]
    Usage,
    #[error(transparent)]
    Client(#[from] Error),
}

/// The answer to `get`. The names of its fields are those of the protocol.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetResponse<'a> {
    #[serde(rename = "ServerURL")]
    server_url: &'a str,
    username: &'a str,
    secret: &'a str,
}

/// Runs the helper if this is the name that the process was started by.
pub fn run_by_name(mut arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let name = arguments.next()?;
    if Path::new(&name).file_name()? != NAME {
        return None;
    }
    let action = arguments.next().filter(|_| arguments.next().is_none());
    let action = action.and_then(|action| action.into_string().ok());
    Some(run(action.as_deref().unwrap_or_default(), &ConfigOptions::default()))
}

/// Carries out one action. Errors are printed where clients look for them.
pub fn run(action: &str, options: &ConfigOptions) -> ExitCode {
    match answer(action, options).and_then(|answer| Ok(print(&answer).map_err(Error::Io)?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = print(&format!("{error}\n"));
            ExitCode::FAILURE
        }
    }
}

fn answer(action: &str, options: &ConfigOptions) -> Result<Zeroizing<String>, HelperError> {
    match action {
        "get" => get(read_stdin().map_err(Error::Io)?.trim(), options),
        "list" => list(options),
        "store" => Err(HelperError::Store),
        "erase" => Err(HelperError::Erase),
        "version" => Ok(Zeroizing::new(format!("{NAME} {}\n", env!("CARGO_PKG_VERSION")))),
        _ => Err(HelperError::Usage),
    }
}

fn get(server: &str, options: &ConfigOptions) -> Result<Zeroizing<String>, HelperError> {
    if server.is_empty() {
        return Err(HelperError::NoServer);
    }
    // Docker keeps other secrets under keys such as https://index.docker.io/v1/access-token. No registry is there.
    if RegistryUrl::parse(server).is_err() {
        return Err(HelperError::NotFound);
    }
    let config = Config::read(options).map_err(Error::Config)?;
    let found = find(&config, CredentialsQuery::Server(server), PURPOSE).map_err(|error| match error.problem() {
        Some(problem) if problem.kind == kind::AMBIGUOUS => HelperError::Ambiguous(problem.detail.clone()),
        _ => error.into(),
    })?;
    let Some(FoundCredentials { credentials, .. }) = found else { return Err(HelperError::NotFound) };
    // Anonymous access is none, too.
    let (Some(username), Some(password)) = (&credentials.username, &credentials.password) else {
        return Err(HelperError::NotFound);
    };
    Ok(encode(&GetResponse { server_url: server, username, secret: password.expose() }))
}

/// Server and username of each registry that `get` has an answer for: Docker asks for all of them before it builds an
/// image, and gives up at the first that fails.
fn list(options: &ConfigOptions) -> Result<Zeroizing<String>, HelperError> {
    let http = Http::new(&Config::read(options).map_err(Error::Config)?)?;
    let mut servers: BTreeMap<String, Vec<(bool, Option<String>)>> = BTreeMap::new();
    for registry in registries(&http, None)? {
        // The server passes over those that the token may not read.
        if !registry.status.credentials_readable {
            continue;
        }
        let Ok(url) = RegistryUrl::parse(&registry.spec.url) else { continue };
        let username = registry.status.credentials.map(|stored| stored.username);
        let is_whole_host = registry.spec.repository.is_empty();
        servers.entry(url.docker_config_key()).or_default().push((is_whole_host, username));
    }
    let answers: BTreeMap<_, _> =
        servers.into_iter().filter_map(|(server, found)| Some((server, username_of(found)?))).collect();
    Ok(encode(&answers))
}

/// The username that the server answers for a host: of the registry without a repository, else of the only one. `None` if
/// there are several, or if access is anonymous.
fn username_of(found: Vec<(bool, Option<String>)>) -> Option<String> {
    let (whole, parts): (Vec<_>, Vec<_>) = found.into_iter().partition(|(is_whole_host, _)| *is_whole_host);
    let [(_, username)] = <[_; 1]>::try_from(if whole.is_empty() { parts } else { whole }).ok()?;
    username
}

/// JSON in one line. Texts and maps of texts always serialise.
fn encode(answer: &impl Serialize) -> Zeroizing<String> {
    let mut text = Zeroizing::new(serde_json::to_string(answer).unwrap_or_default());
    text.push('\n');
    text
}
