//! Logging out.

#[cfg(feature = "ssr")]
use super::port::Accounts;
use crate::page::Page;
use crate::server_functions::{AppError, FormResponse, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{SessionChange, actor, backend, change_session};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Ends the current session.
#[server(prefix = "/ui", endpoint = "logout", output = Json)]
pub async fn log_out(#[server(flatten)] unknown_fields: UnknownFields) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    backend::<dyn Accounts>()?.log_out(&actor()?).await?;
    change_session(SessionChange::End)?;
    FormResponse::redirect(Page::LogIn).with_flash("You are logged out.").with_full_reload().send()
}

/// Ends every session of the signed-in person except the present one.
#[server(prefix = "/ui", endpoint = "logout/others", output = Json)]
pub async fn log_out_others(#[server(flatten)] unknown_fields: UnknownFields) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    backend::<dyn Accounts>()?.log_out_others(&actor()?).await?;
    FormResponse::redirect(Page::Account).with_flash("All other sessions were logged out.").send()
}

/// Ends every session of the signed-in person.
#[server(prefix = "/ui", endpoint = "logout/everywhere", output = Json)]
pub async fn log_out_everywhere(#[server(flatten)] unknown_fields: UnknownFields) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    backend::<dyn Accounts>()?.log_out_everywhere(&actor()?).await?;
    change_session(SessionChange::End)?;
    FormResponse::redirect(Page::LogIn).with_flash("You are logged out everywhere.").with_full_reload().send()
}
