//! `portolan test`: tests a connection now.

use super::error::CommandError;
use super::kind::{Kind, Name};
use super::output::{Format, print};
use super::resources;
use crate::http::{Http, Method, Request};
use crate::plain_text::plain;
use api::image_registry::{Report, ReportStep};
use std::time::Duration;

/// A check has 15 seconds, and may have to wait for others.
const TIME_LIMIT: Duration = Duration::from_secs(30);

#[derive(Debug, clap::Args)]
pub struct Test {
    /// The image registry
    name: String,

    #[arg(short, long, default_value = "default")]
    workspace: String,

    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
}

impl Test {
    pub fn run(self, http: &Http) -> Result<(), CommandError> {
        let name = Kind::ImageRegistry.named(&self.name, &self.workspace);
        let report = test(http, &name)?;
        let mut lines = vec![format!("{}: {}", report.phase, report.reason)];
        lines.extend(report.next_step.clone());
        lines.extend(report.steps.iter().map(line));
        print(&self.output.encode(&report)?.unwrap_or_else(|| plain(&lines.join("\n"))))?;
        match &*report.phase {
            "Connected" => Ok(()),
            _ => Err(CommandError::PhaseFailed(name, report.reason)),
        }
    }
}

fn test(http: &Http, name: &Name) -> Result<Report, CommandError> {
    let path = [&resources::path(name)[..], &["test"]].concat();
    let tested = http.json(&Request::new(Method::POST, &path).json(&serde_json::json!({})).within(TIME_LIMIT));
    tested.map_err(|error| match resources::is_missing(&error) {
        true => CommandError::NotFound(name.clone()),
        false => error.into(),
    })
}

fn line(step: &ReportStep) -> String {
    let said = step.sentence.as_ref().map(|sentence| format!(" ({sentence})")).unwrap_or_default();
    format!("  {}: {}{said}", step.label, step.outcome)
}
