//! The list of image registries.

use super::check::{CheckForm, CheckImageRegistries, check_selected};
use super::columns::{ColumnMenu, hidden_columns};
use super::delete::DeleteDialog;
#[cfg(feature = "ssr")]
use super::port::ImageRegistries;
use super::row::{SELECTION_FORM, row_view};
use super::selection::selection;
use super::{ListQuery, PER_PAGE_CHOICES, REGISTRY_EXPORT_PATH, RegistryList, RegistryRow, Sort, SortColumn};
use crate::leptos_ext::{page_query, refetching_resource, replacing};
use crate::page::{Page, percent_encoded};
use crate::page_context::page_state;
use crate::server_functions::AppError;
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{Icon, PageHeading, PageInfo, Pagination, suspend_in_place};
use domain::Phase;
use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::{GetUrl, Json};
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;

/// The query parameters of the list, not yet validated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListParams {
    /// Text to search for.
    pub q: String,
    pub workspace: String,
    pub status: String,
    /// The key of a column, with `-` before it for descending order.
    pub sort: String,
    pub page: String,
    pub per_page: String,
}

impl ListParams {
    /// Returns a copy with another value. It starts at the first page again, unless the page is what changes.
    #[must_use]
    pub fn with(&self, key: &str, value: &str) -> Self {
        let mut params = self.clone();
        params.page = String::new();
        let field = match key {
            "q" => &mut params.q,
            "workspace" => &mut params.workspace,
            "status" => &mut params.status,
            "sort" => &mut params.sort,
            "per_page" => &mut params.per_page,
            _ => &mut params.page,
        };
        value.clone_into(field);
        params
    }

    /// The address of the list with these parameters.
    fn href(&self) -> String {
        self.href_at(&Page::Registries.path())
    }

