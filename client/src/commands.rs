//! The subcommands of `portolan` that ask a server. They start neither a runtime nor a log. Each command is a client of the
//! JSON API and has no rights but its token's.
//!
//! Results go to the standard output, everything else to the standard error. See [`ExitStatus`](crate::ExitStatus) for
//! scripts.

mod apply;
mod confirm;
mod delete;
mod error;
mod export;
mod get;
mod kind;
mod manifests;
mod output;
mod resources;
mod test;
mod token;
mod wait;

pub use error::CommandError;

use crate::config::{Config, ConfigOptions};
use crate::credential::Credential;
use crate::error::Error;
use crate::http::Http;
use crate::standard_streams::say;
use crate::{docker_helper, kubelet_provider};
use std::process::ExitCode;

/// A command for a server.
#[derive(Debug, clap::Args)]
pub struct ClientCommand<T: clap::Args> {
    #[command(flatten)]
    server: ConfigOptions,

    #[command(flatten)]
    options: T,
}

#[derive(clap::Subcommand)]
pub enum Command {
    /// Create and change what manifests describe, all or nothing. Shows the plan first, and asks
    Apply(ClientCommand<apply::Apply>),
    /// List image registries or workspaces, or show one
    Get(ClientCommand<get::Get>),
    /// Delete image registries or workspaces. Shows them first, and asks
    Delete(ClientCommand<delete::Delete>),
    /// Wait until an image registry is connected, or gone
    Wait(ClientCommand<wait::Wait>),
    /// Test the connection of an image registry now
    Test(ClientCommand<test::Test>),
    /// Make, list and revoke API tokens
    Token(ClientCommand<token::Token>),
    /// Write image registries as manifests, which apply reads
    Export(ClientCommand<export::Export>),
    /// Print credentials for scripts
    #[command(subcommand)]
    Credential(Credential),
    /// Run as the credential helper of Docker, Podman and Skopeo, which start it as docker-credential-portolan
    DockerCredential(DockerCredential),
    /// Run as the credential provider of a kubelet: request on standard input, response on standard output
    KubeletCredentialProvider(KubeletCredentialProvider),
}

#[derive(clap::Args)]
pub struct DockerCredential {
    /// What to do: get, list or version. Store and erase are refused
    action: String,

    #[command(flatten)]
    config: ConfigOptions,
}

#[derive(clap::Args)]
pub struct KubeletCredentialProvider {
    #[command(flatten)]
    config: ConfigOptions,
}

impl Command {
    /// Runs the command, and says why if it fails.
    pub fn run(self) -> ExitCode {
        let done = match self {
            Self::Credential(command) => return command.run(),
            Self::DockerCredential(options) => return docker_helper::run(&options.action, &options.config),
            Self::KubeletCredentialProvider(options) => return kubelet_provider::run(&options.config),
            Self::Apply(command) => command.run(apply::Apply::run),
            Self::Get(command) => command.run(get::Get::run),
            Self::Delete(command) => command.run(delete::Delete::run),
            Self::Wait(command) => command.run(wait::Wait::run),
            Self::Test(command) => command.run(test::Test::run),
            Self::Token(command) => command.run(token::Token::run),
            Self::Export(command) => command.run(export::Export::run),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                // If nobody reads the reason, the status is all that is left.
                say(&format!("portolan: {error}"));
                error.status().into()
            }
        }
    }
}

impl<T: clap::Args> ClientCommand<T> {
    fn run(self, command: impl FnOnce(T, &Http) -> Result<(), CommandError>) -> Result<(), CommandError> {
        let http = Http::new(&Config::read(&self.server).map_err(Error::from)?)?;
        command(self.options, &http)
    }
}
