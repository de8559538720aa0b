//! The page of the audit trail.

#[cfg(feature = "ssr")]
use super::port::AuditTrail;
#[cfg(feature = "ssr")]
use super::query::AuditQuery;
use super::retention::retention_panel;
use super::{AUDIT_EXPORT_PATH, AuditPage, AuditRow};
use crate::leptos_ext::{page_query, refetching_resource};
use crate::page::{Page, percent_encoded};
use crate::server_functions::AppError;
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{Icon, PageHeading, suspend};
use leptos::either::Either;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};
use serde::{Deserialize, Serialize};

/// The query parameters of the trail, not yet validated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditParams {
    /// The name of a user.
    pub person: String,
    /// The word of an event.
    pub event: String,
    /// `Done`, `Refused` or `Failed`.
    pub outcome: String,
    /// The name of a workspace.
    pub workspace: String,
    /// The name of a registry or user.
    pub object: String,
    /// The first day, such as `2026-11-23`.
    pub from: String,
    /// The last day.
    pub until: String,
    /// Entries older than the one with this id.
    pub before: String,
    /// Entries newer than the one with this id.
    pub after: String,
}

impl AuditParams {
    pub(super) fn pairs(&self) -> [(&'static str, &str); 9] {
        [
            ("person", &self.person),
            ("event", &self.event),
            ("outcome", &self.outcome),
            ("workspace", &self.workspace),
            ("object", &self.object),
            ("from", &self.from),
            ("until", &self.until),
            ("before", &self.before),
            ("after", &self.after),
        ]
    }

    fn query(&self) -> String {
        let filled = self.pairs().into_iter().filter(|(_, value)| !value.is_empty());
        filled.map(|(key, value)| format!("{key}={}", percent_encoded(value))).collect::<Vec<_>>().join("&")
    }

    /// The same conditions, at the newest page.
    fn first_page(&self) -> Self {
        Self { before: String::new(), after: String::new(), ..self.clone() }
    }

    fn href(&self) -> String {
        format!("{}?{}", Page::Audit.path(), self.query())
    }
}

/// One page of the entries that match.
#[server(prefix = "/ui", endpoint = "audit/list", input = GetUrl, output = Json)]
pub async fn list_audit(#[server(flatten)] params: AuditParams) -> Result<AuditPage, AppError> {
    let query = AuditQuery::parse(&params).map_err(AppError::BadRequest)?;
    backend::<dyn AuditTrail>()?.audit_page(&actor()?, &query).await
}

#[component]
pub(crate) fn AuditListPage() -> impl IntoView {
    let address = page_query();
    let params = Memo::new(move |_| {
        address.with(|address| {
            let get = |key| address.get(key).unwrap_or_default();
            AuditParams {
                person: get("person"),
                event: get("event"),
                outcome: get("outcome"),
                workspace: get("workspace"),
                object: get("object"),
                from: get("from"),
                until: get("until"),
                before: get("before"),
                after: get("after"),
            }
        })
    });
    let trail = refetching_resource::<ListAudit>(move || params.get().query());
    view! {
        <PageHeading title="Audit"/>
        <p class="lead">"Who did what, and from where. Nobody can change or remove an entry."</p>
        {suspend(trail, move |trail| trail_view(trail, &params.get_untracked()))}
    }
}

fn trail_view(trail: AuditPage, params: &AuditParams) -> impl IntoView + use<> {
    let table = match trail.rows.is_empty() {
        true => Either::Left(view! { <p>"No entries match."</p> }),
        false => Either::Right(table(&trail.rows)),
    };
    let page_of = |label: &'static str, icon: &'static str, to: Option<AuditParams>| {
        let disabled = to.is_none().then_some("true");
        view! {
            <a class="button small" role=disabled.map(|_| "link") aria-disabled=disabled href=to.map(|to| to.href())>
                <Icon name=icon/>{label}
            </a>
        }
    };
    let newer = trail
        .rows
        .first()
        .filter(|_| trail.newer)
        .map(|row| AuditParams { after: row.id.clone(), ..params.first_page() });
    let older = trail
        .rows
        .last()
        .filter(|_| trail.older)
        .map(|row| AuditParams { before: row.id.clone(), ..params.first_page() });
    let export = |format: &str, label: &'static str| {
        let query = params.first_page().query();
        view! { <a class="button small" href=format!("{AUDIT_EXPORT_PATH}?format={format}&{query}") rel="external" download>{label}</a> }
    };
    view! {
        {filters(params, &trail.events)}
        {table}
        <div class="footer">
            <nav class="pagination" aria-label="Pages">
                {page_of("Newer", "previous", newer)}
                {page_of("Older", "next", older)}
            </nav>
            <p class="actions">{export("csv", "Download as CSV")}{export("jsonl", "Download as JSON lines")}</p>
        </div>
        {retention_panel(trail.retention_days)}
    }
}

