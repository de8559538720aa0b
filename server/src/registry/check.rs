//! The check: from an address to the proof that images can be pulled, and no further than it gets.

use super::answer::{Welcome, refusal, welcome};
use super::challenge::{Bearer, Challenge};
use super::endpoint::Endpoint;
use super::peer::Peer;
use super::tls::{Tls, authorities_of_the_machine};
use super::token::{Token, ask, basic};
use super::walk::{Limit, Walk};
use super::{AddressPolicy, Resolve, realm};
use crate::clock::Clock;
use app::domain::{CheckReport, Credentials, Finding, Hop, Repository, TestImage, TokenService, Trust, Way};
use http::{HeaderValue, StatusCode};
use rustls::RootCertStore;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What is checked.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where the registry answers, and whom to trust on the way.
    pub way: Way,
    /// The project inside it, or an image repository.
    pub repository: Repository,
    /// An image below the repository whose pull is to be verified.
    pub test_image: Option<TestImage>,
    /// Who logs in; none for anonymous access.
    pub credentials: Option<Credentials>,
}

/// Goes out and checks. The only way out there is.
pub struct Client {
    resolver: Arc<dyn Resolve>,
    policy: AddressPolicy,
    clock: Arc<dyn Clock>,
    authorities: RootCertStore,
}

/// How the registry lets us in.
enum Pass {
    Anyone,
    Basic(HeaderValue),
    Bearer(Box<BearerPass>),
}

/// A token, and where there are more.
struct BearerPass {
    /// The token service, where that is another host than the registry.
    service: Option<Peer>,
    bearer: Bearer,
    token: HeaderValue,
    /// Whether the token service tells the credentials from none at all.
    proved: bool,
}

impl Client {
    /// A client that dials what the policy allows.
    pub fn new(resolver: Arc<dyn Resolve>, policy: AddressPolicy, clock: Arc<dyn Clock>) -> Self {
        Self { resolver, policy, clock, authorities: authorities_of_the_machine() }
    }

    /// Checks a registry. It never fails and never takes longer than 15 seconds: whatever happens is a finding.
    pub async fn check(&self, target: &Target) -> CheckReport {
        let mut walk = Walk::begin();
        let finding = match self.steps(target, &mut walk).await {
            Ok(finding) | Err(finding) => finding,
        };
        walk.end(finding)
    }

    async fn steps(&self, target: &Target, walk: &mut Walk) -> Result<Finding, Finding> {
        let tls = Tls::new(&self.authorities, &target.way.trust)?;
        let mut registry = self.reach(walk, Endpoint::of_api(&target.way.url), &tls).await?;
        let name = registry.endpoint.to_string();
        let asked = self.enter(&mut registry, None);
        let pass = match walk.hop(Hop::Api, &name, Limit::ANSWER, asked).await? {
            Welcome::Open => Pass::Anyone,
            Welcome::Asks(challenges) => self.log_in(target, walk, &mut registry, &tls, challenges).await?,
        };
        self.pull(target, walk, &mut registry, pass).await
    }

    async fn reach(&self, walk: &mut Walk, endpoint: Endpoint, tls: &Tls) -> Result<Peer, Finding> {
        Peer::reach(walk, &*self.resolver, &self.policy, endpoint, tls).await
    }

    /// Asks `/v2/`.
    async fn enter(&self, registry: &mut Peer, pass: Option<&HeaderValue>) -> Result<Welcome, Finding> {
        let response = registry.get("/v2/", pass).await?;
        welcome(registry, response, self.now()).await
    }

    async fn log_in(
        &self,
        target: &Target,
        walk: &mut Walk,
        registry: &mut Peer,
        tls: &Tls,
        challenges: Vec<Challenge>,
    ) -> Result<Pass, Finding> {
        let name = registry.endpoint.to_string();
        let bearer = challenges.iter().find_map(|challenge| match challenge {
            Challenge::Bearer(bearer) => Some(bearer.clone()),
            Challenge::Basic => None,
        });
        if let Some(bearer) = bearer {
            return self.with_token(target, walk, registry, tls, bearer).await;
        }
        let going = async {
            if !challenges.contains(&Challenge::Basic) {
                return Err(Finding::ChallengeNotUnderstood);
            }
            let credentials = target.credentials.as_ref().ok_or(Finding::CredentialsRequired)?;
            let pass = basic(credentials)?;
            match self.enter(registry, Some(&pass)).await? {
                Welcome::Open => Ok(Pass::Basic(pass)),
                Welcome::Asks(_) => Err(Finding::CredentialsRejected),
            }
        };
        walk.hop(Hop::Authentication, &name, Limit::ANSWER, going).await
    }

