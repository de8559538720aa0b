//! `portolan audit`: the audit trail from the shell.

use super::place::Place;
use app::audit::AuditParams;
use clap::ValueEnum;
use server::maintenance::{AuditExportError, ExportFormat, write_audit_trail};
use std::error::Error;
use std::io::{BufWriter, ErrorKind, stdout};

#[derive(clap::Subcommand)]
pub enum Audit {
    /// Write the entries to standard output, oldest first, also while the server runs. The export is recorded
    Export(ExportAudit),
}

#[derive(clap::Args)]
pub struct ExportAudit {
    #[command(flatten)]
    place: Place,

    /// JSON lines, or CSV (RFC 4180)
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Only what this user did
    #[arg(long, value_name = "NAME", default_value = "")]
    person: String,

    /// Only this event, such as registry.delete
    #[arg(long, default_value = "")]
    event: String,

    /// Only what was Done, Refused or Failed
    #[arg(long, default_value = "")]
    outcome: String,

    /// Only in this workspace
    #[arg(long, value_name = "NAME", default_value = "")]
    workspace: String,

    /// Only what was done to the registry or user with this name
    #[arg(long, value_name = "NAME", default_value = "")]
    object: String,

    /// Only from this day on, such as 2026-11-23, in UTC
    #[arg(long, value_name = "DAY", default_value = "")]
    from: String,

    /// Only until the end of this day
    #[arg(long, value_name = "DAY", default_value = "")]
    until: String,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Jsonl,
    Csv,
}

impl Audit {
    pub async fn run(self) -> Result<(), Box<dyn Error>> {
        let Self::Export(options) = self;
        let address = options.place.address()?;
        let format = match options.format {
            Format::Jsonl => ExportFormat::JsonLines,
            Format::Csv => ExportFormat::Csv,
        };
        let ExportAudit { person, event, outcome, workspace, object, from, until, .. } = options;
        let params = AuditParams { person, event, outcome, workspace, object, from, until, ..AuditParams::default() };
        match write_audit_trail(&address, &params, format, &mut BufWriter::new(stdout())).await {
            // The reader has gone, as `head` does, and has read what it wanted.
            Err(AuditExportError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }
}
