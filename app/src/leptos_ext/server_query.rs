//! A resource filled by a server function.
//!
//! Each type that a [`Resource`] carries costs the browser about ten kilobytes of code. So all pages share one resource
//! type, which is JSON text on the wire; a [`ServerQuery`] knows the type inside.

use crate::page_context::page_state;
use crate::server_functions::AppError;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::any::Any;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

/// The results of a server function for a query string that may change.
pub(crate) struct ServerQuery<T> {
    resource: Resource<Result<Answer, AppError>>,
    answers: PhantomData<fn() -> T>,
}

/// What caused a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A person opened a page or changed what it shows.
    Person,
    /// The page follows an event by itself. That does not keep the session alive.
    Event,
}

/// Data that a page can load.
pub(crate) trait PageData: Any + Clone + Serialize + DeserializeOwned + Send + Sync {}

impl<T: Any + Clone + Serialize + DeserializeOwned + Send + Sync> PageData for T {}

/// The query string, and a number that triggers a refetch.
type Key = Box<dyn Fn() -> (String, u32) + Send + Sync>;

type Call = fn(String, Cause) -> Pin<Box<dyn Future<Output = Result<Answer, AppError>> + Send>>;

impl<T: PageData> ServerQuery<T> {
    /// Calls the server function with this query string, and again when it changes.
    pub fn new<Function>(query: impl Fn() -> String + Send + Sync + 'static) -> Self
    where
        Function: ServerFn<Output = T, Error = AppError> + DeserializeOwned + 'static,
    {
        Self::keyed::<Function>(Box::new(move || (query(), 0)))
    }

    /// The same, and again when stored data has changed.
    pub fn refetching<Function>(query: impl Fn() -> String + Send + Sync + 'static) -> Self
    where
        Function: ServerFn<Output = T, Error = AppError> + DeserializeOwned + 'static,
    {
        let revision = page_state().revision;
        Self::keyed::<Function>(Box::new(move || (query(), revision.get())))
    }

    fn keyed<Function>(key: Key) -> Self
    where
        Function: ServerFn<Output = T, Error = AppError> + DeserializeOwned + 'static,
    {
        Self {
            resource: resource(key, |query, cause| Box::pin(fetch_answer::<Function>(query, cause))),
            answers: PhantomData,
        }
    }

    /// Waits for the result.
    pub async fn get(self) -> Result<T, AppError> {
        self.resource.await.and_then(Answer::into_inner)
    }
}

/// Calls a server function that reads: directly on the server, over HTTP in the browser. The query string contains all
/// its arguments.
///
/// # Errors
/// Those of the function, or [`AppError::Unavailable`] if it cannot be reached.
pub(crate) async fn call<Function>(query: String, cause: Cause) -> Result<Function::Output, AppError>
where
    Function: ServerFn<Error = AppError> + DeserializeOwned + 'static,
    Function::Output: PageData,
{
    fetch_answer::<Function>(query, cause).await.and_then(Answer::into_inner)
}

#[cfg(feature = "ssr")]
async fn fetch_answer<Function>(query: String, _: Cause) -> Result<Answer, AppError>
where
    Function: ServerFn<Error = AppError> + DeserializeOwned + 'static,
    Function::Output: PageData,
{
    let malformed = |_| AppError::BadRequest("The address cannot be read.".to_owned());
    let function = serde_urlencoded::from_str::<Function>(&query).map_err(malformed)?;
    Ok(Answer::Value(Arc::new(function.run_body().await?)))
}

#[cfg(not(feature = "ssr"))]
async fn fetch_answer<Function>(query: String, cause: Cause) -> Result<Answer, AppError>
where
    Function: ServerFn<Error = AppError> + DeserializeOwned + 'static,
    Function::Output: PageData,
{
    fetch_text(format!("{}?{query}", Function::PATH), cause).await
}

/// Not generic, so that the browser downloads it once for all functions.
#[cfg(not(feature = "ssr"))]
async fn fetch_text(address: String, cause: Cause) -> Result<Answer, AppError> {
    use crate::server_functions::{BACKGROUND_HEADER, fetch};
    let headers: &[_] = if cause == Cause::Event { &[(BACKGROUND_HEADER, "yes")] } else { &[] };
    let init = web_sys::RequestInit::new();
    let text = send_wrapper::SendWrapper::new(fetch(&address, &init, headers)).await?;
    Ok(Answer::Json(text.into()))
}

/// Not generic, so that the browser downloads it once for all pages.
fn resource(key: Key, call: Call) -> Resource<Result<Answer, AppError>> {
    let last_query = StoredValue::new(None);
    Resource::new(key, move |(query, _)| {
        // The same query again is a refetch: nobody has navigated.
        let is_same = last_query.try_update_value(|last| last.replace(query.clone()).as_ref() == Some(&query));
        call(query, if is_same == Some(true) { Cause::Event } else { Cause::Person })
    })
}

/// The result of a server function.
#[derive(Clone)]
enum Answer {
    /// On the server: the value itself, so that the page is rendered without a detour through JSON.
    #[cfg(feature = "ssr")]
    Value(Arc<dyn Erased>),
    /// In the browser: JSON text, embedded in the page or fetched.
    Json(Arc<str>),
}

impl Answer {
    fn into_inner<T: PageData>(self) -> Result<T, AppError> {
        match self {
            #[cfg(feature = "ssr")]
            Self::Value(value) => value.as_any().downcast_ref::<T>().cloned().ok_or(AppError::Unavailable),
            Self::Json(json) => serde_json::from_str(&json).map_err(|_| AppError::Unavailable),
        }
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            #[cfg(feature = "ssr")]
            Self::Value(value) => value.to_json().map_err(serde::ser::Error::custom)?.serialize(serializer),
            Self::Json(json) => json.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|json| Self::Json(json.into()))
    }
}

/// A value of a type that only its [`ServerQuery`] knows.
#[cfg(feature = "ssr")]
trait Erased: Send + Sync {
    fn as_any(&self) -> &dyn Any;

