//! "Use this registry": its settings in the formats that machines take. All texts come from the server, so that the
//! browser downloads none of them.

#[cfg(feature = "ssr")]
use super::port::ImageRegistries;
use super::{PullFile, PullPanel};
use crate::leptos_ext::{current_location, page_query, patching};
use crate::page::{RegistryName, percent_encoded};
use crate::server_functions::{AppError, FormResponse, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{CopyButton, ErrorSummary, FormState, MutationForm};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::{GetUrl, Json};

/// The parameter of the page's address that names the format.
const FORMAT_PARAMETER: &str = "use";

/// A registry in this format, or in the first one. A placeholder stands for the password.
#[server(prefix = "/ui", endpoint = "image-registries/pull-config", input = GetUrl, output = Json)]
pub async fn pull_config(
    workspace: String,
    name: String,
    #[server(default)] format: String,
) -> Result<PullPanel, AppError> {
    backend::<dyn ImageRegistries>()?.pull_config(&actor()?, &workspace, &name, &format).await
}

/// The same with the password, for people who may read it.
#[server(prefix = "/ui", endpoint = "image-registries/pull-config/password", output = Json)]
pub async fn pull_config_with_password(
    #[server(default)] workspace: String,
    #[server(default)] name: String,
    #[server(default)] format: String,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let backend = backend::<dyn ImageRegistries>()?;
    let panel = backend.pull_config_with_password(&actor()?, &workspace, &name, &format).await?;
    FormResponse::stay_with(&panel).send()
}

/// The query string for this registry, in the format that the page's address names.
pub(super) fn query(registry: &RegistryName) -> impl Fn() -> String + use<> {
    let (workspace, name) = (percent_encoded(&registry.workspace), percent_encoded(&registry.name));
    let address = page_query();
    move || {
        let format = address.read().get(FORMAT_PARAMETER).unwrap_or_default();
        format!("workspace={workspace}&name={name}&format={}", percent_encoded(&format))
    }
}

pub(super) fn panel(registry: RegistryName, panel: PullPanel) -> impl IntoView {
    let tabs = panel.formats.iter().map(|(word, label)| {
        let current = (*word == panel.format).then_some("true");
        view! { <li><a href=format!("?{FORMAT_PARAMETER}={word}#use-title") aria-current=current>{label.clone()}</a></li> }
    });
    let tabs = tabs.collect_view();
    view! {
        <section class="panel wide below" aria-labelledby="use-title">
            <h2 id="use-title">"Use this registry"</h2>
            <nav aria-label="Formats"><ul class="tabs">{tabs}</ul></nav>
            <MutationForm action=PullConfigWithPassword::PATH page=current_location()>
                <ErrorSummary/>
                <input type="hidden" name="workspace" value=registry.workspace/>
                <input type="hidden" name="name" value=registry.name/>
                <input type="hidden" name="format" value=panel.format.clone()/>
                <Files masked=panel/>
            </MutationForm>
        </section>
    }
}

/// The files as loaded, or with the password once somebody has asked for it.
#[component]
fn Files(masked: PullPanel) -> impl IntoView {
    let state = expect_context::<FormState>();
    // It stays, because it has the focus.
    let button = masked.may_show.then(|| {
        view! { <p><button type="submit" class="button">"Show password"</button></p> }
    });
    let panel = move || {
        let shown = state.result.get().and_then(|result| result.read::<PullPanel>());
        let shown = shown.filter(|shown| shown.format == masked.format);
        let is_masked = masked.files.iter().any(|file| file.is_masked);
        let message = match (&shown, is_masked, masked.may_show) {
            (Some(_), ..) => "The files contain the password. The audit trail says who saw it.",
            (None, true, true) => "The password is hidden. Until it is shown, the files are incomplete.",
            (None, true, false) => {
                "The password is hidden, so the files are incomplete. Showing it takes the right to read credentials."
            }
            (None, false, _) => "",
        };
        let panel = shown.unwrap_or_else(|| masked.clone());
        let files = panel.files.into_iter().map(file).collect_view();
        patching(view! { <p class="hint" role="status">{message}</p>{files} })
    };
    view! { {button}{panel} }
}

fn file(file: PullFile) -> impl IntoView {
    // What is incomplete would only be found out on a node.
    let actions = (!file.is_masked).then(|| {
        let name = file.path.rsplit('/').next().unwrap_or_default().to_owned();
        let href = format!("data:text/plain;charset=utf-8,{}", percent_encoded(&file.content));
        view! {
            <p class="actions">
                <CopyButton text=file.content.clone() what="file"/>
                <a class="button small" href=href download=name rel="external">"Download"</a>
            </p>
        }
    });
    view! {
        <h3><code>{file.path}</code></h3>
        <p class="hint">{file.purpose}</p>
        <pre tabindex="0"><code>{file.content}</code></pre>
        {actions}
    }
}
