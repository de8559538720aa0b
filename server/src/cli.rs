//! The subcommands for an operator. Each prints what it did, and what to do next.

mod audit;
mod doctor;
mod key;
mod key_options;
mod output;
mod place;
mod serve;
mod serve_options;

pub use audit::Audit;
pub use doctor::Doctor;
pub use key::Key;
pub use key_options::KeyOptions;
pub use serve::Serve;
pub use serve_options::ServeOptions;

use app::users::Invitation;
use output::print;
use place::Place;
use server::maintenance::{Changed, UserCommand, back_up, change_users, move_database, restore};
use server::{CopiedRows, DatabaseAddress};
use std::error::Error;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Backup {
    /// File to create; it must not exist
    file: PathBuf,

    /// Folder with the database
    #[arg(long, env = "PORTOLAN_DATA", default_value = "data")]
    data: PathBuf,
}

#[derive(clap::Args)]
pub struct Restore {
    /// File that `portolan backup` has written
    file: PathBuf,

    /// Folder to put the database into; created if it is missing
    #[arg(long, env = "PORTOLAN_DATA", default_value = "data")]
    data: PathBuf,

    /// The key that belongs to the backup
    #[command(flatten)]
    key: KeyOptions,
}

#[derive(clap::Args)]
pub struct Move {
    /// Database to read: the path of a SQLite file, or postgres://user@host:5432/name with its password in PGPASSWORD
    /// or PGPASSFILE
    // Neither is parsed by clap, whose message would repeat it, with the password that it must not contain.
    #[arg(long, value_name = "DATABASE")]
    from: String,

    /// Empty database to fill: like --from, or a SQLite file that does not exist yet
    #[arg(long, value_name = "DATABASE")]
    to: String,
}

#[derive(clap::Args)]
pub struct User {
    #[command(subcommand)]
    command: UserSubcommand,

    #[command(flatten)]
    place: Place,
}

#[derive(clap::Subcommand)]
enum UserSubcommand {
    /// List all users
    List,
    /// Create a user, and print the one-time link that sets the password
    Invite {
        name: String,
        /// What the user may do everywhere
        #[arg(long, default_value = "None", value_parser = ["None", "Viewer", "Editor", "Administrator"])]
        role: String,
    },
    /// Print a one-time link that sets a new password
    Reset { name: String },
    /// End all sessions of a user, and keep them from logging in
    Disable { name: String },
    /// Let a disabled user log in again
    Enable { name: String },
    /// Make a user an administrator of everything
    Promote { name: String },
}

impl User {
    pub async fn run(self) -> Result<(), Box<dyn Error>> {
        let address = self.place.address()?;
        let (command, done) = match self.command {
            UserSubcommand::List => (UserCommand::List, String::new()),
            UserSubcommand::Invite { name, role } => {
                (UserCommand::Invite(Invitation { user_name: name, role }), String::new())
            }
            UserSubcommand::Reset { name } => (UserCommand::Reset(name), String::new()),
            UserSubcommand::Disable { name } => {
                let done = format!("Disabled {name}. All sessions of this user have ended.");
                (UserCommand::Disable(name), done)
            }
            UserSubcommand::Enable { name } => {
                let done = format!("Enabled {name}.");
                (UserCommand::Enable(name), done)
            }
            UserSubcommand::Promote { name } => {
                let done = format!("{name} is an administrator of everything.");
                (UserCommand::Promote(name), done)
            }
        };
        match change_users(&address, command).await? {
            Changed::Listed(users) => {
                let lines = users.into_iter().map(|user| {
                    let role = user.grant.map_or_else(|| "None".to_owned(), |grant| grant.to_string());
                    format!("{:<9} {role:<14} {:>3} workspaces  {}\n", user.state.as_str(), user.workspaces, user.name)
                });
                print(&lines.collect::<String>())?;
            }
            Changed::Linked(link) => print(&format!(
                "Link for {}, works once, until {}:\n{}\n\
                 Put the address of the console before it, such as https://portolan.example.com\n",
                link.user_name, link.expires.exact, link.address
            ))?,
            Changed::Done => print(&format!("{done}\n"))?,
        }
        Ok(())
    }
}

impl Backup {
    pub async fn run(self) -> Result<(), Box<dyn Error>> {
        // The file in the data folder may be what was moved from.
        if std::env::var_os("PORTOLAN_DATABASE").is_some() {
            return Err("PORTOLAN_DATABASE names a PostgreSQL database. Back it up with pg_dump.".into());
        }
        let bytes = back_up(&self.data, &self.file).await?;
        let (data, file) = (self.data.display(), self.file.display());
        Ok(print(&format!(
            "Backed up the database in {data} to {file} ({bytes} bytes).\n\
             The key is not in it. Keep a copy of the key file in another place.\n"
        ))?)
    }
}

impl Restore {
    pub async fn run(self) -> Result<(), Box<dyn Error>> {
        let restored = restore(&self.file, &self.data, self.key.source()?).await?;
        let next = match restored.missing_keys.is_empty() {
            false => format!(
                "Before you start Portolan, put {} with the key {} in place, readable only by its owner.",
                restored.key,
                restored.missing_keys.join(" and the key ")
            ),
            true => "Start Portolan.".to_owned(),
        };
        let (database, file) = (restored.database.display(), self.file.display());
        Ok(print(&format!("Restored {database} from {file}.\n{next}\n"))?)
    }
}

impl Move {
    pub async fn run(self) -> Result<(), Box<dyn Error>> {
        let from: DatabaseAddress = self.from.parse()?;
        let to: DatabaseAddress = self.to.parse()?;
        let mut log = |CopiedRows { rows, count }| tracing::debug!(rows, count, "copied");
        let moved = move_database(&from, &to, &mut log).await?;
        let mut lines = vec![format!("Moved from {from} to {to}:")];
        lines.extend(moved.rows.into_iter().map(|CopiedRows { rows, count }| format!("{count:>10} {rows}")));
        lines.push(match to {
            DatabaseAddress::Postgres(_) => format!("Start Portolan with --database '{}'.", self.to),
            DatabaseAddress::Sqlite(path) if path.ends_with("portolan.db") => {
                format!("Start Portolan without --database, and with the folder of {} as --data.", path.display())
            }
            DatabaseAddress::Sqlite(path) => {
                format!("To use {}, move it to portolan.db in a data folder.", path.display())
            }
        });
        if !moved.keys.is_empty() {
            let keys = moved.keys.join(" and the key ");
            lines.push(format!("The key file stays the same: the one with the key {keys}."));
        }
        lines.push(
            "The source is unchanged. Delete it once you no longer need it: it, too, holds sealed passwords.\n".into(),
        );
        Ok(print(&lines.join("\n"))?)
    }
}
