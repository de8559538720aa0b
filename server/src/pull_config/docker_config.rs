//! `config.json` of Docker, which Podman, Buildah, skopeo and CRI-O read as `auth.json` (docker/cli, `config.json`;
//! containers-auth.json(5)).

use super::{PullConfig, PullFile, encode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Credentials, Secret};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct DockerConfig {
    /// By `host[:port]`. Empty for anonymous access: an entry without a username is sent as one.
    auths: BTreeMap<String, Auth>,
}

#[derive(Serialize)]
struct Auth {
    /// Username and password, joined by a colon, in base64.
    auth: String,
}

pub fn file(config: &PullConfig) -> PullFile {
    PullFile {
        path: "auth.json".to_owned(),
        content: Secret::new(content(config)),
        holds_password: config.credentials.is_some(),
        purpose: "For Docker: ~/.docker/config.json. For Podman, Buildah and skopeo: --authfile auth.json, or \
            ~/.config/containers/auth.json. For CRI-O: the file that global_auth_file names. If there is one already, \
            merge the entry below \u{201c}auths\u{201d}."
            .to_owned()
            + &config.docker_ca(),
    }
}

pub fn content(config: &PullConfig) -> String {
    let entry = |credentials: &Credentials| (config.url.docker_config_key(), Auth::of(credentials));
    encode::json(&DockerConfig { auths: config.credentials.iter().map(entry).collect() })
}

impl Auth {
    fn of(credentials: &Credentials) -> Self {
        Self { auth: STANDARD.encode(format!("{}:{}", credentials.username, credentials.password.expose())) }
    }
}
