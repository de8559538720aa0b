//! `portolan doctor`: says what is wrong before users do.

use super::ServeOptions;
use super::output::print;
use server::maintenance::doctor::{Diagnosis, Severity, Subject, examine};
use server::{DatabaseAddress, SystemClock};
use std::error::Error;
use std::fmt::Display;

#[derive(clap::Args)]
pub struct Doctor {
    /// Print a JSON array instead of lines
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    options: ServeOptions,
}

/// Why the command ends with 1.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{0} {noun}.", noun = if *.0 == 1 { "problem" } else { "problems" })]
struct Problems(usize);

impl Doctor {
    pub async fn run(self) -> Result<(), Box<dyn Error>> {
        let (subject, mut found) = subject(self.options);
        found.extend(examine(&subject, &SystemClock).await);
        let text = match self.json {
            true => serde_json::to_string_pretty(&found)? + "\n",
            false => found.iter().map(|diagnosis| format!("{diagnosis}\n")).collect(),
        };
        print(&text)?;
        match found.iter().filter(|diagnosis| diagnosis.severity == Severity::Problem).count() {
            0 => Ok(()),
            count => Err(Problems(count).into()),
        }
    }
}

/// What the options say, and what is wrong with them. The rest is examined all the same.
fn subject(options: ServeOptions) -> (Subject, Vec<Diagnosis>) {
    let mut found = Vec::new();
    let database = read(options.database(), &mut found);
    let key = read(options.key(), &mut found);
    let subject = Subject {
        database: database.map(|named| named.unwrap_or_else(|| DatabaseAddress::in_folder(&options.data))),
        key: key.map(|named| named.unwrap_or_else(|| Subject::key_in(&options.data))),
        proxies: read(options.proxies(), &mut found).unwrap_or_default(),
        certificate: options.certificate_files(),
        public_url: read(options.public_url(), &mut found).flatten(),
        listen: options.listen,
        metrics_listen: options.metrics_listen,
        data: options.data,
    };
    (subject, found)
}

fn read<T>(option: Result<T, impl Display>, found: &mut Vec<Diagnosis>) -> Option<T> {
    option
        .map_err(|error| found.push(Diagnosis::of_error("options", error, "portolan help serve says what is expected")))
        .ok()
}
