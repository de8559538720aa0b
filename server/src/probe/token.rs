//! Registry tokens (Distribution, token authentication): a token service exchanges username and password for a token
//! that is valid for a limited time.

use super::answer::{error, read};
use super::challenge::Bearer;
use super::connection::ProbeRequest;
use super::peer::Peer;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::{Credentials, Finding};
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use std::time::SystemTime;
use zeroize::Zeroizing;

pub struct Token(String);

/// Why no token was issued.
pub struct NoToken {
    pub finding: Finding,
    /// Whether the service may issue one for a specific scope.
    pub wants_scope: bool,
    /// Whether the service reports that a parameter is missing.
    pub is_bad_request: bool,
}

impl From<Finding> for NoToken {
    fn from(finding: Finding) -> Self {
        Self { finding, wants_scope: false, is_bad_request: false }
    }
}

/// The response of a token service; the token has one of two names. The other fields are parsed because clients written
/// in Go reject the response if one of them is malformed.
#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
    #[serde(rename = "expires_in")]
    _expires_in: Option<i64>,
    issued_at: Option<String>,
}

impl TokenAnswer {
    fn token(self) -> Option<Token> {
        let is_time = self.issued_at.is_none_or(|at| at.parse::<jiff::Timestamp>().is_ok());
        let mut names = [self.token, self.access_token].into_iter().flatten();
        names.find(|token| is_time && !token.is_empty()).map(Token)
    }
}

/// Requests a token, with credentials or anonymously.
///
/// # Errors
/// [`Finding::CredentialsRejected`] or, without credentials, [`Finding::CredentialsRequired`] if the service refuses;
/// [`Finding::NoToken`] if it sends anything else than a token.
pub async fn request_token(
    service: &mut Peer,
    bearer: &Bearer,
    scope: Option<&str>,
    credentials: Option<&Credentials>,
    now: SystemTime,
) -> Result<Token, NoToken> {
    let path = path(bearer, scope);
    let authorization = credentials.map(basic).transpose()?;
    let (head, body) = service.send_following(&ProbeRequest::json(&path), authorization.as_ref()).await?.into_parts();
    match head.status {
        StatusCode::OK => {
            let body = read(service, body).await?;
            let answer: TokenAnswer = serde_json::from_slice(&body).map_err(|_| NoToken::from(Finding::NoToken))?;
            answer.token().ok_or(Finding::NoToken.into())
        }
        status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            let _ = read(service, body).await;
            let finding =
                if credentials.is_some() { Finding::CredentialsRejected } else { Finding::CredentialsRequired };
            // 401 is about the credentials, and another attempt would be another failed log-in. 403 may be about the
            // scope.
            Err(NoToken { finding, wants_scope: status == StatusCode::FORBIDDEN, is_bad_request: false })
        }
        status => {
            let finding = error(status, &head.headers, now).unwrap_or(Finding::NoToken);
            let wants_scope = !matches!(finding, Finding::RateLimited(_));
            Err(NoToken { finding, wants_scope, is_bad_request: status == StatusCode::BAD_REQUEST })
        }
    }
}

/// Path and query of the token request.
fn path(bearer: &Bearer, scope: Option<&str>) -> String {
    let mut query: Vec<(&str, &str)> = Vec::new();
    query.extend(bearer.service.as_deref().map(|service| ("service", service)));
    query.extend(scope.or(bearer.scope.as_deref()).map(|scope| ("scope", scope)));
    let query = serde_urlencoded::to_string(query).unwrap_or_default();
    let realm = bearer.realm.path_and_query().map_or("/", |it| it.as_str());
    match (query.is_empty(), realm.contains('?')) {
        (true, _) => realm.to_owned(),
        (false, true) => format!("{realm}&{query}"),
        (false, false) => format!("{realm}?{query}"),
    }
}

/// The header value for Basic authentication (RFC 7617), in UTF-8.
pub fn basic(credentials: &Credentials) -> Result<HeaderValue, Finding> {
    let pair = Zeroizing::new(format!("{}:{}", credentials.username, credentials.password.expose()));
    let text = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
    sensitive(&text)
}

impl Token {
    /// Whether the token exceeds the default header limit of many servers.
    pub fn is_large(&self) -> bool {
        self.0.len() > 4 * 1024
    }

    /// The header value that presents the token (RFC 6750 2.1).
    pub fn bearer(&self) -> Result<HeaderValue, Finding> {
        sensitive(&format!("Bearer {}", self.0)).map_err(|_| Finding::NoToken)
    }

    /// Whether both tokens are readable (RFC 7519) and make the same claims about their bearer. Times and ids are
    /// ignored, because they differ between any two tokens.
    pub fn is_alike(&self, other: &Self) -> bool {
        match (self.claims(), other.claims()) {
            (Some(mine), Some(others)) => mine == others,
            _ => true,
        }
    }

    fn claims(&self) -> Option<Value> {
        let body = self.0.split('.').nth(1)?;
        let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
        let fields = claims.as_object_mut()?;
        for passing in ["exp", "iat", "jti", "nbf"] {
            fields.remove(passing);
        }
        Some(claims)
    }
}

/// A header value that debug output hides.
fn sensitive(text: &str) -> Result<HeaderValue, Finding> {
    let mut value = HeaderValue::from_str(text).map_err(|_| Finding::CheckFailed)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str) -> Bearer {
        Bearer { realm: realm.parse().unwrap(), service: Some("a registry".into()), scope: None }
    }

    #[test]
    fn a_token_request_keeps_the_query_of_its_realm() {
        assert_eq!(path(&bearer("https://a.example"), None), "/?service=a+registry");
        assert_eq!(
            path(&bearer("https://a.example/token?x=1"), Some("repository:a/b:pull")),
            "/token?x=1&service=a+registry&scope=repository%3Aa%2Fb%3Apull"
        );
    }

    #[test]
    fn tokens_are_alike_if_they_make_the_same_claims() {
        let token = |claims: &str| Token(format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims)));
        assert!(token(r#"{"sub":"","exp":1}"#).is_alike(&token(r#"{"exp":2,"sub":""}"#)));
        assert!(!token(r#"{"sub":"robot"}"#).is_alike(&token(r#"{"sub":""}"#)));
        assert!(Token("opaque".into()).is_alike(&Token("other".into())));
    }
}
