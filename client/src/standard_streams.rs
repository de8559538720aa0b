//! Standard input and output, for texts that may hold secrets.

use std::io::{self, Read, Write};
use zeroize::Zeroizing;

/// The longest question that is read. A kubelet's holds a name and a few annotations.
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads all of standard input.
///
/// # Errors
/// Also if it is longer than 1 MiB, or not UTF-8.
pub fn read_stdin() -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    io::stdin().lock().take(MAX_BYTES + 1).read_to_string(&mut text)?;
    match text.len() as u64 > MAX_BYTES {
        true => Err(io::Error::new(io::ErrorKind::FileTooLarge, "standard input is longer than 1 MiB")),
        false => Ok(text),
    }
}

/// Writes to standard output. Without a buffer in between, which would not be wiped.
///
/// # Errors
/// If nobody reads it.
pub fn print(text: &str) -> io::Result<()> {
    io::stdout().lock().write_all(text.as_bytes())?;
    io::stdout().flush()
}

/// Whether the reader of what is printed has gone, as `head` does. Nobody needs to be told.
pub fn is_closed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}
