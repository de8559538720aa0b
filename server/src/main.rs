//! The command-line interface.

// `eprintln!` panics if standard error cannot be written.
#![warn(clippy::print_stderr)]

mod cli;
mod logs;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use logs::LogFormat;
use std::process::ExitCode;

/// Rendering allocates many small strings; with the system's allocator that took a fifth of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Self-hosted console for the container registries that your clusters pull from
#[derive(Parser)]
#[command(name = "portolan", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Server(ServerCommand),
    #[command(flatten)]
    Client(client::Command),
    /// Print a script that completes commands and options
    ///
    /// For one user, put it into ~/.local/share/bash-completion/completions/portolan (bash), a folder of fpath under the name
    /// _portolan (zsh), or ~/.config/fish/completions/portolan.fish (fish).
    Completion { shell: CompletedShell },
}

/// A shell whose completion is written.
#[derive(Clone, Copy, clap::ValueEnum)]
enum CompletedShell {
    Bash,
    Zsh,
    Fish,
}

/// What works on the data of a server.
#[derive(Subcommand)]
enum ServerCommand {
    /// Run the server until SIGINT or SIGTERM
    Serve(Box<cli::Serve>),
    /// Say what is wrong with folder, database, key, clock, name service, limits and certificate, with the options of
    /// serve. Changes nothing, and works beside a running server
    Doctor(Box<cli::Doctor>),
    /// Copy the SQLite database to a new file, also while the server runs. The key is not in the copy
    Backup(cli::Backup),
    /// Put a backup in place of a missing SQLite database, while the server is stopped
    Restore(cli::Restore),
    /// Move everything to an empty database of the other engine (or the same), while the server is stopped
    Move(cli::Move),
    /// List, invite, reset, disable, enable and promote users, also while the server runs
    User(cli::User),
    /// Show, rotate and remove the keys that stored passwords are sealed with
    #[command(subcommand)]
    Key(cli::Key),
    /// Export the audit trail
    #[command(subcommand)]
    Audit(cli::Audit),
}

fn main() -> ExitCode {
    // A container runtime waits for its credential helper at each pull: no log, and no runtime.
    if let Some(exit_code) = client::docker_helper::run_by_name(std::env::args_os()) {
        return exit_code;
    }
    match Cli::parse().command {
        Command::Server(command) => run(command),
        Command::Client(command) => command.run(),
        Command::Completion { shell } => complete(shell),
    }
}

fn complete(shell: CompletedShell) -> ExitCode {
    let shell = match shell {
        CompletedShell::Bash => Shell::Bash,
        CompletedShell::Zsh => Shell::Zsh,
        CompletedShell::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "portolan", &mut script);
    match client::print(&String::from_utf8_lossy(&script)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            client::say(&format!("portolan: the script cannot be written: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: ServerCommand) -> ExitCode {
    let format = match &command {
        ServerCommand::Serve(options) => options.log_format(),
        _ => LogFormat::Text,
    };
    logs::start(format);
    // Rendering can wait for other rendering, which can deadlock with fewer than four workers.
    let workers = std::thread::available_parallelism().map_or(4, usize::from).max(4);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(async {
                match command {
                    ServerCommand::Serve(options) => options.run().await,
                    ServerCommand::Doctor(options) => options.run().await,
                    ServerCommand::Backup(options) => options.run().await,
                    ServerCommand::Restore(options) => options.run().await,
                    ServerCommand::Move(options) => options.run().await,
                    ServerCommand::User(options) => options.run().await,
                    ServerCommand::Key(command) => command.run().await,
                    ServerCommand::Audit(command) => command.run().await,
                }
            });
            // Do not wait for blocking threads: an unresponsive name server would delay the exit.
            runtime.shutdown_background();
            ended
        }
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            logs::fail(format, &*error);
            ExitCode::FAILURE
        }
    }
}
