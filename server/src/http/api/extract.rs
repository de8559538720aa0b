//! Reads requests. What cannot be read is an error that says where and why.

use super::json::StrictJson;
use super::problem::{ApiError, ApiResult};
use super::serde_message::sentence;
use api::problem::{FieldProblem, kind};
use api::{API_VERSION, MERGE_PATCH_MEDIA_TYPE};
use app::AppError;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// A body of JSON, and its bytes.
pub struct Body<T> {
    pub value: T,
    pub bytes: Bytes,
}

/// The parameters of a query. Unknown ones are refused if the type refuses them.
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let media_types = ["application/json", MERGE_PATCH_MEDIA_TYPE];
        if !media_types.iter().any(|media_type| is_media_type(request.headers(), media_type)) {
            let detail = "Send JSON, with Content-Type: application/json.";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, kind::MEDIA_TYPE, detail));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => AppError::PayloadTooLarge.into(),
            _ => ApiError::bad_request("The body ended before its length. Send it again."),
        })?;
        Ok(Self { value: parse(&bytes)?, bytes })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => {
                let message = rejection.body_text();
                let message = message.strip_prefix("Failed to deserialize query string: ").unwrap_or(&message);
                Err(ApiError::bad_request(match message.split_once(": ") {
                    // A path is one word, unlike the beginning of any message of serde.
                    Some((path, message)) if !path.contains(' ') => {
                        format!("The query parameter {path} is not valid. {}", sentence(message))
                    }
                    _ => format!("The query is not valid. {}", sentence(message)),
                }))
            }
        }
    }
}

/// Refuses a resource of another kind or version than the path is for.
///
/// # Errors
/// 422 at the field.
pub fn check_kind(api_version: Option<&str>, kind: Option<&str>, expected: &str) -> ApiResult<()> {
    if api_version.is_some_and(|version| version != API_VERSION) {
        return Err(ApiError::invalid_field(
            "/api_version",
            format!("Write {API_VERSION}: there is no other version."),
        ));
    }
    if kind.is_some_and(|kind| kind != expected) {
        return Err(ApiError::invalid_field("/kind", format!("Write {expected}, or leave it out.")));
    }
    Ok(())
}

fn is_media_type(headers: &HeaderMap, wanted: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted)
}

/// Decodes a JSON document: 400 if it is none, 422 if it has another shape.
///
/// # Errors
/// Where and why.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let document = decode(&mut json)?;
    json.end().map_err(|error| ApiError::bad_request(format!("The body is no JSON document: {error}.")))?;
    from_json(document)
}

/// The same for a document that is decoded already.
///
/// # Errors
/// Where and why it has another shape.
pub fn from_json<T: DeserializeOwned>(document: StrictJson) -> Result<T, ApiError> {
    decode(document)
}

fn decode<'de, T: Deserialize<'de>>(json: impl Deserializer<'de, Error = serde_json::Error>) -> Result<T, ApiError> {
    serde_path_to_error::deserialize(json).map_err(|error| unreadable(error.path(), error.inner()))
}

fn unreadable(path: &serde_path_to_error::Path, error: &serde_json::Error) -> ApiError {
    match error.classify() {
        serde_json::error::Category::Data => {
            ApiError::invalid(vec![FieldProblem { pointer: pointer(path), detail: sentence(&error.to_string()) }])
        }
        _ => ApiError::bad_request(format!("The body is no JSON document: {error}.")),
    }
}

/// The path as a JSON pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let segments = path.iter().map(|segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { variant } => format!("/{variant}"),
        Segment::Unknown => String::new(),
    });
    segments.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::image_registry::ImageRegistryInput;
    use axum::response::IntoResponse;

    fn status_as<T: DeserializeOwned>(body: &str) -> StatusCode {
        match parse::<T>(body.as_bytes()) {
            Ok(_) => StatusCode::OK,
            Err(error) => error.into_response().status(),
        }
    }

    fn status(body: &str) -> StatusCode {
        status_as::<ImageRegistryInput>(body)
    }

    #[test]
    fn a_name_that_is_there_twice_is_refused_whatever_the_body_is_read_as() {
        for (body, pointer) in [
            (r#"{"spec": {"repository": "r1", "repository": "r2"}}"#, "/spec"),
            (r#"{"spec": {"authconfig": {"username": "u", "password": "a", "password": "b"}}}"#, "/spec/authconfig"),
            (r#"{"metadata": {"labels": {"a": "1", "a": "2"}}}"#, "/metadata/labels"),
            (r#"{"manifests": [{}, {"a": [{"b": 1, "b": 2}]}]}"#, "/manifests/1/a/0"),
        ] {
            let error = format!("{:?}", parse::<serde_json::Value>(body.as_bytes()).unwrap_err());
            assert!(error.contains(&format!("{pointer}\"")) || error.contains(&format!("{pointer}/")), "{error}");
            assert!(error.contains("is there twice."), "{error}");
        }
        assert_eq!(
            status_as::<serde_json::Value>("{\"a\": \"\u{7f}\", \"b\": {\"a\": [1, -1, 0.5, null, true]}}"),
            StatusCode::OK
        );
        assert_eq!(status_as::<serde_json::Map<String, serde_json::Value>>("[]"), StatusCode::UNPROCESSABLE_ENTITY);
    }

    #[test]
    fn what_is_no_json_is_told_from_what_has_another_shape() {
        for body in [
            "",
            "{",
            "\u{feff}{}",
            r#"{"metadata": {"name": "a"}, "spec": {"url": "a.example"}} {}"#,
            "{\"metadata\": nan}",
        ] {
            assert_eq!(status(body), StatusCode::BAD_REQUEST, "{body:.20}");
        }
        for body in [
            "{}",
            "[]",
            r#"{"metadata": {"name": "a"}, "spec": {"url": "a.example", "uri": "x"}}"#,
            r#"{"metadata": {"name": "a"}, "metadata": {"name": "b"}, "spec": {"url": "a.example"}}"#,
            r#"{"metadata": {"name": 1}, "spec": {"url": "a.example"}}"#,
            r#"{"metadata": ["a"], "spec": {"url": "a.example"}}"#,
        ] {
            assert_eq!(status(body), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        }
        assert_eq!(status(r#"{"metadata": {"name": "a"}, "spec": {"url": "a.example"}}"#), StatusCode::OK);
    }

    #[test]
    fn the_error_names_the_field_and_quotes_no_value() {
        let body = r#"{"metadata": {"name": "a"}, "spec": {"url": "a.example", "authconfig": {"password": 90210}}}"#;
        let error = format!("{:?}", parse::<ImageRegistryInput>(body.as_bytes()).unwrap_err());
        assert!(error.contains("/spec/authconfig/password") && !error.contains("90210"), "{error}");
    }
}
