//! What a server function changes about the HTTP response, in addition to its return value.
//!
//! Server functions do not write HTTP themselves. The HTTP layer puts a [`ResponseEffects`] into the context of each
//! call, and afterwards writes the cookies and the redirect that the call has asked for.

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
    pub session: Option<SessionChange>,
    /// Stored in the browser.
    pub preference: Option<Preference>,
    /// The answer to a form. A plain form is redirected. If a new page is loaded, a cookie carries the flash message.
    pub form: Option<FormResponse>,
}

/// A change of the browser's session.
#[derive(Debug)]
pub enum SessionChange {
    Begin(SessionToken),
    End,
}

/// The secret that authenticates a browser: 256 random bits in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionToken(Secret);

/// A choice that the browser keeps in a cookie for a year, so that the server renders pages accordingly.
#[derive(Debug, PartialEq, Eq)]
pub struct Preference {
    /// The name of the cookie.
    pub name: &'static str,
    /// One of our own keywords, never free text.
    pub value: String,
}

impl SessionToken {
    pub fn new(token: impl Into<String>) -> Self {
        Self(Secret::new(token))
    }

    /// The token in the clear.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl ResponseEffects {
    /// Takes what the call has asked for so far.
    pub fn take(&self) -> Effects {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Effects> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks the HTTP layer to change the browser's session.
///
/// # Errors
/// [`AppError::Unavailable`] outside a call.
pub(crate) fn change_session(change: SessionChange) -> Result<(), AppError> {
    record(|effects| effects.session = Some(change))
}

/// Asks the HTTP layer to store a preference in the browser.
///
/// # Errors
/// [`AppError::Unavailable`] outside a call.
pub(crate) fn keep_preference(preference: Preference) -> Result<(), AppError> {
    record(|effects| effects.preference = Some(preference))
}

/// Passes the answer to a form on to the HTTP layer.
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

#[cfg(test)]
mod tests {
    use super::*;
    use leptos::prelude::{Owner, provide_context};

    fn theme(value: &str) -> Preference {
        Preference { name: "theme", value: value.to_owned() }
    }

    #[test]
    fn effects_are_collected_by_their_call_and_taken_once() {
        let (one, other) = (ResponseEffects::default(), ResponseEffects::default());
        Owner::new().with(|| {
            provide_context(one.clone());
            change_session(SessionChange::Begin(SessionToken::new("canary"))).unwrap();
            keep_preference(theme("light")).unwrap();
            keep_preference(theme("dark")).unwrap();
            answer_form(FormResponse::redirect("/workspaces")).unwrap();
        });
        let effects = one.take();
        assert!(matches!(&effects.session, Some(SessionChange::Begin(token)) if token.expose() == "canary"));
        assert_eq!(effects.preference, Some(theme("dark")), "the last one counts");
        assert_eq!(effects.form, Some(FormResponse::redirect("/workspaces")));
        assert!(!format!("{effects:?}").contains("canary"), "{effects:?}");
        for empty in [one.take(), other.take()] {
            assert!(empty.session.is_none() && empty.preference.is_none() && empty.form.is_none(), "{empty:?}");
        }
    }

    #[test]
    fn outside_a_call_an_effect_is_an_error_and_not_lost() {
        Owner::new().with(|| {
            assert_eq!(change_session(SessionChange::End), Err(AppError::Unavailable));
            assert_eq!(keep_preference(theme("dark")), Err(AppError::Unavailable));
            assert_eq!(answer_form(FormResponse::default()), Err(AppError::Unavailable));
        });
    }
}
