//! `cargo xtask`: everything that is done to this project, under one roof.

mod assets;
mod bench;
mod browser;
mod command;
mod http;
#[cfg(test)]
mod layers;
mod packages;
mod server;
mod serving;
mod soak;
mod test;
mod toolchain;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Set-up, build, run, test, bench and soak of Portolan.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build browser and server in release, then serve on http://127.0.0.1:3000
    Run {
        /// Handed to `portolan serve`, such as --listen 127.0.0.1:8080 or --data DIR
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Build the one binary, target/release/portolan, with its pages and styles inside
    Build,
    /// Install what the tests need, then run every check and every test
    Test {
        /// Run only these parts, such as: --only server --only pages
        #[arg(long, value_enum)]
        only: Vec<test::Part>,
    },
    /// Rebuild and restart after every change to a source file
    Watch,
    /// Measure requests a second, latency, memory, start-up and sizes
    Bench {
        /// Seconds each load lasts
        #[arg(long, default_value_t = 10)]
        seconds: u32,
    },
    /// Kill it, fill its disk, crowd its door, load it for minutes: does it keep what it promises?
    Soak(soak::Options),
    /// Build the browser's half and print what its files weigh as sent
    Sizes,
    /// Format every source file
    Fmt,
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Run { arguments } => server::run(&arguments),
        Task::Build => server::build().map(drop),
        Task::Test { only } => test::test(&only),
        Task::Watch => server::watch(),
        Task::Bench { seconds } => bench::bench(seconds),
        Task::Soak(options) => soak::soak(&options),
        Task::Sizes => {
            browser::build().and_then(|module| assets::write_assets(&module)).map(|()| assets::print_sizes())
        }
        Task::Fmt => command::cargo(["fmt", "--all"]).run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("\n{problem}");
            ExitCode::FAILURE
        }
    }
}
