//! Decodes base64, which people paste in place of the value itself.

use ::base64::Engine;
use ::base64::alphabet::STANDARD;
use ::base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// Takes what people paste: `=` at the end may be missing.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Decodes base64 (RFC 4648 4), ignoring line breaks. `None` if it is not base64 or not UTF-8.
pub fn decode(text: &str) -> Option<String> {
    // It may be a password.
    let text: Zeroizing<Vec<u8>> = text.bytes().filter(|c| !c.is_ascii_whitespace()).collect::<Vec<_>>().into();
    String::from_utf8(LENIENT.decode(&text[..]).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn only_base64_of_utf8_text_is_decoded() {
        assert_eq!(decode("dXNlcjpwYXNz").as_deref(), Some("user:pass"));
        assert_eq!(decode("dXNlcjpw\nYXNzd29yZA==\n").as_deref(), Some("user:password"));
        assert_eq!(decode("w7w=").as_deref(), Some("\u{fc}"));
        assert_eq!(decode("w7w").as_deref(), Some("\u{fc}"), "without padding");
        assert_eq!(decode("not base64!"), None);
        assert_eq!(decode("/////w=="), None, "not UTF-8");
    }
}
