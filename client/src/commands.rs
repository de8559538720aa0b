//! The subcommands of `portolan` that ask a server. They start neither a runtime nor a log.

use crate::config::ConfigOptions;
use crate::credential::Credential;
use crate::{docker_helper, kubelet_provider};
use std::process::ExitCode;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Print credentials for scripts
    #[command(subcommand)]
    Credential(Credential),
    /// Be the credential helper of Docker, Podman and Skopeo. They start it as docker-credential-portolan
    DockerCredential(DockerCredential),
    /// Be the credential provider of a kubelet: a request on standard input, the response on standard output
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
    /// Runs the command, and says what went wrong.
    pub fn run(self) -> ExitCode {
        match self {
            Self::Credential(command) => command.run(),
            Self::DockerCredential(options) => docker_helper::run(&options.action, &options.config),
            Self::KubeletCredentialProvider(options) => kubelet_provider::run(&options.config),
        }
    }
}
