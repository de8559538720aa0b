//! Where a page's data come from.
//!
//! A resource costs the browser some ten kilobytes for each type that it carries. So there is one type for all
//! pages, and a [`Source`] that knows which of its variants it gives.

#[cfg(not(feature = "ssr"))]
use crate::form::fetch;
use crate::image_registries::{Details, RegistryList, Summary};
use crate::refusal::Refusal;
use crate::viewer::live;
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
        pub(crate) enum Data {
            $($variant($type)),*
        }

        $(
            impl From<$type> for Data {
                fn from(data: $type) -> Self {
                    Self::$variant(data)
                }
            }

            impl TryFrom<Data> for $type {
                type Error = ();

                fn try_from(data: Data) -> Result<Self, ()> {
                    match data {
                        Data::$variant(data) => Ok(data),
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
    Registry(Details),
    Going(Vec<Summary>),
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

type Asking = Pin<Box<dyn Future<Output = Result<Data, Refusal>> + Send>>;

/// The answers of a server function to a query that may change.
pub(crate) struct Source<T> {
    resource: Resource<Result<Data, Refusal>>,
    gives: PhantomData<fn() -> T>,
}

impl<T> Source<T>
where
    T: TryFrom<Data> + DeserializeOwned + Send + 'static,
    Data: From<T>,
{
    /// What the server function answers to this query, asked anew when the query changes.
    pub fn of<Function>(query: impl Fn() -> String + Send + Sync + 'static) -> Self
    where
        Function: ServerFn<Output = T, Error = Refusal> + DeserializeOwned + 'static,
    {
        Self::keyed::<Function>(Box::new(move || (query(), 0)))
    }

    /// The same, asked anew as well when something stored has changed.
    pub fn following<Function>(query: impl Fn() -> String + Send + Sync + 'static) -> Self
    where
        Function: ServerFn<Output = T, Error = Refusal> + DeserializeOwned + 'static,
    {
        let revision = live().revision;
        Self::keyed::<Function>(Box::new(move || (query(), revision.get())))
    }

    fn keyed<Function>(key: Key) -> Self
    where
        Function: ServerFn<Output = T, Error = Refusal> + DeserializeOwned + 'static,
    {
        let ask =
            |query, cause| -> Asking { Box::pin(async move { ask::<Function>(query, cause).await.map(Data::from) }) };
        Self { resource: resource(key, ask), gives: PhantomData }
    }

    /// What came back.
    pub async fn get(self) -> Result<T, Refusal> {
        self.resource.await.and_then(|data| T::try_from(data).map_err(|_| Refusal::Unavailable))
    }
}

/// Asks a server function that reads: on the server by calling it, in the browser by its address. Either way the
/// query is all it is told.
///
/// # Errors
/// What the function refuses, and [`Refusal::Unavailable`] where it cannot be reached.
pub(crate) async fn ask<Function>(query: String, cause: Cause) -> Result<Function::Output, Refusal>
where
    Function: ServerFn<Error = Refusal> + DeserializeOwned,
    Function::Output: DeserializeOwned,
{
    #[cfg(feature = "ssr")]
    {
        let _ = cause;
        let malformed = |_| Refusal::Malformed("The address cannot be read.".to_owned());
        serde_urlencoded::from_str::<Function>(&query).map_err(malformed)?.run_body().await
    }
    #[cfg(not(feature = "ssr"))]
    {
        let text =
            send_wrapper::SendWrapper::new(fetch(format!("{}?{query}", Function::PATH), cause == Cause::Event)).await?;
        serde_json::from_str(&text).map_err(|_| Refusal::Unavailable)
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
fn resource(key: Key, ask: fn(String, Cause) -> Asking) -> Resource<Result<Data, Refusal>> {
    let asked = StoredValue::new(None);
    Resource::new(key, move |(query, _)| {
        // Nobody has gone anywhere if the query is the same as before.
        let same = asked.try_update_value(|asked| asked.replace(query.clone()).as_ref() == Some(&query));
        ask(query, if same == Some(true) { Cause::Event } else { Cause::Person })
    })
}

impl<T> Clone for Source<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Source<T> {}
