//! Which columns the list shows.

use crate::components::Icon;
use crate::form::{Done, MutationForm, SubmitButton, Unexpected, Values};
use crate::json::Json;
use crate::navigation::here;
use crate::refusal::Refusal;
use crate::viewer::live;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A column of the list that can be hidden. The name always stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    /// The workspace.
    Workspace,
    /// The URL.
    Url,
    /// The repository.
    Repository,
    /// The username, or "anonymous".
    Credentials,
    /// The status.
    Status,
    /// When it was last changed.
    Updated,
    /// When it was created.
    Created,
}

impl Column {
    /// Every column, in the order of the table.
    pub const ALL: [Self; 7] =
        [Self::Status, Self::Workspace, Self::Url, Self::Repository, Self::Credentials, Self::Updated, Self::Created];

    /// The word for cookies, forms and the sort order in the address.
    pub fn key(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::Url => "url",
            Self::Repository => "repository",
            Self::Credentials => "credentials",
            Self::Status => "status",
            Self::Updated => "updated",
            Self::Created => "created",
        }
    }

    /// The column's heading.
    pub fn label(self) -> &'static str {
        match self {
            Self::Workspace => "Workspace",
            Self::Url => "URL",
            Self::Repository => "Repository",
            Self::Credentials => "Credentials",
            Self::Status => "Status",
            Self::Updated => "Updated",
            Self::Created => "Created",
        }
    }

    /// The columns that a cookie's value hides; what it does not know it passes over.
    pub fn parse_hidden(cookie: &str) -> Vec<Self> {
        Self::ALL.into_iter().filter(|column| cookie.split('.').any(|key| key == column.key())).collect()
    }

    /// Every column whose checkbox was not ticked.
    fn hidden_by(shown: impl Fn(&str) -> bool) -> Vec<Self> {
        Self::ALL.into_iter().filter(|column| !shown(column.key())).collect()
    }
}

/// Keeps the choice of columns in a cookie and comes back to the list. A column's field is sent where it
/// is shown.
#[server(prefix = "/ui", endpoint = "preferences/columns", output = Json)]
pub async fn choose_columns(
    page: String,
    #[server(flatten)] ticked: BTreeMap<String, String>,
) -> Result<Done, Refusal> {
    let known = |key: &String| Column::ALL.iter().any(|column| column.key() == key);
    Unexpected::named(ticked.keys().filter(|key| !known(key)).cloned()).refuse()?;
    let hidden = Column::hidden_by(|key| ticked.contains_key(key));
    super::keep("hidden_columns", &hidden.iter().map(|column| column.key()).collect::<Vec<_>>().join("."));
    Ok(Done::at(crate::accounts::local_path(&page)))
}

/// The menu above the table: a checkbox for each column.
#[component]
pub(crate) fn ColumnMenu() -> impl IntoView {
    let hidden = live().hidden_columns;
    let boxes = Column::ALL.map(|column| {
        view! {
            <label class="check">
                <input type="checkbox" name=column.key() value="shown" checked=!hidden.read_untracked().contains(&column)/>
                {column.label()}
            </label>
        }
    });
    let apply = Callback::new(move |values: Values| {
        hidden.set(Column::hidden_by(|key| values.has(key)));
    });
    view! {
        <button type="button" class="button" popovertarget="columns"><Icon name="columns"/>"Columns"</button>
        <div popover id="columns" class="menu">
            <MutationForm action=ChooseColumns::PATH page=here() on_submit=apply stay=true>
                <fieldset><legend>"Columns"</legend>{boxes.collect_view()}</fieldset>
                <SubmitButton label="Apply" pending="Applying\u{2026}"/>
            </MutationForm>
        </div>
    }
}
