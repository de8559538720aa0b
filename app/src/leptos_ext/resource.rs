//! Resources filled by server functions.

use crate::page_context::page_state;
use crate::server_functions::AppError;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What caused a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A person opened a page or changed what it shows.
    Person,
    /// The page follows an event by itself. That does not keep the session alive.
    Event,
}

/// Data that a page can load.
pub(crate) trait PageData: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {}

impl<T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> PageData for T {}

/// The result of a server function for a query string. It is called again when the query string changes.
pub(crate) fn resource<Function>(
    query: impl Fn() -> String + Send + Sync + 'static,
) -> Resource<Result<Function::Output, AppError>>
where
    Function: ServerFn<Output: PageData, Error = AppError> + DeserializeOwned + 'static,
{
    keyed_resource::<Function>(move || (query(), 0))
}

/// The same. It is called again also after a form of this tab and after lost events. A single status is not followed.
pub(crate) fn refetching_resource<Function>(
    query: impl Fn() -> String + Send + Sync + 'static,
) -> Resource<Result<Function::Output, AppError>>
where
    Function: ServerFn<Output: PageData, Error = AppError> + DeserializeOwned + 'static,
{
    let revision = page_state().revision;
    keyed_resource::<Function>(move || (query(), revision.get()))
}

/// `key` is the query string, and a number that triggers a refetch.
fn keyed_resource<Function>(
    key: impl Fn() -> (String, u32) + Send + Sync + 'static,
) -> Resource<Result<Function::Output, AppError>>
where
    Function: ServerFn<Output: PageData, Error = AppError> + DeserializeOwned + 'static,
{
    let last_query = StoredValue::new(None::<String>);
    Resource::new(key, move |(query, _)| {
        // The same query again is a refetch: nobody has navigated.
        let is_same = last_query.try_update_value(|last| last.replace(query.clone()).as_ref() == Some(&query));
        call::<Function>(query, if is_same == Some(true) { Cause::Event } else { Cause::Person })
    })
}

/// Calls a server function that reads: directly on the server, over HTTP in the browser. The query string contains all
/// its arguments. Calling the function itself would cost the browser an encoder of its arguments and a second client.
///
/// # Errors
/// Those of the function, or [`AppError::Unavailable`] if it cannot be reached.
#[cfg(feature = "ssr")]
pub(crate) async fn call<Function>(query: String, _: Cause) -> Result<Function::Output, AppError>
where
    Function: ServerFn<Output: PageData, Error = AppError> + DeserializeOwned + 'static,
{
    let malformed = |_| AppError::BadRequest("The address cannot be read.".to_owned());
    serde_urlencoded::from_str::<Function>(&query).map_err(malformed)?.run_body().await
}

/// The browser's half.
#[cfg(not(feature = "ssr"))]
pub(crate) async fn call<Function>(query: String, cause: Cause) -> Result<Function::Output, AppError>
where
    Function: ServerFn<Output: PageData, Error = AppError> + DeserializeOwned + 'static,
{
    let text = fetch_text(format!("{}?{query}", Function::PATH), cause).await?;
    serde_json::from_str(&text).map_err(|_| AppError::Unavailable)
}

/// Not generic, so that the browser downloads it once for all functions.
#[cfg(not(feature = "ssr"))]
async fn fetch_text(address: String, cause: Cause) -> Result<String, AppError> {
    use crate::server_functions::{BACKGROUND_HEADER, fetch};
    let headers: &[_] = if cause == Cause::Event { &[(BACKGROUND_HEADER, "yes")] } else { &[] };
    let init = web_sys::RequestInit::new();
    send_wrapper::SendWrapper::new(fetch(&address, &init, headers)).await
}
