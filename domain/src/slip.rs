//! Mistakes in typed or pasted values that are hard to see.

use std::fmt;

/// A mistake that leaves a value looking right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slip {
    /// The value contains invisible characters.
    Invisible {
        /// The first invisible character.
        character: char,
        /// The value without them.
        suggestion: Option<String>,
    },
    /// The value is in straight or curly quotation marks.
    Quoted {
        /// The value without them.
        suggestion: Option<String>,
    },
    /// The value contains full-width forms of ASCII characters.
    FullWidth {
        /// The value in ASCII.
        suggestion: Option<String>,
    },
}

impl Slip {
    /// The first slip in `text`, if any. Only the server looks for them; in the browser such a value breaks another
    /// rule.
    pub fn find(text: &str) -> Option<Self> {
        if !cfg!(feature = "server") {
            return None;
        }
        // No suggestion if there is an at sign: the text before it may be a password.
        let offered = |text: String| Some(text).filter(|text| !text.is_empty() && !text.contains('@'));
        if let Some(character) = first_invisible(text) {
            let suggestion = offered(text.chars().filter(|c| !is_invisible(*c)).collect());
            return Some(Self::Invisible { character, suggestion });
        }
        // In a command, quotation marks may surround a password.
        if !text.contains(char::is_whitespace) && (text.starts_with(is_quote) || text.ends_with(is_quote)) {
            return Some(Self::Quoted { suggestion: offered(text.trim_matches(is_quote).to_owned()) });
        }
        let plain: String = text.chars().map(plain).collect();
        (plain != text).then(|| Self::FullWidth { suggestion: offered(plain) })
    }
}

/// The first invisible character of `text`.
pub fn first_invisible(text: &str) -> Option<char> {
    text.chars().find(|c| is_invisible(*c))
}

/// Whether a character has no width or changes the writing direction. White space does not count.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\0'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}'
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '\u{ab}' | '\u{bb}' | '\u{2018}'..='\u{201f}' | '\u{2039}' | '\u{203a}')
}

/// The ASCII character for a full-width one, which Chinese and Japanese input methods write.
fn plain(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3002}' => '.',
        _ => c,
    }
}

/// The code point of an invisible character, for messages: `U+200B`.
pub(super) fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

impl std::error::Error for Slip {}

impl fmt::Display for Slip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, suggestion) = match self {
            Self::Invisible { character, suggestion } => {
                write!(f, "Remove the invisible character ({})", code_point(*character))?;
                ("", suggestion)
            }
            Self::Quoted { suggestion } => ("Remove the quotation marks", suggestion),
            Self::FullWidth { suggestion } => ("Replace the full-width characters", suggestion),
        };
        f.write_str(what)?;
        match suggestion {
            Some(suggestion) => write!(f, ": use {suggestion}"),
            None => f.write_str("."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_suggestion_contains_no_further_slip(text in "[a-z\"\u{200b}\u{feff}\u{ff0e}\u{ff1a}\u{201c}]{0,12}") {
            let mut text = text;
            for _ in 0..3 {
                match Slip::find(&text) {
                    Some(Slip::Invisible { suggestion: Some(offer), .. }
                        | Slip::Quoted { suggestion: Some(offer) }
                        | Slip::FullWidth { suggestion: Some(offer) }) => text = offer,
                    _ => return Ok(()),
                }
            }
            prop_assert_eq!(Slip::find(&text), None);
        }
    }

    #[test]
    fn each_slip_is_reported_with_the_corrected_value() {
        let message = |text: &str| Slip::find(text).map(|slip| slip.to_string()).unwrap_or_default();
        assert_eq!(message("a\u{200b}.example"), "Remove the invisible character (U+200B): use a.example");
        assert_eq!(message("\u{200b}"), "Remove the invisible character (U+200B).");
        assert_eq!(message("\u{201c}a.example\u{201d}"), "Remove the quotation marks: use a.example");
        assert_eq!(message("\u{ff52}eg\u{3002}example"), "Replace the full-width characters: use reg.example");
        assert_eq!(message("https://u:secret@\u{feff}a.example"), "Remove the invisible character (U+FEFF).");
        assert_eq!(message("a.example b\t"), "", "white space is visible");
    }
}
