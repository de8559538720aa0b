//! White space around a value is a slip of the clipboard: we say so instead of guessing what was meant.

/// Whether `text` begins or ends with white space.
pub fn is_padded(text: &str) -> bool {
    text.trim().len() != text.len()
}
