//! The command line.

use clap::{Parser, Subcommand};
use ipnet::IpNet;
use server::probe::{AddressPolicy, Proxies, no_proxy};
use server::{
    CheckSettings, CookiePolicy, HttpOptions, Settings, SystemClock, SystemEntropy, TrustedProxies, listen, router,
    run_in_background, serve, start,
};
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Rendering allocates many small strings: the system's allocator took a fifth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The management console for the container registries that your clusters pull images from
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

    /// Proxies in front of the console, such as 127.0.0.1 or 10.0.0.0/8: the client's address is taken from their
    /// X-Forwarded-For. It is ignored from anybody else
    #[arg(long, env = "PORTOLAN_TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',', value_parser = parse_network)]
    trusted_proxy: Vec<IpNet>,

    /// Tell browsers to use only https for this host name, for a year and on every port (HSTS)
    #[arg(long, env = "PORTOLAN_HSTS", conflicts_with = "plain_http")]
    hsts: bool,

    /// Minutes between two checks of a registry that works; with each failure it takes longer. 0 checks only when
    /// somebody asks for it
    #[arg(long, env = "PORTOLAN_CHECK_EVERY", default_value_t = 5, value_name = "MINUTES")]
    check_every: u32,

    /// Networks that checks may connect to although they would not: loopback, such as 127.0.0.0/8. Link-local and
    /// metadata addresses stay closed
    #[arg(long, env = "PORTOLAN_ALLOW_NETWORK", value_name = "CIDR", value_delimiter = ',')]
    allow_network: Vec<IpNet>,

    /// Forward proxy that checks go through, such as http://proxy.example.com:3128, with a username and a password in
    /// it if it wants them. Without it, HTTPS_PROXY and HTTP_PROXY count; NO_PROXY exempts hosts either way
    #[allow(rustdoc::bare_urls, reason = "--help shows this text, and angle brackets with it")]
    #[arg(long, env = "PORTOLAN_PROXY", value_name = "URL", hide_env_values = true)]
    proxy: Option<String>,

    /// Networks that checks never connect to, such as 10.0.0.0/8
    #[arg(long, env = "PORTOLAN_DENY_NETWORK", value_name = "CIDR", value_delimiter = ',')]
    deny_network: Vec<IpNet>,
}

/// How long closing the database may take at shutdown.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

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
        Ok(runtime) => {
            let ended = runtime.block_on(run(options));
            // Do not wait for blocking threads: an unresponsive name server would delay the exit.
            runtime.shutdown_background();
            ended
        }
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
    let listener = listen(options.listen).map_err(|error| {
        format!("Cannot listen on {}: {error}. Name another address with --listen.", options.listen)
    })?;
    let address = listener.local_addr()?;
    let policy = AddressPolicy::new(options.allow_network, options.deny_network).listening_on(address.port());
    let variable = |name: &str| std::env::var(name).ok();
    let proxies = Arc::new(match &options.proxy {
        Some(address) => Proxies::all(address, &no_proxy(variable))?,
        None => Proxies::from_variables(variable)
            .map_err(|error| format!("{error} It stands in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY."))?,
    });
    let checks = CheckSettings { every_minutes: options.check_every, policy, proxies };
    let settings = Settings { data: options.data, key_file: options.key_file, checks };
    let state = start(&settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await?;
    let cookies = if options.plain_http { CookiePolicy::PlainHttp } else { CookiePolicy::Secure };
    if options.plain_http {
        tracing::warn!("plain http: whoever is on the network between can take over a session");
    }
    println!("Portolan listens on http://{address}");
    if let Some(path) = state.setup_path() {
        println!("Set up the first administrator: http://{address}{path}");
    }
    let mut terminate = signal(SignalKind::terminate())?;
    let listeners = state.clone();
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        listeners.end_streams();
    };
    let background = tokio::spawn(run_in_background(state.clone()));
    let http = HttpOptions { cookies, trusted_proxies: TrustedProxies::new(options.trusted_proxy), hsts: options.hsts };
    serve(listener, router(state.clone(), http), raise_file_limit(), stop).await?;
    background.abort();
    // Nothing is lost if it does not finish in time: the next start reads the log.
    let _ = tokio::time::timeout(CLOSE_TIMEOUT, state.close()).await;
    Ok(())
}

/// A network, or the one address of a host.
fn parse_network(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse()).map_err(|_| "expected an address or a network, such as 10.0.0.0/8".to_owned())
}

/// Raises the limit of open files to the hard limit and returns it. Each connection is a file, and the
/// usual soft limit is 1,024.
fn raise_file_limit() -> u64 {
    rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        tracing::warn!(%error, "the limit of open files could not be raised");
        1_024
    })
}
