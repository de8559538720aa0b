//! Statements with a set of values.

use sqlx::{QueryBuilder, Sqlite};

/// The most values in one statement. SQLite allows 32,766 (SQLITE_MAX_VARIABLE_NUMBER), PostgreSQL one more.
pub const MOST_IN_A_SET: usize = 10_000;

/// Appends `(?, ?, …)` for the operator `in`.
pub fn push_set(builder: &mut QueryBuilder<Sqlite>, values: &[String]) {
    builder.push("(");
    let mut list = builder.separated(", ");
    for value in values {
        list.push_bind(value);
    }
    builder.push(")");
}
