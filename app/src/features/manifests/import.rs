//! The page that imports manifests: paste, preview, apply.

#[cfg(feature = "ssr")]
use super::port::Manifests;
use crate::features::image_registries::{ConfirmInUse, list_above};
use crate::features::workspaces::{DEFAULT_WORKSPACE, ListWorkspaces, WorkspaceList, WorkspaceSelect};
use crate::leptos_ext::{replacing, resource};
use crate::page::Page;
use crate::server_functions::{AppError, FormResponse, UnknownFields, form_fields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{
    ErrorSummary, Field, FieldKind, FormState, MutationForm, PageHeading, Submission, SubmitButton, TEST_SUFFIX,
    breadcrumbs, suspend,
};
use api::apply::{Plan, PlanAction, PlanItem};
use domain::{Secret, field_error};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use serde_json::Value;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

form_fields! {
    /// The form, as typed.
    pub struct ImportFields {
        /// They may hold passwords, so they are never sent back.
        pub manifests: Secret,
        /// For registries that name none.
        pub workspace: String,
        /// That of the plan that was shown; empty before.
        pub fingerprint: String,
        /// Empty unless ticked: whether clients may be led elsewhere.
        pub confirmed: String,
    }
}

/// Applies manifests as they were previewed.
#[server(prefix = "/ui", endpoint = "image-registries/import", output = Json)]
pub async fn import_manifests(
    #[server(flatten)] fields: ImportFields,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let manifests = parse(&fields)?;
    if fields.fingerprint.is_empty() {
        return Err(at_manifests("Press Preview first."));
    }
    let (fingerprint, confirmed) = (Some(&*fields.fingerprint), fields.confirmed == "yes");
    let done = backend::<dyn Manifests>()?.apply_manifests(&actor()?, &manifests, fingerprint, confirmed).await;
    let plan = done.map_err(|error| match error {
        AppError::Conflict { message, .. } => at_manifests(&message),
        // The errors are at pointers into the manifests.
        AppError::Validation(errors) => {
            let at =
                |error: domain::FieldError| field_error("manifests", format!("{}: {}", error.field, error.message));
            AppError::Validation(errors.into_iter().map(at).collect())
        }
        other => other,
    })?;
    let count = |action| plan.items.iter().filter(|item| item.action == action).count();
    let (created, changed) = (count(PlanAction::Create), count(PlanAction::Change));
    FormResponse::redirect(Page::Registries)
        .with_flash(format!("Imported: {created} created, {changed} changed."))
        .send()
}

/// Says what importing them would do.
#[server(prefix = "/ui", endpoint = "image-registries/import/test", output = Json)]
pub async fn preview_manifests(
    #[server(flatten)] fields: ImportFields,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let manifests = parse(&fields)?;
    FormResponse::stay_with(&backend::<dyn Manifests>()?.plan_manifests(&actor()?, &manifests).await?).send()
}

#[cfg(feature = "ssr")]
fn parse(fields: &ImportFields) -> Result<Vec<Value>, AppError> {
    let mut manifests =
        api::manifest::parse(fields.manifests.expose()).map_err(|error| at_manifests(&error.to_string()))?;
    api::manifest::set_default_workspace(&fields.workspace, &mut manifests);
    Ok(manifests)
}

fn at_manifests(message: &str) -> AppError {
    AppError::Validation(vec![field_error("manifests", message)])
}

#[component]
pub(crate) fn ImportPage() -> impl IntoView {
    // Refuses those who may create nothing.
    let workspaces = resource::<ListWorkspaces>(|| "to_create=true".to_owned());
    view! {
        {breadcrumbs(vec![list_above()], "Import".to_owned())}
        <PageHeading title="Import image registries"/>
        <p class="lead">"Manifests of the kinds ImageRegistry and Workspace, in YAML or JSON, or a Docker config.json. All of them are applied, or none."</p>
        {suspend(workspaces, form)}
    }
}

fn form(workspaces: WorkspaceList) -> impl IntoView {
    let unreadable = RwSignal::new(false);
    view! {
        <MutationForm action=ImportManifests::PATH page=String::from(Page::ImportRegistries) class="form" guarded=true>
            <ErrorSummary/>
            <Field name="manifests" label="Manifests" kind=FieldKind::SecretTextArea required=true autofocus=true hint="At most 1 MiB and 500 manifests. Without script, paste them again to apply them: they are not kept."/>
            <p class="needs-script"><label>"From a file "<input type="file" accept=".yaml,.yml,.json" on:change=move |event| read_file(event, unreadable)/></label></p>
            {move || unreadable.get().then(|| view! { <p class="error" role="alert">"The file cannot be read. Choose it again, or paste its text."</p> })}
            <WorkspaceSelect names=workspaces.all_names() chosen=DEFAULT_WORKSPACE hint="For registries that name none, such as those of a Docker config.json."/>
            <Preview/>
            <p class="actions">
                <PreviewButton/>
                <SubmitButton label="Apply" pending="Applying\u{2026}"/>
                <a class="button" href=Page::Registries.path()>"Cancel"</a>
            </p>
        </MutationForm>
    }
}

/// Puts the content of a chosen file into the text field, in the browser.
fn read_file(event: web_sys::Event, unreadable: RwSignal<bool>) {
    let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
    let Some(file) = input.and_then(|input| input.files()).and_then(|files| files.get(0)) else { return };
    spawn_local(async move {
        let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
        let _ = unreadable.try_set(text.is_none());
        // What was pasted before stays.
        let Some(text) = text else { return };
        let field = document().get_element_by_id("manifests");
        if let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlTextAreaElement>().ok()) {
            field.set_value(&text);
        }
    });
}