    fn to_json(&self) -> serde_json::Result<String>;
}

#[cfg(feature = "ssr")]
impl<T: PageData> Erased for T {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

impl<T> Clone for ServerQuery<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for ServerQuery<T> {}

#[cfg(test)]
#[cfg(feature = "ssr")]
mod tests {
    use super::*;
    use domain::{Phase, Status};

    fn status() -> Status {
        let reason = "caf\u{e9} \u{201c}<b>\u{201d}\n".to_owned();
        Status { phase: Phase::Failed, reason, checked: Some(-1), checking: true, as_of: i64::MAX }
    }

    /// The answer that the browser finds in a page.
    fn embedded(answer: &Result<Answer, AppError>) -> Result<Answer, AppError> {
        serde_json::from_str(&serde_json::to_string(answer).unwrap()).unwrap()
    }

    #[test]
    fn the_browser_reads_the_value_that_the_server_rendered() {
        let on_server = Ok(Answer::Value(Arc::new(status())));
        let in_browser = embedded(&on_server);
        assert!(matches!(in_browser, Ok(Answer::Json(_))));
        // In the browser, an answer may be written again. It stays the same.
        let again = embedded(&in_browser);
        for answer in [on_server, in_browser, again] {
            assert_eq!(answer.and_then(Answer::into_inner), Ok(status()));
        }
    }

    #[test]
    fn an_answer_of_another_type_is_an_error() {
        let on_server = Answer::Value(Arc::new(status()));
        assert_eq!(on_server.clone().into_inner::<Phase>(), Err(AppError::Unavailable));
        let in_browser = embedded(&Ok(on_server)).unwrap();
        assert_eq!(in_browser.into_inner::<Phase>(), Err(AppError::Unavailable));
        assert_eq!(Answer::Json("<html>".into()).into_inner::<Status>(), Err(AppError::Unavailable));
    }
}
