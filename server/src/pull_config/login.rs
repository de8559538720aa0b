//! Log-in commands. The password is typed: in a command line, every user of the machine could see it.

use super::{PullConfig, PullFile, encode};
use domain::{Credentials, Secret};

/// A group is read as a whole before it runs: what is pasted with it is not taken for the password.
const BEGIN: &str = "{";
const END: &str = "}";
/// Reads what is typed as it is, and does not show it.
const READ: &str = "printf 'Password: ' >&2; IFS= read -rs PASSWORD; echo >&2";
/// `printf` is part of the shell: its arguments are in no list of processes.
const PRINT: &str = "printf %s \"$PASSWORD\" | ";
const FORGET: &str = "unset PASSWORD";

pub fn file(config: &PullConfig) -> PullFile {
    let content = match &config.credentials {
        Some(credentials) => lines(config, credentials, &["docker", "podman", "skopeo"]).join("\n"),
        None => "# Anyone may pull from this registry: no log-in is needed.".to_owned(),
    };
    PullFile {
        path: "login.sh".to_owned(),
        content: Secret::new(content + "\n"),
        holds_password: false,
        purpose: "For bash and zsh: asks for the password, and logs in each of these clients that is installed. They \
            store what auth.json (Docker, Podman) contains. Take that file if the password has several lines, because \
            Podman and skopeo drop the line breaks, if it begins or ends with white space, which Docker drops, or if \
            it has more than 4,000 characters, because terminals do not take more."
            .to_owned()
            + &config.docker_ca(),
    }
}

/// Asks for the password and logs these clients in.
pub fn lines(config: &PullConfig, credentials: &Credentials, clients: &[&str]) -> Vec<String> {
    let commands = clients.iter().map(|client| {
        let log_in = [PRINT, &command(client, config, credentials)].concat();
        // Not everybody has all of them.
        if clients.len() > 1 { format!("command -v {client} >/dev/null && {log_in}") } else { log_in }
    });
    let before = [BEGIN, READ].map(str::to_owned);
    let after = [FORGET, END].map(str::to_owned);
    before.into_iter().chain(commands).chain(after).collect()
}

/// The log-in command of a client, which reads the password from its standard input.
fn command(client: &str, config: &PullConfig, credentials: &Credentials) -> String {
    // Docker has no such option: its daemon has a list of such registries.
    let has_option = client != "docker" && config.is_insecure();
    let insecure: &[&str] = if has_option { &["--tls-verify=false"] } else { &[] };
    let words = [client, "login", "--username", &credentials.username, "--password-stdin"];
    encode::command(&[&words, insecure, &[&config.url.authority()]].concat())
}
