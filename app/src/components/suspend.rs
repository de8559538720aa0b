//! What was loaded, or why it was not.

use super::sync_view::{in_place, whole};
use crate::error::AppError;
use crate::navigation::redirect_to_login;
use crate::server_query::{PageData, ServerQuery};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Loads something and makes a view of it.
type Load = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = AnyView> + Send>> + Send + Sync>;

/// The view of a page's data once it is there, or the notice that says why it is not. The one way in which
/// pages read resources: awaited inside one [`Transition`], never by `.get()`. The view itself awaits nothing.
pub(crate) fn suspend<T, V>(source: ServerQuery<T>, show: impl Fn(T) -> V + Clone + Send + Sync + 'static) -> AnyView
where
    T: TryFrom<PageData> + DeserializeOwned + Send + 'static,
    PageData: From<T>,
    V: RenderHtml + 'static,
{
    settled(source, move |data| whole(show(data)).into_any())
}

/// The same for a page that changes while somebody works with it.
pub(crate) fn suspend_in_place<T, V>(
    source: ServerQuery<T>,
    show: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> AnyView
where
    T: TryFrom<PageData> + DeserializeOwned + Send + 'static,
    PageData: From<T>,
    V: RenderHtml + 'static,
{
    settled(source, move |data| in_place(show(data)).into_any())
}

fn settled<T>(source: ServerQuery<T>, show: impl Fn(T) -> AnyView + Clone + Send + Sync + 'static) -> AnyView
where
    T: TryFrom<PageData> + DeserializeOwned + Send + 'static,
    PageData: From<T>,
{
    boundary(Arc::new(move || {
        let show = show.clone();
        Box::pin(async move {
            match source.get().await {
                Ok(data) => show(data),
                Err(error) => whole(view! { <ErrorNotice error/> }).into_any(),
            }
        })
    }))
}

/// The same for every page, so that the browser carries it once: types are erased here.
fn boundary(load: Load) -> AnyView {
    view! { <Transition>{move || Suspend::new(load())}</Transition> }.into_any()
}

/// Says why the page cannot show what was asked for. On the server it also sets the status code.
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
        error.field_errors().iter().map(|problem| view! { <li>{problem.message.clone()}</li> }).collect_view();
    view! {
        <div class="notice error" role="alert">
            <p><strong>{error.to_string()}</strong></p>
            {(!field_errors.is_empty()).then(|| view! { <ul>{field_errors}</ul> })}
        </div>
    }
}
