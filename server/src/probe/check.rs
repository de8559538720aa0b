//! The check, from resolving the host to verifying that images can be pulled.
//!
//! It collects evidence: that this is a registry (here), that the credentials are accepted ([`super::log_in`]), and
//! that images can be pulled ([`super::pull`]). Missing evidence is not a failure; evidence to the contrary is.

use super::answer::{ApiResponse, is_from_registry};
use super::authorization::Authorization;
use super::check_run::{CheckRun, StepTimeout};
use super::client::Client;
use super::connection::ProbeRequest;
use super::pull_target::PullTarget;
use super::registry_probe::Probe;
use super::target::Target;
use crate::entropy::SystemEntropy;
use crate::trace::{self, TraceId};
use domain::{CheckReport, Finding, Phase, Pull, Step};
use http::StatusCode;
use std::time::Instant;
use tracing::Instrument;

/// A path that does not exist in any registry. A registry answers it with an error of the specification.
const MISSING_MANIFEST: &str = "/v2/_portolan/manifests/none";

impl Client {
    /// Checks a registry. Always returns a report, within 15 seconds: errors are findings.
    ///
    /// A check is a trace of its own. Registries belong to others: they see that their requests belong together, and
    /// nothing of the request or the proxy that a check was asked for by.
    pub async fn check(&self, target: &Target) -> CheckReport {
        let id = TraceId::new(&SystemEntropy);
        let span = tracing::info_span!("check", trace = %id);
        let check = Box::pin(async {
            let begun = Instant::now();
            let report = self.check_steps(target).await;
            self.metrics.check(outcome(&report.finding), begun.elapsed());
            tracing::debug!(finding = ?report.finding, "checked");
            report
        });
        trace::within(id, check).instrument(span).await
    }

    async fn check_steps(&self, target: &Target) -> CheckReport {
        let mut run = CheckRun::begin();
        let finding = match Probe::begin(self, target, &mut run).await {
            Ok(mut probe) => match probe.steps(&mut run).await {
                Ok(finding) | Err(finding) => finding,
            },
            Err(finding) => finding,
        };
        run.end(finding)
    }
}

/// What figures say about a check.
fn outcome(finding: &Finding) -> &'static str {
    match finding.phase() {
        Some(Phase::Connected) => "connected",
        Some(_) => "failed",
        None => "undecided",
    }
}

impl Probe<'_> {
    async fn steps(&mut self, run: &mut CheckRun) -> Result<Finding, Finding> {
        let name = self.registry.endpoint.to_string();
        let asked = self.first_answer();
        match run.step(Step::Api, &name, StepTimeout::RESPONSE, asked).await? {
            ApiResponse::Challenge(challenges) => match self.log_in(run, challenges, true).await {
                Ok(auth) => self.pull(run, auth).await,
                // `/v2/` requires credentials, but images may still be public.
                Err(Finding::CredentialsRequired) if self.sample.is_some() && self.target.credentials.is_none() => {
                    match self.pull(run, Authorization::None).await {
                        Ok(found @ Finding::Connected(_, Pull::Verified)) => Ok(found),
                        _ => Err(Finding::CredentialsRequired),
                    }
                }
                // The token service cannot issue a token without a scope.
                Err(Finding::Connected(_, pull)) => Ok(Finding::Connected(self.access(&Authorization::None), pull)),
                Err(finding) => Err(finding),
            },
            ApiResponse::Open | ApiResponse::Unclear(_) => self.pull(run, Authorization::None).await,
        }
    }

    /// The response of `/v2/` or, if it is inconclusive, whether other paths answer like a registry.
    async fn first_answer(&mut self) -> Result<ApiResponse, Finding> {
        let response = self.probe_api(None).await?;
        let ApiResponse::Unclear(status) = response else { return Ok(response) };
        // Images can be served from static files, with nothing at `/v2/`.
        let (tags, image) =
            (self.sample.as_ref().map(PullTarget::tags), self.sample.as_ref().and_then(PullTarget::image));
        for path in tags.iter().chain(&image).map(String::as_str).chain([MISSING_MANIFEST]) {
            let Ok(answer) = self.registry.send(&ProbeRequest::json(path), None).await else { continue };
            let is_refused = status == StatusCode::FORBIDDEN && answer.status() == StatusCode::FORBIDDEN;
            // A server that answers 403 to everything is a registry that nobody can pull from.
            if is_from_registry(&self.registry, answer).await && !is_refused {
                return Ok(ApiResponse::Open);
            }
        }
        Err(if status == StatusCode::FORBIDDEN { Finding::AccessDenied } else { Finding::NotARegistry })
    }
}
