//! Text of others on a terminal.

/// Without characters that a terminal would obey: a manifest, or the answer of a server, may come from anywhere.
pub fn plain(text: &str) -> String {
    let is_obeyed = |c: char| c.is_control() && c != '\n' || domain::is_invisible(c);
    text.chars().flat_map(|c| if is_obeyed(c) { c.escape_unicode().collect() } else { vec![c] }).collect()
}
