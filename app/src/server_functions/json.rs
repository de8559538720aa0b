//! JSON between browser and server.
//!
//! The framework's own codec reads JSON from bytes, and its pages read JSON from text: the browser would carry
//! two readers for every type. This one reads from text, as the pages do.

use leptos::server_fn::codec::Post;
use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The encoding.
pub struct JsonText;

/// What server functions answer with.
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
    /// Encodes a value.
    pub fn of(value: &impl Serialize) -> Self {
        // What cannot be encoded cannot be read either: `read` gives none.
        Self(serde_json::to_string(value).unwrap_or_default())
    }

    /// Decodes it; none if it holds another type.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.0).ok()
    }
}