    /// A path with these parameters, without the empty ones.
    fn href_at(&self, path: &str) -> String {
        let query = self.query();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    fn query(&self) -> String {
        let filled = self.pairs().into_iter().filter(|(_, value)| !value.is_empty());
        filled.map(|(key, value)| format!("{key}={}", percent_encoded(value))).collect::<Vec<_>>().join("&")
    }

    fn pairs(&self) -> [(&'static str, &str); 6] {
        [
            ("q", &self.q),
            ("workspace", &self.workspace),
            ("status", &self.status),
            ("sort", &self.sort),
            ("page", &self.page),
            ("per_page", &self.per_page),
        ]
    }

    fn is_filtered(&self) -> bool {
        !(self.q.trim().is_empty() && self.workspace.is_empty() && self.status.is_empty())
    }
}

/// One page of the list.
#[server(prefix = "/ui", endpoint = "image-registries/list", input = GetUrl, output = Json)]
pub async fn list_image_registries(#[server(flatten)] params: ListParams) -> Result<RegistryList, AppError> {
    let query = ListQuery::parse(&params).map_err(AppError::BadRequest)?;
    backend::<dyn ImageRegistries>()?.list_registries(&actor()?, &query).await
}

#[component]
pub(crate) fn ListPage() -> impl IntoView {
    let address = page_query();
    let params = Memo::new(move |_| {
        address.with(|address| {
            let get = |key| address.get(key).unwrap_or_default();
            ListParams {
                q: get("q"),
                workspace: get("workspace"),
                status: get("status"),
                sort: get("sort"),
                page: get("page"),
                per_page: get("per_page"),
            }
        })
    });
    let list = refetching_resource::<ListImageRegistries>(move || params.get().query());
    let asking = RwSignal::new(None);
    let heading = replacing(view! {
        <div class="heading">
            <PageHeading title="Image Registries"/>
            <div class="buttons">
                <a class="button if-editor" href=Page::ImportRegistries.path()>"Import"</a>
                <a class="button primary if-editor" href=Page::CreateRegistry.path()><Icon name="add"/>"Create"</a>
            </div>
            {selection_bar(asking)}
        </div>
    });
    view! {
        {heading}
        {suspend_in_place(list, move |list| listing(list, params.get_untracked(), asking))}
        {replacing(view! { <DeleteDialog asking stay=true/> })}
    }
}

fn listing(list: RegistryList, params: ListParams, asking: RwSignal<Option<Vec<String>>>) -> impl IntoView {
    // Without any registries there is nothing to filter.
    let filters =
        (list.page_info.total > 0 || params.is_filtered()).then(|| filters(&params, list.workspaces.as_deref()));
    let body = match (list.page_info.total, params.is_filtered()) {
        (0, false) => EitherOf3::A(nothing_yet()),
        (0, true) => EitherOf3::B(no_match(&params)),
        _ => EitherOf3::C(view! {
            <CheckForm/>
            {table(list.rows, &params, asking)}
            <div class="footer">
                {rows_on_a_page(&params, list.page_info)}
                <Pagination page_info=list.page_info href=move |page| params.with("page", &page.to_string()).href()/>
            </div>
        }),
    };
    view! { {filters} {body} }
}

/// A `method="get"` form: the address contains its whole state.
fn filters(params: &ListParams, workspaces: Option<&[String]>) -> impl IntoView + use<> {
    let option = |value: &str, label: &str, chosen: &str| {
        view! { <option value=value.to_owned() selected=value == chosen>{label.to_owned()}</option> }
    };
    let workspace = match workspaces {
        Some(names) => {
            let options = names.iter().map(|name| option(name, name, &params.workspace)).collect_view();
            Either::Left(view! {
                <select name="workspace" prop:value=params.workspace.clone() aria-label="Workspace"><option value="">"All workspaces"</option>{options}</select>
            })
        }
        None => Either::Right(
            view! { <input name="workspace" value=params.workspace.clone() aria-label="Workspace" placeholder="Workspace"/> },
        ),
    };
    let phases = Phase::ALL.map(|phase| option(phase.as_str(), phase.as_str(), &params.status)).collect_view();
    let clear = params
        .is_filtered()
        .then(|| view! { <a class="button quiet" href=Page::Registries.path()>"Clear filters"</a> });
    let export = params.href_at(REGISTRY_EXPORT_PATH);
    view! {
        <div class="toolbar">
            <search>
                <form method="get" action=Page::Registries.path() class="filters" aria-label="Filters">
                    <input type="search" name="q" value=params.q.clone() prop:value=params.q.clone() aria-label="Search name, URL and repository" placeholder="Search name, URL, repository"/>
                    {workspace}
                    <select name="status" prop:value=params.status.clone() aria-label="Status"><option value="">"Any status"</option>{phases}</select>
                    <input type="hidden" name="sort" value=params.sort.clone()/>
                    <input type="hidden" name="per_page" value=params.per_page.clone()/>
                    <button type="submit" class="button"><Icon name="search"/>"Search"</button>
                    {clear}
                </form>
            </search>
            <div class="buttons">
                <a class="button" href=export.clone() rel="external" download>"Export"</a>
                <form class="if-reader" method="post" action=export><button class="button">"Export with passwords"</button></form>
                <ColumnMenu/>
            </div>
        </div>
    }
}

fn nothing_yet() -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name="registry"/>
            <h2>"No image registries yet"</h2>
            <p>"An image registry tells your clusters where to pull container images from, and with which credentials."</p>
            <a class="button primary if-editor" href=Page::CreateRegistry.path()><Icon name="add"/>"Create the first"</a>
            <p>"No registry to pull from? "<a href="/guides/temporary-registry" rel="external">"Set up a temporary one"</a>"."</p>
        </div>
    }
}

fn no_match(params: &ListParams) -> impl IntoView + use<> {
    let mut criteria = Vec::new();
    if !params.q.trim().is_empty() {
        criteria.push(format!(" match \u{201c}{}\u{201d}", params.q.trim()));
    }
    if !params.workspace.is_empty() {
        criteria.push(format!(" in workspace {}", params.workspace));
    }
    if !params.status.is_empty() {
        criteria.push(format!(" with status {}", params.status));
    }
    view! {
        <div class="empty">
            <h2>"No match"</h2>
            <p>{format!("No image registries{}.", criteria.concat())}</p>
            <a class="button" href=Page::Registries.path()>"Clear filters"</a>
        </div>
    }
}

/// Actions for the ticked rows of all pages or, without WebAssembly, of this page. When a row is ticked, style rules
/// show the bar in place of the button beside the heading, so that nothing moves.
fn selection_bar(asking: RwSignal<Option<Vec<String>>>) -> impl IntoView {
    let selection = selection();
    let page_state = page_state();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        match event.submitter().is_some_and(|button| button.has_attribute("formaction")) {
            true => spawn_local(check_selected(selection.ids(), page_state)),
            false => asking.set(Some(selection.ids())),
        }
    };
    let count = move || match selection.count() {
        0 => "Selected rows".to_owned(),
        count => format!("{count} selected"),
    };
    view! {
        <form
            id=SELECTION_FORM method="get" action=Page::DeleteRegistries.path() class="selection-bar" aria-label="Selection"
            class:active=move || { selection.count() > 0 } on:submit=submit
        >
            <span role="status">{count}</span>
            <button type="submit" class="button" formmethod="post" formaction=CheckImageRegistries::PATH><Icon name="check"/>"Check now"</button>
            <button type="submit" class="button danger"><Icon name="delete"/>"Delete"</button>
            <button type="reset" class="button quiet" on:click=move |_| selection.clear()>"Clear"</button>
        </form>
    }
}

