//! The command-line interface.

mod cli;
mod logs;

use clap::{Parser, Subcommand};
use ipnet::IpNet;
use logs::LogFormat;
use server::probe::{AddressPolicy, Proxies, no_proxy};
use server::{
    CertificateFiles, CheckSettings, CookiePolicy, DatabaseAddress, HttpOptions, Listener, PostgresSettings, PublicUrl,
    SessionLimits, Settings, SystemClock, SystemEntropy, Tls, TrustedProxies, listen, metrics_router, router,
    run_in_background, serve, serve_metrics, start,
};
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

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
    Serve(Box<Serve>),
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

    #[command(flatten)]
    key: cli::KeyOptions,

    /// File with the console's certificate in PEM, followed by those of the intermediate authorities: serves HTTPS. Read
    /// again when it changes, and on SIGHUP
    #[arg(long, env = "PORTOLAN_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// File with the key of that certificate in PEM, not encrypted
    #[arg(long, env = "PORTOLAN_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Allow sessions over plain http, for use on this machine and in labs: anyone on the network in between can take
    /// over a session. Otherwise, use --tls-cert, or run the console behind a proxy with TLS
    #[arg(long, env = "PORTOLAN_PLAIN_HTTP", conflicts_with = "tls_cert")]
    plain_http: bool,

    /// Proxies in front of the console, such as 127.0.0.1 or 10.0.0.0/8, whose X-Forwarded-For header is trusted to
    /// contain the client's address. From any other address the header is ignored
    #[arg(long, env = "PORTOLAN_TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',', value_parser = parse_network)]
    trusted_proxy: Vec<IpNet>,

    /// Address that people open the console at, such as https://console.example.com, if a proxy is in front: links begin
    /// with it, and only its pages may change something
    #[allow(rustdoc::bare_urls, reason = "--help shows this text, including angle brackets")]
    #[arg(long, env = "PORTOLAN_PUBLIC_URL", value_name = "URL")]
    public_url: Option<PublicUrl>,

    /// Tell browsers to use only https for this host name, for a year and on every port (HSTS)
    #[arg(long, env = "PORTOLAN_HSTS", conflicts_with = "plain_http")]
    hsts: bool,

    /// Address and port for Prometheus to get its figures from, at /metrics; off by default. Anybody who reaches it can
    /// read them, over plain http
    #[arg(long, env = "PORTOLAN_METRICS_LISTEN", value_name = "ADDRESS")]
    metrics_listen: Option<SocketAddr>,

    /// How the log on standard error is written. PORTOLAN_LOG says what is in it, such as info or debug
    #[arg(long, env = "PORTOLAN_LOG_FORMAT", value_enum, default_value_t)]
    log_format: LogFormat,

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
    let command = Cli::parse().command;
    let format = match &command {
        Command::Serve(options) => options.log_format,
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
                    Command::Serve(options) => run(*options).await,
                    Command::Backup(options) => options.run().await,
                    Command::Restore(options) => options.run().await,
                    Command::Move(options) => options.run().await,
                    Command::User(options) => options.run().await,
                    Command::Key(command) => command.run().await,
                    Command::Audit(command) => command.run().await,
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

#[expect(clippy::print_stdout, reason = "these lines are the output of the command")]
async fn run(options: Serve) -> Result<(), Box<dyn Error>> {
    let listener = listen_on(options.listen, "--listen")?;
    let address = listener.local_addr()?;
    let policy = AddressPolicy::new(options.allow_network, options.deny_network).listening_on(address.port());
    let metrics = options.metrics_listen.map(|address| listen_on(address, "--metrics-listen")).transpose()?;
    let policy = match &metrics {
        Some(metrics) => policy.listening_on(metrics.local_addr()?.port()),
        None => policy,
    };
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
    let files = options.tls_cert.zip(options.tls_key).map(|(certificate, key)| CertificateFiles { certificate, key });
    let tls = files.map(|files| Tls::new(files, Arc::new(SystemClock))).transpose()?;
    let public_url = options.public_url;
    match (&public_url, options.plain_http) {
        (Some(url), false) if !url.is_https() => {
            return Err(format!("Sessions need https, and --public-url is {url}. In a lab, add --plain-http.").into());
        }
        (Some(url), true) if url.is_https() => {
            return Err(
                format!("The console is at {url}, so leave out --plain-http: it makes sessions less safe.").into()
            );
        }
        _ => {}
    }
    let settings = Settings { data: options.data, database, key: options.key.source()?, checks, sessions, public_url };
    let state = start(&settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await?;
    let cookies = if options.plain_http { CookiePolicy::PlainHttp } else { CookiePolicy::Secure };
    if options.plain_http {
        tracing::warn!("plain http: anyone on the network in between can take over a session");
    }
    let scheme = if tls.is_some() { "https" } else { "http" };
    println!("Portolan listens on {scheme}://{address}");
    if let Some(path) = state.setup_path() {
        let console = settings.public_url.map_or(format!("{scheme}://{address}"), |url| url.to_string());
        println!("Set up the first administrator: {console}{path}");
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
    if let Some(metrics) = metrics {
        tracing::info!("figures for Prometheus are at http://{}/metrics", metrics.local_addr()?);
        tokio::spawn(serve_metrics(metrics, metrics_router(state.clone(), tls.clone())));
    }
    let http = HttpOptions { cookies, trusted_proxies: TrustedProxies::new(options.trusted_proxy), hsts: options.hsts };
    let listener = match tls {
        Some(tls) => {
            let hangup = signal(SignalKind::hangup())?;
            let followed = tls.clone();
            tokio::spawn(async move { followed.follow_files(hangup).await });
            Listener::with_tls(listener, tls)
        }
        None => listener.into(),
    };
    serve(listener, router(state.clone(), http), raise_file_limit(), stop).await?;
    background.abort();
    let _ = background.await;
    // Nothing is lost if this times out: the next start replays the write-ahead log, and leases run out.
    if tokio::time::timeout(CLOSE_TIMEOUT, state.close()).await.is_err() {
        tracing::warn!("closing the database takes too long");
    }
    Ok(())
}

fn listen_on(address: SocketAddr, option: &str) -> Result<TcpListener, String> {
    listen(address).map_err(|error| format!("Cannot listen on {address}: {error}. Name another address with {option}."))
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
