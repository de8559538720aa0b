//! Deleting one or many image registries, on a page of its own or in a dialog.

use super::model::MAX_AT_ONCE;
#[cfg(feature = "ssr")]
use super::port::ImageRegistries;
use super::selection::selection;
use super::{DeleteTarget, RegistrySummary};
use crate::leptos_ext::{Cause, call, page_query, replacing, resource};
use crate::page::{Page, percent_encoded};
use crate::server_functions::{AppError, FormResponse, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{Checkbox, ErrorSummary, Icon, MutationForm, PageHeading, SubmitButton, breadcrumbs, suspend};
use leptos::either::Either;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::{GetUrl, Json};
use leptos::task::spawn_local;

/// The registries with these ids, separated by commas, that still exist.
#[server(prefix = "/ui", endpoint = "image-registries/by-id", input = GetUrl, output = Json)]
pub async fn image_registries_by_id(ids: String) -> Result<Vec<RegistrySummary>, AppError> {
    let ids: Vec<String> = ids.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    if ids.len() > MAX_AT_ONCE {
        return Err(AppError::BadRequest(format!("Delete at most {MAX_AT_ONCE} image registries at a time.")));
    }
    backend::<dyn ImageRegistries>()?.registries_by_id(&actor()?, &ids).await
}

/// The query string for these ids.
fn query(ids: &[String]) -> String {
    format!("ids={}", percent_encoded(&ids.join(",")))
}

/// The maximum number of ids in one address: proxies reject more than 8 KiB.
const IDS_IN_A_QUERY: usize = 100;

/// Loads the summaries of any number of registries.
async fn find(ids: &[String]) -> Result<Vec<RegistrySummary>, AppError> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(IDS_IN_A_QUERY) {
        found.extend(call::<ImageRegistriesById>(query(some), Cause::Person).await?);
    }
    Ok(found)
}

/// Deletes all of these registries, or none if an error occurs.
#[server(prefix = "/ui", endpoint = "image-registries/delete", output = Json)]
pub async fn delete_image_registries(
    targets: String,
    #[server(default)] confirmed: String,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let targets = DeleteTarget::split(&targets)
        .filter(|targets| targets.len() <= MAX_AT_ONCE)
        .ok_or_else(|| AppError::BadRequest(format!("Choose 1 to {MAX_AT_ONCE} image registries to delete.")))?;
    let outcome = backend::<dyn ImageRegistries>()?.delete_registries(&actor()?, &targets, confirmed == "yes").await?;
    let deleted = match outcome.deleted.as_slice() {
        [] => {
            return Err(AppError::NotFound(format!("Already deleted: {}.", abbreviated(&outcome.gone))));
        }
        [one] => format!("Deleted {one}."),
        many => format!("Deleted {} image registries.", many.len()),
    };
    let gone = match outcome.gone.as_slice() {
        [] => String::new(),
        gone => format!(" Already deleted: {}.", abbreviated(gone)),
    };
    FormResponse::redirect(Page::Registries).with_flash(deleted + &gone).send()
}

/// The first few of these names, and how many more. A cookie carries the sentence, so it has to be short.
fn abbreviated(names: &[String]) -> String {
    match names.split_at_checked(3) {
        Some((some, more)) if !more.is_empty() => format!("{} and {} more", some.join(", "), more.len()),
        _ => names.join(", "),
    }
}

/// The confirmation as a page.
#[component]
pub(crate) fn DeletePage() -> impl IntoView {
    let address = page_query();
    let ids = Memo::new(move |_| address.with(|address| address.get_all("id").unwrap_or_default()));
    let found = resource::<ImageRegistriesById>(move || ids.with(|ids| query(ids)));
    view! {
        {breadcrumbs(vec![super::list_above()], "Delete".to_owned())}
        <PageHeading title="Delete image registries"/>
        {suspend(
            found,
            move |found| {
                let cancel = view! { <a class="button" href=Page::Registries.path() autofocus>"Cancel"</a> };
                let page = format!("{}?{}", Page::DeleteRegistries.path(), ids.get_untracked().iter().map(|id| format!("id={id}")).collect::<Vec<_>>().join("&"));
                confirmation(found, ids.get_untracked().len(), page, None, false, cancel)
            },
        )}
    }
}

