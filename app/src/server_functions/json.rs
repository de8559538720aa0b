//! JSON between browser and server.
//!
//! The framework's own codec parses JSON from bytes, while its pages parse it from text: the browser would download two
//! parsers for every type. This codec parses text, as the pages do.

use leptos::server_fn::codec::Post;
use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The codec.
pub struct JsonText;

/// The encoding of server functions' results.
pub(crate) type Json = Post<JsonText>;

impl ContentType for JsonText {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for JsonText {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for JsonText {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<bytes::Bytes, Self::Error> {
        serde_json::to_vec(output).map(Into::into)
    }
}

impl<T: DeserializeOwned> Decodes<T> for JsonText {
    type Error = String;

    fn decode(bytes: bytes::Bytes) -> Result<T, Self::Error> {
        let text = std::str::from_utf8(&bytes).map_err(|error| error.to_string())?;
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

/// A feature's own type, as JSON text inside a type that knows no feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload(String);

impl Payload {
    pub fn of(value: &impl Serialize) -> Self {
        // If this fails, `read` returns `None`.
        Self(serde_json::to_string(value).unwrap_or_default())
    }

    /// Decodes the value, or returns `None` if it is of another type.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server_functions::{AppError, FormResponse};

    #[test]
    fn a_payload_is_read_only_as_the_type_that_it_was_made_of() {
        let payload = Payload::of(&FormResponse::redirect("/workspaces"));
        assert_eq!(payload.read(), Some(FormResponse::redirect("/workspaces")));
        assert_eq!(payload.read::<AppError>(), None);
    }

    #[test]
    fn a_value_that_is_not_json_becomes_a_payload_of_no_type() {
        let by_list = std::collections::BTreeMap::from([(vec![1], 2)]);
        assert!(serde_json::to_string(&by_list).is_err());
        assert_eq!(Payload::of(&by_list).read::<()>(), None);
    }

    #[test]
    fn the_codec_writes_the_text_that_pages_read() {
        let sent = FormResponse::redirect("/").with_flash("Created \u{201c}caf\u{e9}\u{201d}.");
        let bytes = JsonText::encode(&sent).unwrap();
        let text = std::str::from_utf8(&bytes).unwrap();
        assert_eq!(serde_json::from_str::<FormResponse>(text).unwrap(), sent);
        assert_eq!(JsonText::decode(bytes), Ok(sent));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_an_error() {
        let decoded: Result<String, _> = JsonText::decode(bytes::Bytes::from_static(b"\"\xff\""));
        assert!(decoded.unwrap_err().contains("utf-8"));
    }
}
