//! Where the database is.

use sqlx::postgres::PgConnectOptions;
use std::fmt;
use std::path::PathBuf;

/// Where the database is. Displayed without the password.
#[derive(Clone, Debug)]
pub enum DatabaseAddress {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(Box<PgConnectOptions>),
}

impl fmt::Display for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(options) => {
                let (host, port) = (options.get_host(), options.get_port());
                let host = options.get_socket().map_or_else(|| host.into(), |socket| socket.to_string_lossy());
                write!(f, "{} on {host}, port {port}", options.get_database().unwrap_or_default())
            }
        }
    }
}
