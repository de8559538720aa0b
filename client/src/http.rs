//! One request to whichever address of the console answers.

mod attempt_error;
mod request;
mod response;

pub use request::Request;
pub use response::Response;
pub use ureq::http::Method;

use crate::config::{Config, ConfigError};
use crate::error::{Error, Failure, FailureKind};
use crate::plain_text::plain;
use crate::proxy::{ProxyError, proxy_to};
use crate::server_address::ServerAddress;
use crate::tls;
use api::problem::{FieldProblem, Problem};
use attempt_error::AttemptError;
use domain::Secret;
use std::time::{Duration, Instant};
use ureq::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use ureq::http::{HeaderMap, StatusCode, Uri};
use ureq::{Agent, Proxy};
use zeroize::Zeroizing;

const USER_AGENT: &str = concat!("portolan/", env!("CARGO_PKG_VERSION"));

/// How often each address is tried, if it cannot be reached.
const ATTEMPTS: usize = 2;

/// How long one try may take.
#[derive(Clone, Copy)]
struct TimeShare {
    /// Until there is a connection: an address that does not connect is tried again.
    connect: Duration,
    /// Until the whole answer is there.
    answer: Duration,
}

/// Connections to the addresses of one console.
pub struct Http {
    agent: Agent,
    servers: Vec<(ServerAddress, Option<Proxy>)>,
    token: Secret,
}

