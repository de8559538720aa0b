//! The fields that the create form and the edit form share.

use super::trust::AuthorityList;
use super::{RegistryDetails, TrustView};
use crate::leptos_ext::replacing;
use crate::ui::{Checkbox, Disclosure, Field, FieldKind, FormState, Icon};
use domain::{ImagePrefix, RegistryUrl, Repository, Warning};
use leptos::prelude::*;

/// The stored values of these fields; empty for a new registry.
#[derive(Clone, Default)]
pub(super) struct Stored {
    pub url: String,
    pub repository: String,
    pub test_image: String,
    pub username: Option<String>,
    pub trust: TrustView,
}

impl From<&RegistryDetails> for Stored {
    fn from(details: &RegistryDetails) -> Self {
        Self {
            url: details.url.clone(),
            repository: details.repository.clone(),
            test_image: details.test_image.clone(),
            username: details.username.clone(),
            trust: details.trust.clone(),
        }
    }
}

/// What has been typed, for the preview and the warnings.
#[derive(Clone)]
struct Typed {
    url: String,
    repository: String,
    username: String,
    skip_verification: bool,
}

/// URL and repository, credentials, and the trust policy.
#[component]
pub(super) fn ConnectionSection(stored: Stored) -> impl IntoView {
    let state = expect_context::<FormState>();
    let has_credentials = stored.username.is_some();
    let username = stored.username.unwrap_or_default();
    let typed = RwSignal::new(Typed {
        url: state.value_or("url", stored.url.clone()),
        repository: state.value_or("repository", stored.repository.clone()),
        username: state.value_or("username", username.clone()),
        skip_verification: state.ticked_or("skip_verification", stored.trust.skip_verification),
    });
    let follow = move |event: web_sys::Event| {
        let input = event_target::<web_sys::HtmlInputElement>(&event);
        typed.update(|typed| match input.name().as_str() {
            "url" => typed.url = input.value(),
            "repository" => typed.repository = input.value(),
            "username" => typed.username = input.value(),
            "skip_verification" => typed.skip_verification = input.checked(),
            _ => {}
        });
    };
    view! {
        <div class="form" on:input=follow>
            <fieldset class="panel">
                <legend>"Image Registry"</legend>
                <Field
                    name="url" label="URL" required=true value=stored.url placeholder="https://registry.example.com:5000"
                    hint="When using Docker Hub, the URL is https://docker.io and Repository stays empty."
                />
                <Field name="repository" label="Repository" value=stored.repository hint="The project or namespace inside the registry, such as team or team/app."/>
                <Field name="test_image" label="Test image" value=stored.test_image hint="An image that your clusters pull, such as team/app:1.2. With it, the check verifies the pull itself."/>
                <p class="preview">"Image prefix "<output name="image-prefix" for="url repository">{move || preview(&typed.read())}</output></p>
            </fieldset>
            <Authentication username stored=has_credentials/>
            <div role="status">{move || warnings(&typed.read())}</div>
            <Advanced trust=stored.trust/>
        </div>
    }
}

/// The preview while URL or repository are invalid.
const PENDING: &str = "appears here once the URL is complete";

/// The image prefix of what has been typed so far, or [`PENDING`].
fn preview(typed: &Typed) -> String {
    if typed.url.is_empty() {
        return PENDING.to_owned();
    }
    let Ok(url) = RegistryUrl::parse(&typed.url) else { return PENDING.to_owned() };
    let Ok(repository) = Repository::beside(&typed.repository, Some(&url)) else { return PENDING.to_owned() };
    let prefix = ImagePrefix::new(&url, &repository);
    let is_as_typed = matches!(typed.url.trim_end_matches('/'), "docker.io" | "https://docker.io");
    if url.is_docker_hub() && !is_as_typed {
        format!("{prefix} (Docker Hub: the URL will be stored as {url})")
    } else {
        prefix.to_string()
    }
}

/// The warnings for what has been typed so far.
fn warnings(typed: &Typed) -> impl IntoView + use<> {
    let found = RegistryUrl::parse(&typed.url).map(|url| Warning::of(&url, &typed.username, typed.skip_verification));
    replacing(warning_notices(found.unwrap_or_default()))
}

/// A notice for each warning.
pub(super) fn warning_notices(warnings: Vec<Warning>) -> impl IntoView {
    let notice = |warning: Warning| view! { <p class="notice warning"><Icon name="warning"/>{warning.to_string()}</p> };
    warnings.into_iter().map(notice).collect_view()
}

/// Username and password. `stored` says whether there are stored credentials, which an empty password keeps.
#[component]
fn Authentication(username: String, stored: bool) -> impl IntoView {
    let state = expect_context::<FormState>();
    let hint = if stored { "Leave empty to keep the stored password." } else { "A password or an access token." };
    view! {
        <fieldset class="panel">
            <legend>"Authentication"</legend>
            <Field name="username" label="Username" value=username foreign=true hint="Leave username and password empty for anonymous access."/>
            <Field name="password" label="Password" kind=FieldKind::Password autocomplete="new-password" foreign=true hint=hint/>
            <Disclosure class="more" summary="Use a multi-line secret" holds=&["password_lines"] open=state.needs_reentry("password_lines")>
                <Field name="password_lines" label="Multi-line secret" kind=FieldKind::SecretTextArea hint="A JSON key, for example. Line breaks are kept, except one after a single line; leave the field above empty."/>
            </Disclosure>
            {stored.then(|| view! { <Checkbox name="remove_credentials" label="Remove the stored credentials"/> })}
        </fieldset>
    }
}

const ADVANCED_FIELDS: [&str; 3] = ["ca_certificates", "skip_verification", "token_service"];

/// The trust policy. Open if any of its fields is filled in.
#[component]
fn Advanced(trust: TrustView) -> impl IntoView {
    let state = expect_context::<FormState>();
    let ca_certificates = state.value_or("ca_certificates", trust.ca_certificates);
    let token_service = state.value_or("token_service", trust.token_service);
    let filled = !ca_certificates.is_empty()
        || !token_service.is_empty()
        || state.ticked_or("skip_verification", trust.skip_verification);
    view! {
        <Disclosure class="panel advanced" summary="Advanced" holds=&ADVANCED_FIELDS open=filled>
            <Field
                name="ca_certificates" label="CA certificate" kind=FieldKind::TextArea value=ca_certificates placeholder="-----BEGIN CERTIFICATE-----"
                hint="PEM. For a registry whose certificate is signed by your own CA. The nodes of your clusters must trust it, too: this console cannot see whether they do."
            />
            <AuthorityList authorities=trust.authorities/>
            <Checkbox
                name="skip_verification" label="Skip TLS verification" ticked=trust.skip_verification
                hint="Accepts any certificate, whether or not a CA certificate is given above. For testing only; your nodes need the same setting."
            />
            <Field
                name="token_service" label="Token service" value=token_service placeholder="auth.example.com"
                hint="Credentials are sent only to the registry's own domain. If its token service is a host in another domain, and you know that host, confirm it here."
            />
        </Disclosure>
    }
}
