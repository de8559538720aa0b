//! Checking registries immediately.

use super::RegistryDetails;
use super::model::MAX_AT_ONCE;
#[cfg(feature = "ssr")]
use super::port::ImageRegistries;
use super::report::report_view;
use super::row::{CHECK_FORM, ID_FIELD};
use super::status_badge::StatusBadge;
use crate::leptos_ext::{current_location, redirect_to_login};
use crate::local_path::local_path;
use crate::page::Page;
use crate::page_context::PageState;
use crate::server_functions::{AppError, FormResponse, FormValues, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{ErrorSummary, Icon, MutationForm, Time, apply_response};
use leptos::either::Either;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::Json;

/// Schedules an immediate check of these registries. `page` is the path to return to.
#[server(prefix = "/ui", endpoint = "image-registries/check", output = Json)]
pub async fn check_image_registries(
    #[server(default)] id: Vec<String>,
    #[server(default)] page: String,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    if id.is_empty() || id.len() > MAX_AT_ONCE {
        return Err(AppError::BadRequest(format!("Choose 1 to {MAX_AT_ONCE} image registries to check.")));
    }
    let found = backend::<dyn ImageRegistries>()?.check_registries(&actor()?, &id).await?;
    let message = match found {
        0 => return Err(AppError::NotFound("Nothing to check: already deleted.".to_owned())),
        1 => "Checking one image registry.".to_owned(),
        many => format!("Checking {many} image registries."),
    };
    let page = local_path(&page);
    FormResponse::redirect(page).with_flash(message).send()
}

/// The form that the check buttons of the rows submit.
#[component]
pub(super) fn CheckForm() -> impl IntoView {
    view! {
        <MutationForm action=CheckImageRegistries::PATH page=current_location() id=CHECK_FORM label="Check" stay=true>
            <ErrorSummary/>
        </MutationForm>
    }
}

/// Checks the ticked registries of all pages. Needs WebAssembly; without it, a plain form checks those of one page.
pub(super) async fn check_selected(ids: Vec<String>, page_state: PageState) {
    let pairs = ids.into_iter().map(|id| (ID_FIELD.to_owned(), id)).collect();
    match FormValues::new(pairs).post(CheckImageRegistries::PATH).await {
        Ok(response) => apply_response(&page_state, &response, true),
        Err(AppError::Unauthenticated) => redirect_to_login(),
        Err(error) => {
            apply_response(&page_state, &FormResponse::redirect(Page::Registries).with_flash(error.to_string()), true);
        }
    }
}

/// The status with the report of the last check.
pub(super) fn status_panel(details: &RegistryDetails) -> impl IntoView + use<> {
    let time = details.report.as_ref().map(|report| format!(", in {}", report.time));
    let checked = match details.checked.clone() {
        Some(display_time) => Either::Left(view! { <Time display_time/>{time} }),
        None => Either::Right("Never"),
    };
    let connected = match details.connected.clone() {
        Some(display_time) => Either::Left(view! { <Time display_time/> }),
        None => Either::Right("Never"),
    };
    let id = details.id.clone();
    view! {
        <section class="panel status" aria-labelledby="status-title">
            <h2 id="status-title">"Status"</h2>
            <dl>
                <dt>"Status"</dt><dd><StatusBadge id=details.id.clone() status=details.status.clone()/></dd>
                <dt>"Since"</dt><dd><Time display_time=details.status_since.clone()/></dd>
                <dt>"Last checked"</dt><dd>{checked}</dd>
                <dt>"Last connected"</dt><dd>{connected}</dd>
            </dl>
            {details.report.clone().map(report_view)}
            <div class=if details.may_edit { "" } else { "locked" }>
                <MutationForm action=CheckImageRegistries::PATH page=current_location() stay=true>
                    <ErrorSummary/>
                    <input type="hidden" name=ID_FIELD value=id/>
                    <button type="submit" class="button"><Icon name="check"/>"Check now"</button>
                </MutationForm>
            </div>
        </section>
    }
}
