//! The query of the list of users. All of it is in the address.

use super::UserParams;

/// The maximum length of a search text, in characters.
const MAX_SEARCH_CHARS: usize = 255;

/// The rows on a page.
pub(super) const USERS_PER_PAGE: u32 = 50;

/// The validated query parameters of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserQuery {
    /// Text in the name, ignoring case; empty for all.
    pub search: String,
    pub column: UserColumn,
    pub descending: bool,
    /// Counted from 1. A page beyond the last means the last.
    pub page: u32,
    pub per_page: u32,
}

/// A column to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserColumn {
    Name,
    Role,
    Created,
}

impl UserColumn {
    pub(super) const ALL: [Self; 3] = [Self::Name, Self::Role, Self::Created];

    /// The key in the query string.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Role => "role",
            Self::Created => "created",
        }
    }

    /// The column of a sort parameter, and whether its order is descending. By name if there is none.
    pub(super) fn parse(sort: &str) -> Option<(Self, bool)> {
        let (key, descending) = sort.strip_prefix('-').map_or((sort, false), |key| (key, true));
        let column = Self::ALL.into_iter().find(|column| column.key() == key);
        if sort.is_empty() { Some((Self::Name, false)) } else { column.map(|column| (column, descending)) }
    }
}

impl UserQuery {
    /// # Errors
    /// What is allowed in place of a parameter that no page sends.
    pub fn parse(params: &UserParams) -> Result<Self, String> {
        let search = params.q.trim();
        if search.chars().count() > MAX_SEARCH_CHARS {
            return Err(format!("Search for {MAX_SEARCH_CHARS} characters at most."));
        }
        let Some((column, descending)) = UserColumn::parse(&params.sort) else {
            return Err(
                "sort can be one of name, role, created, with \u{201c}-\u{201d} before it to reverse it.".to_owned()
            );
        };
        Ok(Self {
            search: search.to_owned(),
            column,
            descending,
            page: params.page.parse().unwrap_or(1),
            per_page: USERS_PER_PAGE,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sort_parameter_names_a_column_and_its_order() {
        assert_eq!(UserColumn::parse(""), Some((UserColumn::Name, false)));
        for column in UserColumn::ALL {
            assert_eq!(UserColumn::parse(column.key()), Some((column, false)));
            assert_eq!(UserColumn::parse(&format!("-{}", column.key())), Some((column, true)));
        }
        for unknown in ["password_hash", "-", "--name", "Name"] {
            assert_eq!(UserColumn::parse(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_search_text_has_a_limit() {
        let query = |q: &str| UserQuery::parse(&UserParams { q: q.to_owned(), ..UserParams::default() });
        assert!(query(&"x".repeat(MAX_SEARCH_CHARS)).is_ok());
        assert!(query(&"x".repeat(MAX_SEARCH_CHARS + 1)).is_err());
        assert_eq!(query(" anna ").map(|query| query.search), Ok("anna".to_owned()));
    }
}
