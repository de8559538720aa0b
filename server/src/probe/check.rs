//! The check: from an address to the proof that images can be pulled, and no further than it gets.
//!
//! It collects evidence: that this is a registry (here), that the credentials are accepted ([`super::log_in`]), and that
//! images can be pulled ([`super::pull`]). Only what speaks against the registry is a failure.

use super::answer::{ApiResponse, is_of_a_registry, welcome};
use super::check_run::{CheckRun, Limit};
use super::connection::Question;
use super::endpoint::Endpoint;
use super::log_in::Authorization;
use super::peer::{self, Peer};
use super::pull::PullTarget;
use super::tls::{Tls, authorities_of_the_machine};
use super::{AddressPolicy, Proxies, Resolve};
use crate::clock::Clock;
use domain::{
    Access, CheckReport, ConnectionSettings, Credentials, Finding, Pull, Repository, Step, TestImage, Unverified,
};
use http::{HeaderValue, StatusCode};
use rustls::RootCertStore;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What is checked.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where the registry answers, and whom to trust on the way.
    pub settings: ConnectionSettings,
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
    proxies: Arc<Proxies>,
    clock: Arc<dyn Clock>,
    authorities: RootCertStore,
}

/// A path that no registry has: one answers with an error of its own.
const NOWHERE: &str = "/v2/_portolan/manifests/none";

impl Client {
    /// A client that dials what the policy allows.
    pub fn new(resolver: Arc<dyn Resolve>, policy: AddressPolicy, clock: Arc<dyn Clock>) -> Self {
        Self { resolver, policy, proxies: Arc::default(), clock, authorities: authorities_of_the_machine() }
    }

    /// The same through these proxies.
    pub fn through(self, proxies: Arc<Proxies>) -> Self {
        Self { proxies, ..self }
    }

    /// Checks a registry. It never fails and never takes longer than 15 seconds: whatever happens is a finding.
    pub async fn check(&self, target: &Target) -> CheckReport {
        let mut walk = CheckRun::begin();
        let finding = match Probe::begin(self, target, &mut walk).await {
            Ok(mut visit) => match visit.steps(&mut walk).await {
                Ok(finding) | Err(finding) => finding,
            },
            Err(finding) => finding,
        };
        walk.end(finding)
    }

    pub(super) async fn reach(
        &self,
        walk: &mut CheckRun,
        endpoint: Endpoint,
        tls: &Tls,
        public_only: bool,
    ) -> Result<Peer, Finding> {
        let out = peer::Egress { resolver: &*self.resolver, policy: &self.policy, proxies: &self.proxies, public_only };
        Peer::reach(walk, &out, endpoint, tls).await
    }

    pub(super) fn tls(&self, trust: &domain::TrustPolicy) -> Result<Tls, Finding> {
        Tls::new(&self.authorities, trust)
    }

    pub(super) fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(u64::try_from(self.clock.now()).unwrap_or_default())
    }
}

/// A registry that has been reached, and what it is asked about.
pub(super) struct Probe<'a> {
    pub client: &'a Client,
    pub target: &'a Target,
    pub tls: Tls,
    pub registry: Peer,
    /// What pull access is tried on; none if the settings name nothing.
    pub sample: Option<PullTarget>,
}

impl<'a> Probe<'a> {
    async fn begin(client: &'a Client, target: &'a Target, walk: &mut CheckRun) -> Result<Self, Finding> {
        let tls = client.tls(&target.settings.trust)?;
        let registry = client.reach(walk, Endpoint::of_api(&target.settings.url), &tls, false).await?;
        Ok(Self { client, target, tls, registry, sample: PullTarget::of(target) })
    }

    async fn steps(&mut self, walk: &mut CheckRun) -> Result<Finding, Finding> {
        let name = self.registry.endpoint.to_string();
        let asked = self.first_answer();
        match walk.step(Step::Api, &name, Limit::ANSWER, asked).await? {
            ApiResponse::Challenge(challenges) => match self.log_in(walk, challenges, true).await {
                Ok(pass) => self.pull(walk, pass).await,
                // The door is closed to strangers; what is behind it may still be open to all.
                Err(Finding::CredentialsRequired) if self.sample.is_some() && self.target.credentials.is_none() => {
                    match self.pull(walk, Authorization::None).await {
                        Ok(found @ Finding::Connected(_, Pull::Verified)) => Ok(found),
                        _ => Err(Finding::CredentialsRequired),
                    }
                }
                // Nothing was asked that this service would answer.
                Err(Finding::Connected(_, pull)) => Ok(Finding::Connected(self.access(&Authorization::None), pull)),
                Err(finding) => Err(finding),
            },
            ApiResponse::Open | ApiResponse::Unclear(_) => self.pull(walk, Authorization::None).await,
        }
    }

    /// What `/v2/` says or, if that is nothing in particular, whether anything else speaks for a registry.
    async fn first_answer(&mut self) -> Result<ApiResponse, Finding> {
        let welcome = self.enter(None).await?;
        let ApiResponse::Unclear(status) = welcome else { return Ok(welcome) };
        // Images can be served from plain files, with nothing at `/v2/`.
        let (tags, image) =
            (self.sample.as_ref().map(PullTarget::tags), self.sample.as_ref().and_then(PullTarget::image));
        for path in tags.iter().chain(&image).map(String::as_str).chain([NOWHERE]) {
            let Ok(answer) = self.registry.ask(&Question::json(path), None).await else { continue };
            let is_refused = status == StatusCode::FORBIDDEN && answer.status() == StatusCode::FORBIDDEN;
            // A registry that refuses everything is one, and nobody pulls from it.
            if is_of_a_registry(&self.registry, answer).await && !is_refused {
                return Ok(ApiResponse::Open);
            }
        }
        Err(if status == StatusCode::FORBIDDEN { Finding::AccessDenied } else { Finding::NotARegistry })
    }

    /// Asks `/v2/`.
    pub async fn enter(&mut self, pass: Option<&HeaderValue>) -> Result<ApiResponse, Finding> {
        let response = self.registry.ask_following(&Question::json("/v2/"), pass).await?;
        welcome(&self.registry, response, pass.is_some(), self.client.now()).await
    }

    /// What is known of the credentials once the registry has let us in.
    pub fn access(&self, pass: &Authorization) -> Access {
        match (pass, &self.target.credentials) {
            (_, None) => Access::Anonymous,
            (Authorization::None, Some(_)) => Access::NotAsked,
            (Authorization::Basic(_), Some(_)) => Access::Accepted,
            (Authorization::Bearer(pass), Some(_)) if pass.proved => Access::Accepted,
            (Authorization::Bearer(_), Some(_)) => Access::NotVerified,
        }
    }
}

/// A registry that works, of whose images nothing is known for this reason.
pub(super) fn not_verified(access: Access, reason: Unverified) -> Finding {
    Finding::Connected(access, Pull::NotVerified(reason))
}
