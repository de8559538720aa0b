//! What was loaded, or why it was not.

use super::settled::{in_place, whole};
use crate::navigation::log_in_again;
use crate::refusal::Refusal;
use crate::source::{Data, Source};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Loads something and makes a view of it.
type Load = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = AnyView> + Send>> + Send + Sync>;

/// The view of a page's data once it is there, or the notice that says why it is not. The one way in which
/// pages read resources: awaited inside one [`Transition`], never by `.get()`. The view itself awaits nothing.
pub(crate) fn loaded<T, V>(source: Source<T>, show: impl Fn(T) -> V + Clone + Send + Sync + 'static) -> AnyView
where
    T: TryFrom<Data> + DeserializeOwned + Send + 'static,
    Data: From<T>,
    V: RenderHtml + 'static,
{
    settled(source, move |data| whole(show(data)).into_any())
}

/// The same for a page that changes while somebody works with it.
pub(crate) fn loaded_in_place<T, V>(source: Source<T>, show: impl Fn(T) -> V + Clone + Send + Sync + 'static) -> AnyView
where
    T: TryFrom<Data> + DeserializeOwned + Send + 'static,
    Data: From<T>,
    V: RenderHtml + 'static,
{
    settled(source, move |data| in_place(show(data)).into_any())
}

fn settled<T>(source: Source<T>, show: impl Fn(T) -> AnyView + Clone + Send + Sync + 'static) -> AnyView
where
    T: TryFrom<Data> + DeserializeOwned + Send + 'static,
    Data: From<T>,
{
    boundary(Arc::new(move || {
        let show = show.clone();
        Box::pin(async move {
            match source.get().await {
                Ok(data) => show(data),
                Err(refusal) => whole(view! { <RefusalNotice refusal/> }).into_any(),
            }
        })
    }))
}

/// The same for every page, so that the browser carries it once: types are erased here.
fn boundary(load: Load) -> AnyView {
    view! { <Transition>{move || Suspend::new(load())}</Transition> }.into_any()
}

/// Says why the page cannot show what was asked for, and leads on. On the server it also sets the status code.
#[component]
pub(crate) fn RefusalNotice(refusal: Refusal) -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        use leptos::server_fn::error::FromServerFnError;
        response.set_status(refusal.status_code());
    }
    if refusal == Refusal::SignedOut {
        Effect::new(log_in_again);
    }
    let problems = refusal.problems().iter().map(|problem| view! { <li>{problem.message.clone()}</li> }).collect_view();
    view! {
        <div class="notice error" role="alert">
            <p><strong>{refusal.to_string()}</strong></p>
            {(!problems.is_empty()).then(|| view! { <ul>{problems}</ul> })}
        </div>
        <p><a href="/image-registries">"Go to the image registries"</a></p>
    }
}
