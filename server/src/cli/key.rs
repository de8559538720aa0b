//! `portolan key`: the keys that stored passwords are sealed with.

use super::key_options::KeyOptions;
use super::output::print;
use super::place::Place;
use server::maintenance::key::{KeyPlace, KeyState, Rotated, Rotation, remove, rotate, status};
use server::{SystemClock, SystemEntropy};
use std::error::Error;
use std::io::{IsTerminal, Write, stderr};
use std::time::Duration;

#[derive(clap::Subcommand)]
pub enum Key {
    /// Say which keys there are, and how many passwords are sealed with each
    Status(KeyStatus),
    /// Seal everything with a new key, also while servers run. Can be interrupted, and run again
    Rotate(RotateKey),
    /// Remove a key that nothing is sealed with any more
    Remove(RemoveKey),
}

#[derive(clap::Args)]
pub struct KeyStatus {
    #[command(flatten)]
    place: Place,

    /// List the image registries whose password is not sealed with the active key
    #[arg(long)]
    rows: bool,
}

#[derive(clap::Args)]
pub struct RotateKey {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    key: KeyOptions,

    /// How long running servers have to read the new key
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait: u64,
}

#[derive(clap::Args)]
pub struct RemoveKey {
    /// The id of the key, from portolan key status
    id: String,

    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    key: KeyOptions,
}

impl Key {
    pub async fn run(self) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Status(options) => options.run().await,
            Self::Rotate(options) => options.run().await,
            Self::Remove(options) => options.run().await,
        }
    }
}

/// The database, and where its key comes from.
fn key_place(place: Place, key: Option<KeyOptions>) -> Result<KeyPlace, Box<dyn Error>> {
    let database = place.database()?;
    Ok(KeyPlace { data: place.data, database, key: key.map(KeyOptions::source).transpose()?.flatten() })
}

impl KeyStatus {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let status = status(&key_place(self.place, None)?).await?;
        let mut lines = Vec::new();
        for key in &status.keys {
            let state = match key.state {
                KeyState::Active => "active",
                KeyState::Old => "old",
                KeyState::Next => "next",
                KeyState::Removed => "removed",
                KeyState::Unknown => "unknown",
            };
            let mut counts = counted(key.passwords, "password");
            if key.setup_links > 0 {
                counts = format!("{counts}, {}", counted(key.setup_links, "setup link"));
            }
            lines.push(format!("{}  {state:<8} {counts}\n", key.id));
        }
        if self.rows {
            let others = status.others.iter();
            lines.extend(others.map(|(workspace, name, key)| format!("{workspace}/{name} is sealed with {key}\n")));
        }
        Ok(print(&lines.concat())?)
    }
}

impl RotateKey {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let place = key_place(self.place, Some(self.key))?;
        let mut bar = Bar::default();
        let wait = Duration::from_secs(self.wait);
        let rotated = rotate(&place, wait, &SystemClock, &SystemEntropy, &mut |step| bar.show(step)).await?;
        bar.end();
        let Rotated { key, old, sealed, unreadable } = rotated;
        let sealed = counted(sealed, "secret");
        let mut lines = vec![format!("{sealed} sealed again. New passwords are sealed with key {key}.\n")];
        if unreadable.is_empty() {
            lines.extend(old.into_iter().map(|id| {
                format!(
                    "Key {id} is needed only for backups from before. Keep a copy with them, then: portolan key remove {id}\n"
                )
            }));
            return Ok(print(&lines.concat())?);
        }
        lines.extend(unreadable.iter().map(|(workspace, name, error)| {
            format!("The password of {workspace}/{name} cannot be opened: {error}. Enter it again.\n")
        }));
        // This matters more than whether those lines can be written.
        let _ = print(&lines.concat());
        Err(format!("{} could not be sealed again.", counted(unreadable.len() as u64, "password")).into())
    }
}

impl RemoveKey {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let place = key_place(self.place, Some(self.key))?;
        let is_shared = place.database.is_some();
        let removed = remove(&place, &self.id, &SystemClock).await?;
        let next = match removed.is_gone {
            true => format!("It is no longer in {}.", removed.source),
            false => format!("Now take it out of {}.", removed.source),
        };
        let everywhere = if is_shared { "Do the same for every server.\n" } else { "" };
        Ok(print(&format!("Removed key {}. It is not used again.\n{next}\n{everywhere}", self.id))?)
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// How far a rotation is: a bar on a terminal, and otherwise a line for each tenth.
#[derive(Default)]
struct Bar {
    /// Tenths that were printed.
    tenths: Option<u64>,
    is_open: bool,
}

impl Bar {
    const WIDTH: u64 = 40;

    fn show(&mut self, step: Rotation) {
        match step {
            Rotation::Written { key, source } => self.line(&format!("Wrote a new key, {key}, into {source}.")),
            Rotation::Waiting { servers } => {
                self.line(&format!("Waiting for {} to read the new key.", counted(servers, "server")));
            }
            Rotation::Sealed { passwords, of } => self.sealed(passwords, of),
        }
    }

    fn sealed(&mut self, passwords: u64, of: u64) {
        let part = |whole: u64| (whole * passwords).checked_div(of).unwrap_or(whole);
        if stderr().is_terminal() {
            let done = part(Self::WIDTH) as usize;
            let rest = Self::WIDTH as usize - done;
            let _ = write!(stderr(), "\r[{}{}] {passwords} of {of} passwords", "#".repeat(done), ".".repeat(rest));
            self.is_open = true;
        } else if self.tenths.replace(part(10)) != Some(part(10)) {
            self.line(&format!("{passwords} of {of} passwords"));
        }
    }

    fn line(&mut self, text: &str) {
        self.end();
        let _ = writeln!(stderr(), "{text}");
    }

    /// Ends the line of the bar.
    fn end(&mut self) {
        if std::mem::take(&mut self.is_open) {
            let _ = writeln!(stderr());
        }
    }
}

/// Whatever ends the command, the next line begins at the left.
impl Drop for Bar {
    fn drop(&mut self) {
        self.end();
    }
}