fn table(rows: Vec<RegistryRow>, params: &ListParams, asking: RwSignal<Option<Vec<String>>>) -> impl IntoView + use<> {
    let hidden = hidden_columns();
    let hidden = move || hidden.with(|columns| columns.iter().map(|column| column.key()).collect::<Vec<_>>().join(" "));
    let headings = SortColumn::all().map(|column| heading(column, params)).collect_view();
    let selection = selection();

    // Restores the ticks after sorting, paging and returning to the list. A frame later, when the rows are in place.
    Effect::new(move || {
        let ids = selection.ids();
        let _ = request_animation_frame(move || show_ticks(&ids));
    });
    let ticked = move |event: web_sys::Event| {
        if let Some(tick) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok()) {
            selection.set(tick.value(), tick.checked());
        }
    };
    let all_ticked = move |event: web_sys::Event| {
        let checked = event_target_checked(&event);
        for tick in boxes(ROW_BOXES) {
            selection.set(tick.value(), checked);
        }
    };
    let clicked = move |event: web_sys::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let link = target.and_then(|target| target.closest("a[data-delete]").ok().flatten());
        if let Some(id) = link.and_then(|link| link.get_attribute("data-delete")) {
            event.prevent_default();
            asking.set(Some(vec![id]));
        }
    };
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label="Image registries, scrollable">
            <table class="registries" data-hidden=hidden>
                <caption class="visually-hidden">"Image registries"</caption>
                <thead>
                    <tr>
                        <th class="c-select" scope="col">
                            <span class="visually-hidden">"Select"</span>
                            <input type="checkbox" class="select-all if-editor" aria-label="Select all on this page" on:change=all_ticked/>
                        </th>
                        {headings}
                        <th class="c-menu" scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody on:change=ticked on:click=clicked>{rows.into_iter().map(row_view).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// The checkboxes of the rows.
const ROW_BOXES: &str = "tr:not(.locked) input[name=id]";

/// The checkbox that ticks all rows of the page.
const BOX_FOR_ALL: &str = "input.select-all";

fn show_ticks(ids: &[String]) {
    let rows = boxes(ROW_BOXES);
    // Where a person may not edit anything, there is nothing to tick.
    let mut all = !rows.is_empty();
    for tick in rows {
        let ticked = ids.contains(&tick.value());
        tick.set_checked(ticked);
        all &= ticked;
    }
    for above in boxes(BOX_FOR_ALL) {
        above.set_checked(all);
    }
}

fn boxes(selector: &str) -> Vec<web_sys::HtmlInputElement> {
    let Ok(found) = document().query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}

/// A column's heading: a link that sorts by the column or, if the list is already sorted by it, reverses the order.
fn heading(column: SortColumn, params: &ListParams) -> impl IntoView + use<> {
    let sort = Sort::parse(&params.sort).unwrap_or(Sort::DEFAULT);
    let (current, descending) = (sort.column == column, sort.descending);
    let next = if current && !descending { format!("-{}", column.key()) } else { column.key().to_owned() };
    let (order, icon) = match (current, descending) {
        (false, _) => (None, Either::Left(())),
        (true, false) => (Some("ascending"), Either::Right(view! { <Icon name="up"/> })),
        (true, true) => (Some("descending"), Either::Right(view! { <Icon name="down"/> })),
    };
    view! {
        <th scope="col" class=format!("c-{}", column.key()) aria-sort=order>
            <a href=params.with("sort", &next).href() data-noscroll>{column.label()}{icon}</a>
        </th>
    }
}

fn rows_on_a_page(params: &ListParams, page_info: PageInfo) -> impl IntoView + use<> {
    let links = PER_PAGE_CHOICES.map(|rows| {
        let current = (rows == page_info.per_page).then_some("true");
        view! { <li><a href=params.with("per_page", &rows.to_string()).href() aria-current=current>{rows}</a></li> }
    });
    view! { <nav class="per-page" aria-label="Rows on a page"><span>"Rows"</span><ul>{links.collect_view()}</ul></nav> }
}
