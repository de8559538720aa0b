//! A machine with a configured client: files in a folder, and the real binary.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The token, as Portolan makes them.
pub const TOKEN: &str = "portolan_c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00_0badf00d";

pub struct Machine {
    folder: TempDir,
}

/// What a command has done.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Both outputs.
    pub fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl Machine {
    /// A machine whose client knows these addresses of the console.
    pub fn of(servers: &[&str]) -> Self {
        Self::with(servers, "")
    }

    /// The same, with more lines in the configuration file.
    pub fn with(servers: &[&str], lines: &str) -> Self {
        let machine = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(machine.path("client.toml"), format!("servers = {servers:?}\ntoken_file = \"token\"\n{lines}"))
            .unwrap();
        machine.set_token(TOKEN);
        symlink(env!("CARGO_BIN_EXE_portolan"), machine.path("docker-credential-portolan")).unwrap();
        machine
    }

    pub fn set_token(&self, token: &str) {
        fs::write(self.path("token"), token).unwrap();
        fs::set_permissions(self.path("token"), fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).unwrap();
    }

    /// A program with this machine's configuration and nothing else of the environment.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", self.folder.path().display());
        command.env_clear().env("PATH", path).env("HOME", self.folder.path());
        command.env("PORTOLAN_CONFIG", self.path("client.toml"));
        command
    }

    /// Starts `portolan` with this text on its standard input.
    pub fn start(&self, arguments: &[&str], input: &str) -> Child {
        Self::spawn(self.command(env!("CARGO_BIN_EXE_portolan")).args(arguments), input)
    }

    fn spawn(command: &mut Command, input: &str) -> Child {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Not every command reads it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child
    }

    pub fn portolan(&self, arguments: &[&str], input: &str) -> Ended {
        end(self.start(arguments, input))
    }

    /// Runs the credential helper as Docker does: by its own name, in the path.
    pub fn helper(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = self.command(self.path("docker-credential-portolan"));
        end(Self::spawn(command.args(arguments), input))
    }

    /// Asks the credential provider for an image, as a kubelet does.
    pub fn kubelet(&self, image: &str) -> Ended {
        let request = serde_json::json!({
            "kind": "CredentialProviderRequest",
            "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
            "image": image,
        });
        self.portolan(&["kubelet-credential-provider"], &request.to_string())
    }
}

pub fn end(child: Child) -> Ended {
    let output = child.wait_with_output().unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
