//! Authentication challenges: the `WWW-Authenticate` headers (RFC 9110 11.6.1).

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, Uri};

/// One authentication scheme that the registry accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// Username and password with every request (RFC 7617).
    Basic,
    /// A token from a token service (Distribution, token authentication).
    Bearer(Bearer),
}

/// Parameters of a Bearer challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The URL of the token service.
    pub realm: Uri,
    /// The audience of the token; optional.
    pub service: Option<String>,
    /// The requested access, if the registry includes it.
    pub scope: Option<String>,
}

/// Parses all supported challenges, in the order of the headers. Malformed ones are skipped, and so are Bearer
/// challenges without an absolute URL.
pub fn parse(headers: &HeaderMap) -> Vec<Challenge> {
    headers.get_all(WWW_AUTHENTICATE).iter().flat_map(|value| challenges_in(value.as_bytes())).collect()
}

/// The challenges of one header. Realms arrive in any encoding, unquoted and with spaces. The parameters of Basic are
/// ignored, as other clients do.
fn challenges_in(value: &[u8]) -> Vec<Challenge> {
    let text: String = value.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect();
    let text = text.trim();
    let (scheme, parameters) = text.split_once(' ').unwrap_or((text, ""));
    // Some servers send more than one space after the scheme.
    let text = format!("{scheme} {}", parameters.trim_start());
    let found: Vec<_> =
        http_auth::parser::ChallengeParser::new(text.trim_end()).map_while(Result::ok).filter_map(read).collect();
    if found.is_empty() && scheme.eq_ignore_ascii_case("basic") { vec![Challenge::Basic] } else { found }
}

fn read(challenge: http_auth::ChallengeRef<'_>) -> Option<Challenge> {
    if challenge.scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    if !challenge.scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let parameter = |name: &str| {
        let found = challenge.params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_unescaped()).filter(|value| !value.is_empty())
    };
    // Other clients also escape characters that a URL must not contain.
    let realm: Uri = parameter("realm")?.trim().replace(' ', "%20").parse().ok()?;
    realm.authority()?;
    Some(Challenge::Bearer(Bearer { realm, service: parameter("service"), scope: parameter("scope") }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(values: &[&str]) -> Vec<Challenge> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, value.parse().unwrap());
        }
        parse(&headers)
    }

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Challenge {
        Challenge::Bearer(Bearer {
            realm: realm.parse().unwrap(),
            service: service.map(str::to_owned),
            scope: scope.map(str::to_owned),
        })
    }

    proptest! {
        #[test]
        fn parsing_any_challenge_header_does_not_panic(value in "[ -~\t]{0,200}") {
            parsed(&[&value]);
        }

        #[test]
        fn challenge_parameters_may_have_any_order_and_letter_case(
            parts in Just(vec![r#"Realm="https://a.example/t""#, r#"SERVICE="a""#, r#"scope="x:y:pull,push""#]).prop_shuffle(),
        ) {
            let found = parsed(&[&format!("bEaReR {}", parts.join(","))]);
            prop_assert_eq!(found, [bearer("https://a.example/t", Some("a"), Some("x:y:pull,push"))]);
        }
    }

    #[test]
    fn challenges_of_real_registries_are_parsed() {
        // Docker Hub, Gitea (two headers), Harbor, ECR, GHCR.
        assert_eq!(
            parsed(&[r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io""#]),
            [bearer("https://auth.docker.io/token", Some("registry.docker.io"), None)]
        );
        assert_eq!(
            parsed(&[r#"Bearer realm="https://git.example/v2/token",service="container_registry",scope="*""#, "Basic"]),
            [bearer("https://git.example/v2/token", Some("container_registry"), Some("*")), Challenge::Basic]
        );
        assert_eq!(parsed(&[r#"Basic realm="harbor""#]), [Challenge::Basic]);
        assert_eq!(
            parsed(&[r#"Basic realm="https://1.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com""#]),
            [Challenge::Basic]
        );
        assert_eq!(
            parsed(&[r#"Digest realm="x", nonce="y", Bearer realm="https://a.example/t""#]),
            [bearer("https://a.example/t", None, None)]
        );
    }

    /// greenbone/openvas-scanner#2077, regclient/regclient#265, mdn/content#28911: docker accepts all of these.
    #[test]
    fn a_basic_challenge_is_parsed_with_any_realm() {
        for value in
            ["Basic realm=/", "Basic realm=\"\u{dc}berseehafen\"", "Basic realm=My Registry", "basic  realm=\"x\""]
        {
            let mut headers = HeaderMap::new();
            headers.append(WWW_AUTHENTICATE, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
            assert_eq!(parse(&headers), [Challenge::Basic], "{value}");
        }
        assert_eq!(parsed(&["Bearer  realm=\"https://a.example/t\""]), [bearer("https://a.example/t", None, None)]);
    }

    #[test]
    fn malformed_challenges_are_skipped() {
        for value in [
            "",
            "Bearer",
            "Bearer realm=\"\"",
            "Bearer realm=\"/token\"",
            "Negotiate",
            "realm=\"x\"",
            "Bearer realm=\"https://",
        ] {
            assert_eq!(parsed(&[value]), [], "{value}");
        }
    }
}
