//! The command-line interface.

mod cli;

use clap::{Parser, Subcommand};
use ipnet::IpNet;
use server::probe::{AddressPolicy, Proxies, no_proxy};
use server::{
    CheckSettings, CookiePolicy, DatabaseAddress, HttpOptions, PostgresSettings, SessionLimits, Settings, SystemClock,
    SystemEntropy, TrustedProxies, listen, router, run_in_background, serve, start,
};
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

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
    /// Run the server until SIGINT or SIGTERM
    Serve(Serve),
    /// Copy the SQLite database to a new file, also while the server runs. The key is not in the copy
    Backup(cli::Backup),
    /// Put a backup in place of a missing SQLite database, while the server is stopped
    Restore(cli::Restore),
    /// Move everything to an empty database of the other engine (or the same), while the server is stopped
    Move(cli::Move),
}

#[derive(clap::Args)]
struct Serve {
    /// Address and port to listen on; port 0 selects a free one
    #[arg(long, env = "PORTOLAN_LISTEN", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,

    /// Folder for the database, the key and the lock; created if it is missing. Back up the database and the key
    /// separately
    #[arg(long, env = "PORTOLAN_DATA", default_value = "data")]
    data: PathBuf,

    /// PostgreSQL database in place of the SQLite file in the data folder: postgres://user@host:5432/name. Its password
    /// comes from PGPASSWORD, or from the file that PGPASSFILE names
    #[arg(long, env = "PORTOLAN_DATABASE", value_name = "URL", hide_env_values = true)]
    // Not parsed by clap, whose message would repeat it, with the password that it must not contain.
    database: Option<String>,

    /// The most connections to PostgreSQL
    #[arg(long, env = "PORTOLAN_DATABASE_CONNECTIONS", value_name = "NUMBER", requires = "database",
        default_value_t = PostgresSettings::CONNECTIONS, value_parser = clap::value_parser!(u32).range(2..=1000))]
    database_connections: u32,

    /// Seconds after which PostgreSQL gives up a statement
    #[arg(long, env = "PORTOLAN_DATABASE_TIMEOUT", value_name = "SECONDS", requires = "database",
        default_value_t = PostgresSettings::STATEMENT_TIMEOUT, value_parser = clap::value_parser!(u32).range(1..=25))]
    database_timeout: u32,

    /// File with the key that encrypts stored passwords: 64 hexadecimal digits, mode 0600. Created at the first
    /// start. Default: portolan.key in the data folder
    #[arg(long, env = "PORTOLAN_KEY_FILE")]
    key_file: Option<PathBuf>,

    /// Allow sessions over plain http, for use on this machine and in labs: anyone on the network in between can take
    /// over a session. Otherwise, run the console behind a proxy with TLS
    #[arg(long, env = "PORTOLAN_PLAIN_HTTP")]
    plain_http: bool,

    /// Proxies in front of the console, such as 127.0.0.1 or 10.0.0.0/8, whose X-Forwarded-For header is trusted to
    /// contain the client's address. From any other address the header is ignored
    #[arg(long, env = "PORTOLAN_TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',', value_parser = parse_network)]
    trusted_proxy: Vec<IpNet>,

    /// Tell browsers to use only https for this host name, for a year and on every port (HSTS)
    #[arg(long, env = "PORTOLAN_HSTS", conflicts_with = "plain_http")]
    hsts: bool,

    /// Minutes without a request after which a session expires
    #[arg(long, env = "PORTOLAN_SESSION_IDLE", value_name = "MINUTES", default_value_t = SessionLimits::IDLE_MINUTES,
        value_parser = clap::value_parser!(u32).range(5..=60))]
    session_idle: u32,

    /// Hours after which a session expires, even if it is in use
    #[arg(long, env = "PORTOLAN_SESSION_LIFETIME", value_name = "HOURS", default_value_t = SessionLimits::LIFETIME_HOURS,
        value_parser = clap::value_parser!(u32).range(1..=12))]
    session_lifetime: u32,

    /// Minutes between two checks of a registry. If checks fail, the interval doubles once, up to 9 minutes. 0 turns
    /// periodic checks off
    #[arg(long, env = "PORTOLAN_CHECK_EVERY", default_value_t = 5, value_name = "MINUTES")]
    check_every: u32,

    /// Networks that checks may connect to although they are blocked by default: loopback, such as 127.0.0.0/8.
    /// Link-local and cloud-metadata addresses stay blocked
    #[arg(long, env = "PORTOLAN_ALLOW_NETWORK", value_name = "CIDR", value_delimiter = ',')]
    allow_network: Vec<IpNet>,

    /// Forward proxy for checks, such as http://proxy.example.com:3128; may include a username and a password. Default:
    /// HTTPS_PROXY and HTTP_PROXY. NO_PROXY exempts hosts in either case
    #[allow(rustdoc::bare_urls, reason = "--help shows this text, including angle brackets")]
    #[arg(long, env = "PORTOLAN_PROXY", value_name = "URL", hide_env_values = true)]
    proxy: Option<String>,

    /// Networks that checks never connect to, such as 10.0.0.0/8
    #[arg(long, env = "PORTOLAN_DENY_NETWORK", value_name = "CIDR", value_delimiter = ',')]
    deny_network: Vec<IpNet>,
}

