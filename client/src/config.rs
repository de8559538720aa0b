//! Where the server is, and the token: from options, from the environment, and from a file, in this order.

use crate::duration;
use crate::proxy::ProxyError;
use crate::server_address::{AddressError, ServerAddress};
use crate::token_file::{self, TokenError};
use domain::{CaCertificates, CaError, ProxyVariables, Secret};
use serde::Deserialize;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// Read if nothing names another file. It need not exist.
const DEFAULT_FILE: &str = "/etc/portolan/client.toml";

/// Where the cache is, unless the file says otherwise.
const DEFAULT_CACHE_FOLDER: &str = "/var/cache/portolan-client";

/// What the client knows of its server.
#[derive(Clone, Debug)]
pub struct Config {
    /// Addresses of one console. At least one.
    pub servers: Vec<ServerAddress>,
    pub token: Secret,
    /// Who may certify the servers. `None` means the authorities that the machine trusts.
    pub authorities: Option<CaCertificates>,
    /// The proxies that the environment names.
    pub proxies: ProxyVariables,
    /// `None` means that nothing is kept on this machine.
    pub cache: Option<CacheConfig>,
}

/// The offline cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheConfig {
    pub folder: PathBuf,
    /// How old an answer may be that is given out. Never zero.
    pub max_age: Duration,
}

/// What a command says about its server. The token is never an option: everybody on a machine can read the options of a
/// process.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ConfigOptions {
    /// Configuration file (default: /etc/portolan/client.toml) [env: PORTOLAN_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Address of the server; several times for several addresses of one console [env: PORTOLAN_SERVER, separated by
    /// spaces]
    // Not parsed by clap, whose message would repeat it, with the password that it must not contain.
    #[arg(long, global = true, value_name = "URL")]
    pub address: Vec<String>,

    /// File with the API token, readable only by its owner [env: PORTOLAN_TOKEN_FILE, or the token in PORTOLAN_TOKEN]
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// CA certificates in PEM that certify the server, in place of those of this machine [env: PORTOLAN_CA_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// Why there is no configuration.
#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("the configuration file {0} cannot be read: {1}")]
    Io(PathBuf, #[source] io::Error),
    /// File, line, and what is wrong there.
    #[error("the configuration file {0} is not valid{1}: {2}")]
    Form(PathBuf, String, String),
    #[error(
        "no server is configured. Put servers = [\"https://portolan.example.com\"] into {DEFAULT_FILE}, or set PORTOLAN_SERVER"
    )]
    NoServer,
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("the CA file {0} cannot be read: {1}")]
    CaIo(PathBuf, #[source] io::Error),
    #[error(
        "the CA file {0} is of no use: it has to hold CA certificates in PEM, nothing else, and at most 64 KiB. Ask who runs the server for the certificate of its CA"
    )]
    Ca(PathBuf, #[source] CaError),
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    #[error("cache_max_age is a time such as \"12h\" or \"30m\", up to 30 days")]
    CacheMaxAge,
}

/// The file. A key that it does not know is an error: a misspelt one would be ignored in silence.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ConfigFile {
    servers: Vec<String>,
    token_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    allow_http: bool,
    cache_max_age: Option<String>,
    cache_folder: Option<PathBuf>,
}

