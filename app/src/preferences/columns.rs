//! Which columns the list shows.

use crate::components::Icon;
use crate::error::AppError;
use crate::form::{FormResponse, FormValues, MutationForm, UnknownFields};
use crate::json::Json;
use crate::navigation::current_location;
use crate::page_context::page_state;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;

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

    /// Hidden until somebody chooses: the rest fits a laptop's screen.
    pub const HIDDEN_AT_FIRST: [Self; 3] = [Self::Credentials, Self::Updated, Self::Created];

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
) -> Result<FormResponse, AppError> {
    let known = |key: &String| Column::ALL.iter().any(|column| column.key() == key);
    UnknownFields::named(ticked.keys().filter(|key| !known(key)).cloned()).reject()?;
    let hidden = Column::hidden_by(|key| ticked.contains_key(key));
    let value = hidden.iter().map(|column| column.key()).collect::<Vec<_>>().join(".");
    crate::response_effects::keep_preference(crate::Preference { name: "hidden_columns", value })?;
    FormResponse::redirect(crate::accounts::local_path(&page)).send()
}

/// The menu above the table: a checkbox for each column.
#[component]
pub(crate) fn ColumnMenu() -> impl IntoView {
    let hidden = page_state().hidden_columns;
    let boxes = Column::ALL.map(|column| {
        view! {
            <label class="check">
                <input type="checkbox" name=column.key() value="shown" checked=!hidden.read_untracked().contains(&column)/>
                {column.label()}
            </label>
        }
    });
    // With script each tick counts at once.
    let apply = move |event: web_sys::Event| {
        let form = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok()?.form());
        let Some(values) = form.map(|form| FormValues::of_form(&form, None)) else { return };
        hidden.set(Column::hidden_by(|key| values.has(key)));
        spawn_local(async move {
            let _ = values.post(ChooseColumns::PATH).await;
        });
    };
    view! {
        <button type="button" class="button" popovertarget="columns"><Icon name="columns"/>"Columns"</button>
        <div popover id="columns" class="menu">
            <MutationForm action=ChooseColumns::PATH page=current_location() stay=true>
                <fieldset on:change=apply><legend>"Columns"</legend>{boxes.collect_view()}</fieldset>
                <button type="submit" class="button no-script-only">"Apply"</button>
            </MutationForm>
        </div>
    }
}
