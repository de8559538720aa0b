//! What commands print.

use crate::plain_text::plain;
use crate::standard_streams;
use api::manifest::resources_to_yaml;
use clap::ValueEnum;
use serde::Serialize;
use std::io;

/// How a result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    Json,
    Yaml,
}

impl Format {
    /// A result in this format; `None` if it is for people.
    pub fn encode(self, result: &impl Serialize) -> io::Result<Option<String>> {
        match self {
            Self::Table => Ok(None),
            Self::Json => Ok(Some(serde_json::to_string_pretty(result)?)),
            Self::Yaml => Ok(Some(resources_to_yaml(&[result]).map_err(io::Error::other)?)),
        }
    }
}

/// Writes a result.
pub fn print(text: &str) -> io::Result<()> {
    standard_streams::print(text)?;
    if text.ends_with('\n') { Ok(()) } else { standard_streams::print("\n") }
}

/// Columns as wide as what is in them, two spaces apart.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([head[column].len()]).max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..head.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    let rows = rows.iter().map(|row| line(&mut row.iter().map(String::as_str)));
    [line(&mut head.iter().copied())].into_iter().chain(rows).map(|line| plain(&line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned_and_obeys_no_escape_sequence() {
        let rows = [vec!["a".to_owned(), "long \u{1b}[31mname".to_owned()], vec!["longer".to_owned(), String::new()]];
        assert_eq!(table(&["NAME", "B"], &rows), "NAME    B\na       long \\u{1b}[31mname\nlonger\n");
    }
}
