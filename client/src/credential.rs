//! `portolan credential get`: credentials for scripts.

use crate::config::{Config, ConfigOptions};
use crate::credentials::{Found, Question, find};
use crate::error::Error;
use crate::exit_status::ExitStatus;
use crate::http::{Http, Request};
use crate::standard_streams::print;
use api::credentials::Credentials;
use clap::ValueEnum;
use domain::Secret;
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
    #[arg(value_name = "WORKSPACE/NAME", required_unless_present_any = ["server", "image"])]
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

    /// Print a file for machines, such as docker-config, in place of JSON. The page of the image registry lists them
    #[arg(long, conflicts_with_all = ["field", "server", "image"])]
    format: Option<String>,

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
    #[error("{0} is not WORKSPACE/NAME, such as default/hub")]
    Name(String),
    #[error("{0}/{1} is read without credentials: it has neither username nor password")]
    Anonymous(String, String),
    #[error(transparent)]
    Client(#[from] Error),
}

impl GetError {
    fn status(&self) -> ExitStatus {
        match self {
            Self::NoRegistry(_) | Self::Anonymous(..) => ExitStatus::NotFound,
            Self::Name(_) => ExitStatus::Usage,
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
                eprintln!("{error}");
                error.status().into()
            }
        }
    }
}

impl GetCredential {
    fn text(&self) -> Result<Zeroizing<String>, GetError> {
        let config = Config::read(&self.config).map_err(Error::Config)?;
        let question = self.question()?;
        if let (Some(format), Question::Registry { workspace, name }) = (&self.format, question) {
            let request = Request::get(&["workspaces", workspace, "image_registries", name, "credentials"]);
            let request = request.query("format", format).query("purpose", &self.purpose).text();
            return Ok(Zeroizing::new(Http::new(&config)?.send(&request)?.text()?.to_owned()));
        }
        let found = find(&config, question, &self.purpose)?;
        let Some(Found { credentials, .. }) = found else { return Err(GetError::NoRegistry(question.to_string())) };
        match self.field {
            Some(field) => field.of(&credentials),
            // Texts always serialise.
            None => Ok(Zeroizing::new(serde_json::to_string_pretty(&credentials).unwrap_or_default() + "\n")),
        }
    }

    fn question(&self) -> Result<Question<'_>, GetError> {
        if let Some(image) = &self.image {
            return Ok(Question::Image(image));
        }
        if let Some(server) = &self.server {
            return Ok(Question::Server(server));
        }
        let registry = self.registry.as_deref().unwrap_or_default();
        let parts = registry.split_once('/').filter(|(_, name)| !name.contains('/'));
        let (workspace, name) = parts.ok_or_else(|| GetError::Name(registry.to_owned()))?;
        Ok(Question::Registry { workspace, name })
    }
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