/// How long closing the database may take at shutdown.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    // sqlx quotes lines of PGPASSFILE that it cannot read, with their passwords.
    let without_passwords = |filter: &str| EnvFilter::try_new(format!("{filter},sqlx_postgres::options=off"));
    let wanted = std::env::var("PORTOLAN_LOG").ok().and_then(|filter| without_passwords(&filter).ok());
    let default = || without_passwords("info,sqlx=warn").unwrap_or_default();
    tracing_subscriber::fmt().with_env_filter(wanted.unwrap_or_else(default)).with_writer(std::io::stderr).init();
    let command = Cli::parse().command;
    // Rendering can wait for other rendering, which can deadlock with fewer than four workers.
    let workers = std::thread::available_parallelism().map_or(4, usize::from).max(4);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(async {
                match command {
                    Command::Serve(options) => run(options).await,
                    Command::Backup(options) => options.run().await,
                    Command::Restore(options) => options.run().await,
                    Command::Move(options) => options.run().await,
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
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "these lines are the output of the command")]
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
            .map_err(|error| format!("{error} Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY."))?,
    });
    let checks = CheckSettings { every_minutes: options.check_every, policy, proxies };
    let database = match &options.database {
        Some(address) => Some(DatabaseAddress::Postgres(PostgresSettings {
            connections: options.database_connections,
            statement_timeout: options.database_timeout,
            ..address.parse()?
        })),
        None => None,
    };
    let sessions = SessionLimits::new(options.session_idle, options.session_lifetime);
    let settings = Settings { data: options.data, database, key_file: options.key_file, checks, sessions };
    let state = start(&settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await?;
    let cookies = if options.plain_http { CookiePolicy::PlainHttp } else { CookiePolicy::Secure };
    if options.plain_http {
        tracing::warn!("plain http: anyone on the network in between can take over a session");
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
    let _ = background.await;
    // Nothing is lost if this times out: the next start replays the write-ahead log, and leases run out.
    if tokio::time::timeout(CLOSE_TIMEOUT, state.close()).await.is_err() {
        tracing::warn!("closing the database takes too long");
    }
    Ok(())
}

/// Parses a network or a single address.
fn parse_network(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse()).map_err(|_| "expected an address or a network, such as 10.0.0.0/8".to_owned())
}

/// Raises the limit of open files to the hard limit and returns it. Each connection is a file, and the
/// usual soft limit is only 1,024.
fn raise_file_limit() -> u64 {
    rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        tracing::warn!(%error, "could not raise the limit of open files");
        1_024
    })
}
