//! What every check uses: resolver, address policy, proxies, clock and trusted CAs.

use super::check_run::CheckRun;
use super::endpoint::Endpoint;
use super::peer::{self, Peer};
use super::tls::{Tls, authorities_of_the_machine};
use super::{AddressPolicy, Proxies, Resolve};
use crate::clock::Clock;
use crate::metrics::Metrics;
use domain::Finding;
use rustls::RootCertStore;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub struct Client {
    resolver: Arc<dyn Resolve>,
    policy: AddressPolicy,
    proxies: Arc<Proxies>,
    clock: Arc<dyn Clock>,
    authorities: RootCertStore,
    pub(super) metrics: Arc<Metrics>,
}

impl Client {
    /// A client that connects only to addresses allowed by the policy.
    pub fn new(resolver: Arc<dyn Resolve>, policy: AddressPolicy, clock: Arc<dyn Clock>) -> Self {
        Self {
            resolver,
            policy,
            proxies: Arc::default(),
            clock,
            authorities: authorities_of_the_machine(),
            metrics: Arc::default(),
        }
    }

    /// Sends checks through these proxies.
    #[must_use]
    pub fn through(self, proxies: Arc<Proxies>) -> Self {
        Self { proxies, ..self }
    }

    /// Counts checks there.
    #[must_use]
    pub(crate) fn measured_by(self, metrics: Arc<Metrics>) -> Self {
        Self { metrics, ..self }
    }

    pub(super) async fn reach(
        &self,
        run: &mut CheckRun,
        endpoint: Endpoint,
        tls: &Tls,
        public_only: bool,
    ) -> Result<Peer, Finding> {
        let out = peer::Egress { resolver: &*self.resolver, policy: &self.policy, proxies: &self.proxies, public_only };
        Peer::reach(run, &out, endpoint, tls).await
    }

    pub(super) fn tls(&self, trust: &domain::TrustPolicy) -> Result<Tls, Finding> {
        Tls::new(&self.authorities, trust)
    }

    pub(super) fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(u64::try_from(self.clock.now()).unwrap_or_default())
    }
}
