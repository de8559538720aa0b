//! The command line.

use clap::{Parser, Subcommand};
use ipnet::IpNet;
use server::registry::AddressPolicy;
use server::{CheckSettings, Cookies, Settings, SystemClock, SystemEntropy, router, serve, start, watch_over};
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// The management console for the container registries that your clusters pull images from.
/// Pages are made of many small texts: with the system's allocator a fifth of the time went into finding room.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "portolan", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the console until it is stopped (SIGINT or SIGTERM)
    Serve(Serve),
}

#[derive(clap::Args)]
struct Serve {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, env = "PORTOLAN_LISTEN", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,

    /// Folder for the database, the key and the lock. It is made where it is missing. Back up the database and
    /// the key apart from each other
    #[arg(long, env = "PORTOLAN_DATA", default_value = "data")]
    data: PathBuf,

    /// File with the key that seals the stored passwords: 64 hexadecimal digits, mode 0600. Made at the first
    /// start. Default: portolan.key in the data folder
    #[arg(long, env = "PORTOLAN_KEY_FILE")]
    key_file: Option<PathBuf>,

    /// Write session cookies that also travel over plain http. For this machine and for labs: whoever is on the
    /// network between can take over a session. Without it, put a proxy with TLS in front
    #[arg(long, env = "PORTOLAN_PLAIN_HTTP")]
    plain_http: bool,

    /// Minutes between two checks of a registry that works; with each failure it takes longer. 0 checks only when
    /// somebody asks for it
    #[arg(long, env = "PORTOLAN_CHECK_EVERY", default_value_t = 5, value_name = "MINUTES")]
    check_every: u32,

    /// Networks that checks may connect to although they would not: loopback, such as 127.0.0.0/8. Link-local and
    /// metadata addresses stay closed
    #[arg(long, env = "PORTOLAN_ALLOW_NETWORK", value_name = "CIDR", value_delimiter = ',')]
    allow_network: Vec<IpNet>,

    /// Networks that checks never connect to, such as 10.0.0.0/8
    #[arg(long, env = "PORTOLAN_DENY_NETWORK", value_name = "CIDR", value_delimiter = ',')]
    deny_network: Vec<IpNet>,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_env("PORTOLAN_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn")))
        .with_writer(std::io::stderr)
        .init();
    let Command::Serve(options) = Cli::parse().command;
    // Rendering can wait for other rendering: with fewer than four workers that can be for ever.
    let workers = std::thread::available_parallelism().map_or(4, usize::from).max(4);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(run(options)),
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "these lines are what the command is for")]
async fn run(options: Serve) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(options.listen).await.map_err(|error| {
        format!("Cannot listen on {}: {error}. Name another address with --listen.", options.listen)
    })?;
    let address = listener.local_addr()?;
    let policy = AddressPolicy::new(options.allow_network, options.deny_network).listening_on(address.port());
    let checks = CheckSettings { every_minutes: options.check_every, policy };
    let settings = Settings { data: options.data, key_file: options.key_file, checks };
    let portolan = start(&settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await?;
    let cookies = if options.plain_http { Cookies::PlainHttp } else { Cookies::Secure };
    if options.plain_http {
        tracing::warn!("plain http: whoever is on the network between can take over a session");
    }
    println!("Portolan listens on http://{address}");
    if let Some(path) = portolan.setup_path() {
        println!("Set up the first administrator: http://{address}{path}");
    }
    let mut terminate = signal(SignalKind::terminate())?;
    let listeners = portolan.clone();
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        listeners.end_news();
    };
    let checks = tokio::spawn(watch_over(portolan.clone()));
    serve(listener, router(portolan.clone(), cookies), stop).await?;
    checks.abort();
    portolan.close().await;
    Ok(())
}
