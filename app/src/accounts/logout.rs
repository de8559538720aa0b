//! Logging out.

use crate::form::{Done, Unexpected};
use crate::json::Json;
use crate::refusal::Refusal;
use leptos::prelude::*;

/// Ends this session.
#[server(prefix = "/ui", endpoint = "logout", output = Json)]
pub async fn log_out(#[server(flatten)] unexpected: Unexpected) -> Result<Done, Refusal> {
    unexpected.refuse()?;
    super::admit(crate::port::backend()?.log_out(&crate::port::actor()?).await?)?;
    Ok(Done::at("/login").saying("You are logged out.").as_someone_else())
}

/// Ends every session of this person.
#[server(prefix = "/ui", endpoint = "logout/everywhere", output = Json)]
pub async fn log_out_everywhere(#[server(flatten)] unexpected: Unexpected) -> Result<Done, Refusal> {
    unexpected.refuse()?;
    super::admit(crate::port::backend()?.log_out_everywhere(&crate::port::actor()?).await?)?;
    Ok(Done::at("/login").saying("You are logged out everywhere.").as_someone_else())
}
