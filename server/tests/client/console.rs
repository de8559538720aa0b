//! A real server of Portolan, with a token and registries.

use super::machine::Machine;
use super::process::Process;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;

pub struct Console {
    process: Process,
    session: String,
    /// Of an administrator who may read credentials.
    pub token: String,
}

impl Console {
    /// It checks nothing by itself.
    pub fn start() -> Self {
        Self::checking_every("0")
    }

    /// With checks, every so many minutes.
    pub fn checking_every(minutes: &str) -> Self {
        let process = Process::start(&["--check-every", minutes, "--allow-network", "127.0.0.0/8,::1/128"], &[]);
        let session = process.set_up();
        let (_, anna) = process.get("/ui/users/details?name=anna", &session);
        let id = anna.split_once("\"id\":\"").unwrap().1.split('"').next().unwrap();
        let role = format!("user={id}&role=Administrator&read_credentials=yes&page=/");
        assert_eq!(process.post("/ui/users/role", &role, &session).0, 200);
        let mut console = Self { process, session, token: String::new() };
        console.token = console.create_token("test", "Administrator");
        console
    }

    /// Makes a token that may read credentials.
    pub fn create_token(&self, name: &str, role: &str) -> String {
        let fields = format!("token_name={name}&role={role}&read_credentials=yes&days=90");
        let (status, answer) = self.process.post("/ui/tokens/create", &fields, &self.session);
        assert_eq!(status, 200, "{answer}");
        let at = answer.find("portolan_").unwrap();
        answer[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.process.address())
    }

    /// A machine whose client has a token of its own.
    pub fn machine(&self, lines: &str) -> Machine {
        let machine = Machine::with(&[&self.url()], lines);
        machine.set_token(&self.create_token("node-pool-a", "Viewer"));
        machine
    }

    /// Calls the API as the administrator.
    #[track_caller]
    pub fn api(&self, method: &str, path: &str, body: &Value) -> Value {
        let media_type = if method == "PATCH" { api::MERGE_PATCH_MEDIA_TYPE } else { "application/json" };
        let mut stream = TcpStream::connect(self.process.address()).unwrap();
        let (host, token, body) = (self.process.address(), &self.token, body.to_string());
        let own = format!("Host: {host}\r\nAuthorization: Bearer {token}\r\nIf-Match: *\r\nConnection: close\r\n");
        let of_body = format!("Content-Type: {media_type}\r\nContent-Length: {}\r\n", body.len());
        write!(stream, "{method} /api/v1/{path} HTTP/1.1\r\n{own}{of_body}\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 2"), "{answer}");
        serde_json::from_str(body).unwrap_or_default()
    }

    /// Changes the credentials of a registry in the workspace `default`.
    #[track_caller]
    pub fn set_credentials(&self, name: &str, (username, password): (&str, &str)) {
        let patch = json!({"spec": {"authconfig": {"username": username, "password": password}}});
        self.api("PATCH", &format!("workspaces/default/image_registries/{name}"), &patch);
    }

    /// Creates a registry in the workspace `default`.
    #[track_caller]
    pub fn create(&self, name: &str, url: &str, repository: &str, credentials: Option<(&str, &str)>) {
        let mut spec = json!({"url": url, "repository": repository});
        if let Some((username, password)) = credentials {
            spec["authconfig"] = json!({"username": username, "password": password});
        }
        let registry = json!({"metadata": {"name": name}, "spec": spec});
        self.api("POST", "workspaces/default/image_registries", &registry);
    }

    /// Ends the server.
    pub fn stop(mut self) {
        assert!(self.process.terminate().1);
    }
}
