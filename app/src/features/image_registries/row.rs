//! A row of the list. Only its status badge and its times are reactive; the table listens for clicks and ticks.

use super::RegistryRow;
use super::status_badge::StatusBadge;
use crate::page::{Page, RegistryName};
use crate::ui::{Icon, Time};
use leptos::either::Either;
use leptos::prelude::*;

/// The name of the checkboxes, and of the delete page's query parameter.
pub(super) const ID_FIELD: &str = "id";

/// The id of the form that the checkboxes belong to.
pub(super) const SELECTION_FORM: &str = "selected";

/// The id of the form that the buttons in the menus belong to.
pub(super) const CHECK_FORM: &str = "check";

pub(super) fn row_view(row: RegistryRow) -> impl IntoView {
    let registry = RegistryName::new(&row.workspace, &row.name);
    let label = format!("{}/{}", row.workspace, row.name);
    let menu = format!("menu-{}", row.id);
    let credentials = match row.username {
        Some(username) => Either::Left(username),
        None => Either::Right(view! { <span class="faint">"anonymous"</span> }),
    };
    let repository = match row.repository.as_str() {
        "" => Either::Right(view! { <span class="faint">"\u{2014}"</span> }),
        _ => Either::Left(row.repository),
    };
    // What is unusual: trust beyond the system's defaults, and unencrypted connections.
    let flags = [
        (row.own_authorities, "own CA"),
        (row.skip_verification, "not verified"),
        (row.url.starts_with("http://"), "unencrypted"),
    ];
    let flags = flags.map(|(holds, word)| holds.then(|| view! { <span class="flag">{word}</span> }));
    // Hidden by style, so that the browser has less to download.
    let locked = (!row.may_edit).then_some("locked");
    view! {
        <tr class=locked>
            <td class="c-select"><input type="checkbox" name=ID_FIELD value=row.id.clone() form=SELECTION_FORM aria-label=format!("Select {label}")/></td>
            <th scope="row"><a href=Page::Registry(registry.clone()).path()>{row.name}</a></th>
            <td class="c-status"><StatusBadge id=row.id.clone() status=row.status/></td>
            <td class="c-workspace"><a href=Page::Workspace(row.workspace.clone()).path()>{row.workspace.clone()}</a></td>
            <td class="c-url">{row.url}" "{flags}</td>
            <td class="c-repository">{repository}</td>
            <td class="c-credentials">{credentials}</td>
            <td class="c-updated"><Time display_time=row.updated/></td>
            <td class="c-created"><Time display_time=row.created/></td>
            <td class="c-menu">
                <button type="button" class="button small quiet" popovertarget=menu.clone() aria-label=format!("Actions for {label}")><Icon name="more"/></button>
                <div popover id=menu class="menu">
                    <a href=Page::EditRegistry(registry).path()>"Edit"</a>
                    <button type="submit" form=CHECK_FORM name=ID_FIELD value=row.id.clone()>"Check now"</button>
                    <a href=Page::DeleteRegistries.with_query(ID_FIELD, &row.id) data-delete=row.id class="danger">"Delete\u{2026}"</a>
                </div>
            </td>
        </tr>
    }
}