/// The confirmation as a dialog, which needs WebAssembly. It opens when ids are put into `asking`.
#[component]
pub(crate) fn DeleteDialog(
    asking: RwSignal<Option<Vec<String>>>,
    /// Whether the page beneath the dialog still exists afterwards.
    stay: bool,
) -> impl IntoView {
    let dialog = NodeRef::<leptos::html::Dialog>::new();
    let selection = selection();
    let found = RwSignal::new(None);
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    Effect::new(move || {
        if let Some(ids) = asking.get() {
            found.set(None);
            spawn_local(async move {
                let answer = find(&ids).await;
                let _ = found.try_set(Some(answer));
            });
        }
    });
    // The dialog opens after its content is in place, so that `autofocus` takes effect.
    Effect::new(move || {
        if found.with(Option::is_some) && asking.with_untracked(Option::is_some) {
            let _ = request_animation_frame(move || {
                if let Some(dialog) = dialog.get_untracked().filter(|dialog| !dialog.open()) {
                    let _ = dialog.show_modal();
                }
            });
        }
    });
    let on_done = Callback::new(move |_| {
        selection.forget(&asking.get_untracked().unwrap_or_default());
        close();
    });
    let content = move || {
        let asked = asking.get_untracked().map_or(0, |ids| ids.len());
        found.get().map(|found| replacing(match found {
            Ok(found) => {
                let cancel = view! { <button type="button" class="button" autofocus on:click=move |_| close()>"Cancel"</button> };
                Either::Left(confirmation(found, asked, Page::DeleteRegistries.into(), Some(on_done), stay, cancel))
            }
            Err(error) => Either::Right(view! {
                <p role="alert">{error.to_string()}</p>
                <button type="button" class="button" on:click=move |_| close()>"Close"</button>
            }),
        }))
    };
    view! {
        <dialog node_ref=dialog aria-labelledby="delete-title" on:close=move |_| asking.set(None)>
            <h2 id="delete-title">"Delete image registries"</h2>
            {content}
        </dialog>
    }
}

/// What will be deleted, the warning that this is permanent, and the buttons.
fn confirmation(
    found: Vec<RegistrySummary>,
    asked: usize,
    page: String,
    on_done: Option<Callback<FormResponse>>,
    stay: bool,
    cancel: impl IntoView + 'static,
) -> impl IntoView {
    let gone = asked - found.len().min(asked);
    if found.is_empty() {
        return Either::Left(view! {
            <p>"There is nothing to delete: what was selected is already deleted, or nothing was selected."</p>
            <p class="actions">{cancel}</p>
        });
    }
    let targets = DeleteTarget::join(&found);
    let question = match found.as_slice() {
        [_] => "This image registry will be deleted, with its stored credentials:".to_owned(),
        many => format!("These {} image registries will be deleted, with their stored credentials:", many.len()),
    };
    let in_use = found.iter().any(|it| !it.consumers.is_empty());
    let items = found.into_iter().map(|it| {
        let used = (!it.consumers.is_empty()).then(|| view! { <br/><span class="danger">"In use by "{it.consumers}</span> });
        view! { <li><strong>{it.name}</strong>" in workspace "<strong>{it.workspace}</strong>" "<span class="faint">{it.url}</span>{used}</li> }
    });
    let form = move || {
        view! {
            <ErrorSummary/>
            <input type="hidden" name="targets" value=targets/>
            {in_use.then(|| view! { <Checkbox name="confirmed" label="Delete although it is in use"/> })}
            <p class="actions">{cancel}<SubmitButton label="Delete" pending="Deleting\u{2026}" danger=true icon="delete"/></p>
        }
    };
    Either::Right(view! {
        <p>{question}</p>
        <ul class="going" tabindex="0" aria-label="To be deleted">{items.collect_view()}</ul>
        {(gone > 0).then(|| view! { <p>{format!("{gone} of the selected registries no longer exist.")}</p> })}
        <p class="notice warning"><Icon name="warning"/>"This is permanent. Clusters that use a deleted registry can no longer pull images through it."</p>
        <MutationForm action=DeleteImageRegistries::PATH page on_done stay>{form()}</MutationForm>
    })
}
