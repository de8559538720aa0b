//! The list of users.

use super::invite::InviteForm;
#[cfg(feature = "ssr")]
use super::port::Users;
use super::query::UserColumn;
use super::{UserList, UserQuery};
use crate::features::workspaces::NO_ROLE;
use crate::leptos_ext::{page_query, refetching_resource};
use crate::page::{Page, percent_encoded};
use crate::server_functions::AppError;
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{Icon, PageHeading, Pagination, Time, suspend};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};
use serde::{Deserialize, Serialize};

/// The query parameters of the list, not yet validated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserParams {
    /// Text to search for.
    pub q: String,
    /// The key of a column, with `-` before it for descending order.
    pub sort: String,
    pub page: String,
}

impl UserParams {
    fn query(&self) -> String {
        let pairs = [("q", &self.q), ("sort", &self.sort), ("page", &self.page)];
        let filled = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        filled.map(|(key, value)| format!("{key}={}", percent_encoded(value))).collect::<Vec<_>>().join("&")
    }

    fn href(&self) -> String {
        format!("{}?{}", Page::Users.path(), self.query())
    }
}

/// One page of the list.
#[server(prefix = "/ui", endpoint = "users/list", input = GetUrl, output = Json)]
pub async fn list_users(#[server(flatten)] params: UserParams) -> Result<UserList, AppError> {
    let query = UserQuery::parse(&params).map_err(AppError::BadRequest)?;
    backend::<dyn Users>()?.list_users(&actor()?, &query).await
}

#[component]
pub(crate) fn UsersPage() -> impl IntoView {
    let address = page_query();
    let params = Memo::new(move |_| {
        address.with(|address| {
            let get = |key| address.get(key).unwrap_or_default();
            UserParams { q: get("q"), sort: get("sort"), page: get("page") }
        })
    });
    let users = refetching_resource::<ListUsers>(move || params.get().query());
    view! {
        <PageHeading title="Users"/>
        {suspend(users, move |users| list_view(users, &params.get_untracked()))}
        <InviteForm/>
    }
}

fn list_view(users: UserList, params: &UserParams) -> impl IntoView + use<> {
    let page_info = users.page_info;
    let at = params.clone();
    let footer = (page_info.pages() > 1).then(|| {
        let href = move |page: u32| UserParams { page: page.to_string(), ..at.clone() }.href();
        view! { <div class="footer"><Pagination page_info href/></div> }
    });
    let rows = users.rows.into_iter().map(|user| {
        view! {
            <tr>
                <th scope="row"><a href=Page::user(&user.name).path()>{user.name.clone()}</a></th>
                <td>{user.grant.map_or_else(|| NO_ROLE.to_owned(), |grant| grant.to_string())}</td>
                <td>{counted(user.workspaces)}</td>
                <td>{user.state.as_str()}</td>
                <td><Time display_time=user.created/></td>
            </tr>
        }
    });
    let clear =
        (!params.q.trim().is_empty()).then(|| view! { <a class="button quiet" href=Page::Users.path()>"Clear"</a> });
    let none = (page_info.total == 0)
        .then(|| view! { <p>{format!("No user\u{2019}s name contains \u{201c}{}\u{201d}.", params.q.trim())}</p> });
    view! {
        <div class="toolbar">
            <search>
                <form method="get" action=Page::Users.path() class="filters" aria-label="Search">
                    <input type="search" name="q" value=params.q.clone() prop:value=params.q.clone() aria-label="Search usernames" placeholder="Search usernames"/>
                    <input type="hidden" name="sort" value=params.sort.clone()/>
                    <button type="submit" class="button"><Icon name="search"/>"Search"</button>
                    {clear}
                </form>
            </search>
        </div>
        <div class="table-frame" tabindex="0" role="region" aria-label="Users, scrollable">
            <table class="blocks">
                <caption class="visually-hidden">"Users"</caption>
                <thead>
                    <tr>
                        {heading(UserColumn::Name, "Username", params)}
                        {heading(UserColumn::Role, "Role everywhere", params)}
                        <th scope="col">"Roles in"</th>
                        <th scope="col">"State"</th>
                        {heading(UserColumn::Created, "Created", params)}
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        {none}
        {footer}
    }
}

/// `2 workspaces`
fn counted(workspaces: u32) -> String {
    match workspaces {
        1 => "1 workspace".to_owned(),
        many => format!("{many} workspaces"),
    }
}

/// A column's heading: a link that sorts by the column or, if the list is already sorted by it, reverses the order.
fn heading(column: UserColumn, label: &'static str, params: &UserParams) -> impl IntoView + use<> {
    let (current, descending) = UserColumn::parse(&params.sort).unwrap_or((UserColumn::Name, false));
    let order = (current == column).then_some(if descending { "descending" } else { "ascending" });
    let icon = order.map(|_| view! { <Icon name=if descending { "down" } else { "up" }/> });
    let reverse = if current == column && !descending { "-" } else { "" };
    let params = UserParams { sort: format!("{reverse}{}", column.key()), page: String::new(), ..params.clone() };
    view! { <th scope="col" aria-sort=order><a href=params.href() data-noscroll>{label}{icon}</a></th> }
}
