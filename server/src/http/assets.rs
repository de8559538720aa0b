//! Styles, scripts and icons: embedded in the binary, named by their content hash, and compressed at build time.

use app::{AssetPaths, BrowserAssets, Chunk};
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::borrow::Cow;
use std::sync::LazyLock;

pub(super) struct Asset {
    pub role: Cow<'static, str>,
    /// Its path below `/assets/`.
    pub name: Cow<'static, str>,
    pub plain: Cow<'static, [u8]>,
    /// `None` while developing: compression takes longer than the build.
    pub brotli: Option<&'static [u8]>,
    pub gzip: Option<&'static [u8]>,
}

static EMBEDDED: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// All assets: the embedded ones, or those of `cargo xtask watch`.
fn assets() -> &'static [Asset] {
    development_assets().unwrap_or(EMBEDDED)
}

/// The assets of `cargo xtask watch`.
#[cfg(debug_assertions)]
fn development_assets() -> Option<&'static [Asset]> {
    super::development::assets()
}

/// Release builds have none.
#[cfg(not(debug_assertions))]
fn development_assets() -> Option<&'static [Asset]> {
    None
}

/// The URL of each asset.
pub fn paths() -> &'static AssetPaths {
    static PATHS: LazyLock<AssetPaths> = LazyLock::new(|| {
        let path = |role| assets().iter().find(|asset| asset.role == role).map(Asset::path);
        AssetPaths {
            css: path("css").unwrap_or_default(),
            icons: path("icons").unwrap_or_default(),
            favicon: path("favicon").unwrap_or_default(),
            events_worker: path("events").unwrap_or_default(),
            live_reload: development_assets().is_some(),
            browser: path("js").zip(path("wasm")).map(|(js, wasm)| BrowserAssets { js, wasm, chunks: chunks() }),
        }
    });
    &PATHS
}

/// The URLs of each chunk's files. Their role names the chunks that need them: `chunk:list,pages`.
fn chunks() -> Vec<(Chunk, Vec<String>)> {
    let needs = |asset: &Asset, chunk: Chunk| {
        let chunks = asset.role.strip_prefix("chunk:").unwrap_or_default();
        chunks.split(',').any(|name| name == chunk.name())
    };
    let files = |chunk| assets().iter().filter(|asset| needs(asset, chunk)).map(Asset::path).collect();
    Chunk::ALL.map(|chunk| (chunk, files(chunk))).into()
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

/// The content at an address never changes, so one tag is enough for all. A first visit loads a dozen files.
const TAG: HeaderValue = HeaderValue::from_static("\"1\"");

/// Serves an asset. Its name changes with its content, so browsers may cache it for ever.
pub async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = assets().iter().find(|asset| asset.name == name) else {
        return (StatusCode::NOT_FOUND, "There is no such asset.\n").into_response();
    };
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|header| header == TAG);
    let (encoding, content) = asset.encoded_for(&headers);
    let body = if known { Body::empty() } else { Body::from(content) };
    let mut response = Response::new(body);
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type()));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=31536000, immutable"));
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    answer.insert(header::ETAG, TAG);
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
    fn path(&self) -> String {
        format!("/assets/{}", self.name)
    }

    fn content_type(&self) -> &'static str {
        match self.name.rsplit('.').next() {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("wasm") => "application/wasm",
            _ => "image/svg+xml",
        }
    }

    /// The smallest encoding that the browser accepts.
    fn encoded_for(&'static self, headers: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
        let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|header| header.to_str().ok()).unwrap_or_default();
        let takes = |encoding: &str| {
            accepted.split(',').map(str::trim).any(|offer| {
                let mut parts = offer.split(';').map(str::trim);
                parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding)) && !parts.any(is_zero_quality)
            })
        };
        match (self.brotli, self.gzip) {
            (Some(brotli), _) if takes("br") => (Some("br"), brotli),
            (_, Some(gzip)) if takes("gzip") => (Some("gzip"), gzip),
            _ => (None, &self.plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_for_the_browser_has_files_for_every_chunk() {
        let Some(browser) = &paths().browser else {
            assert!(std::env::var_os("PORTOLAN_EXPECT_ASSETS").is_none(), "the server was built without its assets");
            return;
        };
        for (chunk, files) in &browser.chunks {
            assert!(!files.is_empty(), "none for {chunk:?}: its name in app/src/layout/routes.rs must be the same");
        }
    }
}
