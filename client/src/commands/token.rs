//! `portolan token`: API tokens.

use super::error::CommandError;
use super::output::{Format, print, table};
use crate::http::{Http, Method, Request};
use crate::lists;
use crate::standard_streams::say;
use api::token::{CreatedToken, DEFAULT_DAYS, Token as ApiToken, TokenInput};

#[derive(Debug, clap::Args)]
pub struct Token {
    #[command(subcommand)]
    command: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    /// Make a token, and print it once
    Create(Create),
    /// List the tokens that you may see
    List {
        #[arg(short, long, value_enum, default_value_t = Format::Table)]
        output: Format,
    },
    /// Revoke a token
    Revoke {
        /// The token's ID, as portolan token list shows it
        id: String,
    },
}

#[derive(Debug, clap::Args)]
struct Create {
    /// Who or what uses it
    name: String,

    /// The most that it may do; your own role limits it further
    #[arg(long, value_parser = ["Viewer", "Editor", "Administrator"])]
    role: String,

    /// The only workspace that it is good for
    #[arg(short, long)]
    workspace: Option<String>,

    /// It belongs to the workspace, and outlives its maker
    #[arg(long, requires = "workspace")]
    belongs_to_workspace: bool,

    /// It may read credentials
    #[arg(long)]
    read_credentials: bool,

    /// How long it is valid
    #[arg(long, default_value_t = DEFAULT_DAYS, value_parser = clap::value_parser!(u32).range(1..=366))]
    days: u32,
}

impl Token {
    pub fn run(self, http: &Http) -> Result<(), CommandError> {
        match self.command {
            Subcommand::Create(options) => options.run(http),
            Subcommand::List { output } => {
                let tokens = lists::tokens(http)?;
                let head = ["ID", "NAME", "ROLE", "WORKSPACE", "CREDENTIALS", "EXPIRES", "LAST USED"];
                let encoded = output.encode(&tokens)?;
                Ok(print(&encoded.unwrap_or_else(|| table(&head, &tokens.into_iter().map(row).collect::<Vec<_>>())))?)
            }
            Subcommand::Revoke { id } => {
                http.send(&Request::new(Method::DELETE, &["tokens", &id]))?;
                Ok(print("Revoked.")?)
            }
        }
    }
}

impl Create {
    fn run(self, http: &Http) -> Result<(), CommandError> {
        let input = TokenInput {
            name: self.name,
            workspace: self.workspace,
            belongs_to_workspace: self.belongs_to_workspace,
            role: self.role,
            read_credentials: self.read_credentials,
            days: Some(self.days),
        };
        let created: CreatedToken = http.json(&Request::new(Method::POST, &["tokens"]).json(&input))?;
        let CreatedToken { token, secret } = created;
        say(&format!("Token {}, valid until {}. It is not shown again:", token.id, token.expiration_timestamp));
        // Alone on the standard output, so that a script can put it into a file.
        print(secret.as_ref().map(domain::Secret::expose).unwrap_or_default())?;
        Ok(())
    }
}

fn row(token: ApiToken) -> Vec<String> {
    vec![
        token.id,
        token.name,
        token.role,
        token.workspace.unwrap_or_else(|| "all".to_owned()),
        if token.read_credentials { "may read" } else { "" }.to_owned(),
        if token.expired { "expired".to_owned() } else { token.expiration_timestamp },
        token.last_used_time.unwrap_or_else(|| "never".to_owned()),
    ]
}
