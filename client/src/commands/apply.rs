//! `portolan apply`: shows the plan, asks, and applies all or nothing.

use super::confirm::confirm;
use super::error::CommandError;
use super::manifests::Files;
use super::output::{Format, print};
use crate::http::{Http, Method, Request};
use crate::plain_text::plain;
use api::apply::{ApplyRequest, Plan, PlanAction, PlanItem};
use std::fmt::Write;
use std::io;
use std::time::Duration;

/// For five hundred manifests, on a server that is busy.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// A plan of five hundred manifests, each with as many errors as it has fields.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

#[derive(Debug, clap::Args)]
pub struct Apply {
    #[command(flatten)]
    files: Files,

    /// Show the plan, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Change the URL or repository, or remove the credentials, even if clients have read them in the last 7 days
    #[arg(long)]
    even_if_used: bool,

    /// Apply the plan without asking
    #[arg(short, long)]
    yes: bool,

    /// How the plan is printed. As JSON or YAML, it is followed by a second one once it is applied
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
}

impl Apply {
    pub fn run(self, http: &Http) -> Result<(), CommandError> {
        if self.files.files.is_empty() {
            return Err(CommandError::Usage("name a file with -f, or - for the standard input.".to_owned()));
        }
        let manifests = self.files.read_with_passwords()?;
        let mut request = ApplyRequest { manifests, dry_run: true, fingerprint: None, confirmed: self.even_if_used };
        let plan = send(http, &request)?;
        self.print(&plan)?;
        match count(&plan, PlanAction::Broken) {
            0 => {}
            broken => return Err(CommandError::Broken(broken)),
        }
        if self.dry_run || count(&plan, PlanAction::Same) == plan.items.len() {
            return Ok(());
        }
        let in_use =
            plan.items.iter().filter_map(|item| Some(format!("{} by {}", full_name(item), item.in_use_by.as_ref()?)));
        let in_use: Vec<_> = in_use.collect();
        if !in_use.is_empty() && !self.even_if_used {
            return Err(CommandError::InUse(in_use.join("; ")));
        }
        confirm("Apply this?", self.yes)?;
        request = ApplyRequest { dry_run: false, fingerprint: Some(plan.fingerprint), ..request };
        let applied = send(http, &request)?;
        match self.output {
            Format::Table => print("Applied.")?,
            _ => self.print(&applied)?,
        }
        Ok(())
    }

    fn print(&self, plan: &Plan) -> io::Result<()> {
        print(&self.output.encode(plan)?.unwrap_or_else(|| shown(plan)))
    }
}

fn send(http: &Http, request: &ApplyRequest) -> Result<Plan, CommandError> {
    let request = Request::new(Method::POST, &["apply"]).json(request).within(TIME_LIMIT).up_to(MAX_BYTES);
    Ok(http.json(&request)?)
}

fn count(plan: &Plan, action: PlanAction) -> usize {
    plan.items.iter().filter(|item| item.action == action).count()
}

/// The plan for people, one paragraph a manifest.
fn shown(plan: &Plan) -> String {
    let items: String = plan.items.iter().map(item).collect();
    let counts = [
        (PlanAction::Create, "to create"),
        (PlanAction::Change, "to change"),
        (PlanAction::Same, "the same"),
        (PlanAction::Broken, "broken"),
    ];
    let counts = counts.map(|(action, word)| (count(plan, action), word)).into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<_> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    plain(&format!("{items}Plan: {}.\n", counts.join(", ")))
}

/// With its workspace, if it has one.
fn full_name(item: &PlanItem) -> String {
    item.workspace.iter().chain([&item.name]).map(String::as_str).collect::<Vec<_>>().join("/")
}

fn item(item: &PlanItem) -> String {
    let (sign, action) = match item.action {
        PlanAction::Create => ('+', "create"),
        PlanAction::Change => ('~', "change"),
        PlanAction::Same => ('=', "same"),
        PlanAction::Broken => ('!', "broken"),
    };
    let kind = if item.kind.is_empty() { "(no kind)" } else { &item.kind };
    let mut text = format!("{sign} {kind} {}: {action}\n", full_name(item));
    let mut line = |line: String| {
        // Writing to a text does not fail.
        let _ = writeln!(text, "    {line}");
    };
    for change in &item.changes {
        line(change.to_string());
    }
    for error in &item.errors {
        let place = if error.pointer.is_empty() { String::new() } else { format!("{}: ", error.pointer) };
        line(format!("{place}{}", error.detail));
    }
    for note in &item.notes {
        line(format!("Note: {note}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::apply::PlanChange;
    use api::problem::FieldProblem;

    #[test]
    fn a_plan_is_shown_with_what_changes_and_what_is_broken() {
        let new = |action, name: &str| PlanItem {
            kind: "ImageRegistry".to_owned(),
            workspace: Some("default".to_owned()),
            name: name.to_owned(),
            action,
            changes: Vec::new(),
            errors: Vec::new(),
            notes: Vec::new(),
            in_use_by: None,
        };
        let change = |from: &str, to: &str| PlanChange {
            field: "Repository".to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
        };
        let errors = vec![FieldProblem { pointer: "/spec/url".to_owned(), detail: "Enter a \u{1b}[2JURL.".to_owned() }];
        let plan = Plan {
            items: vec![
                PlanItem { changes: vec![change("", "team")], ..new(PlanAction::Create, "one") },
                PlanItem {
                    changes: vec![change("team", "ships"), change("team", "")],
                    notes: vec!["A note.".to_owned()],
                    ..new(PlanAction::Change, "two")
                },
                new(PlanAction::Same, "three"),
                PlanItem { errors, kind: String::new(), workspace: None, ..new(PlanAction::Broken, "four") },
            ],
            applied: false,
            fingerprint: String::new(),
        };
        let expected = "\
+ ImageRegistry default/one: create
    Repository: team
~ ImageRegistry default/two: change
    Repository: team \u{2192} ships
    Repository: team \u{2192} none
    Note: A note.
= ImageRegistry default/three: same
! (no kind) four: broken
    /spec/url: Enter a \\u{1b}[2JURL.
Plan: 1 to create, 1 to change, 1 the same, 1 broken.
";
        assert_eq!(shown(&plan), expected);
    }
}
