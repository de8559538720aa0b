//! Says what is wrong before users do. Nothing is written, and a server may be running.

mod clock;
mod data_folder;
mod database;
mod diagnosis;
mod file_system;
mod key;
mod listen;
mod names;
mod open_files;
mod tls;

pub use diagnosis::{Diagnosis, Severity};

use crate::clock::Clock;
use crate::data_folder::DataFolder;
use crate::http::CertificateFiles;
use crate::probe::Proxies;
use crate::public_url::PublicUrl;
use crate::storage::DatabaseAddress;
use crate::vault::KeySource;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is examined: the settings of a server that runs, or that does not start.
#[derive(Clone, Debug)]
pub struct Subject {
    pub data: PathBuf,
    /// `None` if the address of the database cannot be read.
    pub database: Option<DatabaseAddress>,
    /// `None` if it is not clear where the key comes from.
    pub key: Option<KeySource>,
    pub proxies: Arc<Proxies>,
    pub certificate: Option<CertificateFiles>,
    pub public_url: Option<PublicUrl>,
    /// Where the console is served.
    pub listen: SocketAddr,
    /// Where figures are served.
    pub metrics_listen: Option<SocketAddr>,
}

impl Subject {
    /// The default place of the key in a data folder.
    pub fn key_in(data: &Path) -> KeySource {
        KeySource::File(DataFolder::key_file_in(data))
    }
}

/// Examines everything. The order is that in which a server needs things.
pub async fn examine(subject: &Subject, clock: &dyn Clock) -> Vec<Diagnosis> {
    let mut found = data_folder::examine(subject);
    found.extend(file_system::examine(subject));
    let (inspection, about_database) = database::examine(subject, clock).await;
    found.extend(about_database);
    if let Some(inspection) = &inspection {
        found.extend(key::examine(subject, inspection.database.as_ref()).await);
        found.extend(clock::examine(inspection));
    }
    let registries = inspection.and_then(|inspection| Some(inspection.database?.contents?.registries));
    found.extend(names::examine(&subject.proxies, &registries.unwrap_or_default()).await);
    found.push(open_files::examine());
    found.extend(tls::examine(subject, clock));
    found.extend(listen::examine(subject).await);
    found
}
