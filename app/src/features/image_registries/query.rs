//! The query of the list. All of it is in the address, so that it can be shared.

use crate::features::image_registries::{Column, ListParams};
use domain::{Name, Phase};

/// The possible numbers of rows per page.
pub const PER_PAGE_CHOICES: [u32; 4] = [10, 25, 50, 100];

/// The maximum length of a search text, in characters.
pub const MAX_SEARCH_CHARS: usize = 255;

const DEFAULT_PER_PAGE: u32 = 25;

/// The validated query parameters of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Text in name, URL or repository, ignoring case; empty for all.
    pub search: String,
    /// `None` for all.
    pub workspace: Option<Name>,
    /// `None` for all.
    pub status: Option<Phase>,
    pub sort: Sort,
    /// Counted from 1. A page beyond the last means the last.
    pub page: u32,
    /// One of [`PER_PAGE_CHOICES`].
    pub per_page: u32,
}

/// The order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    pub column: SortColumn,
    /// Largest or latest first.
    pub descending: bool,
}

/// A column to sort by. A closed set, so that a query cannot name another column, such as a secret's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortColumn {
    /// By name, then by id.
    Name,
    Other(Column),
}

impl SortColumn {
    /// Every column, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Name).chain(Column::ALL.into_iter().map(Self::Other))
    }

    /// The key in the query string.
    pub fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Other(column) => column.key(),
        }
    }

    /// The column's heading.
    pub fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Other(column) => column.label(),
        }
    }
}

impl Sort {
    /// The order of a list that names none.
    pub const DEFAULT: Self = Self { column: SortColumn::Name, descending: false };

    /// Parses `name` or, for descending order, `-name`. Empty means the default.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::DEFAULT);
        }
        let (key, descending) = text.strip_prefix('-').map_or((text, false), |key| (key, true));
        let column = SortColumn::all().find(|column| column.key() == key)?;
        Some(Self { column, descending })
    }
}

impl ListQuery {
    /// Validates query parameters. Empty means the default.
    ///
    /// # Errors
    /// A sentence for each invalid parameter, with what is allowed.
    pub fn parse(params: &ListParams) -> Result<Self, String> {
        let mut sentences = Vec::new();
        let mut report = |sentence: String| sentences.push(sentence);

        let workspace = match params.workspace.as_str() {
            "" => None,
            text => Name::parse(text)
                .map_err(|_| report("\u{201c}workspace\u{201d} is not a valid workspace name.".to_owned()))
                .ok(),
        };
        let status = match params.status.as_str() {
            "" => None,
            text => Phase::parse(text).or_else(|| {
                report("\u{201c}status\u{201d} can be Pending, Connected or Failed.".to_owned());
                None
            }),
        };
        let sort = Sort::parse(&params.sort).or_else(|| {
            let keys: Vec<_> = SortColumn::all().map(SortColumn::key).collect();
            report(format!(
                "\u{201c}sort\u{201d} can be one of {}, each with - before it for descending order.",
                keys.join(", ")
            ));
            None
        });
        let page = match params.page.as_str() {
            "" => Some(1),
            text => text.parse().ok().or_else(|| {
                report("\u{201c}page\u{201d} must be a number, 1 or greater.".to_owned());
                None
            }),
        };
        let per_page = match params.per_page.as_str() {
            "" => Some(DEFAULT_PER_PAGE),
            text => text.parse().ok().filter(|rows| PER_PAGE_CHOICES.contains(rows)).or_else(|| {
                report("\u{201c}per_page\u{201d} can be 10, 25, 50 or 100.".to_owned());
                None
            }),
        };
        if params.q.chars().count() > MAX_SEARCH_CHARS {
            report(format!("Search for {MAX_SEARCH_CHARS} characters or fewer."));
        }
        // The database would end the search text at a NUL, and find everything.
        if params.q.contains('\0') {
            report("A search cannot contain a NUL character.".to_owned());
        }
        match (sort, page, per_page) {
            (Some(sort), Some(page), Some(per_page)) if sentences.is_empty() => {
                Ok(Self { search: params.q.trim().to_owned(), workspace, status, sort, page, per_page })
            }
            _ => Err(sentences.join(" ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn params(pairs: &[(&str, &str)]) -> ListParams {
        pairs.iter().fold(ListParams::default(), |params, (key, value)| params.with(key, value))
    }

    proptest! {
        #[test]
        fn query_parameters_are_parsed_as_sent(q in "[^\u{0}]{0,20}", sort in "-?(name|url|created)", page in 1u32..99) {
            let params = params(&[("q", &q), ("sort", &sort), ("page", &page.to_string())]);
            let query = ListQuery::parse(&params).unwrap();
            prop_assert_eq!(query.search, q.trim());
            prop_assert_eq!(query.sort.descending, sort.starts_with('-'));
        }

        #[test]
        fn any_query_parameter_is_valid_or_has_an_error_message(key in "(q|workspace|status|sort|page|per_page)", value in "(?s).{0,300}") {
            if let Err(sentence) = ListQuery::parse(&params(&[(&key, &value)])) {
                prop_assert!(!sentence.is_empty());
            }
        }
    }

    #[test]
    fn s8_only_columns_of_the_table_can_be_sorted_by() {
        for column in ["password", "password_sealed", "id", "name;--", "--name", "NAME"] {
            assert!(ListQuery::parse(&params(&[("sort", column)])).is_err(), "{column}");
        }
    }

    #[test]
    fn all_invalid_query_parameters_are_reported_together() {
        let sentence = ListQuery::parse(&params(&[("page", "x"), ("per_page", "7"), ("status", "up")])).unwrap_err();
        for word in ["page", "10, 25, 50 or 100", "Connected"] {
            assert!(sentence.contains(word), "{sentence}");
        }
    }
}