impl Http {
    /// Prepares connections. Opens none.
    ///
    /// # Errors
    /// [`Error::Config`] if a CA certificate cannot be read, or the proxy of the environment cannot be used.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let mut agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(USER_AGENT);
        if !config.servers.iter().all(ServerAddress::is_http) {
            let tls = tls::config(config.authorities.as_ref());
            agent = agent.tls_config(tls.map_err(|error| ConfigError::Ca("of ca_file".into(), error))?);
        }
        let proxied = |server: &ServerAddress| Ok((server.clone(), proxy_to(server, &config.proxies)?));
        let servers: Result<_, ProxyError> = config.servers.iter().map(proxied).collect();
        let servers = servers.map_err(ConfigError::Proxy)?;
        Ok(Self { agent: agent.build().into(), servers, token: config.token.clone() })
    }

    /// Sends a request to the first address that can be reached. Addresses that cannot be are tried twice, one after the
    /// other, within the time limit of the request for all of it.
    ///
    /// A request that changes something is repeated only if it did not leave this machine, or if the server would
    /// recognise it.
    ///
    /// # Errors
    /// [`Error::Problem`] if the server refuses; [`Error::NoAnswer`] if there is no answer of Portolan.
    pub fn send(&self, request: &Request) -> Result<Response, Error> {
        let begun = Instant::now();
        let mut failures: Vec<Failure> = Vec::new();
        let attempts = ATTEMPTS * self.servers.len();
        for (tried, (server, proxy)) in self.servers.iter().cycle().take(attempts).enumerate() {
            // Another try would meet the same certificate.
            if failures.iter().any(|failure| failure.server == *server && failure.kind == FailureKind::NotPortolan) {
                continue;
            }
            let left = request.time_limit.saturating_sub(begun.elapsed());
            if left.is_zero() {
                break;
            }
            let share = TimeShare {
                connect: left / (attempts - tried) as u32,
                // Only what may be repeated has to leave time for the other addresses.
                answer: match request.is_repeatable() {
                    true => left / (self.servers.len() - tried % self.servers.len()) as u32,
                    false => left,
                },
            };
            let failed = match self.send_to((server, proxy.as_ref()), request, share) {
                Ok(answer) => return answer,
                Err(failed) => failed,
            };
            failures.retain(|failure| failure.server != *server);
            failures.push(Failure { server: server.clone(), kind: failed.kind, reason: failed.reason });
            if failed.was_sent && !request.is_repeatable() {
                break;
            }
        }
        Err(Error::NoAnswer(failures))
    }

    /// Sends a request, and reads the answer as JSON.
    ///
    /// # Errors
    /// As [`Http::send`]; [`Error::Unexpected`] for other JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        self.send(request)?.json()
    }

    fn send_to(
        &self,
        (server, proxy): (&ServerAddress, Option<&Proxy>),
        request: &Request,
        share: TimeShare,
    ) -> Result<Result<Response, Error>, AttemptError> {
        let sent = self.exchange((server, proxy), request, share);
        let response = sent.map_err(|error| AttemptError::from(error).through(proxy))?;
        let (head, mut body) = response.into_parts();
        let status = head.status;
        let media_type = media_type(&head.headers);
        let has_none = matches!(status, StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT | StatusCode::ACCEPTED);
        let is_empty = has_none || status.is_success() && body.content_length() == Some(0);
        if status.is_redirection() && !has_none {
            let to = head.headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
            return Err(AttemptError::not_portolan(format!(
                "it redirects to {}; configure that address",
                origin_of(to)
            )));
        }
        let is_problem = media_type == api::PROBLEM_MEDIA_TYPE;
        // A reverse proxy says so about the server behind it.
        if matches!(status.as_u16(), 502..=504) && (request.is_repeatable() || !is_problem) {
            return Err(AttemptError::unreachable(format!("it is not available ({status})"), true));
        }
        let is_result = status.is_success() && media_type == "application/json";
        if !(is_empty || is_problem || is_result) {
            let what = if media_type.is_empty() { "something without a type" } else { &media_type };
            let reason = format!("it answers {what} ({status}), not JSON. Is this the address of Portolan?");
            return Err(AttemptError::not_portolan(reason));
        }
        let body = body.with_config().limit(request.max_bytes).read_to_vec();
        // Whatever breaks the connection now, the server has received the request.
        let body = body.map_err(|error| AttemptError { was_sent: true, ..AttemptError::from(error) })?;
        let body = Zeroizing::new(body);
        if status.is_client_error() || status.is_server_error() {
            return match serde_json::from_slice::<Problem>(&body) {
                Ok(problem) => Ok(Err(Error::Problem(Box::new(self.printable(problem))))),
                Err(_) => Err(AttemptError::not_portolan(format!("it answers {status}, and does not say why"))),
            };
        }
        Ok(Ok(Response::new(server.clone(), status, head.headers, body)))
    }

    /// The problem as it may be shown: a server that is not what it seems to be must not move the cursor of a terminal, or
    /// have the token printed.
    fn printable(&self, problem: Problem) -> Problem {
        let text = |text: String| plain(&text).replace(self.token.expose(), "(the token)");
        let field = |field: FieldProblem| FieldProblem { pointer: text(field.pointer), detail: text(field.detail) };
        Problem {
            kind: problem.kind,
            title: text(problem.title),
            detail: text(problem.detail),
            errors: problem.errors.into_iter().map(field).collect(),
            reference: problem.reference.map(text),
            ..problem
        }
    }

    fn exchange(
        &self,
        (server, proxy): (&ServerAddress, Option<&Proxy>),
        request: &Request,
        share: TimeShare,
    ) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
        let mut head = ureq::http::Request::builder()
            .method(request.method.clone())
            .uri(format!("{server}/api/v1/{}", request.target));
        for (name, value) in &request.headers {
            head = head.header(*name, value);
        }
        head = head.header(ACCEPT, "application/json, application/problem+json");
        let mut token = HeaderValue::try_from(&*Zeroizing::new(format!("Bearer {}", self.token.expose())))
            .map_err(|error| ureq::Error::Http(error.into()))?;
        token.set_sensitive(true);
        head = head.header(AUTHORIZATION, token);
        match &request.body {
            Some(body) => self.run(proxy, head.body(body.as_slice())?, share),
            None => self.run(proxy, head.body(())?, share),
        }
    }

    fn run(
        &self,
        proxy: Option<&Proxy>,
        request: ureq::http::Request<impl ureq::AsSendBody>,
        TimeShare { connect, answer }: TimeShare,
    ) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
        let config = self
            .agent
            .configure_request(request)
            .timeout_resolve(Some(connect))
            .timeout_connect(Some(connect))
            .timeout_global(Some(answer))
            .proxy(proxy.cloned());
        self.agent.run(config.build())
    }
}

/// The token is not shown.
impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http").field("servers", &self.servers).finish_non_exhaustive()
    }
}

/// The type of a body, without its parameters.
fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Where a redirect leads, without a username, and without a path that may say more than it should.
fn origin_of(location: &str) -> String {
    match location.parse::<Uri>().ok().and_then(|uri| Some((uri.scheme_str()?.to_owned(), uri.authority()?.clone()))) {
        Some((scheme, authority)) => {
            let host = authority.as_str().rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}")
        }
        None => "another path".to_owned(),
    }
}
