//! The name service, asked for the hosts of registries.

use super::Diagnosis;
use crate::probe::{Proxies, Resolve, ResolveError, SystemResolver};
use domain::RegistryUrl;
use futures_util::future::join_all;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::timeout;

const CHECK: &str = "name service";

/// The most hosts that are looked up.
const MOST_HOSTS: usize = 20;

/// How long all of them together may take.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// A name that every machine knows, without any server.
const OWN_NAME: &str = "localhost";

/// Looks up hosts of these registries, or of the proxies on the way to them.
pub async fn examine(proxies: &Proxies, registries: &[String]) -> Vec<Diagnosis> {
    let urls = registries.iter().filter_map(|url| RegistryUrl::parse(url).ok());
    let hosts: BTreeSet<_> = urls.filter_map(|url| proxies.name_for(&url)).collect();
    let names: Vec<_> = std::iter::once(OWN_NAME.to_owned()).chain(hosts.into_iter().take(MOST_HOSTS)).collect();
    let looked_up = join_all(names.iter().map(|name| timeout(TIME_LIMIT, SystemResolver.addresses(name)))).await;
    let mut found: Vec<_> = names
        .iter()
        .zip(looked_up)
        .filter_map(|(name, result)| Some(of_failure(name, result.unwrap_or(Err(ResolveError::Failed)).err()?)))
        .collect();
    if found.is_empty() {
        let what = format!("found the addresses of {OWN_NAME} and of {} hosts of registries", names.len() - 1);
        found.push(Diagnosis::ok(CHECK, what));
    }
    found
}

fn of_failure(name: &str, error: ResolveError) -> Diagnosis {
    let what = format!("{name}: {error}");
    match error {
        _ if name == OWN_NAME => Diagnosis::problem(CHECK, what, "Check /etc/hosts and /etc/nsswitch.conf"),
        ResolveError::NotFound => Diagnosis::warning(CHECK, what, "Check the URL of the registry, or the name service"),
        ResolveError::Failed => Diagnosis::problem(CHECK, what, "Check the name servers in /etc/resolv.conf"),
        ResolveError::Shortage => Diagnosis::problem(CHECK, what, "Raise the limit of open files"),
    }
}
