//! Statements with a set of values.

/// The most values in one statement. SQLite allows 32,766 (SQLITE_MAX_VARIABLE_NUMBER), PostgreSQL 65,535.
pub const MOST_IN_A_SET: usize = 10_000;

/// `($1, $2, …)` for the operator `in`, beginning with this number.
pub fn placeholders(first: usize, count: usize) -> String {
    let numbered: Vec<_> = (first..first + count).map(|number| format!("${number}")).collect();
    format!("({})", numbered.join(", "))
}
