//! Whether images can be pulled: by the manifest of a test image or, without one, by what the repository says of itself.

use super::answer::{error, has_error, read};
use super::authorization::Authorization;
use super::challenge::{self, Challenge};
use super::check_run::{CheckRun, Limit};
use super::connection::Question;
use super::headers::is_web_page;
use super::pull_target::PullTarget;
use super::registry_probe::{Probe, not_verified};
use super::token::ask;
use domain::{Finding, Pull, Step, Unverified};
use http::{HeaderValue, Method, StatusCode};

/// The manifests that clients pull (OCI image specification, Docker image manifest version 2).
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// What was seen of the sample.
enum PullEvidence {
    /// It can be read.
    Readable,
    /// There is no such image.
    Absent,
    /// It may not be read; these are the ways to prove who one is.
    Denied(Vec<Challenge>),
    /// Nothing that says anything, for this reason.
    Nothing(Unverified, Option<Finding>),
}

impl Probe<'_> {
    /// Tries to read the sample, and answers its challenge if the door asked for nothing.
    pub async fn pull(&mut self, walk: &mut CheckRun, mut pass: Authorization) -> Result<Finding, Finding> {
        if self.sample.is_none() {
            return Ok(not_verified(self.access(&pass), Unverified::NoImageNamed));
        }
        let name = self.registry.endpoint.to_string();
        let mut seen = walk.step(Step::Pull, &name, Limit::ANSWER, self.look(&mut pass)).await?;
        if let (PullEvidence::Denied(challenges), Authorization::None) = (&seen, &pass)
            && !challenges.is_empty()
        {
            walk.take_again();
            pass = self.log_in(walk, challenges.clone(), false).await?;
            seen = walk.step(Step::Pull, &name, Limit::ANSWER, self.look(&mut pass)).await?;
            if let (PullEvidence::Denied(challenges), Authorization::Basic(_)) = (&seen, &pass)
                && !challenges.is_empty()
            {
                // Nobody else has looked at the credentials.
                return self.ended(walk, Finding::CredentialsRejected);
            }
        }
        let access = self.access(&pass);
        let is_test_image = self.sample.as_ref().is_some_and(PullTarget::is_test_image);
        match seen {
            PullEvidence::Readable => Ok(Finding::Connected(access, Pull::Verified)),
            PullEvidence::Absent if is_test_image => self.ended(walk, Finding::ImageNotFound),
            PullEvidence::Absent => Ok(not_verified(access, Unverified::NoImageAtPath)),
            PullEvidence::Denied(_) if is_test_image => self.ended(walk, Finding::PullDenied),
            PullEvidence::Denied(_) => Ok(not_verified(access, Unverified::Refused)),
            PullEvidence::Nothing(_, Some(finding)) if is_test_image => self.ended(walk, finding),
            PullEvidence::Nothing(reason, _) => Ok(not_verified(access, reason)),
        }
    }

    /// The last step has found this.
    fn ended(&self, walk: &mut CheckRun, finding: Finding) -> Result<Finding, Finding> {
        walk.has_failed(&finding);
        Err(finding)
    }

    /// Looks at the sample with a token that is for it, if tokens are what the registry takes.
    async fn look(&mut self, pass: &mut Authorization) -> Result<PullEvidence, Finding> {
        let Some(sample) = &self.sample else { return Ok(PullEvidence::Nothing(Unverified::NoImageNamed, None)) };
        let (scope, credentials, now) = (sample.scope(), self.target.credentials.as_ref(), self.client.now());
        let mut stranger = None;
        let authorization = match pass {
            Authorization::None => None,
            Authorization::Basic(pass) => Some(pass.clone()),
            Authorization::Bearer(pass) => {
                let service = pass.service.as_mut().unwrap_or(&mut self.registry);
                // A service may refuse a token for what may not be pulled, break off at a project, or be asked too much:
                // the token for nothing in particular is still there, and the registry has the last word.
                if let Ok(token) = ask(service, &pass.bearer, Some(&scope), credentials, now).await {
                    pass.token = token.bearer()?;
                }
                if credentials.is_some() && !pass.proved {
                    stranger = ask(service, &pass.bearer, Some(&scope), None, now).await.ok();
                }
                Some(pass.token.clone())
            }
        };
        let seen = self.read_sample(authorization.as_ref()).await?;
        // What a stranger may not read proves who we are.
        if let (PullEvidence::Readable, Some(stranger), Authorization::Bearer(pass)) = (&seen, stranger, pass)
            && !matches!(self.read_sample(Some(&stranger.bearer()?)).await, Ok(PullEvidence::Readable))
        {
            pass.proved = true;
        }
        Ok(seen)
    }

    async fn read_sample(&mut self, authorization: Option<&HeaderValue>) -> Result<PullEvidence, Finding> {
        let Some(sample) = &self.sample else { return Ok(PullEvidence::Nothing(Unverified::NoImageNamed, None)) };
        let (tags, manifest, firm) = (sample.tags(), sample.manifest(), sample.is_test_image());
        if firm {
            return Ok(self.read_manifest(&manifest, authorization).await);
        }
        let listed = match self.read_tags(&tags, authorization).await {
            PullEvidence::Nothing(reason, _) => PullEvidence::Nothing(reason, None),
            PullEvidence::Denied(challenges) if authorization.is_some() => PullEvidence::Denied(challenges),
            conclusive => return Ok(conclusive),
        };
        // Listing is not pulling: an account that may do the one may not always do the other.
        match self.read_manifest(&manifest, authorization).await {
            PullEvidence::Readable => Ok(PullEvidence::Readable),
            _ => Ok(listed),
        }
    }

    async fn read_tags(&mut self, path: &str, authorization: Option<&HeaderValue>) -> PullEvidence {
        let question = Question::json(path);
        let answer = match CheckRun::within(Limit::LIST, self.registry.ask_following(&question, authorization)).await {
            Ok(answer) => answer,
            Err(finding) => return PullEvidence::Nothing(why(&finding), Some(finding)),
        };
        match answer.status() {
            StatusCode::OK if is_web_page(answer.headers()) => nothing(None),
            // Whatever else it holds: the list is there, and its length does not matter.
            StatusCode::OK => PullEvidence::Readable,
            StatusCode::NOT_FOUND => PullEvidence::Absent,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                PullEvidence::Denied(challenge::parse(answer.headers()))
            }
            status => nothing(error(status, answer.headers(), self.client.now())),
        }
    }

    /// Asks for the head of a manifest, which registries do not count as a pull; only if that fails for the whole, which
    /// says why.
    async fn read_manifest(&mut self, path: &str, authorization: Option<&HeaderValue>) -> PullEvidence {
        let is_test_image = self.sample.as_ref().is_some_and(PullTarget::is_test_image);
        for method in [Method::HEAD, Method::GET] {
            let is_last = method == Method::GET;
            let question = Question { method, path, accept: MANIFESTS };
            let answer =
                match CheckRun::within(Limit::LIST, self.registry.ask_following(&question, authorization)).await {
                    Ok(answer) => answer,
                    Err(finding) if is_last => return nothing(Some(finding)),
                    Err(_) => continue,
                };
            let (head, body) = answer.into_parts();
            if head.status == StatusCode::OK {
                return if is_web_page(&head.headers) { nothing(None) } else { PullEvidence::Readable };
            }
            if !is_last {
                continue;
            }
            return match head.status {
                StatusCode::NOT_FOUND => {
                    let body = read(&self.registry, body).await.unwrap_or_default();
                    // The repository could be read, or this would be a refusal.
                    let is_known = !is_test_image && has_error(&body, "MANIFEST_UNKNOWN");
                    if is_known { PullEvidence::Readable } else { PullEvidence::Absent }
                }
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                    PullEvidence::Denied(challenge::parse(&head.headers))
                }
                // The name or the kind of the image is what the registry does not take: no client gets it.
                StatusCode::BAD_REQUEST | StatusCode::NOT_ACCEPTABLE | StatusCode::GONE if is_test_image => {
                    PullEvidence::Absent
                }
                status => nothing(error(status, &head.headers, self.client.now())),
            };
        }
        nothing(None)
    }
}

fn nothing(finding: Option<Finding>) -> PullEvidence {
    let reason = finding.as_ref().map_or(Unverified::Unusable, why);
    // A limit and an answer that means nothing do not speak against the image, and clients follow redirects.
    let says_nothing = matches!(reason, Unverified::RateLimited(_) | Unverified::Redirected);
    PullEvidence::Nothing(reason, finding.filter(|_| !says_nothing))
}

/// Why nothing was seen.
fn why(finding: &Finding) -> Unverified {
    match finding {
        Finding::TimedOut => Unverified::TooSlow,
        Finding::Redirected | Finding::RedirectedInside | Finding::RedirectedToHttps => Unverified::Redirected,
        Finding::ServerError | Finding::Unavailable(_) | Finding::ProxyFailed => Unverified::ServerError,
        Finding::RateLimited(seconds) => Unverified::RateLimited(*seconds),
        _ => Unverified::Unusable,
    }
}
