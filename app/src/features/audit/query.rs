//! The query of the audit trail. All of it is in the address.

#![cfg(feature = "ssr")]

use super::AuditParams;
use domain::{AuditEvent, AuditOutcome};

/// The maximum length of a text, in characters. No name is longer.
const MAX_CHARS: usize = 255;

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    Newest,
    /// With the entry before this id.
    Before(String),
    /// It ends with the entry after this id.
    After(String),
}

/// The validated query parameters of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditQuery {
    /// The name of a user, in any ASCII letter case; empty for all.
    pub person: String,
    pub event: Option<AuditEvent>,
    pub outcome: Option<AuditOutcome>,
    /// The name of a workspace; empty for all.
    pub workspace: String,
    /// The name of a registry, user or whatever else it was done to; empty for all.
    pub object: String,
    /// The first day in UTC, such as `2026-11-23`; empty for all. Not validated.
    pub from: String,
    /// The last day.
    pub until: String,
    pub position: Position,
}

impl AuditQuery {
    /// # Errors
    /// What is allowed in place of a parameter that no page sends.
    pub fn parse(params: &AuditParams) -> Result<Self, String> {
        let texts = params.pairs().map(|(_, text)| text);
        if texts.iter().any(|text| text.chars().count() > MAX_CHARS) {
            return Err(format!("Search for {MAX_CHARS} characters at most."));
        }
        let event = match params.event.as_str() {
            "" => None,
            word => Some(AuditEvent::parse(word).ok_or("event can be one of those in the list.")?),
        };
        let outcome = match params.outcome.as_str() {
            "" => None,
            word => {
                let known = AuditOutcome::ALL.into_iter().find(|outcome| outcome.as_str() == word);
                Some(known.ok_or("outcome can be Done, Refused or Failed.")?)
            }
        };
        let position = match (params.before.as_str(), params.after.as_str()) {
            ("", "") => Position::Newest,
            ("", after) => Position::After(after.to_owned()),
            (before, _) => Position::Before(before.to_owned()),
        };
        Ok(Self {
            person: params.person.trim().to_owned(),
            event,
            outcome,
            workspace: params.workspace.trim().to_owned(),
            object: params.object.trim().to_owned(),
            from: params.from.clone(),
            until: params.until.clone(),
            position,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_page_sends_is_refused() {
        for params in [
            AuditParams { person: "x".repeat(10_000), ..AuditParams::default() },
            AuditParams { event: "registry".to_owned(), ..AuditParams::default() },
            AuditParams { outcome: "done".to_owned(), ..AuditParams::default() },
        ] {
            assert!(AuditQuery::parse(&params).is_err(), "{params:?}");
        }
        assert!(AuditQuery::parse(&AuditParams::default()).is_ok());
    }
}
