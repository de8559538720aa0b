//! The credential provider of a kubelet: `CredentialProviderRequest` on standard input, `CredentialProviderResponse` on
//! standard output, of the version `credentialprovider.kubelet.k8s.io/v1`.

use crate::config::{Config, ConfigOptions};
use crate::credentials::{CredentialsQuery, find};
use crate::error::Error;
use crate::standard_streams::{print, read_stdin, say};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;
use thiserror::Error;
use zeroize::Zeroizing;

const API_VERSION: &str = "credentialprovider.kubelet.k8s.io/v1";

/// What the audit trail says about a read.
const PURPOSE: &str = "kubelet-credential-provider";

/// How long a kubelet keeps credentials in memory: a new password arrives after that time.
const CACHE_DURATION: Duration = Duration::from_mins(5);

/// How long a kubelet remembers that there are none: somebody may be creating the registry right now.
const NONE_CACHE_DURATION: Duration = Duration::from_secs(30);

/// Why there is no response. A kubelet logs it.
#[derive(Debug, Error)]
enum ProviderError {
    #[error("the request is not a CredentialProviderRequest: {0} error at line {1}, column {2}")]
    Form(&'static str, usize, usize),
    #[error("the request is of kind {0}, not CredentialProviderRequest")]
    Kind(String),
    #[error(
        "the request is of version {0}. Set apiVersion: {API_VERSION} for this provider in the CredentialProviderConfig; the kubelet has it since Kubernetes 1.26"
    )]
    Version(String),
    #[error("the request names no image")]
    NoImage,
    #[error(transparent)]
    Client(#[from] Error),
}

/// Later versions of Kubernetes may add fields.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialProviderRequest {
    api_version: String,
    kind: String,
    #[serde(default)]
    image: String,
    /// Not used, so not kept: only whether there is one.
    #[serde(default)]
    service_account_token: Option<serde::de::IgnoredAny>,
}

/// A kubelet refuses a response with any other field.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CredentialProviderResponse<'a> {
    kind: &'static str,
    api_version: &'static str,
    cache_key_type: &'static str,
    cache_duration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_account_token_cache_type: Option<&'static str>,
    auth: BTreeMap<&'a str, AuthConfig<'a>>,
}

#[derive(Serialize)]
struct AuthConfig<'a> {
    username: &'a str,
    password: &'a str,
}

/// Answers one request.
pub fn run(options: &ConfigOptions) -> ExitCode {
    let answered = read_stdin().map_err(|error| Error::Io(error).into());
    let answered = answered.and_then(|request| respond(&request, options));
    match answered.and_then(|response| Ok(print(&response).map_err(Error::Io)?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn respond(request: &str, options: &ConfigOptions) -> Result<Zeroizing<String>, ProviderError> {
    let request = parse(request)?;
    let config = Config::read(options).map_err(Error::Config)?;
    let found = find(&config, CredentialsQuery::Image(&request.image), PURPOSE)?;
    let mut auth = BTreeMap::new();
    let mut cache_duration = NONE_CACHE_DURATION;
    if let Some(found) = &found
        && let (Some(username), Some(password)) = (&found.credentials.username, &found.credentials.password)
    {
        auth.insert(&*found.credentials.image_prefix, AuthConfig { username, password: password.expose() });
        cache_duration = found.left.unwrap_or(CACHE_DURATION).min(CACHE_DURATION);
    }
    let response = CredentialProviderResponse {
        kind: "CredentialProviderResponse",
        api_version: API_VERSION,
        // Never for the whole host: another registry may have a longer prefix of another image.
        cache_key_type: "Image",
        cache_duration: format!("{}s", cache_duration.as_secs()),
        // The credentials depend on no pod. Demanded by a kubelet that sends a token, unknown to older ones.
        service_account_token_cache_type: request.service_account_token.map(|_| "ServiceAccount"),
        auth,
    };
    // Texts and maps of texts always serialise.
    Ok(Zeroizing::new(serde_json::to_string(&response).unwrap_or_default() + "\n"))
}

fn parse(text: &str) -> Result<CredentialProviderRequest, ProviderError> {
    let request: CredentialProviderRequest = serde_json::from_str(text).map_err(|error| {
        let what = if error.is_data() { "data" } else { "syntax" };
        ProviderError::Form(what, error.line(), error.column())
    })?;
    if request.api_version != API_VERSION {
        return Err(ProviderError::Version(request.api_version));
    }
    if request.kind != "CredentialProviderRequest" {
        return Err(ProviderError::Kind(request.kind));
    }
    if request.image.is_empty() {
        return Err(ProviderError::NoImage);
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse(text).err().unwrap().to_string()
    }

    #[test]
    fn only_requests_of_version_v1_are_answered() {
        let request = |version: &str, kind: &str, image: &str| {
            format!(r#"{{"kind":"{kind}","apiVersion":"{version}","image":"{image}","serviceAccountToken":"canary"}}"#)
        };
        let kind = "CredentialProviderRequest";
        assert_eq!(parse(&request(API_VERSION, kind, "a.example/b")).unwrap().image, "a.example/b");
        for version in ["v1alpha1", "v1beta1"] {
            let version = format!("credentialprovider.kubelet.k8s.io/{version}");
            let said = refused(&request(&version, kind, "a.example/b"));
            assert!(
                said.contains(&version) && said.contains("apiVersion: credentialprovider.kubelet.k8s.io/v1 "),
                "{said}"
            );
        }
        assert!(refused(&request(API_VERSION, "Pod", "a.example/b")).contains("of kind Pod"));
        assert!(refused(&request(API_VERSION, kind, "")).contains("names no image"));
        for text in ["", "{}", "[]", "null", r#"{"canary"#] {
            let said = refused(text);
            assert!(said.contains("is not a CredentialProviderRequest") && !said.contains("canary"), "{said}");
        }
    }
}
