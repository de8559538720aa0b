//! The check: from an address to the proof that images can be pulled, and no further than it gets.
//!
//! It collects evidence: that this is a registry (here), that the credentials are accepted ([`super::log_in`]), and that
//! images can be pulled ([`super::pull`]). Only what speaks against the registry is a failure.

use super::answer::{ApiResponse, is_of_a_registry};
use super::authorization::Authorization;
use super::check_run::{CheckRun, Limit};
use super::client::Client;
use super::connection::Question;
use super::pull_target::PullTarget;
use super::registry_probe::Probe;
use super::target::Target;
use domain::{CheckReport, Finding, Pull, Step};
use http::StatusCode;

/// A path that no registry has: one answers with an error of its own.
const NOWHERE: &str = "/v2/_portolan/manifests/none";

impl Client {
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
}

impl Probe<'_> {
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
}