/// A `method="get"` form: the address contains its whole state.
fn filters(params: &AuditParams, events: &[(String, String)]) -> impl IntoView + use<> {
    let option = |value: &str, label: &str, chosen: &str| {
        view! { <option value=value.to_owned() selected=value == chosen>{label.to_owned()}</option> }
    };
    let events = events.iter().map(|(word, label)| option(word, label, &params.event)).collect_view();
    let outcomes =
        ["Done", "Refused", "Failed"].map(|outcome| option(outcome, outcome, &params.outcome)).collect_view();
    let text = |name: &'static str, label: &'static str, value: &str| {
        view! { <input name=name value=value.to_owned() prop:value=value.to_owned() aria-label=label placeholder=label/> }
    };
    let day = |name: &'static str, label: &'static str, value: &str| {
        view! { <label>{label}" "<input type="date" name=name value=value.to_owned() prop:value=value.to_owned()/></label> }
    };
    let clear = (!params.query().is_empty())
        .then(|| view! { <a class="button quiet" href=Page::Audit.path()>"Clear filters"</a> });
    view! {
        <div class="toolbar">
            <search>
                <form method="get" action=Page::Audit.path() class="filters" aria-label="Filters">
                    {text("person", "Username", &params.person)}
                    <select name="event" prop:value=params.event.clone() aria-label="Event"><option value="">"Any event"</option>{events}</select>
                    <select name="outcome" prop:value=params.outcome.clone() aria-label="Outcome"><option value="">"Any outcome"</option>{outcomes}</select>
                    {text("workspace", "Workspace", &params.workspace)}
                    {text("object", "Registry or user", &params.object)}
                    {day("from", "From", &params.from)}
                    {day("until", "To", &params.until)}
                    <button type="submit" class="button"><Icon name="search"/>"Search"</button>
                    {clear}
                </form>
            </search>
        </div>
    }
}

fn table(rows: &[AuditRow]) -> impl IntoView + use<> {
    let rows = rows.iter().cloned().map(|row| {
        let who = match row.who.as_str() {
            "" => Either::Left(view! { <span class="faint">"nobody"</span> }),
            _ => Either::Right(row.who),
        };
        let object = [row.workspace, row.object].into_iter().flatten().collect::<Vec<_>>().join("/");
        let object = Some(object).filter(|object| !object.is_empty());
        let changes = row.changes.iter().map(|change| view! { <li>{change.clone()}</li> }).collect_view();
        let outcome = (row.outcome != "Done").then(|| view! { <span class="flag">{row.outcome}</span> });
        view! {
            <tr>
                <th scope="row"><time datetime=row.at.exact.clone()>{row.at.exact.clone()}</time></th>
                <td>{who}</td>
                <td>{row.what}" "{outcome}</td>
                <td>{object}</td>
                <td>{(!row.changes.is_empty()).then(|| view! { <ul class="changes">{changes}</ul> })}</td>
                <td title=row.user_agent>{row.address}</td>
            </tr>
        }
    });
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label="Audit trail, scrollable">
            <table class="blocks">
                <caption class="visually-hidden">"Audit trail"</caption>
                <thead>
                    <tr>
                        <th scope="col">"When"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"On what"</th>
                        <th scope="col">"Changes"</th>
                        <th scope="col">"From"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}