impl Config {
    /// Reads the configuration of this process.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn read(options: &ConfigOptions) -> Result<Self, ConfigError> {
        Self::read_with(options, |name| std::env::var_os(name))
    }

    fn read_with(options: &ConfigOptions, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let path = |name| variable(name).map(PathBuf::from);
        let file = ConfigFile::read(options.config.clone().or_else(|| path("PORTOLAN_CONFIG")))?;

        let servers = match (&options.address[..], variable("PORTOLAN_SERVER")) {
            ([], None) => file.servers,
            ([], Some(value)) => value.to_string_lossy().split_whitespace().map(str::to_owned).collect(),
            (servers, _) => servers.to_vec(),
        };
        if servers.is_empty() {
            return Err(ConfigError::NoServer);
        }
        let servers =
            servers.iter().map(|text| ServerAddress::parse(text, file.allow_http)).collect::<Result<_, _>>()?;

        let token = match (&options.token_file, variable("PORTOLAN_TOKEN")) {
            (Some(path), _) => token_file::read(path)?,
            (None, Some(token)) => token_file::parse(&token.to_string_lossy(), || "PORTOLAN_TOKEN".to_owned())?,
            (None, None) => {
                let path = path("PORTOLAN_TOKEN_FILE").or(file.token_file).ok_or(TokenError::Missing)?;
                token_file::read(&path)?
            }
        };
        let ca_file = options.ca_file.clone().or_else(|| path("PORTOLAN_CA_FILE")).or(file.ca_file);
        let cache = file.cache_max_age.as_deref().map(max_age).transpose()?.map(|max_age| CacheConfig {
            folder: file.cache_folder.unwrap_or_else(|| DEFAULT_CACHE_FOLDER.into()),
            max_age,
        });
        let proxies = ProxyVariables::read(|name| variable(name).map(|value| value.to_string_lossy().into_owned()));
        Ok(Self { servers, token, authorities: ca_file.map(read_authorities).transpose()?, proxies, cache })
    }
}

