//! Shows loaded data, or why it could not be loaded.

use crate::leptos_ext::{PageData, patching, redirect_to_login, replacing};
use crate::page::Page;
use crate::server_functions::AppError;
use leptos::prelude::*;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Loads data and renders it.
type Load = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = AnyView> + Send>> + Send + Sync>;

/// Renders a page's data once it is loaded, or an [`ErrorNotice`]. Pages read resources only like this: awaited inside
/// one [`Transition`], never with `.get()`. The view itself awaits nothing.
pub(crate) fn suspend<T, V>(
    resource: Resource<Result<T, AppError>>,
    view: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> AnyView
where
    T: PageData,
    V: RenderHtml + 'static,
{
    suspend_any(resource, move |data| replacing(view(data)).into_any(), error_notice)
}

/// The same for a page that changes while someone works with it: its elements are updated, not replaced.
pub(crate) fn suspend_in_place<T, V>(
    resource: Resource<Result<T, AppError>>,
    view: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> AnyView
where
    T: PageData,
    V: RenderHtml + 'static,
{
    suspend_any(resource, move |data| patching(view(data)).into_any(), error_notice)
}

/// The same for a part of a page whose main part fails for the same reasons, and says so.
pub(crate) fn suspend_part<T, V>(
    resource: Resource<Result<T, AppError>>,
    view: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> AnyView
where
    T: PageData,
    V: RenderHtml + 'static,
{
    suspend_any(resource, move |data| patching(view(data)).into_any(), |_| ().into_any())
}

fn error_notice(error: AppError) -> AnyView {
    replacing(view! { <ErrorNotice error/> }).into_any()
}

fn suspend_any<T: PageData>(
    resource: Resource<Result<T, AppError>>,
    view: impl Fn(T) -> AnyView + Clone + Send + Sync + 'static,
    refused: fn(AppError) -> AnyView,
) -> AnyView {
    transition(Arc::new(move || {
        let view = view.clone();
        Box::pin(async move {
            match resource.await {
                Ok(data) => view(data),
                Err(error) => refused(error),
            }
        })
    }))
}

/// Not generic, so that the browser downloads it once for all pages.
fn transition(load: Load) -> AnyView {
    view! { <Transition>{move || Suspend::new(load())}</Transition> }.into_any()
}

/// Says why the page cannot be shown, and links to one that can. On the server it also sets the status code.
#[component]
pub(crate) fn ErrorNotice(error: AppError) -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        use leptos::server_fn::error::FromServerFnError;
        response.set_status(error.status_code());
    }
    if error == AppError::Unauthenticated {
        Effect::new(redirect_to_login);
    }
    let field_errors =
        error.field_errors().iter().map(|error| view! { <li>{error.message.clone()}</li> }).collect_view();
    view! {
        <div class="notice error" role="alert">
            <p><strong>{error.of_page()}</strong></p>
            {(!field_errors.is_empty()).then(|| view! { <ul>{field_errors}</ul> })}
        </div>
        <p><a href=Page::Registries.path()>"Go to the image registries"</a></p>
    }
}
