//! The description of the API (OpenAPI 3.1), generated from its handlers and types.

use super::described;
use std::sync::LazyLock;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::server::ServerBuilder;
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder, SecurityRequirement};
use utoipa_axum::router::OpenApiRouter;

const SCHEME: &str = "token";

const INTRODUCTION: &str = "The JSON API of Portolan, for clusters, pipelines and scripts. Send a token in the header \
    `Authorization: Bearer`; the page Tokens makes them. Every error has the media type `application/problem+json` (RFC \
    9457). Times are RFC 3339 in UTC. Unknown fields and parameters are refused.";

/// The document of `/api/openapi.json`. A copy is in `docs/openapi.json`.
pub fn open_api_document() -> &'static OpenApi {
    // Anybody may ask for it, so it is made once.
    static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(document);
    &DOCUMENT
}

fn document() -> OpenApi {
    let info = InfoBuilder::new().title("Portolan").version("v1").description(Some(INTRODUCTION)).build();
    let (_, described) = OpenApiRouter::new().nest("/api/v1", described()).split_for_parts();
    let document: OpenApiBuilder = described.into();
    let mut document = document
        .info(info)
        .servers(Some([ServerBuilder::new().url("/").build()]))
        .security(Some([SecurityRequirement::new::<_, [&str; 0], _>(SCHEME, [])]))
        .build();
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    document.components.get_or_insert_default().add_security_scheme(SCHEME, scheme);
    document
}
