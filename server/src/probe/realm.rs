//! Decides which token services may receive the credentials of a registry.
//!
//! The registry advertises the URL of its token service. Anyone who controls the registry, or the network in front of it,
//! could advertise their own and collect credentials.

use super::endpoint::Endpoint;
use domain::{Finding, Host, Scheme, TokenService};

/// Registries whose documentation names a token service in another domain.
const KNOWN_PAIRS: [(&str, &str); 3] = [
    ("registry-1.docker.io", "auth.docker.io"),
    ("nvcr.io", "authn.nvidia.com"),
    ("registry.gitlab.com", "gitlab.com"),
];

/// Whether the token service may be contacted, and sent the credentials if there are any.
///
/// # Errors
/// [`Finding::TokenServiceInsecure`] if the registry uses https and the token service does not;
/// [`Finding::TokenServiceNotTrusted`] if it is neither the registry itself, nor in its registrable domain,
/// nor a known pair, nor `confirmed` by an editor.
pub fn check_token_service(
    registry: &Endpoint,
    service: &Endpoint,
    with_credentials: bool,
    confirmed: Option<&TokenService>,
) -> Result<(), Finding> {
    if registry.scheme == Scheme::Https && service.scheme == Scheme::Http {
        return Err(Finding::TokenServiceInsecure(service.authority()));
    }
    if registry == service {
        return Ok(());
    }
    // Without credentials there is nothing to steal, and a confirmed service was reviewed by an editor.
    if !with_credentials || is_confirmed(service, confirmed) {
        return Ok(());
    }
    let not_trusted = Err(Finding::TokenServiceNotTrusted(service.authority()));
    // An IP address says nothing about its owner.
    let (Host::Dns(registry_name), Host::Dns(service_name)) = (&registry.host, &service.host) else {
        return if registry.host == service.host { Ok(()) } else { not_trusted };
    };
    let known = KNOWN_PAIRS.contains(&(registry_name.as_str(), service_name.as_str()));
    if known || is_same_domain(registry_name, service_name) { Ok(()) } else { not_trusted }
}

pub fn is_confirmed(service: &Endpoint, confirmed: Option<&TokenService>) -> bool {
    confirmed.is_some_and(|confirmed| confirmed.matches(service.scheme, &service.host, service.port))
}

/// Whether both hosts have the same registrable domain (a public suffix and one label).
fn is_same_domain(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    match (psl::domain_str(one), psl::domain_str(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str) -> Endpoint {
        Endpoint::of_uri(&url.parse().unwrap()).unwrap()
    }

    fn trusted(registry: &str, service: &str) -> bool {
        check_token_service(&endpoint(registry), &endpoint(service), true, None).is_ok()
    }

    #[test]
    fn t4_credentials_are_sent_to_token_services_in_the_registrys_domain() {
        for (registry, service) in [
            ("https://registry.example.com/", "https://registry.example.com/token"),
            ("https://registry.example.com:5000/", "https://registry.example.com/token"),
            ("https://registry.example.com/", "https://auth.example.com/token"),
            ("https://registry.example.co.uk/", "https://auth.example.co.uk/token"),
            ("https://registry-1.docker.io/", "https://auth.docker.io/token"),
            ("https://nvcr.io/", "https://authn.nvidia.com/token"),
            ("http://10.0.0.5:5000/", "http://10.0.0.5:5001/token"),
            ("https://registry:5000/", "https://registry:5001/token"),
        ] {
            assert!(trusted(registry, service), "{registry} {service}");
        }
    }

    #[test]
    fn t4_credentials_are_not_sent_to_foreign_token_services() {
        for (registry, service) in [
            ("https://registry.example.com/", "https://evil.example/token"),
            ("https://registry.example.com/", "https://registry.example.com.evil.example/token"),
            ("https://registry.example.com/", "https://evilexample.com/token"),
            ("https://registry.example.co.uk/", "https://evil.co.uk/token"),
            ("https://a.github.io/", "https://b.github.io/token"),
            ("https://registry.example.com/", "http://registry.example.com/token"),
            ("https://registry.example.com/", "https://10.0.0.5/token"),
            ("https://registry.example.com/", "https://[::1]/token"),
            ("https://10.0.0.5:5000/", "https://10.0.0.6:5000/token"),
            ("https://auth.docker.io/", "https://registry-1.docker.example/token"),
            ("https://nvcr.io/", "https://nvidia.com/token"),
            ("https://registry:5000/", "https://auth:5000/token"),
        ] {
            assert!(!trusted(registry, service), "{registry} {service}");
        }
    }

    #[test]
    fn t4_an_editor_can_confirm_a_foreign_token_service_but_not_a_downgrade_to_http() {
        let registry = endpoint("https://registry.example.com/");
        let confirmed = TokenService::parse("auth.other.example:8443").unwrap();
        let checked = |service: &str| check_token_service(&registry, &endpoint(service), true, Some(&confirmed));
        assert_eq!(checked("https://auth.other.example:8443/token"), Ok(()));
        assert!(checked("https://auth.other.example/token").is_err());
        assert!(checked("http://auth.other.example:8443/token").is_err());
    }
}
