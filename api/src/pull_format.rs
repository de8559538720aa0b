//! The formats of a registry for machines.

/// A format that machines take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullFormat {
    /// `config.json` of Docker, `auth.json` of Podman, Buildah, skopeo and CRI-O.
    DockerConfig,
    /// A Secret for `imagePullSecrets`.
    KubernetesSecret,
    /// `registries.yaml` of k3s and RKE2.
    K3sRegistries,
    /// `hosts.toml` of containerd.
    ContainerdHosts,
    /// `registries.conf` of CRI-O, Podman, Buildah and skopeo.
    CrioRegistries,
    /// Log-in commands of Docker, Podman and skopeo.
    Login,
    /// Commands that bring an image into a registry or onto nodes that cannot reach its source.
    Import,
}

impl PullFormat {
    pub const ALL: [Self; 7] = [
        Self::DockerConfig,
        Self::KubernetesSecret,
        Self::K3sRegistries,
        Self::ContainerdHosts,
        Self::CrioRegistries,
        Self::Login,
        Self::Import,
    ];

    /// The value of the API's parameter `format`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DockerConfig => "docker-config",
            Self::KubernetesSecret => "kubernetes-secret",
            Self::K3sRegistries => "k3s-registries",
            Self::ContainerdHosts => "containerd-hosts",
            Self::CrioRegistries => "crio-registries",
            Self::Login => "login",
            Self::Import => "import",
        }
    }

    /// The format with this name in the API.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::DockerConfig => "Docker, Podman",
            Self::KubernetesSecret => "Kubernetes Secret",
            Self::K3sRegistries => "k3s, RKE2",
            Self::ContainerdHosts => "containerd",
            Self::CrioRegistries => "CRI-O",
            Self::Login => "Log in",
            Self::Import => "Import by hand",
        }
    }
}
