//! A host that a check talks to: the registry or its token service.

use super::address::is_private;
use super::check_run::{CheckRun, StepTimeout};
use super::connection::{HttpConnection, ProbeRequest, RequestError, dial};
use super::endpoint::Endpoint;
use super::headers::is_proxy_error;
use super::proxy::Proxy;
use super::tls::Tls;
use super::{AddressPolicy, Proxies, Resolve, ResolveError};
use domain::{AddressRule, Finding, Host, Scheme, Step};
use http::header::LOCATION;
use http::{HeaderValue, Response, StatusCode, Uri};
use hyper::body::Incoming;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long to wait before the next address is tried in parallel (RFC 8305 5, "Connection Attempt Delay").
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

const NAME_TIMEOUT: Duration = Duration::from_secs(5);

/// What outgoing connections depend on.
pub struct Egress<'a> {
    pub resolver: &'a dyn Resolve,
    pub policy: &'a AddressPolicy,
    pub proxies: &'a Proxies,
    /// Set for a host that a public registry names and that no editor has confirmed.
    pub public_only: bool,
}

/// Where connections go, including reconnects: an address that passed the policy, or the operator's proxy.
enum Route {
    Direct(SocketAddr),
    Through(SocketAddr, Proxy),
}

/// A reachable host. All requests go to the address that passed the policy.
pub struct Peer {
    pub endpoint: Endpoint,
    route: Route,
    tls: Option<Tls>,
    connection: HttpConnection,
    /// Whether a request timed out. The connection still waits for its response, so it cannot be reused.
    given_up: bool,
}

impl Peer {
    /// Resolves the host, connects and negotiates TLS; each is a step of the check.
    pub async fn reach(run: &mut CheckRun, out: &Egress<'_>, endpoint: Endpoint, tls: &Tls) -> Result<Self, Finding> {
        let name = endpoint.to_string();
        let (stream, route) = match out.proxies.to(&endpoint) {
            None => {
                let found = addresses(run, out, &endpoint).await?;
                let allowed = async { filter_denied(out.policy, found, out.public_only) };
                let addresses = run.step(Step::Address, &name, StepTimeout::CONNECT, allowed).await?;
                let dialing = dial_any(Some(out.policy), &addresses, endpoint.port);
                let (stream, address) = run.step(Step::Tcp, &name, StepTimeout::CONNECT, dialing).await?;
                (stream, Route::Direct(address))
            }
            Some(proxy) => {
                if let Host::V4(_) | Host::V6(_) = endpoint.host {
                    let found = addresses(run, out, &endpoint).await?;
                    let allowed = async { filter_denied(out.policy, found, out.public_only) };
                    run.step(Step::Address, &name, StepTimeout::CONNECT, allowed).await?;
                }
                let proxy_name = proxy.endpoint.to_string();
                let work = async {
                    let unreachable = |_| Finding::ProxyUnreachable;
                    let found = look_up(out.resolver, &proxy.endpoint.host).await.map_err(unreachable)?;
                    let dialing = dial_any(None, &found, proxy.endpoint.port);
                    let (stream, address) = dialing.await.map_err(unreachable)?;
                    Ok((proxy.tunnel(stream, &endpoint).await?, address))
                };
                let (stream, address) = run.step(Step::Proxy, &proxy_name, StepTimeout::RESPONSE, work).await?;
                (stream, Route::Through(address, proxy))
            }
        };
        let tls = (endpoint.scheme == Scheme::Https).then(|| tls.clone());
        let opening = HttpConnection::open(stream, &endpoint, tls.clone());
        let connection = match &tls {
            Some(_) => run.step(Step::Tls, &name, StepTimeout::CONNECT, opening).await?,
            None => opening.await?,
        };
        Ok(Self { endpoint, route, tls, connection, given_up: false })
    }

    /// Whether the host has a private address. Behind a proxy this is only known if the URL contains an IP address.
    pub fn is_private(&self) -> bool {
        match (&self.route, &self.endpoint.host) {
            (Route::Direct(address), _) => is_private(address.ip()),
            (Route::Through(..), Host::V4(address)) => is_private((*address).into()),
            (Route::Through(..), Host::V6(address)) => is_private((*address).into()),
            (Route::Through(..), Host::Dns(_)) => false,
        }
    }

    /// The proxy that requests with absolute URIs are sent to, because there is no tunnel.
    fn forwarding(&self) -> Option<&Proxy> {
        match &self.route {
            Route::Through(_, proxy) if self.endpoint.scheme == Scheme::Http => Some(proxy),
            _ => None,
        }
    }

    pub fn wants_client_certificate(&self) -> bool {
        self.connection.wants_client_certificate()
    }

