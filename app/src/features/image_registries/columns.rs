//! The columns of the list: order, headings and visibility. A column's key is also its sort key and the class of its
//! cells, by which `style/table.css` hides it.

use crate::leptos_ext::current_location;
use crate::local_path::local_path;
use crate::page_context::{HIDDEN_COLUMNS, page_context};
use crate::server_functions::{AppError, FormResponse, FormValues, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{Preference, keep_preference};
use crate::ui::{Icon, MutationForm};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;

/// A column of the list that can be hidden. The name is always shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    Workspace,
    Url,
    Repository,
    /// The username, or "anonymous".
    Credentials,
    Status,
    Updated,
    Created,
}

impl Column {
    /// Every column, in the order of the table.
    pub const ALL: [Self; 7] =
        [Self::Status, Self::Workspace, Self::Url, Self::Repository, Self::Credentials, Self::Updated, Self::Created];

    /// The key in cookies, forms and query strings.
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

    /// Hidden by default, because the rest fits a laptop's screen.
    const HIDDEN_AT_FIRST: [Self; 3] = [Self::Credentials, Self::Updated, Self::Created];

    /// The columns that a cookie's value hides. Unknown keys are ignored.
    fn parse_hidden(cookie: &str) -> Vec<Self> {
        Self::ALL.into_iter().filter(|column| cookie.split('.').any(|key| key == column.key())).collect()
    }

    /// The columns whose checkboxes are not ticked.
    fn hidden_by(shown: impl Fn(&str) -> bool) -> Vec<Self> {
        Self::ALL.into_iter().filter(|column| !shown(column.key())).collect()
    }
}

/// The hidden columns, for as long as the app runs in the browser.
#[derive(Clone, Copy)]
struct HiddenColumns(RwSignal<Vec<Column>>);

/// Starts with the columns that this browser has hidden.
pub(crate) fn provide_columns() {
    let chosen = page_context().preference(HIDDEN_COLUMNS).map(Column::parse_hidden);
    let hidden = chosen.unwrap_or_else(|| Column::HIDDEN_AT_FIRST.to_vec());
    provide_context(HiddenColumns(RwSignal::new(hidden)));
}

pub(super) fn hidden_columns() -> RwSignal<Vec<Column>> {
    let HiddenColumns(hidden) = expect_context();
    hidden
}

/// Stores the choice of columns in a cookie and returns to the list. Only the fields of shown columns are sent.
#[server(prefix = "/ui", endpoint = "preferences/columns", output = Json)]
pub async fn choose_columns(
    page: String,
    #[server(flatten)] ticked: BTreeMap<String, String>,
) -> Result<FormResponse, AppError> {
    let known = |key: &String| Column::ALL.iter().any(|column| column.key() == key);
    UnknownFields::named(ticked.keys().filter(|key| !known(key)).cloned()).reject()?;
    let hidden = Column::hidden_by(|key| ticked.contains_key(key));
    let value = hidden.iter().map(|column| column.key()).collect::<Vec<_>>().join(".");
    keep_preference(Preference { name: HIDDEN_COLUMNS, value })?;
    FormResponse::redirect(local_path(&page)).send()
}

/// The menu above the table: a checkbox for each column.
#[component]
pub(crate) fn ColumnMenu() -> impl IntoView {
    let hidden = hidden_columns();
    let boxes = Column::ALL.map(|column| {
        view! {
            <label class="check">
                <input type="checkbox" name=column.key() value="shown" checked=!hidden.read_untracked().contains(&column)/>
                {column.label()}
            </label>
        }
    });
    // With script, each tick takes effect immediately.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_can_hide_every_column() {
        let css = include_str!("../../../../style/table.css");
        for column in Column::ALL {
            let key = column.key();
            let rule = format!("[data-hidden~=\"{key}\"] .c-{key}");
            assert!(css.contains(&rule), "style/table.css needs {rule}");
        }
    }
}
