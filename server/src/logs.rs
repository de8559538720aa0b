//! The log: lines on standard error, as text for people or as JSON for programs.

use clap::ValueEnum;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{IsTerminal, stderr};
use std::panic::{PanicHookInfo, set_hook};
use tracing_subscriber::EnvFilter;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// What is logged if `PORTOLAN_LOG` does not say otherwise.
const DEFAULT: &str = "info,sqlx=warn";

/// Never logged: sqlx quotes lines of PGPASSFILE that it cannot read, with their passwords.
const NEVER: &str = "sqlx_postgres::options=off";

/// Starts logging. Panics are logged as well: a page that panics is an error of one request.
pub fn start(format: LogFormat) {
    let filter = |wanted: &str| EnvFilter::try_new(format!("{wanted},{NEVER}"));
    let wanted = std::env::var("PORTOLAN_LOG").ok().and_then(|wanted| filter(&wanted).ok());
    let filter = wanted.unwrap_or_else(|| filter(DEFAULT).unwrap_or_default());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_ansi(stderr().is_terminal());
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).init(),
    }
    set_hook(Box::new(panicked));
}

fn panicked(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let message = panic.payload_as_str().unwrap_or("no message");
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        tracing::error!(place, %backtrace, "panicked: {message}");
    } else {
        tracing::error!(place, "panicked: {message}");
    }
}

/// Says why a command ends: in the log if programs read it, and otherwise without a time in front.
pub fn fail(format: LogFormat, error: &dyn std::error::Error) {
    match format {
        LogFormat::Text => client::say(&error.to_string()),
        LogFormat::Json => tracing::error!("{error}"),
    }
}