    async fn with_token(
        &self,
        target: &Target,
        walk: &mut Walk,
        registry: &mut Peer,
        tls: &Tls,
        bearer: Bearer,
    ) -> Result<Pass, Finding> {
        let credentials = target.credentials.as_ref();
        let judged = async {
            let service = Endpoint::of_uri(&bearer.realm).ok_or(Finding::ChallengeNotUnderstood)?;
            let confirmed = target.way.trust.token_service.as_ref().map(TokenService::as_str);
            realm::judge(&registry.endpoint, &service, credentials.is_some(), confirmed)?;
            Ok(service)
        };
        let service = match judged.await {
            Ok(service) => service,
            Err(finding) => {
                let name = registry.endpoint.to_string();
                return walk.hop(Hop::Authentication, &name, Limit::ANSWER, async { Err(finding) }).await;
            }
        };
        let name = service.to_string();
        let mut elsewhere = match service == registry.endpoint {
            true => None,
            // Skipping verification for the registry does not extend to another host (CVE-2019-10214).
            false if service.host != registry.endpoint.host && target.way.trust.skip_verification => {
                let trust = Trust { skip_verification: false, ..target.way.trust.clone() };
                Some(self.reach(walk, service, &Tls::new(&self.authorities, &trust)?).await?)
            }
            false => Some(self.reach(walk, service, tls).await?),
        };
        let going = async {
            let token = ask(elsewhere.as_mut().unwrap_or(registry), &bearer, None, credentials, self.now()).await?;
            let proved = credentials.is_some()
                && match ask(elsewhere.as_mut().unwrap_or(registry), &bearer, None, None, self.now()).await {
                    Ok(anonymous) => !token.is_alike(&anonymous) || !self.opens(registry, &anonymous).await,
                    Err(_) => true,
                };
            let token = token.bearer()?;
            match self.enter(registry, Some(&token)).await? {
                Welcome::Open => Ok((token, proved)),
                Welcome::Asks(_) => Err(Finding::TokenNotAccepted),
            }
        };
        let (token, proved) = walk.hop(Hop::Authentication, &name, Limit::ANSWER, going).await?;
        Ok(Pass::Bearer(Box::new(BearerPass { service: elsewhere, bearer, token, proved })))
    }

    async fn opens(&self, registry: &mut Peer, token: &Token) -> bool {
        let Ok(token) = token.bearer() else { return false };
        matches!(self.enter(registry, Some(&token)).await, Ok(Welcome::Open))
    }

    /// Proves that images can be pulled, where it is known which.
    async fn pull(
        &self,
        target: &Target,
        walk: &mut Walk,
        registry: &mut Peer,
        pass: Pass,
    ) -> Result<Finding, Finding> {
        let inside = inside(target, &pass);
        let Some(repository) = provable(target) else { return Ok(inside) };
        let name = registry.endpoint.to_string();
        // The peer that was asked last; a failure is reported for it.
        let mut asked = name.clone();
        let going = async {
            let scope = format!("repository:{repository}:pull");
            let list = format!("/v2/{repository}/tags/list?n=1");
            let credentials = target.credentials.as_ref();
            let (pass, stranger) = match pass {
                Pass::Anyone => (None, None),
                Pass::Basic(pass) => (Some(pass), None),
                Pass::Bearer(mut pass) => {
                    let service = pass.service.as_mut().unwrap_or(registry);
                    asked = service.endpoint.to_string();
                    let token = match ask(service, &pass.bearer, Some(&scope), credentials, self.now()).await {
                        Ok(token) => token.bearer()?,
                        // Some services refuse a token for what may not be pulled, others give an empty one.
                        Err(Finding::CredentialsRejected | Finding::CredentialsRequired) => pass.token,
                        Err(other) => return Err(other),
                    };
                    let stranger = match credentials.is_some() && !pass.proved {
                        true => ask(service, &pass.bearer, Some(&scope), None, self.now()).await.ok(),
                        false => None,
                    };
                    (Some(token), stranger)
                }
            };
            asked.clone_from(&name);
            let answer = registry.get(&list, pass.as_ref()).await?;
            match answer.status() {
                StatusCode::OK => match stranger {
                    // What a stranger may read as well does not prove who we are.
                    Some(stranger) if self.may_list(registry, &list, &stranger).await => {
                        Ok(Finding::CredentialsNotProved)
                    }
                    _ if credentials.is_none() => Ok(Finding::AnonymousPullProved),
                    _ if inside == Finding::CredentialsNotAsked => Ok(Finding::CredentialsNotAsked),
                    _ => Ok(Finding::PullProved),
                },
                StatusCode::NOT_FOUND => Ok(match inside {
                    Finding::CredentialsAccepted => Finding::AcceptedWithoutRepository,
                    Finding::AnonymousAccess => Finding::AnonymousWithoutRepository,
                    other => other,
                }),
                // A project is no image repository: that its list is refused says little of its images.
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if !repository.contains('/') => Ok(inside),
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Finding::AccessDenied),
                status => Err(refusal(status, answer.headers(), self.now()).unwrap_or(Finding::NotARegistry)),
            }
        };
        let outcome = walk.hop(Hop::Pull, &name, Limit::ANSWER, going).await;
        walk.was_about(asked);
        outcome
    }

    async fn may_list(&self, registry: &mut Peer, list: &str, token: &Token) -> bool {
        let Ok(token) = token.bearer() else { return false };
        registry.get(list, Some(&token)).await.is_ok_and(|answer| answer.status() == StatusCode::OK)
    }

    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(u64::try_from(self.clock.now()).unwrap_or_default())
    }
}

/// What is known once the registry has let us in.
fn inside(target: &Target, pass: &Pass) -> Finding {
    match (pass, &target.credentials) {
        (_, None) => Finding::AnonymousAccess,
        (Pass::Anyone, Some(_)) => Finding::CredentialsNotAsked,
        (Pass::Basic(_), Some(_)) => Finding::CredentialsAccepted,
        (Pass::Bearer(pass), Some(_)) if pass.proved => Finding::CredentialsAccepted,
        (Pass::Bearer(_), Some(_)) => Finding::CredentialsNotProved,
    }
}

/// The path whose pull access can be proved, if any. On Docker Hub one component is a user, never an image.
fn provable(target: &Target) -> Option<&str> {
    let repository = target.repository.as_str();
    let is_user = target.way.url.is_docker_hub() && !repository.contains('/');
    (!repository.is_empty() && !is_user).then_some(repository)
}
