//! The people who may log in.

mod account;
mod fields;
mod local_path;
mod login;
mod logout;
#[cfg(feature = "ssr")]
pub mod port;
mod setup;

pub use fields::{LogInFields, NewAccount, PasswordChange};
pub use local_path::local_path;

pub(crate) use account::AccountPage;
pub(crate) use login::LoginPage;
pub(crate) use logout::LogOut;
pub(crate) use setup::SetupPage;

/// Answers with the cookie that admits, or no longer admits, this browser.
#[cfg(feature = "ssr")]
fn admit(admission: port::Admission) -> Result<(), crate::refusal::Refusal> {
    use leptos::prelude::use_context;
    let response = use_context::<leptos_axum::ResponseOptions>().ok_or(crate::refusal::Refusal::Unavailable)?;
    response.append_header(http::header::SET_COOKIE, admission.cookie);
    Ok(())
}
