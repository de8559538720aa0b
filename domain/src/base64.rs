//! Decodes base64, which people paste in place of the value itself.

/// Decodes base64 (RFC 4648 4), ignoring line breaks. `None` if it is not base64 or not UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0);
    let body = text.trim_end_matches(|c: char| c == '=' || c.is_ascii_whitespace());
    for c in body.bytes().filter(|c| !c.is_ascii_whitespace()) {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn only_base64_of_utf8_text_is_decoded() {
        assert_eq!(decode("dXNlcjpwYXNz").as_deref(), Some("user:pass"));
        assert_eq!(decode("dXNlcjpw\nYXNzd29yZA==\n").as_deref(), Some("user:password"));
        assert_eq!(decode("w7w=").as_deref(), Some("\u{fc}"));
        assert_eq!(decode("not base64!"), None);
        assert_eq!(decode("/////w=="), None, "not UTF-8");
    }
}
