//! Logging out.

use crate::error::AppError;
use crate::form::{FormResponse, UnknownFields};
use crate::json::Json;
#[cfg(feature = "ssr")]
use crate::response_effects::{SessionChange, change_session};
use leptos::prelude::*;

/// Ends this session.
#[server(prefix = "/ui", endpoint = "logout", output = Json)]
pub async fn log_out(#[server(flatten)] unknown_fields: UnknownFields) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    crate::port::backend()?.log_out(&crate::port::actor()?).await?;
    change_session(SessionChange::End)?;
    FormResponse::redirect("/login").with_flash("You are logged out.").with_full_reload().send()
}

/// Ends every session of this person.
#[server(prefix = "/ui", endpoint = "logout/everywhere", output = Json)]
pub async fn log_out_everywhere(#[server(flatten)] unknown_fields: UnknownFields) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    crate::port::backend()?.log_out_everywhere(&crate::port::actor()?).await?;
    change_session(SessionChange::End)?;
    FormResponse::redirect("/login").with_flash("You are logged out everywhere.").with_full_reload().send()
}
