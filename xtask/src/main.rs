//! `cargo xtask`: all development tasks of this project.

mod assets;
#[cfg(test)]
mod bar;
mod bench;
mod browser;
mod command;
mod http;
#[cfg(test)]
mod layers;
mod package;
mod packages;
mod scan;
mod server;
mod serving;
mod soak;
mod test;
mod toolchain;
mod watch;

use browser::Build;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Development tasks of Portolan: set-up, build, run, test, benchmarks and soak tests.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build browser and server in release mode and serve on http://127.0.0.1:3000
    Run {
        #[command(flatten)]
        size: Size,
        /// Arguments for `portolan serve`, such as --listen 127.0.0.1:8080 or --data DIR
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Build target/release/portolan, with all assets embedded
    Build(Size),
    /// Build the Debian package, target/debian/portolan_….deb
    Package,
    /// Install the test dependencies, then run all lints and tests
    Test {
        /// Run only these parts, such as: --only server --only pages
        #[arg(long, value_enum)]
        only: Vec<test::Part>,
        /// Run everything but the browser tests
        #[arg(long, conflicts_with = "only")]
        fast: bool,
        /// The role of the person in the browser tests
        #[arg(long, value_enum, default_value = "administrator")]
        role: test::Role,
    },
    /// Build for development, rebuild after every change to a source file, and reload open pages
    Watch {
        /// Arguments for `portolan serve`, such as --listen 127.0.0.1:8080 or --data DIR
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measure requests per second, latency, memory, start-up time and sizes
    Bench {
        /// Duration of each load in seconds
        #[arg(long, default_value_t = 10)]
        seconds: u32,
        /// The engine, or both
        #[arg(long, value_enum)]
        database: Vec<bench::Engine>,
        /// Only this part
        #[arg(long, value_enum)]
        only: Option<bench::Part>,
    },
    /// Test reliability: kill the server, fill its disk, flood it with connections, load it for minutes
    Soak(soak::Options),
    /// Attack a console as people of every role with wapiti and sqlmap, and its TLS listener with testssl.sh
    Scan(scan::Options),
    /// Build the browser's half and print the compressed size of its files
    Sizes,
    /// Format all sources
    Fmt,
}

#[derive(clap::Args, Clone, Copy)]
struct Size {
    /// Also build the standard library for the browser, which makes the module a tenth smaller
    #[arg(long)]
    small: bool,
}

impl Size {
    fn build(self) -> Build {
        if self.small { Build::Small } else { Build::Release }
    }
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Run { size, arguments } => server::run(size.build(), &arguments),
        Task::Build(size) => server::build(size.build()).map(drop),
        Task::Package => package::package().map(|path| command::print_step(&format!("built {}", path.display()))),
        Task::Test { fast, role, .. } if fast => test::test(&test::Part::FAST, role),
        Task::Test { only, role, .. } => test::test(&only, role),
        Task::Watch { arguments } => watch::watch(&arguments),
        Task::Bench { seconds, database, only } => bench::bench(seconds, &database, only),
        Task::Soak(options) => soak::soak(&options),
        Task::Scan(options) => scan::scan(&options),
        Task::Sizes => browser::build(Build::Small)
            .and_then(|module| assets::write_assets(&module))
            .map(|()| assets::print_sizes()),
        Task::Fmt => command::cargo(["fmt", "--all"])
            .run()
            .and_then(|()| packages::npm())
            .and_then(|()| packages::prettier("--write")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("\n{problem}");
            ExitCode::FAILURE
        }
    }
}