/// It comes first, because Enter presses the first.
#[component]
fn PreviewButton() -> impl IntoView {
    let pending = expect_context::<FormState>().pending;
    view! {
        <button
            type="submit" class="button" formaction=format!("{}{TEST_SUFFIX}", ImportManifests::PATH)
            aria-disabled=move || pending.get().map(|_| "true")
        >
            {move || if pending.get() == Some(Submission::Test) { "Reading\u{2026}" } else { "Preview" }}
        </button>
    }
}

/// The plan of the last preview. The region is always there, so that screen readers announce it.
#[component]
fn Preview() -> impl IntoView {
    let state = expect_context::<FormState>();
    let returned = state.is_returned();
    let plan = move || state.result.get().and_then(|result| result.read::<Plan>());
    let in_use = move || plan().is_some_and(|plan| plan.items.iter().any(|item| item.in_use_by.is_some()));
    let shown = move || {
        plan().map(|plan| {
            replacing(view! {
                <section class="panel" aria-labelledby="plan-title" tabindex="-1" autofocus=returned>
                    <h2 id="plan-title">"Preview"</h2>
                    <ul class="plan">{plan.items.into_iter().map(item).collect_view()}</ul>
                    <p class="hint">"Nothing was saved."</p>
                </section>
            })
        })
    };
    view! {
        <input type="hidden" name="fingerprint" value=move || plan().map(|plan| plan.fingerprint).unwrap_or_default()/>
        <div role="status">{shown}</div>
        <ConfirmInUse in_use=Signal::derive(in_use) label="Clients use these registries: change them all the same"/>
    }
}

fn item(item: PlanItem) -> impl IntoView {
    let action = match item.action {
        PlanAction::Create => "Create",
        PlanAction::Change => "Change",
        PlanAction::Same => "Same",
        PlanAction::Broken => "Broken",
    };
    let name = item.workspace.into_iter().chain([item.name]).collect::<Vec<_>>().join("/");
    let changes = item.changes.into_iter().map(|change| change.to_string());
    let errors = item.errors.into_iter().map(|error| format!("{} {}", error.pointer, error.detail));
    let lines = changes.chain(errors).chain(item.notes).map(|line| view! { <li>{line}</li> }).collect_view();
    view! {
        <li>
            <strong class=(item.action == PlanAction::Broken).then_some("danger")>{action}</strong>{format!(" {} {name}", item.kind)}
            <ul>{lines}</ul>
        </li>
    }
}
