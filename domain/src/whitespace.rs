//! White space around a value is a copy-and-paste mistake. It is reported rather than trimmed, so that nothing is
//! guessed.

/// Whether `text` begins or ends with white space.
pub fn is_padded(text: &str) -> bool {
    text.trim().len() != text.len()
}
