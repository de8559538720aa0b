//! The groups of fields that creating and editing share.

use crate::domain::{ImagePrefix, RegistryUrl, Repository};
use crate::form::{Field, FieldKind, FormState};
use leptos::prelude::*;

/// URL and repository, with a preview of what image references will begin with.
#[component]
pub(super) fn Address(#[prop(into)] url: String, #[prop(into)] repository: String) -> impl IntoView {
    let state = expect_context::<FormState>();
    let typed_url = RwSignal::new(state.value_or("url", url.clone()));
    let typed_repository = RwSignal::new(state.value_or("repository", repository.clone()));
    let follow = move |event: web_sys::Event| {
        let value = event_target_value(&event);
        match event_target::<web_sys::HtmlInputElement>(&event).name().as_str() {
            "url" => typed_url.set(value),
            "repository" => typed_repository.set(value),
            _ => {}
        }
    };
    view! {
        <fieldset class="panel" on:input=follow>
            <legend>"Image Registry"</legend>
            <Field
                name="url" label="URL" required=true value=url placeholder="https://registry.example.com:5000"
                hint="When using Docker Hub, the URL is https://docker.io and Repository stays empty."
            />
            <Field name="repository" label="Repository" value=repository hint="The project or namespace inside the registry, such as team or team/app."/>
            <p class="preview">"Image prefix "<output name="image-prefix" for="url repository">{move || preview(&typed_url.read(), &typed_repository.read())}</output></p>
        </fieldset>
    }
}

/// What the preview says while URL and repository are not yet what they must be.
const PENDING: &str = "appears here once the URL is complete";

/// The image prefix of what has been typed so far, or why there is none yet.
fn preview(url: &str, repository: &str) -> String {
    if url.is_empty() {
        return PENDING.to_owned();
    }
    match (RegistryUrl::parse(url), Repository::parse(repository)) {
        (Ok(parsed), Ok(repository)) => {
            let prefix = ImagePrefix::new(&parsed, &repository);
            if parsed.is_docker_hub() && !url.contains("docker.io") || url.contains(".docker.io") {
                format!("{prefix} (Docker Hub: the URL will be stored as {parsed})")
            } else {
                prefix.to_string()
            }
        }
        _ => PENDING.to_owned(),
    }
}

/// Username and password. `stored` says whether there are credentials that an empty password keeps.
#[component]
pub(super) fn Authentication(#[prop(into)] username: String, stored: bool) -> impl IntoView {
    let state = expect_context::<FormState>();
    let hint = if stored {
        "Leave empty to keep the stored password."
    } else {
        "A password or an access token. A JSON key can be pasted whole."
    };
    view! {
        <fieldset class="panel">
            <legend>"Authentication"</legend>
            <Field name="username" label="Username" value=username hint="Leave username and password empty for anonymous access."/>
            <Field name="password" label="Password" kind=FieldKind::Password autocomplete="new-password" hint=hint/>
            {stored.then(|| view! {
                <label class="check">
                    <input type="checkbox" name="remove_credentials" value="yes" checked=state.was_ticked("remove_credentials")/>
                    "Remove the stored credentials"
                </label>
            })}
        </fieldset>
    }
}
