//! Verifies pull access: with the manifest of a test image or, without one, with the repository's tags.

use super::answer::{error, has_error, read};
use super::authorization::Authorization;
use super::challenge::{self, Challenge};
use super::check_run::{CheckRun, StepTimeout};
use super::connection::ProbeRequest;
use super::headers::is_web_page;
use super::pull_target::PullTarget;
use super::registry_probe::{Probe, not_verified};
use super::token::request_token;
use domain::{Finding, Pull, Step, Unverified};
use http::{HeaderValue, Method, StatusCode};

/// The manifest types that clients pull (OCI image specification, Docker image manifest version 2).
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// What a request for the sample has shown.
enum PullEvidence {
    Readable,
    /// The image or repository does not exist.
    Absent,
    /// Access was denied; the registry accepts these challenges.
    Denied(Vec<Challenge>),
    /// The result is inconclusive for this reason. The finding, if any, counts as a failure of a test image.
    Inconclusive(Unverified, Option<Finding>),
}

impl Probe<'_> {
    /// Tries to read the sample. If `/v2/` needed no credentials, answers the challenge of the sample instead.
    pub async fn pull(&mut self, run: &mut CheckRun, mut auth: Authorization) -> Result<Finding, Finding> {
        if self.sample.is_none() {
            return Ok(not_verified(self.access(&auth), Unverified::NoImageNamed));
        }
        let name = self.registry.endpoint.to_string();
        let mut seen = run.step(Step::Pull, &name, StepTimeout::RESPONSE, self.try_pull(&mut auth)).await?;
        if let (PullEvidence::Denied(challenges), Authorization::None) = (&seen, &auth)
            && !challenges.is_empty()
        {
            run.discard_step();
            auth = self.log_in(run, challenges.clone(), false).await?;
            seen = run.step(Step::Pull, &name, StepTimeout::RESPONSE, self.try_pull(&mut auth)).await?;
            if let (PullEvidence::Denied(challenges), Authorization::Basic(_)) = (&seen, &auth)
                && !challenges.is_empty()
            {
                // This is the first request that the credentials were used for.
                return fail(run, Finding::CredentialsRejected);
            }
        }
        let access = self.access(&auth);
        let is_test_image = self.sample.as_ref().is_some_and(PullTarget::is_test_image);
        match seen {
            PullEvidence::Readable => Ok(Finding::Connected(access, Pull::Verified)),
            PullEvidence::Absent if is_test_image => fail(run, Finding::ImageNotFound),
            PullEvidence::Absent => Ok(not_verified(access, Unverified::NoImageAtPath)),
            PullEvidence::Denied(_) if is_test_image => fail(run, Finding::PullDenied),
            PullEvidence::Denied(_) => Ok(not_verified(access, Unverified::Refused)),
            PullEvidence::Inconclusive(_, Some(finding)) if is_test_image => fail(run, finding),
            PullEvidence::Inconclusive(reason, _) => Ok(not_verified(access, reason)),
        }
    }

    /// Reads the sample, with a token for it if the registry uses tokens.
    async fn try_pull(&mut self, auth: &mut Authorization) -> Result<PullEvidence, Finding> {
        let Some(sample) = &self.sample else { return Ok(PullEvidence::Inconclusive(Unverified::NoImageNamed, None)) };
        let (scope, credentials, now) = (sample.scope(), self.target.credentials.as_ref(), self.client.now());
        let mut anonymous = None;
        let authorization = match auth {
            Authorization::None => None,
            Authorization::Basic(auth) => Some(auth.clone()),
            Authorization::Bearer(auth) => {
                let service = auth.service.as_mut().unwrap_or(&mut self.registry);
                // The service may refuse a token for something that may not be pulled, drop the connection or
                // rate-limit. The token without a scope still works, and the registry decides.
                if let Ok(token) = request_token(service, &auth.bearer, Some(&scope), credentials, now).await {
                    auth.token = token.bearer()?;
                }
                if credentials.is_some() && !auth.credentials_verified {
                    anonymous = request_token(service, &auth.bearer, Some(&scope), None, now).await.ok();
                }
                Some(auth.token.clone())
            }
        };
        let seen = self.read_sample(authorization.as_ref()).await?;
        // If an anonymous token cannot read the sample but ours can, the credentials are valid.
        if let (PullEvidence::Readable, Some(anonymous), Authorization::Bearer(auth)) = (&seen, anonymous, auth)
            && matches!(
                self.read_sample(Some(&anonymous.bearer()?)).await,
                Ok(PullEvidence::Denied(_) | PullEvidence::Absent)
            )
        {
            auth.credentials_verified = true;
        }
        Ok(seen)
    }

    async fn read_sample(&mut self, authorization: Option<&HeaderValue>) -> Result<PullEvidence, Finding> {
        let Some(sample) = &self.sample else { return Ok(PullEvidence::Inconclusive(Unverified::NoImageNamed, None)) };
        let (tags, manifest, is_test_image) = (sample.tags(), sample.manifest(), sample.is_test_image());
        if is_test_image {
            return Ok(self.read_manifest(&manifest, authorization).await);
        }
        let listed = match self.read_tags(&tags, authorization).await {
            PullEvidence::Inconclusive(reason, _) => PullEvidence::Inconclusive(reason, None),
            PullEvidence::Denied(challenges) if authorization.is_some() => PullEvidence::Denied(challenges),
            conclusive => return Ok(conclusive),
        };
        // Listing tags and pulling are separate permissions: an account may have only one of them.
        match self.read_manifest(&manifest, authorization).await {
            PullEvidence::Readable => Ok(PullEvidence::Readable),
            _ => Ok(listed),
        }
    }

    async fn read_tags(&mut self, path: &str, authorization: Option<&HeaderValue>) -> PullEvidence {
        let request = ProbeRequest::json(path);
        let answer =
            match CheckRun::within(StepTimeout::LIST, self.registry.send_following(&request, authorization)).await {
                Ok(answer) => answer,
                Err(finding) => return PullEvidence::Inconclusive(unverified_because(&finding), Some(finding)),
            };
        match answer.status() {
            StatusCode::OK if is_web_page(answer.headers()) => inconclusive(None),
            // The status is enough: the size and content of the list do not matter.
            StatusCode::OK => PullEvidence::Readable,
            StatusCode::NOT_FOUND => PullEvidence::Absent,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                PullEvidence::Denied(challenge::parse(answer.headers()))
            }
            status => inconclusive(error(status, answer.headers(), self.client.now())),
        }
    }

    /// Requests a manifest with HEAD, which registries do not count as a pull, and with GET only if that fails, because
    /// the body says why.
    async fn read_manifest(&mut self, path: &str, authorization: Option<&HeaderValue>) -> PullEvidence {
        let is_test_image = self.sample.as_ref().is_some_and(PullTarget::is_test_image);
        for method in [Method::HEAD, Method::GET] {
            let is_last = method == Method::GET;
            let request = ProbeRequest { method, path, accept: MANIFESTS };
            let answer = match CheckRun::within(
                StepTimeout::LIST,
                self.registry.send_following(&request, authorization),
            )
            .await
            {
                Ok(answer) => answer,
                Err(finding) if is_last => return inconclusive(Some(finding)),
                Err(_) => continue,
            };
            let (head, body) = answer.into_parts();
            if head.status == StatusCode::OK {
                return if is_web_page(&head.headers) { inconclusive(None) } else { PullEvidence::Readable };
            }
            if !is_last {
                continue;
            }
            return match head.status {
                StatusCode::NOT_FOUND => {
                    let body = read(&self.registry, body).await.unwrap_or_default();
                    // The repository is readable, or the registry would have denied access.
                    let is_known = !is_test_image && has_error(&body, "MANIFEST_UNKNOWN");
                    if is_known { PullEvidence::Readable } else { PullEvidence::Absent }
                }
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                    PullEvidence::Denied(challenge::parse(&head.headers))
                }
                // The registry rejects the name or the type of the image: no client can pull it.
                StatusCode::BAD_REQUEST | StatusCode::NOT_ACCEPTABLE | StatusCode::GONE if is_test_image => {
                    PullEvidence::Absent
                }
                status => inconclusive(error(status, &head.headers, self.client.now())),
            };
        }
        inconclusive(None)
    }
}

/// Ends the check with a failure of the last step.
fn fail(run: &mut CheckRun, finding: Finding) -> Result<Finding, Finding> {
    run.fail_step(&finding);
    Err(finding)
}

fn inconclusive(finding: Option<Finding>) -> PullEvidence {
    let reason = finding.as_ref().map_or(Unverified::Unusable, unverified_because);
    // Rate limits and unusable responses are no evidence against the image, and clients follow redirects.
    let is_no_evidence = matches!(reason, Unverified::RateLimited(_) | Unverified::Redirected);
    PullEvidence::Inconclusive(reason, finding.filter(|_| !is_no_evidence))
}

/// Why the result is inconclusive.
fn unverified_because(finding: &Finding) -> Unverified {
    match finding {
        Finding::TimedOut => Unverified::TooSlow,
        Finding::Redirected | Finding::RedirectedInside | Finding::RedirectedToHttps => Unverified::Redirected,
        Finding::ServerError | Finding::Unavailable(_) | Finding::ProxyFailed => Unverified::ServerError,
        Finding::RateLimited(seconds) => Unverified::RateLimited(*seconds),
        _ => Unverified::Unusable,
    }
}
