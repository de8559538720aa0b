//! One peer of a check: the registry, or its token service.

use super::address::is_private;
use super::check_run::{CheckRun, Limit};
use super::connection::{HttpConnection, Question, Unanswered, dial};
use super::endpoint::Endpoint;
use super::headers::is_of_a_proxy;
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

/// How long an address may take before the next one is tried beside it (RFC 8305 5, "Connection Attempt Delay").
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// The longest that a name service may take.
const NAME_LIMIT: Duration = Duration::from_secs(5);

/// What leads out of this console.
pub struct Egress<'a> {
    pub resolver: &'a dyn Resolve,
    pub policy: &'a AddressPolicy,
    pub proxies: &'a Proxies,
    /// For a host that a public registry has named and nobody has confirmed.
    pub public_only: bool,
}

/// Where a connection leads, also when it is opened again: the address that was judged, or the proxy that the operator
/// has set.
enum Route {
    Direct(SocketAddr),
    Through(SocketAddr, Proxy),
}

/// A host that has been reached. Whatever is asked of it goes to the address that was judged.
pub struct Peer {
    pub endpoint: Endpoint,
    route: Route,
    tls: Option<Tls>,
    connection: HttpConnection,
    /// Whether an answer was given up on: the connection still waits for it.
    given_up: bool,
}

impl Peer {
    /// Walks to a host: address, name service, connection, encryption.
    pub async fn reach(walk: &mut CheckRun, out: &Egress<'_>, endpoint: Endpoint, tls: &Tls) -> Result<Self, Finding> {
        let name = endpoint.to_string();
        let (stream, route) = match out.proxies.to(&endpoint) {
            None => {
                let found = addresses(walk, out, &endpoint).await?;
                let judged = async { judged(out.policy, found, out.public_only) };
                let addresses = walk.step(Step::Address, &name, Limit::CONNECT, judged).await?;
                let dialing = dial_any(Some(out.policy), &addresses, endpoint.port);
                let (stream, address) = walk.step(Step::Tcp, &name, Limit::CONNECT, dialing).await?;
                (stream, Route::Direct(address))
            }
            Some(proxy) => {
                if let Host::V4(_) | Host::V6(_) = endpoint.host {
                    let found = addresses(walk, out, &endpoint).await?;
                    let judged = async { judged(out.policy, found, out.public_only) };
                    walk.step(Step::Address, &name, Limit::CONNECT, judged).await?;
                }
                let proxy_name = proxy.endpoint.to_string();
                let going = async {
                    let unreachable = |_| Finding::ProxyUnreachable;
                    let found = look_up(out.resolver, &proxy.endpoint.host).await.map_err(unreachable)?;
                    let dialing = dial_any(None, &found, proxy.endpoint.port);
                    let (stream, address) = dialing.await.map_err(unreachable)?;
                    Ok((proxy.tunnel(stream, &endpoint).await?, address))
                };
                let (stream, address) = walk.step(Step::Proxy, &proxy_name, Limit::ANSWER, going).await?;
                (stream, Route::Through(address, proxy))
            }
        };
        let tls = (endpoint.scheme == Scheme::Https).then(|| tls.clone());
        let opening = HttpConnection::open(stream, &endpoint, tls.clone());
        let connection = match &tls {
            Some(_) => walk.step(Step::Tls, &name, Limit::CONNECT, opening).await?,
            None => opening.await?,
        };
        Ok(Self { endpoint, route, tls, connection, given_up: false })
    }

    /// Whether its address is one of a private network. Behind a proxy nobody knows, unless it is written so.
    pub fn is_private(&self) -> bool {
        match (&self.route, &self.endpoint.host) {
            (Route::Direct(address), _) => is_private(address.ip()),
            (Route::Through(..), Host::V4(address)) => is_private((*address).into()),
            (Route::Through(..), Host::V6(address)) => is_private((*address).into()),
            (Route::Through(..), Host::Dns(_)) => false,
        }
    }

    /// The proxy that is asked for whole addresses, because there is no tunnel.
    fn forwarding(&self) -> Option<&Proxy> {
        match &self.route {
            Route::Through(_, proxy) if self.endpoint.scheme == Scheme::Http => Some(proxy),
            _ => None,
        }
    }

    /// Whether it has asked for a client certificate.
    pub fn wants_client_certificate(&self) -> bool {
        self.connection.wants_client_certificate()
    }