impl ConfigFile {
    /// Reads the file with this path, or the default file if it exists. Paths in it become relative to its folder.
    fn read(named: Option<PathBuf>) -> Result<Self, ConfigError> {
        let path = named.clone().unwrap_or_else(|| DEFAULT_FILE.into());
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => return Ok(Self::default()),
            Err(error) => return Err(ConfigError::Io(path, error)),
        };
        let mut file: Self = toml::from_str(&text).map_err(|error| {
            let line = error.span().map(|span| format!(" in line {}", 1 + text[..span.start].matches('\n').count()));
            ConfigError::Form(path.clone(), line.unwrap_or_default(), without_token(error.message()))
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for path in [&mut file.token_file, &mut file.ca_file, &mut file.cache_folder].into_iter().flatten() {
            *path = folder.join(&*path);
        }
        Ok(file)
    }
}

/// The parser repeats a value of the wrong type. Somebody may have written the token there.
fn without_token(message: &str) -> String {
    match message.contains("portolan_") {
        true => "it holds a token. Put the token into a file, and name it as token_file".to_owned(),
        false => message.to_owned(),
    }
}

/// A longer cache would be a second place where passwords live.
const LONGEST_CACHE: Duration = Duration::from_hours(30 * 24);

fn max_age(text: &str) -> Result<Duration, ConfigError> {
    duration::parse(text, LONGEST_CACHE).filter(|age| !age.is_zero()).ok_or(ConfigError::CacheMaxAge)
}

fn read_authorities(path: PathBuf) -> Result<CaCertificates, ConfigError> {
    let text = fs::read_to_string(&path).map_err(|error| ConfigError::CaIo(path.clone(), error))?;
    let read = CaCertificates::parse(&text).and_then(|authorities| authorities.read().map(|_| authorities));
    read.map_err(|error| ConfigError::Ca(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use tempfile::TempDir;

    /// A folder with a token, and the configuration file in it.
    struct Files {
        folder: TempDir,
    }

    impl Files {
        fn new(config: &str) -> Self {
            let files = Self { folder: tempfile::tempdir().unwrap() };
            fs::write(files.path("client.toml"), config).unwrap();
            files.token("token", "portolan_of_the_file");
            files
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn token(&self, name: &str, token: &str) {
            fs::write(self.path(name), token).unwrap();
            fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
        }

        fn read(&self, options: &ConfigOptions, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
            Config::read_with(options, |name| match variables.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => Some(value.into()),
                None => (name == "PORTOLAN_CONFIG").then(|| self.path("client.toml").into()),
            })
        }

        #[track_caller]
        fn refused(&self) -> String {
            self.read(&ConfigOptions::default(), &[]).unwrap_err().to_string()
        }
    }

    const SIMPLE: &str = "servers = [\"https://a.example\", \"https://b.example:8443/\"]\ntoken_file = \"token\"\n";

    fn addresses(config: &Config) -> Vec<&str> {
        config.servers.iter().map(ServerAddress::as_str).collect()
    }

    #[test]
    fn a_file_names_servers_and_a_token_beside_it() {
        let config = Files::new(SIMPLE).read(&ConfigOptions::default(), &[]).unwrap();
        assert_eq!(addresses(&config), ["https://a.example", "https://b.example:8443"]);
        assert_eq!(config.token.expose(), "portolan_of_the_file");
        assert!(config.authorities.is_none() && config.cache.is_none());
        assert!(!format!("{config:?}").contains("of_the_file"));
    }

    #[test]
    fn variables_override_the_file_and_options_override_both() {
        let files = Files::new(SIMPLE);
        files.token("other", "portolan_of_the_option\n");
        let variables =
            [("PORTOLAN_SERVER", "https://c.example https://d.example"), ("PORTOLAN_TOKEN", "portolan_of_env")];
        let config = files.read(&ConfigOptions::default(), &variables).unwrap();
        assert_eq!(addresses(&config), ["https://c.example", "https://d.example"]);
        assert_eq!(config.token.expose(), "portolan_of_env");
        let options = ConfigOptions {
            address: vec!["https://e.example".to_owned()],
            token_file: Some(files.path("other")),
            ..ConfigOptions::default()
        };
        let config = files.read(&options, &variables).unwrap();
        assert_eq!(addresses(&config), ["https://e.example"]);
        assert_eq!(config.token.expose(), "portolan_of_the_option");
        // An empty variable is one that is not set.
        let config = files.read(&ConfigOptions::default(), &[("PORTOLAN_SERVER", ""), ("PORTOLAN_TOKEN", "")]).unwrap();
        assert_eq!(config.token.expose(), "portolan_of_the_file");
    }

    #[test]
    fn a_file_with_a_mistake_is_refused_with_its_line_and_without_a_token() {
        for (text, expected) in [
            ("servers = [\"https://a.example\"]\ntoken_fil = \"token\"\n", "in line 2: unknown field `token_fil`"),
            ("servers = [\"https://a.example\"]\ntoken = \"portolan_canary\"\n", "in line 2: unknown field `token`"),
            ("servers = \"portolan_canary\"\n", "Put the token into a file"),
            ("servers = [\n", "in line"),
            ("token_file = \"token\"\n", "no server is configured"),
            ("servers = [\"https://a.example\"]\n", "there is no token"),
            ("servers = [\"https://a.example\"]\ntoken_file = \"missing\"\n", "missing cannot be read"),
            ("servers = [\"https://u:canary@a.example\"]\n", "no username and password"),
            ("servers = [\"http://a.example\"]\n", "allow_http = true"),
            (&format!("{SIMPLE}ca_file = \"token\"\n"), "PEM"),
        ] {
            let said = Files::new(text).refused();
            assert!(said.contains(expected) && !said.contains("canary"), "{text}: {said}");
        }
        assert!(Files::new(&format!("{SIMPLE}allow_http = true\n")).read(&ConfigOptions::default(), &[]).is_ok());
    }

    #[test]
    fn a_named_file_must_exist() {
        let files = Files::new(SIMPLE);
        let options = ConfigOptions { config: Some(files.path("missing.toml")), ..ConfigOptions::default() };
        let error = files.read(&options, &[]).unwrap_err();
        assert!(matches!(error, ConfigError::Io(..)), "{error}");
    }

    #[test]
    fn a_cache_is_kept_only_if_it_has_an_age() {
        let read = |age: &str| Files::new(&format!("{SIMPLE}cache_max_age = \"{age}\"\ncache_folder = \"cache\"\n"));
        let files = read("12h");
        let cache = files.read(&ConfigOptions::default(), &[]).unwrap().cache.unwrap();
        assert_eq!(cache, CacheConfig { folder: files.path("cache"), max_age: Duration::from_hours(12) });
        for age in ["", "0s", "12", "-1h", "31d", "1h ago", "721h", "for ever"] {
            assert!(read(age).refused().contains("cache_max_age is a time"), "{age}");
        }
    }
}
