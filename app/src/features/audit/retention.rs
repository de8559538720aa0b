//! For how long entries are kept.

#[cfg(feature = "ssr")]
use super::port::AuditTrail;
use crate::page::Page;
use crate::server_functions::{AppError, FormResponse, FormValues, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{actor, backend};
use crate::ui::{ErrorSummary, Field, MutationForm, SubmitButton};
use domain::{FieldError, field_error};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::Json;

/// About a hundred years.
const MOST_DAYS: u32 = 36_500;

/// Keeps entries for this many days; empty for ever.
#[server(prefix = "/ui", endpoint = "audit/retention", output = Json)]
pub async fn set_audit_retention(
    #[server(default)] days: String,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    let days = parse_days(&days).map_err(|error| AppError::Validation(vec![error]))?;
    backend::<dyn AuditTrail>()?.set_audit_retention(&actor()?, days).await?;
    let message = match days {
        Some(1) => "Entries are kept for one day.".to_owned(),
        Some(days) => format!("Entries are kept for {days} days."),
        None => "Entries are kept for ever.".to_owned(),
    };
    FormResponse::redirect(Page::Audit).with_flash(message).send()
}

fn parse_days(text: &str) -> Result<Option<u32>, FieldError> {
    if text.is_empty() {
        return Ok(None);
    }
    let days = text.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
    days.map(Some).ok_or_else(|| field_error("days", format!("Use a number from 1 to {MOST_DAYS}, or leave it empty.")))
}

pub(super) fn retention_panel(days: Option<u32>) -> impl IntoView + use<> {
    let check = Callback::new(|values: FormValues| parse_days(values.get("days")).err().into_iter().collect());
    let days = days.map(|days| days.to_string()).unwrap_or_default();
    view! {
        <section class="panel" aria-labelledby="retention-title">
            <h2 id="retention-title">"Retention"</h2>
            <MutationForm action=SetAuditRetention::PATH page=String::from(Page::Audit) class="form" check>
                <ErrorSummary/>
                <Field name="days" label="Days to keep entries" value=days hint="Empty: for ever. Older entries are deleted for good within the hour."/>
                <p class="actions"><SubmitButton label="Save" pending="Saving\u{2026}"/></p>
            </MutationForm>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retention_is_a_number_of_days_or_for_ever() {
        assert_eq!(parse_days(""), Ok(None));
        assert_eq!(parse_days("400"), Ok(Some(400)));
        for wrong in ["0", "-1", "1.5", "36501", "99999999999", " 1", "x"] {
            assert!(parse_days(wrong).is_err(), "{wrong}");
        }
    }
}