    /// Sends a request. If the server has closed the connection after an earlier response, reconnects to the same
    /// address.
    pub async fn send(
        &mut self,
        request: &ProbeRequest<'_>,
        authorization: Option<&HeaderValue>,
    ) -> Result<Response<Incoming>, Finding> {
        let was_used = self.connection.was_used();
        if self.given_up || !self.connection.is_open().await {
            self.reconnect().await?;
        }
        self.given_up = true;
        let proxy = self.forwarding().cloned();
        let answer = match self.connection.send(&self.endpoint, request, authorization, proxy.as_ref()).await {
            // The server closed an idle connection just as the request was sent. It was not processed, so it is sent
            // again.
            Err(RequestError { closed: true, .. }) if was_used => {
                self.reconnect().await?;
                self.connection.send(&self.endpoint, request, authorization, proxy.as_ref()).await
            }
            other => other,
        };
        self.given_up = false;
        match answer {
            Ok(answer) if proxy.is_some() && answer.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                Err(Finding::ProxyCredentialsRejected)
            }
            Ok(answer) if proxy.is_some() && is_proxy_error(&answer) => Err(Finding::ProxyFailed),
            other => other.map_err(|error| error.finding),
        }
    }

    /// Like `send`, but follows one redirect to another path of the same origin: proxies add and remove slashes.
    ///
    /// # Errors
    /// Redirects to other origins are not followed; the finding says where they point.
    pub async fn send_following(
        &mut self,
        request: &ProbeRequest<'_>,
        authorization: Option<&HeaderValue>,
    ) -> Result<Response<Incoming>, Finding> {
        let answer = self.send(request, authorization).await?;
        if !answer.status().is_redirection() {
            return Ok(answer);
        }
        let path = self.path_here(&answer)?;
        drop(answer);
        let answer = self.send(&ProbeRequest { path: &path, ..request.clone() }, authorization).await?;
        if answer.status().is_redirection() {
            Err(self.path_here(&answer).err().unwrap_or(Finding::RedirectedInside))
        } else {
            Ok(answer)
        }
    }

    /// The path that a redirect points to, if it stays within this origin.
    fn path_here(&self, answer: &Response<Incoming>) -> Result<String, Finding> {
        let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let target: Uri = location.and_then(|text| text.parse().ok()).ok_or(Finding::Redirected)?;
        let path = target.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        if target.authority().is_none() {
            return if path.starts_with('/') { Ok(path) } else { Err(Finding::Redirected) };
        }
        match Endpoint::of_uri(&target) {
            Some(to) if to == self.endpoint => Ok(path),
            Some(to)
                if to.scheme == Scheme::Https
                    && self.endpoint.scheme == Scheme::Http
                    && to.host == self.endpoint.host =>
            {
                Err(Finding::RedirectedToHttps)
            }
            _ => Err(Finding::Redirected),
        }
    }

    async fn reconnect(&mut self) -> Result<(), Finding> {
        let stream = match &self.route {
            Route::Direct(address) => dial(*address).await?,
            Route::Through(address, proxy) => {
                let stream = dial(*address).await.map_err(|_| Finding::ProxyUnreachable)?;
                proxy.tunnel(stream, &self.endpoint).await?
            }
        };
        self.connection = HttpConnection::open(stream, &self.endpoint, self.tls.clone()).await?;
        self.given_up = false;
        Ok(())
    }

    /// What an error while reading a response means.
    pub fn finding(&self, error: &(dyn std::error::Error + 'static)) -> Finding {
        self.connection.finding(error)
    }
}

/// The addresses of a host. Looking up a name is a step of its own.
async fn addresses(run: &mut CheckRun, out: &Egress<'_>, endpoint: &Endpoint) -> Result<Vec<IpAddr>, Finding> {
    let asked = look_up(out.resolver, &endpoint.host);
    match &endpoint.host {
        Host::Dns(_) => run.step(Step::Dns, &endpoint.to_string(), StepTimeout::RESPONSE, asked).await,
        Host::V4(_) | Host::V6(_) => asked.await,
    }
}

async fn look_up(resolver: &dyn Resolve, host: &Host) -> Result<Vec<IpAddr>, Finding> {
    match host {
        Host::Dns(name) => {
            let found = timeout(NAME_TIMEOUT, resolver.addresses(name)).await;
            found.map_err(|_| Finding::NameServiceSlow)?.map_err(of_name)
        }
        Host::V4(address) => Ok(vec![(*address).into()]),
        Host::V6(address) => Ok(vec![(*address).into()]),
    }
}

