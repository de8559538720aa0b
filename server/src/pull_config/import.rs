//! Commands that bring an image into a registry, or onto nodes, that cannot reach its source.

use super::{PullConfig, PullFile, encode, login};
use domain::{ImagePrefix, Repository, Secret};

/// An image that people know, to be replaced.
const IMAGE: &str = "busybox:1.36";

pub fn file(config: &PullConfig) -> PullFile {
    let target = format!("{}/{IMAGE}", target_prefix(config));
    let named_archive = format!("docker-archive:image.tar:{target}");
    let log_in = config.credentials.iter().flat_map(|credentials| login::lines(config, credentials, &["skopeo"]));
    let insecure: &[&str] = if config.is_insecure() { &["--dest-tls-verify=false"] } else { &[] };
    let sections = [
        (
            "# On a machine that reaches the source: the image as a file, under its new name",
            vec![copy(&[], &format!("docker://docker.io/library/{IMAGE}"), &named_archive)],
        ),
        (
            "# On a machine that reaches this registry: from the file into the registry",
            log_in.chain([copy(insecure, "docker-archive:image.tar", &format!("docker://{target}"))]).collect(),
        ),
        (
            "# Or straight onto each node: containerd",
            vec![encode::command(&["ctr", "--namespace", "k8s.io", "images", "import", "image.tar"])],
        ),
        (
            "# k3s; RKE2 has the folder /var/lib/rancher/rke2/agent/images",
            vec![encode::command(&["cp", "image.tar", "/var/lib/rancher/k3s/agent/images/"])],
        ),
        ("# CRI-O", vec![copy(&[], "docker-archive:image.tar", &format!("containers-storage:{target}"))]),
    ];
    let content = sections.map(|(heading, lines)| [heading, "\n", &lines.join("\n"), "\n"].concat()).join("\n");
    PullFile {
        path: "import.sh".to_owned(),
        content: Secret::new(content),
        holds_password: false,
        purpose:
            "For nodes that cannot reach an image's source. Replace busybox by the image that you need. An own CA \
            of this registry has to be where CRI-O has it."
                .to_owned(),
    }
}

/// What the names of imported images begin with. On Docker Hub only Docker itself pushes images without a namespace, so
/// they go into the account's own.
fn target_prefix(config: &PullConfig) -> ImagePrefix {
    if !config.url.is_docker_hub() || !config.repository.is_empty() {
        return config.image_prefix();
    }
    let account = config.credentials.as_ref().and_then(|credentials| Repository::parse(&credentials.username).ok());
    let namespace = account.filter(|account| !account.is_empty()).or(Repository::parse("your-account").ok());
    ImagePrefix::new(&config.url, &namespace.unwrap_or_else(|| config.repository.clone()))
}

fn copy(options: &[&str], from: &str, to: &str) -> String {
    encode::command(&[&["skopeo", "copy"], options, &[from, to]].concat())
}
