//! Answering a registry's challenge: Basic authentication, or a token from its token service.

use super::answer::ApiResponse;
use super::authorization::{Authorization, BearerToken};
use super::challenge::{Bearer, Challenge};
use super::check_run::{CheckRun, Limit};
use super::endpoint::Endpoint;
use super::peer::Peer;
use super::pull_target::PullTarget;
use super::realm;
use super::registry_probe::{Probe, not_verified};
use super::token::{NoToken, Token, ask, basic};
use domain::{Access, Credentials, Finding, Step, TrustPolicy, Unverified};
use http::StatusCode;
use std::time::SystemTime;

/// The scope for those who name no image (Distribution, token scopes).
const CATALOG: &str = "registry:catalog:*";

impl Probe<'_> {
    /// Answers a challenge. `at_the_door` says whether it came from `/v2/`, which then shows what the answer is worth.
    pub async fn log_in(
        &mut self,
        walk: &mut CheckRun,
        challenges: Vec<Challenge>,
        at_the_door: bool,
    ) -> Result<Authorization, Finding> {
        let bearer = challenges.iter().find_map(|challenge| match challenge {
            Challenge::Bearer(bearer) => Some(bearer.clone()),
            Challenge::Basic => None,
        });
        if let Some(bearer) = bearer {
            return self.with_token(walk, bearer, at_the_door).await;
        }
        let name = self.registry.endpoint.to_string();
        let credentials = self.target.credentials.as_ref();
        let going = async {
            if !challenges.contains(&Challenge::Basic) {
                return Err(Finding::ChallengeNotUnderstood);
            }
            let pass = basic(credentials.ok_or(Finding::CredentialsRequired)?)?;
            if !at_the_door {
                return Ok(Authorization::Basic(pass));
            }
            match self.enter(Some(&pass)).await? {
                ApiResponse::Open => Ok(Authorization::Basic(pass)),
                ApiResponse::Challenge(_) | ApiResponse::Unclear(StatusCode::FORBIDDEN) => {
                    Err(Finding::CredentialsRejected)
                }
                ApiResponse::Unclear(_) => Err(Finding::NotARegistry),
            }
        };
        walk.step(Step::Authentication, &name, Limit::ANSWER, going).await
    }

    async fn with_token(
        &mut self,
        walk: &mut CheckRun,
        bearer: Bearer,
        at_the_door: bool,
    ) -> Result<Authorization, Finding> {
        let (credentials, now) = (self.target.credentials.as_ref(), self.client.now());
        let mut elsewhere = self.token_service(walk, &bearer).await?;
        let scope = self.sample.as_ref().map(PullTarget::scope);
        let name = elsewhere.as_ref().map_or_else(|| self.registry.endpoint.to_string(), |it| it.endpoint.to_string());
        let going = async {
            // At an image, the token is for that image from the first.
            let wanted = scope.as_deref().filter(|_| !at_the_door);
            let fallback = scope.as_deref().unwrap_or(CATALOG);
            let service = elsewhere.as_mut().unwrap_or(&mut self.registry);
            let token = match ask(service, &bearer, wanted, credentials, now).await {
                Err(NoToken { wants_scope: true, finding, is_bad_request }) => {
                    in_other_words(service, &bearer, wanted, fallback, credentials, now).await.map_err(|second| {
                        // Without an image to name, there is nothing this service would answer.
                        match scope {
                            None if is_bad_request => not_verified(Access::NotVerified, Unverified::ScopeNeeded),
                            _ => second.unwrap_or(finding),
                        }
                    })?
                }
                other => other.map_err(|none| none.finding)?,
            };
            let proved = credentials.is_some()
                && match ask(service, &bearer, wanted, None, now).await {
                    Ok(anonymous) => !token.is_alike(&anonymous) || !self.opens(&anonymous, at_the_door).await,
                    Err(_) => true,
                };
            let is_large = token.is_large();
            let token = token.bearer()?;
            if !at_the_door {
                return Ok((token, proved));
            }
            match self.enter(Some(&token)).await {
                Ok(ApiResponse::Open) => Ok((token, proved)),
                Ok(ApiResponse::Unclear(status)) if is_large && limits_headers(status) => Err(Finding::TokenTooLarge),
                Ok(ApiResponse::Challenge(_) | ApiResponse::Unclear(_)) => Err(Finding::TokenNotAccepted),
                Err(finding) => Err(finding),
            }
        };
        let (token, proved) = walk.step(Step::Authentication, &name, Limit::ANSWER, going).await?;
        Ok(Authorization::Bearer(Box::new(BearerToken { service: elsewhere, bearer, token, proved })))
    }

    /// Reaches the token service; none if that is the registry itself.
    async fn token_service(&mut self, walk: &mut CheckRun, bearer: &Bearer) -> Result<Option<Peer>, Finding> {
        let trust = &self.target.settings.trust;
        let confirmed = trust.token_service.as_ref();
        let judged = Endpoint::of_uri(&bearer.realm).ok_or(Finding::ChallengeNotUnderstood).and_then(|service| {
            let with_credentials = self.target.credentials.is_some();
            realm::check_token_service(&self.registry.endpoint, &service, with_credentials, confirmed).map(|()| service)
        });
        let service = match judged {
            Ok(service) if service == self.registry.endpoint => return Ok(None),
            Ok(service) => service,
            Err(finding) => {
                let name = self.registry.endpoint.to_string();
                return walk.step(Step::Authentication, &name, Limit::ANSWER, async { Err(finding) }).await;
            }
        };
        // A public registry does not send this console into private networks, with or without credentials.
        let public_only = !self.registry.is_private() && !realm::is_confirmed(&service, confirmed);
        // Skipping verification for the registry does not extend to another host (CVE-2019-10214).
        let tls = match service.host != self.registry.endpoint.host && trust.skip_verification {
            true => self.client.tls(&TrustPolicy { skip_verification: false, ..trust.clone() })?,
            false => self.tls.clone(),
        };
        self.client.reach(walk, service, &tls, public_only).await.map(Some)
    }

    /// Whether a token opens `/v2/`. At an image, that is found out there.
    async fn opens(&mut self, token: &Token, at_the_door: bool) -> bool {
        let Ok(token) = token.bearer() else { return false };
        !at_the_door || matches!(self.enter(Some(&token)).await, Ok(ApiResponse::Open))
    }
}

/// Asks again, for something in particular if that was not said before, and else for nothing in particular.
async fn in_other_words(
    service: &mut Peer,
    bearer: &Bearer,
    first: Option<&str>,
    fallback: &str,
    credentials: Option<&Credentials>,
    now: SystemTime,
) -> Result<Token, Option<Finding>> {
    let second = if first.is_some() { None } else { Some(fallback) };
    ask(service, bearer, second, credentials, now).await.map_err(|none| match none.finding {
        // The first answer says more.
        Finding::NoToken => None,
        other => Some(other),
    })
}

/// Statuses for headers that are too large: its own (RFC 6585 5), and those that nginx and others use.
fn limits_headers(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE | StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE
    )
}
