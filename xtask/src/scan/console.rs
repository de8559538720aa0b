//! The server that is scanned: over TLS, with registries, workspaces, users and an invitation.

use crate::command::{TaskResult, program};
use crate::http::{Answer, Client};
use crate::serving::{self, Serving};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

const PASSWORD: &str = "correct+horse+battery";

pub struct Console {
    _serving: Serving,
    /// Host and port.
    pub address: String,
    pub folder: PathBuf,
    /// Its certificate, which is also its authority.
    pub certificate: PathBuf,
    /// From the least role to the most: what an administrator does may end the sessions of others.
    pub visitors: Vec<Visitor>,
    /// Clients of the API.
    pub clients: Vec<ApiClient>,
}

pub struct ApiClient {
    /// Its role everywhere.
    pub name: &'static str,
    pub token: String,
}

pub struct Visitor {
    pub name: &'static str,
    /// The token of the session. `None` for a stranger.
    pub session: Option<String>,
}

impl Console {
    /// The name of the session cookie over TLS.
    pub const COOKIE: &str = "__Host-portolan";

    /// Everything that needs a path. A scanner finds the rest.
    pub const PAGES: [&str; 16] = [
        "/setup",
        "/set-password",
        "/image-registries",
        "/image-registries/create",
        "/image-registries/team/harbour",
        "/image-registries/team/harbour/edit",
        "/workspaces",
        "/workspaces/team",
        "/users",
        "/users/invited",
        "/audit",
        "/audit/export?format=csv",
        "/tokens",
        "/api",
        "/guides/temporary-registry",
        "/account",
    ];

    pub fn start(binary: &Path, folder: &Path) -> TaskResult<Self> {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let data = folder.join("data");
        let (visitors, clients) = fill(binary, &data)?;
        let (certificate, key) = make_certificate(folder)?;
        let mut command = program(binary).args(["serve", "--listen", "127.0.0.1:0", "--check-every", "0"]).command();
        // The scanners claim to be many clients.
        command.args(["--hsts", "--trusted-proxy", "127.0.0.1"]).arg("--data").arg(&data);
        command.arg("--tls-cert").arg(&certificate).arg("--tls-key").arg(key).stderr(Stdio::null());
        let serving = Serving::start(command, 1)?;
        let address = serving.address.clone();
        Ok(Self { _serving: serving, address, folder: folder.to_owned(), certificate, visitors, clients })
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    /// The status of a page, as somebody.
    pub fn status(&self, path: &str, visitor: &Visitor) -> String {
        let mut curl = program("curl").args(["--silent", "--insecure", "--output", "/dev/null"]);
        curl = curl.args(["--max-time", "30", "--write-out", "%{http_code}"]);
        if let Some(cookie) = visitor.cookie() {
            curl = curl.args(["--cookie", &cookie]);
        }
        curl.args([self.url(path)]).read(false).0.trim().to_owned()
    }
}

impl Visitor {
    /// As in the header `Cookie`.
    pub fn cookie(&self) -> Option<String> {
        self.session.as_ref().map(|token| format!("{}={token}", Console::COOKIE))
    }
}

/// Creates the data over plain HTTP, and logs everybody in.
fn fill(binary: &Path, data: &Path) -> TaskResult<(Vec<Visitor>, Vec<ApiClient>)> {
    let mut command = serving::portolan(binary, data);
    command.stderr(Stdio::null());
    let serving = Serving::start(command, 2)?;
    let administrator = serving.set_up()?;
    let post = |path: &str, form: &str| accepted(administrator.post(path, form)?);
    post("/ui/workspaces/create", "name=team")?;
    for (name, workspace) in [("hub", "default"), ("harbour", "team"), ("ships", "team")] {
        let fields =
            format!("name={name}&workspace={workspace}&url=https://{name}.example.com&username=robot&password=x");
        post("/ui/image-registries/create", &fields)?;
    }
    post("/ui/users/invite", "user_name=invited&role=None")?;
    let mut visitors = vec![Visitor { name: "stranger", session: None }];
    for (name, role) in [("viewer", "Viewer"), ("editor", "Editor")] {
        let link = post("/ui/users/invite", &format!("user_name={name}&role={role}"))?;
        let (_, after) = link.body.split_once("token=").ok_or("there is no token in the invitation")?;
        let token: String = after.chars().take_while(char::is_ascii_hexdigit).collect();
        let stranger = Client::anonymous(&serving.address);
        let password = format!("token={token}&new_password={PASSWORD}&repeated_password={PASSWORD}");
        accepted(stranger.post("/ui/set-password", &password)?)?;
        let log_in = accepted(stranger.post("/ui/login", &format!("user_name={name}&password={PASSWORD}"))?)?;
        visitors.push(Visitor { name, session: token_of(log_in.session()) });
    }
    let log_in = accepted(Client::anonymous(&serving.address).post("/ui/login", &serving::log_in_form())?)?;
    visitors.push(Visitor { name: "administrator", session: token_of(log_in.session()) });
    let mut clients = Vec::new();
    for name in ["Viewer", "Editor", "Administrator"] {
        let made = post("/ui/tokens/create", &format!("token_name={name}&role={name}&days=1"))?;
        let (_, after) = made.body.split_once("portolan_").ok_or("there is no token in the answer")?;
        let rest: String = after.chars().take_while(|c| c.is_ascii_hexdigit() || *c == '_').collect();
        clients.push(ApiClient { name, token: format!("portolan_{rest}") });
    }
    Ok((visitors, clients))
}

fn token_of(cookie: Option<String>) -> Option<String> {
    cookie.and_then(|cookie| cookie.split_once('=').map(|(_, token)| token.to_owned()))
}

fn accepted(answer: Answer) -> TaskResult<Answer> {
    if answer.status == 200 { Ok(answer) } else { Err(answer.summary()) }
}

/// A certificate that signs itself, for as long as testssl.sh does not complain.
fn make_certificate(folder: &Path) -> TaskResult<(PathBuf, PathBuf)> {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90"];
    let subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    let mut openssl = program("openssl").args(["req", "-x509"]).args(kind).args(subject).command();
    openssl.arg("-keyout").arg(&key).arg("-out").arg(&certificate).stderr(Stdio::null());
    let status = openssl.status().map_err(|error| format!("openssl: {error}"))?;
    if status.success() { Ok((certificate, key)) } else { Err(format!("openssl failed: {status}")) }
}
