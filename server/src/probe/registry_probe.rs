//! The registry under check, once it is connected.

use super::answer::{ApiResponse, classify};
use super::authorization::Authorization;
use super::check_run::CheckRun;
use super::client::Client;
use super::connection::ProbeRequest;
use super::endpoint::Endpoint;
use super::peer::Peer;
use super::pull_target::PullTarget;
use super::target::Target;
use super::tls::Tls;
use domain::{Access, Finding, Pull, Unverified};
use http::HeaderValue;

/// A connected registry, and what to check there.
pub struct Probe<'a> {
    pub client: &'a Client,
    pub target: &'a Target,
    pub tls: Tls,
    pub registry: Peer,
    /// What pull access is tested on; `None` if the settings name neither image nor repository.
    pub sample: Option<PullTarget>,
}

impl<'a> Probe<'a> {
    /// Connects to the registry.
    pub async fn begin(client: &'a Client, target: &'a Target, run: &mut CheckRun) -> Result<Self, Finding> {
        let tls = client.tls(&target.settings.trust)?;
        let registry = client.reach(run, Endpoint::of_api(&target.settings.url), &tls, false).await?;
        Ok(Self { client, target, tls, registry, sample: PullTarget::of(target) })
    }

    /// Requests `/v2/`.
    pub async fn probe_api(&mut self, auth: Option<&HeaderValue>) -> Result<ApiResponse, Finding> {
        let response = self.registry.send_following(&ProbeRequest::json("/v2/"), auth).await?;
        classify(&self.registry, response, auth.is_some(), self.client.now()).await
    }

    /// What is known about the credentials after the registry accepted a request.
    pub fn access(&self, auth: &Authorization) -> Access {
        match (auth, &self.target.credentials) {
            (_, None) => Access::Anonymous,
            (Authorization::None, Some(_)) => Access::NotAsked,
            (Authorization::Basic(_), Some(_)) => Access::Accepted,
            (Authorization::Bearer(auth), Some(_)) if auth.credentials_verified => Access::Accepted,
            (Authorization::Bearer(_), Some(_)) => Access::NotVerified,
        }
    }
}

/// The registry works, but pull access could not be verified for this reason.
pub fn not_verified(access: Access, reason: Unverified) -> Finding {
    Finding::Connected(access, Pull::NotVerified(reason))
}
