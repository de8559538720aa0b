//! What the list is asked for. Everything stands in the address, so that it can be shared.

use crate::features::image_registries::{Column, ListParams};
use domain::{Name, Phase};

/// How many rows a page may have.
pub const PER_PAGE_CHOICES: [u32; 4] = [10, 25, 50, 100];

/// The longest text that can be searched for, in characters.
pub const MAX_SEARCH_CHARS: usize = 255;

const DEFAULT_PER_PAGE: u32 = 25;

/// A question that the list can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Text within name, URL or repository, in any letter case; empty for all.
    pub search: String,
    /// Only this workspace.
    pub workspace: Option<Name>,
    /// Only this status.
    pub status: Option<Phase>,
    /// In which order.
    pub sort: Sort,
    /// Which page, from 1. Beyond the last page means the last.
    pub page: u32,
    /// One of [`PER_PAGE_CHOICES`].
    pub per_page: u32,
}

/// An order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By which column.
    pub column: SortColumn,
    /// The largest or latest first.
    pub descending: bool,
}

/// The columns that can be sorted by. There is no other: a secret's column cannot be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortColumn {
    /// The name, then the id.
    Name,
    /// Another column of the table.
    Other(Column),
}

impl SortColumn {
    /// Every column, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Name).chain(Column::ALL.into_iter().map(Self::Other))
    }

    /// The word in the address.
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
    /// Reads `name` or, for the other direction, `-name`. Nothing means by name.
    fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self { column: SortColumn::Name, descending: false });
        }
        let (key, descending) = text.strip_prefix('-').map_or((text, false), |key| (key, true));
        let column = SortColumn::all().find(|column| column.key() == key)?;
        Some(Self { column, descending })
    }
}

impl ListQuery {
    /// Reads the parameters of an address. What is empty means the default.
    ///
    /// # Errors
    /// A sentence for each parameter that is not understood, with what is allowed.
    pub fn parse(params: &ListParams) -> Result<Self, String> {
        let mut field_errors = Vec::new();
        let mut keep = |sentence: String| field_errors.push(sentence);

        let workspace = match params.workspace.as_str() {
            "" => None,
            text => Name::parse(text)
                .map_err(|_| keep("\u{201c}workspace\u{201d} is not a valid workspace name.".to_owned()))
                .ok(),
        };
        let status = match params.status.as_str() {
            "" => None,
            text => Phase::parse(text).or_else(|| {
                keep("\u{201c}status\u{201d} can be Pending, Connected or Failed.".to_owned());
                None
            }),
        };
        let sort = Sort::parse(&params.sort).or_else(|| {
            let keys: Vec<_> = SortColumn::all().map(SortColumn::key).collect();
            keep(format!(
                "\u{201c}sort\u{201d} can be one of {}, each with - before it for the other direction.",
                keys.join(", ")
            ));
            None
        });
        let page = match params.page.as_str() {
            "" => Some(1),
            text => text.parse().ok().or_else(|| {
                keep("\u{201c}page\u{201d} is a number from 1.".to_owned());
                None
            }),
        };
        let per_page = match params.per_page.as_str() {
            "" => Some(DEFAULT_PER_PAGE),
            text => text.parse().ok().filter(|rows| PER_PAGE_CHOICES.contains(rows)).or_else(|| {
                keep("\u{201c}per_page\u{201d} can be 10, 25, 50 or 100.".to_owned());
                None
            }),
        };
        if params.q.chars().count() > MAX_SEARCH_CHARS {
            keep(format!("Search for {MAX_SEARCH_CHARS} characters or fewer."));
        }
        // The database would stop reading at a NUL, and find everything.
        if params.q.contains('\0') {
            keep("A search cannot hold a NUL character.".to_owned());
        }
        match (sort, page, per_page) {
            (Some(sort), Some(page), Some(per_page)) if field_errors.is_empty() => {
                Ok(Self { search: params.q.trim().to_owned(), workspace, status, sort, page, per_page })
            }
            _ => Err(field_errors.join(" ")),
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
        fn an_address_comes_back_as_it_went(q in "[^\u{0}]{0,20}", sort in "-?(name|url|created)", page in 1u32..99) {
            let params = params(&[("q", &q), ("sort", &sort), ("page", &page.to_string())]);
            let query = ListQuery::parse(&params).unwrap();
            prop_assert_eq!(query.search, q.trim());
            prop_assert_eq!(query.sort.descending, sort.starts_with('-'));
        }

        #[test]
        fn any_parameter_is_an_answer_or_a_sentence(key in "(q|workspace|status|sort|page|per_page)", value in "(?s).{0,300}") {
            if let Err(sentence) = ListQuery::parse(&params(&[(&key, &value)])) {
                prop_assert!(!sentence.is_empty());
            }
        }
    }

    #[test]
    fn only_the_columns_of_the_table_can_be_sorted_by() {
        for column in ["password", "password_sealed", "id", "name;--", "--name", "NAME"] {
            assert!(ListQuery::parse(&params(&[("sort", column)])).is_err(), "{column}");
        }
    }

    #[test]
    fn what_is_not_understood_is_said_all_at_once() {
        let sentence = ListQuery::parse(&params(&[("page", "x"), ("per_page", "7"), ("status", "up")])).unwrap_err();
        for word in ["page", "10, 25, 50 or 100", "Connected"] {
            assert!(sentence.contains(word), "{sentence}");
        }
    }
}
