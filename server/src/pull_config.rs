//! A registry in the formats of the machines that pull from it. Every value goes through an encoder of its format.

mod containerd_hosts;
mod crio_registries;
mod docker_config;
mod encode;
mod import;
mod k3s_registries;
mod kubernetes_secret;
mod login;
#[cfg(test)]
mod tests;

pub use api::PullFormat;

use domain::{Credentials, ImagePrefix, Name, RegistryUrl, Repository, Scheme, Secret, TrustPolicy};

/// Takes the place of a password that is not shown. Its length says nothing about the password.
const MASK: &str = "********";

/// What the formats are made from.
#[derive(Clone, Debug)]
pub struct PullConfig {
    pub name: Name,
    pub url: RegistryUrl,
    pub repository: Repository,
    /// `None` for anonymous access.
    pub credentials: Option<Credentials>,
    pub trust: TrustPolicy,
}

/// A file for a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullFile {
    /// Where it belongs on a node, or only a file name if its place is up to people.
    pub path: String,
    pub content: Secret,
    /// Whether the content contains the password.
    pub holds_password: bool,
    /// What it is for, in a sentence or two.
    pub purpose: String,
}

/// How clients connect to the registry.
enum Transport<'a> {
    Http,
    /// TLS, with a certificate of the system's authorities.
    Https,
    /// TLS, with a certificate of the system's authorities or of these (PEM).
    OwnCa(&'a str),
    /// TLS, with any certificate.
    Unverified,
}

impl PullConfig {
    /// The files of a format, with the password if the format holds one.
    pub fn files(&self, format: PullFormat) -> Vec<PullFile> {
        match format {
            PullFormat::DockerConfig => vec![docker_config::file(self)],
            PullFormat::KubernetesSecret => vec![kubernetes_secret::file(self)],
            PullFormat::K3sRegistries => k3s_registries::files(self),
            PullFormat::ContainerdHosts => containerd_hosts::files(self),
            PullFormat::CrioRegistries => crio_registries::files(self),
            PullFormat::Login => vec![login::file(self)],
            PullFormat::Import => vec![import::file(self)],
        }
    }

    /// The same registry with a placeholder for the password.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mut masked = self.clone();
        if let Some(credentials) = &mut masked.credentials {
            credentials.password = Secret::new(MASK);
        }
        masked
    }

    fn image_prefix(&self) -> ImagePrefix {
        ImagePrefix::new(&self.url, &self.repository)
    }

    /// The URL of the registry's API.
    fn endpoint(&self) -> String {
        format!("{}://{}", self.url.scheme().as_str(), self.url.api_authority())
    }

    /// A CA has no effect if verification is skipped.
    fn transport(&self) -> Transport<'_> {
        match (self.url.scheme(), self.trust.skip_verification, &self.trust.authorities) {
            (Scheme::Http, ..) => Transport::Http,
            (Scheme::Https, true, _) => Transport::Unverified,
            (Scheme::Https, false, Some(authorities)) => Transport::OwnCa(authorities.as_str()),
            (Scheme::Https, false, None) => Transport::Https,
        }
    }

    /// Whether clients of the containers/image library (Podman, CRI-O, skopeo) have to be told that the connection is
    /// not verified.
    fn is_insecure(&self) -> bool {
        matches!(self.transport(), Transport::Http | Transport::Unverified)
    }

    /// Where Docker looks for the registry's own CA, if it has one. A sentence for a purpose.
    fn docker_ca(&self) -> String {
        match self.transport() {
            Transport::OwnCa(_) => format!(
                " The registry has its own CA, which Docker needs as /etc/docker/certs.d/{}/ca.crt: take the file from \
                CRI-O, which also says where Podman and skopeo need it.",
                self.url.authority()
            ),
            Transport::Http | Transport::Https | Transport::Unverified => String::new(),
        }
    }

    /// The registry's own CA, as a file at this path, if it has one.
    fn ca_file(&self, path: String, purpose: &str) -> Option<PullFile> {
        match self.transport() {
            Transport::OwnCa(pem) => {
                Some(PullFile { path, content: Secret::new(pem), holds_password: false, purpose: purpose.to_owned() })
            }
            Transport::Http | Transport::Https | Transport::Unverified => None,
        }
    }
}
