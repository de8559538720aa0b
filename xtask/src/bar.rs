//! The table of `docs/security.md`: each row of the bar is in it, the tests that it names are there, and each test that is
//! named after a row is in that row.
//!
//! A test is named after the rows that it holds: `w5_w6_…` in Rust, `W10: …` in the browser tests, and in the label of a
//! scenario of the soak.

use crate::command::root;
use crate::soak::Scenario;
use clap::ValueEnum;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The rows, and how many there are of each letter.
const ROWS: [(char, u32); 5] = [('S', 10), ('T', 12), ('W', 13), ('R', 12), ('Q', 5)];

/// Row and test, of all that there are.
type Pairs = BTreeSet<(String, String)>;

#[test]
fn every_row_of_the_bar_is_in_the_table_with_the_tests_that_are_named_after_it() {
    let text = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let rows = table(&text);
    let all: BTreeSet<String> =
        ROWS.iter().flat_map(|(letter, count)| (1..=*count).map(move |row| format!("{letter}{row}"))).collect();
    let twice: Vec<_> = rows.iter().filter(|(_, cells)| cells.len() != 1).map(|(row, _)| row).collect();
    assert!(twice.is_empty(), "more than once in docs/security.md: {twice:?}");
    assert_eq!(
        rows.keys().cloned().collect::<BTreeSet<_>>(),
        all,
        "the rows of docs/security.md, and those of the bar"
    );

    let named: Pairs = rows
        .iter()
        .flat_map(|(row, cells)| code_in(cells[0]).map(move |test| (row.clone(), test.to_owned())))
        .collect();
    let there = tests();
    let missing: Vec<_> = there.difference(&named).collect();
    assert!(missing.is_empty(), "named after a row, but not in that row of docs/security.md: {missing:?}");
    let unknown: Vec<_> = named.difference(&there).collect();
    assert!(unknown.is_empty(), "in docs/security.md, but no test with that name: {unknown:?}");
}

/// The last cells of each row of the table.
fn table(text: &str) -> BTreeMap<String, Vec<&str>> {
    let mut rows = BTreeMap::<_, Vec<_>>::new();
    for line in text.lines() {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        if cells.len() == 3 && is_row(cells[0]) {
            rows.entry(cells[0].to_owned()).or_default().push(cells[2]);
        }
    }
    rows
}

/// `S1`, but neither `Source` nor `s1`.
fn is_row(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|letter| ROWS.iter().any(|(known, _)| *known == letter))
        && letters.as_str().parse::<u32>().is_ok()
}

fn code_in(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// All tests that are named after rows, once for each row.
fn tests() -> Pairs {
    let mut found = Pairs::new();
    for folder in ["app", "domain", "server", "xtask"] {
        for (word, _) in words_after(&root().join(folder), "rs", "fn ") {
            let rows = word.split('_').map(str::to_uppercase).take_while(|word| is_row(word));
            found.extend(rows.map(|row| (row, word.clone())));
        }
    }
    for (_, rest) in words_after(&root().join("end2end/tests"), "ts", "test(\"") {
        let title = rest.split('"').next().unwrap_or_default();
        let rows = title.split_once(": ").map_or("", |(rows, _)| rows).split(", ").filter(|row| is_row(row));
        found.extend(rows.map(|row| (row.to_owned(), title.to_owned())));
    }
    for scenario in Scenario::value_variants() {
        let step = format!("cargo xtask soak --only {}", scenario.to_possible_value().unwrap().get_name());
        found.extend(scenario.rows().iter().map(|row| ((*row).to_owned(), step.clone())));
    }
    found
}

/// The word after each occurrence of `before` at the beginning of a line, and the rest of that line.
fn words_after(folder: &Path, extension: &str, before: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(words_after(&path, extension, before));
        } else if path.extension().is_some_and(|it| it == extension) {
            let text = fs::read_to_string(&path).unwrap();
            let rests =
                text.lines().filter_map(|line| line.trim_start().trim_start_matches("async ").strip_prefix(before));
            found.extend(rests.map(|rest| {
                let word = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                (word, rest.to_owned())
            }));
        }
    }
    found
}