fn of_name(error: ResolveError) -> Finding {
    match error {
        ResolveError::NotFound => Finding::HostNotFound,
        ResolveError::Failed => Finding::NameServiceFailed,
        ResolveError::Shortage => Finding::CheckFailed,
    }
}

/// The addresses that checks may connect to. If one address of a name is denied, the whole name is: DNS answers can
/// change between the check and the connection (DNS rebinding). For the same reason the connection goes to an address
/// from this list, and the name is not looked up again. Link-local addresses beside others are only skipped: name
/// services add them to the names of ordinary hosts.
fn filter_denied(policy: &AddressPolicy, found: Vec<IpAddr>, public_only: bool) -> Result<Vec<IpAddr>, Finding> {
    let mut allowed = Vec::new();
    let mut left_out = None;
    for address in found {
        let rule = match policy.check(address) {
            Ok(()) if public_only && is_private(address) => Err(AddressRule::PrivateForPublic),
            result => result,
        };
        match rule {
            Ok(()) => allowed.push(address),
            Err(rule @ AddressRule::LinkLocal) => left_out = Some((address, rule)),
            Err(rule) => return Err(Finding::AddressDenied(address, rule)),
        }
    }
    match left_out {
        Some((address, rule)) if allowed.is_empty() => Err(Finding::AddressDenied(address, rule)),
        _ => Ok(allowed),
    }
}

/// Connects to the first address that answers; the attempts start shortly after each other. If none answers, returns
/// the first error. With a `policy`, refuses connections to the console itself.
async fn dial_any(
    policy: Option<&AddressPolicy>,
    addresses: &[IpAddr],
    port: u16,
) -> Result<(TcpStream, SocketAddr), Finding> {
    let is_own = |stream: &TcpStream, to: SocketAddr| match policy {
        Some(policy) => stream.local_addr().map_or(true, |from| policy.is_own(from, to)),
        None => false,
    };
    let mut waiting = addresses.iter().map(|address| SocketAddr::new(*address, port));
    let mut attempts = JoinSet::new();
    let mut reason = None;
    loop {
        if let Some(address) = waiting.next() {
            attempts.spawn(async move { (address, dial(address).await) });
        } else if attempts.is_empty() {
            return Err(reason.unwrap_or(Finding::HostNotFound));
        }
        let is_last = waiting.len() == 0;
        let ended = match is_last {
            true => attempts.join_next().await,
            // No answer within the delay: try the next address in parallel.
            false => timeout(ATTEMPT_DELAY, attempts.join_next()).await.unwrap_or_default(),
        };
        match ended {
            Some(Ok((address, Ok(stream)))) if !is_own(&stream, address) => return Ok((stream, address)),
            Some(Ok((address, Ok(_)))) => return Err(Finding::AddressDenied(address.ip(), AddressRule::Itself)),
            // An error of the registry is more useful than a resource shortage on this machine.
            Some(Ok((_, Err(finding)))) if reason.is_none() || reason == Some(Finding::CheckFailed) => {
                reason = Some(finding);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(found: &[&str], public_only: bool) -> Result<Vec<IpAddr>, Finding> {
        let found = found.iter().map(|address| address.parse().unwrap()).collect();
        filter_denied(&AddressPolicy::default(), found, public_only)
    }

    /// ublue-os/bazzite#5584.
    #[test]
    fn t2_a_link_local_address_beside_an_allowed_one_is_skipped() {
        let good = Ok(vec!["10.0.0.5".parse().unwrap()]);
        assert_eq!(filtered(&["fe80::1", "10.0.0.5"], false), good);
        // Debian maps a machine's own name to this address: the finding names the address and the rule.
        assert_eq!(
            filtered(&["10.0.0.5", "127.0.1.1"], false),
            Err(Finding::AddressDenied("127.0.1.1".parse().unwrap(), AddressRule::Loopback))
        );
        assert_eq!(
            filtered(&["fe80::1"], false),
            Err(Finding::AddressDenied("fe80::1".parse().unwrap(), AddressRule::LinkLocal))
        );
        assert!(filtered(&["10.0.0.5", "169.254.169.254"], false).is_err(), "a metadata address denies all");
    }

    #[test]
    fn t2_a_public_registry_cannot_name_a_private_token_service() {
        let denied =
            |address: &str| Err(Finding::AddressDenied(address.parse().unwrap(), AddressRule::PrivateForPublic));
        assert_eq!(filtered(&["10.0.0.5"], true), denied("10.0.0.5"));
        assert_eq!(filtered(&["8.8.8.8", "fd12::5"], true), denied("fd12::5"));
        assert!(filtered(&["8.8.8.8"], true).is_ok());
    }
}
