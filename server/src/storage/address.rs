//! Where the database is.

use crate::data_folder::DataFolder;
use sqlx::postgres::PgConnectOptions;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use thiserror::Error;

/// Where the database is. Displayed without a password.
#[derive(Clone, Debug)]
pub enum DatabaseAddress {
    /// A SQLite file.
    Sqlite(PathBuf),
    Postgres(PostgresSettings),
}

/// A PostgreSQL database, and how it is used.
#[derive(Clone)]
pub struct PostgresSettings {
    pub options: Box<PgConnectOptions>,
    /// The most connections of this process.
    pub connections: u32,
    /// After how many seconds a statement is given up.
    pub statement_timeout: u32,
}

/// Why a text is not the address of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    #[error("The address of a database begins with postgres://, as in postgres://portolan@db.example.com/portolan.")]
    Scheme,
    /// Other users of the machine can read the arguments of a process.
    #[error("Leave the password out of the address. Set PGPASSWORD, or put it into the file that PGPASSFILE names.")]
    Password,
    /// sqlx would ignore it.
    #[error(
        "The address of the database has an option that is not supported. There are host, port, user, dbname, sslmode, sslrootcert, sslcert, sslkey and options."
    )]
    Option,
    #[error("The address of the database names a file that does not exist. Check sslrootcert, sslcert and sslkey.")]
    MissingFile,
    #[error(
        "The address of the database cannot be read. It is like postgres://user@host:5432/name?sslmode=verify-full."
    )]
    Malformed,
}

/// The options in an address. All others are refused: a misspelled `sslmode` must not switch encryption off.
const OPTIONS: [&str; 9] = ["host", "port", "user", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey", "options"];

/// The values of `sslmode`. Not `allow`, with which a connection would never be encrypted.
const SSL_MODES: [&str; 5] = ["disable", "prefer", "require", "verify-ca", "verify-full"];

impl DatabaseAddress {
    /// The SQLite file in a data folder.
    pub fn in_folder(data: &Path) -> Self {
        Self::Sqlite(data.join(DataFolder::DATABASE))
    }
}

impl PostgresSettings {
    pub const CONNECTIONS: u32 = 10;
    /// Less than a request may take in all.
    pub const STATEMENT_TIMEOUT: u32 = 10;
}

/// Without the password.
impl fmt::Debug for PostgresSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { options, connections, statement_timeout } = self;
        f.debug_struct("PostgresSettings")
            .field("host", &options.get_host())
            .field("port", &options.get_port())
            .field("database", &options.get_database())
            .field("connections", connections)
            .field("statement_timeout", statement_timeout)
            .finish_non_exhaustive()
    }
}

/// Reads the address of a PostgreSQL database as libpq does, password excepted: `postgres://user@host:port/name`.
impl FromStr for PostgresSettings {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let Some(("postgres" | "postgresql", rest)) = text.split_once("://") else { return Err(AddressError::Scheme) };
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
        if user.contains(':') {
            return Err(AddressError::Password);
        }
        let query = rest.split_once('?').map_or("", |(_, query)| query);
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).map_err(|_| AddressError::Malformed)?;
        for (name, value) in &pairs {
            match name.as_str() {
                "sslmode" if !SSL_MODES.contains(&value.as_str()) => return Err(AddressError::Malformed),
                name if name.to_ascii_lowercase().contains("pass") => return Err(AddressError::Password),
                name if !OPTIONS.contains(&name) => return Err(AddressError::Option),
                "sslrootcert" | "sslcert" | "sslkey" if !Path::new(value).exists() => {
                    return Err(AddressError::MissingFile);
                }
                _ => {}
            }
        }
        let options = text.parse().map_err(|_| AddressError::Malformed)?;
        Ok(Self {
            options: Box::new(options),
            connections: Self::CONNECTIONS,
            statement_timeout: Self::STATEMENT_TIMEOUT,
        })
    }
}

/// Reads the address of a PostgreSQL database, or the path of a SQLite file.
impl FromStr for DatabaseAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let is_url = text.contains("://") || text.starts_with("postgres:") || text.starts_with("postgresql:");
        match is_url || text.is_empty() {
            true => text.parse().map(Self::Postgres),
            false => Ok(Self::Sqlite(text.into())),
        }
    }
}

impl fmt::Display for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(PostgresSettings { options, .. }) => {
                let name = options.get_database().unwrap_or(options.get_username());
                match options.get_socket() {
                    Some(folder) => write!(f, "{name} at {}", folder.display()),
                    None => write!(f, "{name} at {}:{}", options.get_host(), options.get_port()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_password_is_read_and_displayed() {
        for (text, shown) in [
            ("postgres://portolan@db.example.com/console", "console at db.example.com:5432"),
            ("postgresql://portolan@db.example.com:6432/console?sslmode=require", "console at db.example.com:6432"),
            ("postgres://portolan@localhost/console?host=/run/postgresql", "console at /run/postgresql"),
        ] {
            assert_eq!(DatabaseAddress::Postgres(text.parse().unwrap()).to_string(), shown);
        }
    }

    #[test]
    fn a_text_that_is_not_a_url_is_the_path_of_a_file() {
        for path in ["portolan.db", "/var/lib/portolan/portolan.db", "postgres"] {
            assert!(matches!(path.parse().unwrap(), DatabaseAddress::Sqlite(file) if file.to_str() == Some(path)));
        }
        assert!(matches!("postgres://a@b/c".parse().unwrap(), DatabaseAddress::Postgres(_)));
        for (text, error) in [
            ("", AddressError::Scheme),
            ("postgres:/a@b/c", AddressError::Scheme),
            ("sqlite://portolan.db", AddressError::Scheme),
            ("postgres://a:secret@b/c", AddressError::Password),
        ] {
            assert_eq!(text.parse::<DatabaseAddress>().err(), Some(error), "{text}");
        }
    }

    #[test]
    fn a_password_is_not_displayed() {
        let settings: PostgresSettings = "postgres://portolan@db.example.com/console".parse().unwrap();
        let options = Box::new(settings.options.clone().password("canary"));
        let address = DatabaseAddress::Postgres(PostgresSettings { options, ..settings });
        assert!(!format!("{address:?} {address}").contains("canary"), "{address:?}");
    }

    #[test]
    fn an_unknown_scheme_and_a_password_are_rejected() {
        for (text, error) in [
            ("mysql://a@b/c", AddressError::Scheme),
            ("portolan.db", AddressError::Scheme),
            ("", AddressError::Scheme),
            ("postgres://a:secret@b/c", AddressError::Password),
            ("postgres://a@b/c?sslmode=require&password=secret", AddressError::Password),
            ("postgres://a@b/c?pass%77ord=secret", AddressError::Password),
            ("postgres://a@b/c?Password=secret", AddressError::Password),
            ("postgres://a@b/c?sslpassword=secret", AddressError::Password),
            ("postgres://a@b/c?ssl_mode=verify-full", AddressError::Option),
            ("postgres://a@b/c?sslmode=allow", AddressError::Malformed),
            ("postgres://a@b:port/c", AddressError::Malformed),
            ("postgres://a@b/c?sslmode=perhaps", AddressError::Malformed),
            ("postgres://a@b/c?sslmode=verify-full&sslrootcert=/missing", AddressError::MissingFile),
        ] {
            let found = text.parse::<PostgresSettings>().err();
            assert_eq!(found, Some(error), "{text}");
            assert!(!found.unwrap().to_string().contains("secret"));
        }
    }
}
