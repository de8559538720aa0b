//! `portolan credential get`: credentials for scripts.

use crate::config::{Config, ConfigOptions};
use crate::credentials::{CredentialsQuery, FoundCredentials, find};
use crate::error::Error;
use crate::exit_status::ExitStatus;
use crate::http::{Http, Request};
use crate::plain_text::plain;
use crate::standard_streams::{print, say};
use api::PullFormat;
use api::credentials::{Credentials, PullFile, PullFiles};
use clap::ValueEnum;
use clap::builder::PossibleValuesParser;
use domain::Secret;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use thiserror::Error;
use zeroize::Zeroizing;

#[derive(clap::Subcommand)]
pub enum Credential {
    /// Print the username and password of an image registry. Each read is audited
    Get(GetCredential),
}

#[derive(clap::Args)]
pub struct GetCredential {
    /// The image registry
    #[arg(value_name = "[WORKSPACE/]NAME")]
    registry: Option<String>,

    /// The only image registry on this host, with its port if it has one
    #[arg(long, value_name = "HOST", conflicts_with_all = ["registry", "image"])]
    server: Option<String>,

    /// The image registry with the longest prefix of this image
    #[arg(long, value_name = "REFERENCE", conflicts_with = "registry")]
    image: Option<String>,

    /// Print only this, as it is: no quotes, and no newline after it
    #[arg(long, value_enum)]
    field: Option<Field>,

    /// Print a file for machines in place of JSON
    #[arg(long, conflicts_with_all = ["field", "server", "image"], value_parser = PossibleValuesParser::new(PullFormat::ALL.map(PullFormat::as_str)))]
    format: Option<String>,

    /// Write the files of the format below this folder, readable only by you, in place of printing
    #[arg(long, value_name = "DIR", requires = "format")]
    output_dir: Option<PathBuf>,

    /// What the audit trail says about this read
    #[arg(long, default_value = "credential get")]
    purpose: String,

    #[command(flatten)]
    config: ConfigOptions,
}

#[derive(Clone, Copy, ValueEnum)]
enum Field {
    Username,
    Password,
    /// Scheme, host and port
    Url,
    /// What image references begin with
    ImagePrefix,
    /// The key in a Docker config
    Server,
}

#[derive(Debug, Error)]
enum GetError {
    #[error("no image registry of Portolan matches {0}")]
    NoRegistry(String),
    #[error("say which image registry: its name, such as default/hub, or its --server, or an --image")]
    Unnamed,
    #[error("{0} is not the name of an image registry, such as default/hub")]
    Name(String),
    /// The paths.
    #[error("this format has several files ({0}): name a folder with --output-dir")]
    SeveralFiles(String),
    #[error("{0} cannot be written: {1}")]
    Write(PathBuf, #[source] io::Error),
    #[error("{0}/{1} is read without credentials: it has neither username nor password")]
    Anonymous(String, String),
    #[error(transparent)]
    Client(#[from] Error),
}

impl GetError {
    fn status(&self) -> ExitStatus {
        match self {
            Self::NoRegistry(_) | Self::Anonymous(..) => ExitStatus::NotFound,
            Self::Unnamed | Self::Name(_) | Self::SeveralFiles(_) => ExitStatus::Usage,
            Self::Write(..) => ExitStatus::Failed,
            Self::Client(error) => error.status(),
        }
    }
}

impl Credential {
    pub fn run(&self) -> ExitCode {
        let Self::Get(options) = self;
        match options.text().and_then(|text| Ok(print(&text).map_err(Error::Io)?)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                say(&error.to_string());
                error.status().into()
            }
        }
    }
}

impl GetCredential {
    fn text(&self) -> Result<Zeroizing<String>, GetError> {
        let config = Config::read(&self.config).map_err(Error::Config)?;
        let query = self.query()?;
        if let (Some(format), CredentialsQuery::Registry { workspace, name }) = (&self.format, query) {
            let request = Request::get(&["workspaces", workspace, "image_registries", name, "credentials"]);
            let request = request.query("format", format).query("purpose", &self.purpose);
            let files: PullFiles = Http::new(&config)?.json(&request)?;
            return self.formatted(files.files);
        }
        let found = find(&config, query, &self.purpose)?;
        let Some(FoundCredentials { credentials, .. }) = found else {
            return Err(GetError::NoRegistry(query.to_string()));
        };
        match self.field {
            Some(field) => field.of(&credentials),
            // Texts always serialise.
            None => Ok(Zeroizing::new(serde_json::to_string_pretty(&credentials).unwrap_or_default() + "\n")),
        }
    }

    fn query(&self) -> Result<CredentialsQuery<'_>, GetError> {
        if let Some(image) = &self.image {
            return Ok(CredentialsQuery::Image(image));
        }
        if let Some(server) = &self.server {
            return Ok(CredentialsQuery::Server(server));
        }
        let registry = self.registry.as_deref().ok_or(GetError::Unnamed)?;
        let (workspace, name) = registry.split_once('/').unwrap_or(("default", registry));
        if workspace.is_empty() || name.is_empty() || name.contains('/') {
            return Err(GetError::Name(registry.to_owned()));
        }
        Ok(CredentialsQuery::Registry { workspace, name })
    }

    /// The only file; or nothing, if all are written into a folder.
    fn formatted(&self, files: Vec<PullFile>) -> Result<Zeroizing<String>, GetError> {
        let content =
            |file: &PullFile| Zeroizing::new(file.content.as_ref().map(Secret::expose).unwrap_or_default().to_owned());
        match (&self.output_dir, &files[..]) {
            (Some(folder), _) => {
                for file in &files {
                    let path = below(folder, &file.path);
                    write(&path, &content(file)).map_err(|error| GetError::Write(path, error))?;
                }
                Ok(Zeroizing::default())
            }
            (None, [file]) => Ok(content(file)),
            (None, several) => {
                let paths: Vec<_> = several.iter().map(|file| plain(&file.path)).collect();
                Err(GetError::SeveralFiles(paths.join(", ")))
            }
        }
    }
}

/// A path of a node below a folder. A server must not choose a place beyond it.
fn below(folder: &Path, path: &str) -> PathBuf {
    let names = Path::new(path).components().filter(|component| matches!(component, Component::Normal(_)));
    folder.join(names.collect::<PathBuf>())
}

fn write(path: &Path, content: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // An existing file may be readable by others, or a link.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(content.as_bytes())
}

impl Field {
    fn of(self, credentials: &Credentials) -> Result<Zeroizing<String>, GetError> {
        let text = match self {
            Self::Username => credentials.username.as_deref(),
            Self::Password => credentials.password.as_ref().map(Secret::expose),
            Self::Url => Some(&*credentials.url),
            Self::ImagePrefix => Some(&*credentials.image_prefix),
            Self::Server => Some(&*credentials.server),
        };
        let anonymous = || GetError::Anonymous(credentials.workspace.clone(), credentials.name.clone());
        text.map(|text| Zeroizing::new(text.to_owned())).ok_or_else(anonymous)
    }
}