    /// Asks a question. A connection that was closed after an answer is opened again, to the same address.
    pub async fn ask(
        &mut self,
        question: &Question<'_>,
        authorization: Option<&HeaderValue>,
    ) -> Result<Response<Incoming>, Finding> {
        let was_used = self.connection.was_used();
        if self.given_up || !self.connection.is_open().await {
            self.reconnect().await?;
        }
        self.given_up = true;
        let proxy = self.forwarding().cloned();
        let answer = match self.connection.ask(&self.endpoint, question, authorization, proxy.as_ref()).await {
            // The server closed a kept connection just as this was sent: nobody has answered, so it is asked again.
            Err(Unanswered { closed: true, .. }) if was_used => {
                self.reconnect().await?;
                self.connection.ask(&self.endpoint, question, authorization, proxy.as_ref()).await
            }
            other => other,
        };
        self.given_up = false;
        match answer {
            Ok(answer) if proxy.is_some() && answer.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                Err(Finding::ProxyCredentialsRejected)
            }
            Ok(answer) if proxy.is_some() && is_of_a_proxy(&answer) => Err(Finding::ProxyFailed),
            other => other.map_err(|error| error.finding),
        }
    }

    /// The same, and once more if the answer points to another path of the same origin: proxies add and remove slashes.
    ///
    /// # Errors
    /// What it points to instead; such redirects are not followed.
    pub async fn ask_following(
        &mut self,
        question: &Question<'_>,
        authorization: Option<&HeaderValue>,
    ) -> Result<Response<Incoming>, Finding> {
        let answer = self.ask(question, authorization).await?;
        if !answer.status().is_redirection() {
            return Ok(answer);
        }
        let path = self.path_here(&answer)?;
        drop(answer);
        let answer = self.ask(&Question { path: &path, ..question.clone() }, authorization).await?;
        if answer.status().is_redirection() {
            Err(self.path_here(&answer).err().unwrap_or(Finding::RedirectedInside))
        } else {
            Ok(answer)
        }
    }

    /// The path that a redirect points to, if it is one of this origin.
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

    /// What an error while reading an answer means.
    pub fn finding(&self, error: &(dyn std::error::Error + 'static)) -> Finding {
        self.connection.finding(error)
    }
}

/// The addresses of a host, by a step of its own if it is a name.
async fn addresses(walk: &mut CheckRun, out: &Egress<'_>, endpoint: &Endpoint) -> Result<Vec<IpAddr>, Finding> {
    let asked = look_up(out.resolver, &endpoint.host);
    match &endpoint.host {
        Host::Dns(_) => walk.step(Step::Dns, &endpoint.to_string(), Limit::ANSWER, asked).await,
        Host::V4(_) | Host::V6(_) => asked.await,
    }
}

async fn look_up(resolver: &dyn Resolve, host: &Host) -> Result<Vec<IpAddr>, Finding> {
    match host {
        Host::Dns(name) => {
            let found = timeout(NAME_LIMIT, resolver.addresses(name)).await;
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

/// The addresses that may be connected to. If one address of a name is denied, the whole name is: its answers can change
/// between the check and the connection (DNS rebinding), which is also why the connection goes to an address that was
/// judged, and the name is not looked up again. Link-local addresses beside others are only left out: name services add
/// them to the names of ordinary hosts.
fn judged(policy: &AddressPolicy, found: Vec<IpAddr>, public_only: bool) -> Result<Vec<IpAddr>, Finding> {
    let mut allowed = Vec::new();
    let mut left_out = None;
    for address in found {
        let rule = match policy.judge(address) {
            Ok(()) if public_only && is_private(address) => Err(AddressRule::PrivateForPublic),
            judged => judged,
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

/// The first address that answers, each tried a little after the one before it; if none does, what the first one said.
/// With a `policy`, the console does not talk to itself.
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
            // Nothing within the delay: the next address is tried beside it.
            false => timeout(ATTEMPT_DELAY, attempts.join_next()).await.unwrap_or_default(),
        };
        match ended {
            Some(Ok((address, Ok(stream)))) if !is_own(&stream, address) => return Ok((stream, address)),
            Some(Ok((address, Ok(_)))) => return Err(Finding::AddressDenied(address.ip(), AddressRule::Itself)),
            // What the registry says counts for more than a shortage on this machine.
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

    fn judged_of(found: &[&str], public_only: bool) -> Result<Vec<IpAddr>, Finding> {
        let found = found.iter().map(|address| address.parse().unwrap()).collect();
        judged(&AddressPolicy::default(), found, public_only)
    }

    /// ublue-os/bazzite#5584.
    #[test]
    fn a_link_local_address_beside_a_good_one_is_left_out() {
        let good = Ok(vec!["10.0.0.5".parse().unwrap()]);
        assert_eq!(judged_of(&["fe80::1", "10.0.0.5"], false), good);
        // Debian writes a machine's own name so: the reason names the address and the rule.
        assert_eq!(
            judged_of(&["10.0.0.5", "127.0.1.1"], false),
            Err(Finding::AddressDenied("127.0.1.1".parse().unwrap(), AddressRule::Loopback))
        );
        assert_eq!(
            judged_of(&["fe80::1"], false),
            Err(Finding::AddressDenied("fe80::1".parse().unwrap(), AddressRule::LinkLocal))
        );
        assert!(judged_of(&["10.0.0.5", "169.254.169.254"], false).is_err(), "metadata forbids all");
    }

    #[test]
    fn a_public_registry_cannot_name_a_private_token_service() {
        let denied =
            |address: &str| Err(Finding::AddressDenied(address.parse().unwrap(), AddressRule::PrivateForPublic));
        assert_eq!(judged_of(&["10.0.0.5"], true), denied("10.0.0.5"));
        assert_eq!(judged_of(&["8.8.8.8", "fd12::5"], true), denied("fd12::5"));
        assert!(judged_of(&["8.8.8.8"], true).is_ok());
    }
}
