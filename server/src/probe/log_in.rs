//! Answering a registry's challenge: Basic authentication, or a token from its token service.

use super::answer::ApiResponse;
use super::authorization::{Authorization, BearerToken};
use super::challenge::{Bearer, Challenge};
use super::check_run::{CheckRun, StepTimeout};
use super::endpoint::Endpoint;
use super::peer::Peer;
use super::pull_target::PullTarget;
use super::realm;
use super::registry_probe::{Probe, not_verified};
use super::token::{NoToken, Token, basic, request_token};
use domain::{Access, Credentials, Finding, Step, TrustPolicy, Unverified};
use http::StatusCode;
use std::time::SystemTime;

/// The scope if the settings name no image (Distribution, token scopes).
const CATALOG: &str = "registry:catalog:*";

impl Probe<'_> {
    /// Answers a challenge. `at_api_root` says whether it came from `/v2/`, where the token or password can be tried at
    /// once.
    pub async fn log_in(
        &mut self,
        run: &mut CheckRun,
        challenges: Vec<Challenge>,
        at_api_root: bool,
    ) -> Result<Authorization, Finding> {
        let bearer = challenges.iter().find_map(|challenge| match challenge {
            Challenge::Bearer(bearer) => Some(bearer.clone()),
            Challenge::Basic => None,
        });
        if let Some(bearer) = bearer {
            return self.with_token(run, bearer, at_api_root).await;
        }
        let name = self.registry.endpoint.to_string();
        let credentials = self.target.credentials.as_ref();
        let work = async {
            if !challenges.contains(&Challenge::Basic) {
                return Err(Finding::ChallengeNotUnderstood);
            }
            let auth = basic(credentials.ok_or(Finding::CredentialsRequired)?)?;
            if !at_api_root {
                return Ok(Authorization::Basic(auth));
            }
            match self.probe_api(Some(&auth)).await? {
                ApiResponse::Open => Ok(Authorization::Basic(auth)),
                ApiResponse::Challenge(_) | ApiResponse::Unclear(StatusCode::FORBIDDEN) => {
                    Err(Finding::CredentialsRejected)
                }
                ApiResponse::Unclear(_) => Err(Finding::NotARegistry),
            }
        };
        run.step(Step::Authentication, &name, StepTimeout::RESPONSE, work).await
    }

    async fn with_token(
        &mut self,
        run: &mut CheckRun,
        bearer: Bearer,
        at_api_root: bool,
    ) -> Result<Authorization, Finding> {
        let (credentials, now) = (self.target.credentials.as_ref(), self.client.now());
        let mut elsewhere = self.token_service(run, &bearer).await?;
        let scope = self.sample.as_ref().map(PullTarget::scope);
        let name = elsewhere.as_ref().map_or_else(|| self.registry.endpoint.to_string(), |it| it.endpoint.to_string());
        let work = async {
            // If the challenge came from an image, request a token for that image right away.
            let wanted = scope.as_deref().filter(|_| !at_api_root);
            let fallback = scope.as_deref().unwrap_or(CATALOG);
            let service = elsewhere.as_mut().unwrap_or(&mut self.registry);
            let token = match request_token(service, &bearer, wanted, credentials, now).await {
                Err(NoToken { wants_scope: true, finding, is_bad_request }) => {
                    ask_again(service, &bearer, wanted, fallback, credentials, now).await.map_err(|second| {
                        // Without an image, there is no scope that this service would accept.
                        match scope {
                            None if is_bad_request => not_verified(Access::NotVerified, Unverified::ScopeNeeded),
                            _ => second.unwrap_or(finding),
                        }
                    })?
                }
                other => other.map_err(|none| none.finding)?,
            };
            let credentials_verified = credentials.is_some()
                && match request_token(service, &bearer, wanted, None, now).await {
                    Ok(anonymous) => !token.is_alike(&anonymous) || self.rejects(&anonymous, at_api_root).await,
                    // An outage or a limit says nothing about the credentials.
                    Err(NoToken { finding, .. }) => {
                        !finding.is_transient() && !matches!(finding, Finding::RateLimited(_))
                    }
                };
            let is_large = token.is_large();
            let token = token.bearer()?;
            if !at_api_root {
                return Ok((token, credentials_verified));
            }
            match self.probe_api(Some(&token)).await {
                Ok(ApiResponse::Open) => Ok((token, credentials_verified)),
                Ok(ApiResponse::Unclear(status)) if is_large && limits_headers(status) => Err(Finding::TokenTooLarge),
                Ok(ApiResponse::Challenge(_) | ApiResponse::Unclear(_)) => Err(Finding::TokenNotAccepted),
                Err(finding) => Err(finding),
            }
        };
        let (token, credentials_verified) = run.step(Step::Authentication, &name, StepTimeout::RESPONSE, work).await?;
        Ok(Authorization::Bearer(Box::new(BearerToken { service: elsewhere, bearer, token, credentials_verified })))
    }

    /// Connects to the token service; `None` if it is on the registry's own host.
    async fn token_service(&mut self, run: &mut CheckRun, bearer: &Bearer) -> Result<Option<Peer>, Finding> {
        let trust = &self.target.settings.trust;
        let confirmed = trust.token_service.as_ref();
        let allowed = Endpoint::of_uri(&bearer.realm).ok_or(Finding::ChallengeNotUnderstood).and_then(|service| {
            let with_credentials = self.target.credentials.is_some();
            realm::check_token_service(&self.registry.endpoint, &service, with_credentials, confirmed).map(|()| service)
        });
        let service = match allowed {
            Ok(service) if service == self.registry.endpoint => return Ok(None),
            Ok(service) => service,
            Err(finding) => {
                let name = self.registry.endpoint.to_string();
                return run.step(Step::Authentication, &name, StepTimeout::RESPONSE, async { Err(finding) }).await;
            }
        };
        // A public registry must not direct this console into private networks, with or without credentials.
        let public_only = !self.registry.is_private() && !realm::is_confirmed(&service, confirmed);
        // Skipping verification for the registry does not extend to another host (CVE-2019-10214).
        let tls = match service.host != self.registry.endpoint.host && trust.skip_verification {
            true => self.client.tls(&TrustPolicy { skip_verification: false, ..trust.clone() })?,
            false => self.tls.clone(),
        };
        self.client.reach(run, service, &tls, public_only).await.map(Some)
    }

    /// Whether `/v2/` rejects the token. For an image, the next request shows that.
    async fn rejects(&mut self, token: &Token, at_api_root: bool) -> bool {
        let Ok(token) = token.bearer() else { return false };
        at_api_root
            && matches!(self.probe_api(Some(&token)).await, Ok(ApiResponse::Challenge(_) | ApiResponse::Unclear(_)))
    }
}

/// Requests a token again: with the fallback scope if the first request had none, otherwise without a scope.
async fn ask_again(
    service: &mut Peer,
    bearer: &Bearer,
    first: Option<&str>,
    fallback: &str,
    credentials: Option<&Credentials>,
    now: SystemTime,
) -> Result<Token, Option<Finding>> {
    let second = if first.is_some() { None } else { Some(fallback) };
    request_token(service, bearer, second, credentials, now).await.map_err(|none| match none.finding {
        // The first response is more specific.
        Finding::NoToken => None,
        other => Some(other),
    })
}

/// Statuses for headers that are too large: the standard one (RFC 6585 5), and those of nginx and others.
fn limits_headers(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE | StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE
    )
}
