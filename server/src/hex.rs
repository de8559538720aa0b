//! Hexadecimal encoding, for ids, tokens and sealed values.

/// Two lowercase digits per byte.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect()
}

/// `None` if the text is not hexadecimal.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

fn digit(value: u8) -> char {
    char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hex_encoding_round_trips(bytes: Vec<u8>) {
            prop_assert_eq!(super::decode(&super::encode(&bytes)), Some(bytes));
        }

        #[test]
        fn text_that_is_not_hexadecimal_is_rejected(text in "[0-9a-f]{0,3}[g-z ]") {
            prop_assert_eq!(super::decode(&text), None);
        }
    }
}
