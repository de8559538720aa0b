//! Where a page's data come from.
//!
//! A resource costs the browser some ten kilobytes for each type that it carries. So there is one type for all
//! pages, and a [`ServerQuery`] that knows which of its variants it gives.

use crate::error::AppError;
#[cfg(not(feature = "ssr"))]
use crate::form::fetch;
use crate::image_registries::{RegistryDetails, RegistryList, RegistrySummary};
use crate::page_context::page_state;
use crate::workspaces::{WorkspaceDetails, WorkspaceList};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

/// Declares the variants, and how each comes from its type and goes back to it.
macro_rules! data {
    ($($variant:ident($type:ty)),* $(,)?) => {
        /// Whatever a page loads.
        #[derive(Clone, Serialize, Deserialize)]
        #[expect(clippy::large_enum_variant, reason = "there is one for each page, not many in a row")]
        pub(crate) enum PageData {
            $($variant($type)),*
        }

        $(
            impl From<$type> for PageData {
                fn from(data: $type) -> Self {
                    Self::$variant(data)
                }
            }

            impl TryFrom<PageData> for $type {
                type Error = ();

                fn try_from(data: PageData) -> Result<Self, ()> {
                    match data {
                        PageData::$variant(data) => Ok(data),
                        _ => Err(()),
                    }
                }
            }
        )*
    };
}

data! {
    Nothing(()),
    Registries(RegistryList),
    Registry(RegistryDetails),
    Going(Vec<RegistrySummary>),
    Workspaces(WorkspaceList),
    Workspace(WorkspaceDetails),
}

/// What is asked, and how often it is to be asked anew.
type Key = Box<dyn Fn() -> (String, u32) + Send + Sync>;

/// What caused a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Somebody came to a page or changed what it shows.
    Person,
    /// The page follows an event by itself. That keeps no session from expiring.
    Event,
}

type Calling = Pin<Box<dyn Future<Output = Result<PageData, AppError>> + Send>>;

/// The answers of a server function to a query that may change.
pub(crate) struct ServerQuery<T> {
    resource: Resource<Result<PageData, AppError>>,
    gives: PhantomData<fn() -> T>,
}

impl<T> ServerQuery<T>
where
    T: TryFrom<PageData> + DeserializeOwned + Send + 'static,
    PageData: From<T>,
{
    /// What the server function answers to this query, asked anew when the query changes.
    pub fn new<Function>(query: impl Fn() -> String + Send + Sync + 'static) -> Self
    where
        Function: ServerFn<Output = T, Error = AppError> + DeserializeOwned + 'static,
    {
        Self::keyed::<Function>(Box::new(move || (query(), 0)))
    }

    /// The same, asked anew as well when something stored has changed.
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
        let call = |query, cause| -> Calling {
            Box::pin(async move { call::<Function>(query, cause).await.map(PageData::from) })
        };
        Self { resource: resource(key, call), gives: PhantomData }
    }

    /// What came back.
    pub async fn get(self) -> Result<T, AppError> {
        self.resource.await.and_then(|data| T::try_from(data).map_err(|_| AppError::Unavailable))
    }
}

/// Asks a server function that reads: on the server by calling it, in the browser by its address. Either way the
/// query is all it is told.
///
/// # Errors
/// What the function refuses, and [`AppError::Unavailable`] where it cannot be reached.
pub(crate) async fn call<Function>(query: String, cause: Cause) -> Result<Function::Output, AppError>
where
    Function: ServerFn<Error = AppError> + DeserializeOwned,
    Function::Output: DeserializeOwned,
{
    #[cfg(feature = "ssr")]
    {
        let _ = cause;
        let malformed = |_| AppError::BadRequest("The address cannot be read.".to_owned());
        serde_urlencoded::from_str::<Function>(&query).map_err(malformed)?.run_body().await
    }
    #[cfg(not(feature = "ssr"))]
    {
        let text =
            send_wrapper::SendWrapper::new(fetch(format!("{}?{query}", Function::PATH), cause == Cause::Event)).await?;
        serde_json::from_str(&text).map_err(|_| AppError::Unavailable)
    }
}

/// A value as a query has it: all but the unreserved characters (RFC 3986 2.3) escaped, byte by byte. The same on
/// both sides, so that the page that comes alive is the page that was sent.
pub(crate) fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// The same for every page, so that the browser carries it once.
fn resource(key: Key, call: fn(String, Cause) -> Calling) -> Resource<Result<PageData, AppError>> {
    let asked = StoredValue::new(None);
    Resource::new(key, move |(query, _)| {
        // Nobody has gone anywhere if the query is the same as before.
        let same = asked.try_update_value(|asked| asked.replace(query.clone()).as_ref() == Some(&query));
        call(query, if same == Some(true) { Cause::Event } else { Cause::Person })
    })
}

impl<T> Clone for ServerQuery<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for ServerQuery<T> {}
