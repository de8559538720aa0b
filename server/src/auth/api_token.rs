//! The form of a token of the API: `portolan_`, 64 hexadecimal digits, `_`, and 8 digits that are their CRC-32. The
//! prefix and the checksum let secret scanners find a token that has leaked, without asking the server.

use crate::entropy::{self, Entropy};
use domain::Secret;

const PREFIX: &str = "portolan_";

/// A new token: 256 random bits.
pub fn new_api_token(entropy: &dyn Entropy) -> Secret {
    let digits = entropy::token(entropy);
    Secret::new(format!("{PREFIX}{digits}_{}", checksum(&digits)))
}

/// What is stored of a token; `None` if it is none, which its form shows without a look at the database.
pub fn api_token_hash(token: &str) -> Option<String> {
    let (digits, sum) = token.strip_prefix(PREFIX)?.split_once('_')?;
    let is_token = digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (is_token && sum == checksum(digits)).then(|| entropy::token_hash(token))
}

fn checksum(digits: &str) -> String {
    format!("{:08x}", crc32fast::hash(digits.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;
    use proptest::prelude::*;

    #[test]
    fn a_new_token_is_recognised() {
        let token = new_api_token(&SystemEntropy);
        assert_eq!(token.expose().len(), "portolan_".len() + 64 + 1 + 8);
        assert!(api_token_hash(token.expose()).is_some());
        assert_eq!(checksum("0"), "f4dbdf21", "CRC-32 as in ISO 3309");
    }

    proptest! {
        #[test]
        fn a_mistyped_token_is_not(at in 0usize..82, to in "[ -~]") {
            let token = new_api_token(&SystemEntropy);
            let mut mistyped = token.expose().to_owned();
            mistyped.replace_range(at..=at, &to);
            prop_assert_eq!(api_token_hash(&mistyped).is_some(), mistyped == token.expose());
        }

        #[test]
        fn any_other_text_is_not(text in "(?s).{0,100}") {
            prop_assert_eq!(api_token_hash(&text), None);
        }
    }
}
