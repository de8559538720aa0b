//! Standard input and output, for texts that may hold secrets.

use crate::plain_text::plain;
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

/// Writes a line to standard error, for the person at the shell: nothing depends on whether it can be written. What a server
/// sends does not move the cursor of a terminal.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", plain(text));
}

/// Writes to standard output. Without a buffer in between, which would not be wiped. A reader that has gone, as `head` does,
/// has read what it wanted.
///
/// # Errors
/// If it cannot be written.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}
