//! The options of `portolan serve`, which `portolan doctor` has as well.

use super::KeyOptions;
use crate::logs::LogFormat;
use domain::ProxyVariables;
use ipnet::IpNet;
use server::probe::{AddressPolicy, Proxies};
use server::{AddressError, CertificateFiles, DatabaseAddress, KeySource, PostgresSettings, PublicUrl, SessionLimits};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(clap::Args)]
pub struct ServeOptions {
    /// Address and port to listen on; port 0 selects a free one
    #[arg(long, env = "PORTOLAN_LISTEN", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,

    /// Folder for the database, the key and the lock; created if it is missing. Back up the database and the key
    /// separately
    #[arg(long, env = "PORTOLAN_DATA", default_value = "data")]
    pub data: PathBuf,

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
    key: KeyOptions,

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
    pub plain_http: bool,

    /// Proxies in front of the console, such as 127.0.0.1 or 10.0.0.0/8, whose X-Forwarded-For header is trusted to
    /// contain the client's address. From any other address the header is ignored
    #[arg(long, env = "PORTOLAN_TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',', value_parser = parse_network)]
    pub trusted_proxy: Vec<IpNet>,

    /// Address that people open the console at, such as https://console.example.com, if a proxy is in front: links begin
    /// with it, and only its pages may change something
    #[allow(rustdoc::bare_urls, reason = "--help shows this text, including angle brackets")]
    #[arg(long, env = "PORTOLAN_PUBLIC_URL", value_name = "URL")]
    public_url: Option<PublicUrl>,

    /// Tell browsers to use only https for this host name, for a year and on every port (HSTS)
    #[arg(long, env = "PORTOLAN_HSTS", conflicts_with = "plain_http")]
    pub hsts: bool,

    /// Address and port for Prometheus to get its figures from, at /metrics; off by default. Anybody who reaches it can
    /// read them, over plain http
    #[arg(long, env = "PORTOLAN_METRICS_LISTEN", value_name = "ADDRESS")]
    pub metrics_listen: Option<SocketAddr>,

    /// How the log on standard error is written. PORTOLAN_LOG says what is in it, such as info or debug
    #[arg(long, env = "PORTOLAN_LOG_FORMAT", value_enum, default_value_t)]
    pub log_format: LogFormat,

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
    pub check_every: u32,

    /// Networks that checks may connect to although they are blocked by default: loopback, such as 127.0.0.0/8.
    /// Link-local and cloud-metadata addresses stay blocked
    #[arg(long, env = "PORTOLAN_ALLOW_NETWORK", value_name = "CIDR", value_delimiter = ',')]
    allow_network: Vec<IpNet>,

    /// Forward proxy for checks, such as http://proxy.example.com:3128; may include a username and a password. Default:
    /// HTTPS_PROXY, HTTP_PROXY and ALL_PROXY. NO_PROXY exempts hosts in either case
    #[allow(rustdoc::bare_urls, reason = "--help shows this text, including angle brackets")]
    #[arg(long, env = "PORTOLAN_PROXY", value_name = "URL", hide_env_values = true)]
    proxy: Option<String>,

    /// Networks that checks never connect to, such as 10.0.0.0/8
    #[arg(long, env = "PORTOLAN_DENY_NETWORK", value_name = "CIDR", value_delimiter = ',')]
    deny_network: Vec<IpNet>,
}

impl ServeOptions {
    /// The database, if it is not the file in the data folder.
    pub fn database(&self) -> Result<Option<DatabaseAddress>, AddressError> {
        let Some(address) = &self.database else { return Ok(None) };
        Ok(Some(DatabaseAddress::Postgres(PostgresSettings {
            connections: self.database_connections,
            statement_timeout: self.database_timeout,
            ..address.parse()?
        })))
    }

    /// Where the key comes from, if not from the file in the data folder.
    pub fn key(&self) -> Result<Option<KeySource>, String> {
        self.key.clone().source()
    }

    /// The proxies that checks go through, from the options or from the environment.
    pub fn proxies(&self) -> Result<Arc<Proxies>, String> {
        let variable = |name: &str| std::env::var(name).ok();
        let proxies = match &self.proxy {
            Some(address) => {
                Proxies::all(address, &ProxyVariables::read(variable).no_proxy).map_err(|error| error.to_string())
            }
            None => Proxies::from_variables(variable)
                .map_err(|error| format!("{error} Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY.")),
        };
        proxies.map(Arc::new)
    }

    pub fn address_policy(&self) -> AddressPolicy {
        AddressPolicy::new(self.allow_network.clone(), self.deny_network.clone())
    }

    pub fn sessions(&self) -> SessionLimits {
        SessionLimits::new(self.session_idle, self.session_lifetime)
    }

    pub fn certificate_files(&self) -> Option<CertificateFiles> {
        let files = self.tls_cert.clone().zip(self.tls_key.clone());
        files.map(|(certificate, key)| CertificateFiles { certificate, key })
    }

    /// The address that people open the console at, if it agrees with the cookies.
    pub fn public_url(&self) -> Result<Option<PublicUrl>, String> {
        match (&self.public_url, self.plain_http) {
            (Some(url), false) if !url.is_https() => {
                Err(format!("Sessions need https, and --public-url is {url}. In a lab, add --plain-http."))
            }
            (Some(url), true) if url.is_https() => {
                Err(format!("The console is at {url}, so leave out --plain-http: it makes sessions less safe."))
            }
            (url, _) => Ok(url.clone()),
        }
    }
}

/// Parses a network or a single address.
fn parse_network(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse()).map_err(|_| "expected an address or a network, such as 10.0.0.0/8".to_owned())
}
