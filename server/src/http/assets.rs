//! Styles, scripts and icons: embedded in the binary, named by their content hash, and compressed at build time.

use app::AssetPaths;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::sync::LazyLock;

struct Asset {
    role: &'static str,
    name: &'static str,
    plain: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The URL of each asset.
pub fn paths() -> &'static AssetPaths {
    static PATHS: LazyLock<AssetPaths> = LazyLock::new(|| {
        let path = |role| ASSETS.iter().find(|asset| asset.role == role).map(|asset| format!("/assets/{}", asset.name));
        AssetPaths {
            css: path("css").unwrap_or_default(),
            icons: path("icons").unwrap_or_default(),
            favicon: path("favicon").unwrap_or_default(),
            events_worker: path("events").unwrap_or_default(),
            browser: path("js").zip(path("wasm")),
        }
    });
    &PATHS
}

/// The URLs for a page that must not be hydrated.
pub fn without_script() -> &'static AssetPaths {
    static PATHS: LazyLock<AssetPaths> = LazyLock::new(|| AssetPaths { browser: None, ..paths().clone() });
    &PATHS
}

/// `q=0`, `q=0.0` and so on mean "not acceptable" (RFC 9110 12.4.2).
fn is_zero_quality(parameter: &str) -> bool {
    let weight = parameter.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    weight.is_some_and(|(_, value)| value.trim().parse() == Ok(0.0_f32))
}

/// Serves an asset. Its name changes with its content, so browsers may cache it for ever.
pub async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return (StatusCode::NOT_FOUND, "There is no such asset.\n").into_response();
    };
    let tag = format!("\"{}\"", asset.name);
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|header| header.as_bytes() == tag.as_bytes());
    let (encoding, content) = asset.encoded_for(&headers);
    let body = if known { Body::empty() } else { Body::from(content) };
    let mut response = Response::new(body);
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type()));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.insert(header::ETAG, tag);
    }
    if asset.role == "events" {
        // A worker has a content security policy of its own: it may only connect to this server.
        answer.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; connect-src 'self'"),
        );
    }
    if let Some(encoding) = encoding {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

impl Asset {
    fn content_type(&self) -> &'static str {
        match self.name.rsplit('.').next() {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("wasm") => "application/wasm",
            _ => "image/svg+xml",
        }
    }

    /// The smallest encoding that the browser accepts.
    fn encoded_for(&self, headers: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
        let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|header| header.to_str().ok()).unwrap_or_default();
        let takes = |encoding: &str| {
            accepted.split(',').map(str::trim).any(|offer| {
                let mut parts = offer.split(';').map(str::trim);
                parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding)) && !parts.any(is_zero_quality)
            })
        };
        if takes("br") {
            (Some("br"), self.brotli)
        } else if takes("gzip") {
            (Some("gzip"), self.gzip)
        } else {
            (None, self.plain)
        }
    }
}
