//! What a server function changes about the HTTP response, beside the value it returns.
//!
//! Functions speak no HTTP. The HTTP layer puts a [`ResponseEffects`] into the context of each call, and afterwards
//! writes the cookies and the redirect that it asks for.

use super::{AppError, FormResponse};
use domain::Secret;
use leptos::prelude::use_context;
use std::sync::{Arc, Mutex, PoisonError};

/// Collects the effects of one call.
#[derive(Clone, Default)]
pub struct ResponseEffects(Arc<Mutex<Effects>>);

/// What a call asks for.
#[derive(Debug, Default)]
pub struct Effects {
    /// The browser gets another session.
    pub session: Option<SessionChange>,
    /// A preference that the browser keeps.
    pub preference: Option<Preference>,
    /// The answer to a form. A plain form is redirected; the flash message travels in a cookie if a new page is loaded.
    pub form: Option<FormResponse>,
}

/// What becomes of the browser's session.
#[derive(Debug)]
pub enum SessionChange {
    /// It begins, with this token.
    Begin(SessionToken),
    /// It has ended.
    End,
}

/// Proves that a browser belongs to a session. 256 random bits in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionToken(Secret);

/// A choice that a browser keeps for a year: the first byte of a page is right already.
#[derive(Debug, PartialEq, Eq)]
pub struct Preference {
    /// The name of the cookie.
    pub name: &'static str,
    /// One of our own words, never free text.
    pub value: String,
}

impl SessionToken {
    /// Wraps a token.
    pub fn new(token: impl Into<String>) -> Self {
        Self(Secret::new(token))
    }

    /// The token in the clear.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl ResponseEffects {
    /// Takes what the call has asked for.
    pub fn take(&self) -> Effects {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Effects> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has the HTTP layer change the browser's session.
///
/// # Errors
/// [`AppError::Unavailable`] outside a call.
pub(crate) fn change_session(change: SessionChange) -> Result<(), AppError> {
    record(|effects| effects.session = Some(change))
}

/// Has the browser keep a preference.
///
/// # Errors
/// [`AppError::Unavailable`] outside a call.
pub(crate) fn keep_preference(preference: Preference) -> Result<(), AppError> {
    record(|effects| effects.preference = Some(preference))
}

/// Tells the HTTP layer how the form was answered.
///
/// # Errors
/// [`AppError::Unavailable`] outside a call.
pub(crate) fn answer_form(response: FormResponse) -> Result<(), AppError> {
    record(|effects| effects.form = Some(response))
}

fn record(change: impl FnOnce(&mut Effects)) -> Result<(), AppError> {
    let effects = use_context::<ResponseEffects>().ok_or(AppError::Unavailable)?;
    change(&mut effects.lock());
    Ok(())
}
