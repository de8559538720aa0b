//! Asks before something is written.

use super::error::CommandError;
use std::io::{self, BufRead, IsTerminal, Write};

/// Asks, unless it has been said already.
///
/// # Errors
/// [`CommandError::Unconfirmed`] if nobody is there to ask, [`CommandError::Declined`] if the person says no.
pub fn confirm(question: &str, is_confirmed: bool) -> Result<(), CommandError> {
    if is_confirmed {
        return Ok(());
    }
    // What comes from a pipe is no answer.
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(CommandError::Unconfirmed);
    }
    write!(io::stderr().lock(), "{question} [y/N] ")?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(CommandError::Declined),
    }
}
