//! The registry that a check is about, once it has been reached.

use super::answer::{ApiResponse, welcome};
use super::authorization::Authorization;
use super::check_run::CheckRun;
use super::client::Client;
use super::connection::Question;
use super::endpoint::Endpoint;
use super::peer::Peer;
use super::pull_target::PullTarget;
use super::target::Target;
use super::tls::Tls;
use domain::{Access, Finding, Pull, Unverified};
use http::HeaderValue;

/// A registry that has been reached, and what it is asked about.
pub struct Probe<'a> {
    pub client: &'a Client,
    pub target: &'a Target,
    pub tls: Tls,
    pub registry: Peer,
    /// What pull access is tried on; none if the settings name nothing.
    pub sample: Option<PullTarget>,
}

impl<'a> Probe<'a> {
    /// Reaches the registry.
    pub async fn begin(client: &'a Client, target: &'a Target, walk: &mut CheckRun) -> Result<Self, Finding> {
        let tls = client.tls(&target.settings.trust)?;
        let registry = client.reach(walk, Endpoint::of_api(&target.settings.url), &tls, false).await?;
        Ok(Self { client, target, tls, registry, sample: PullTarget::of(target) })
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
pub fn not_verified(access: Access, reason: Unverified) -> Finding {
    Finding::Connected(access, Pull::NotVerified(reason))
}
