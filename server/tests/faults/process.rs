//! A Portolan server in its own process.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub const PASSWORD: &str = "correct horse battery";

/// The file in the data folder that the log goes to.
const LOG: &str = "log";

/// A running server with its own data folder. It stops when dropped.
pub struct Process {
    child: Child,
    address: String,
    /// As it is printed.
    pub setup_link: String,
    folder: TempDir,
}

/// Runs `portolan serve` on a free port.
fn command(options: &[&str], within: &[&str], variables: &[(&str, &str)], data: &Path) -> Command {
    let binary = env!("CARGO_BIN_EXE_portolan");
    let mut command = match within.split_first() {
        Some((program, arguments)) => {
            let mut command = Command::new(program);
            command.args(arguments).arg(binary);
            command
        }
        None => Command::new(binary),
    };
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data).args(options);
    command.envs(variables.iter().copied());
    command
}

pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

impl Process {
    /// Starts the binary, with plain HTTP. `within` is a command that runs it, such as strace with its arguments.
    #[track_caller]
    pub fn start(options: &[&str], within: &[&str]) -> Self {
        Self::launch(&[&["--plain-http"], options].concat(), within, &[])
    }

    /// The same, on a data folder that may have been used before.
    #[track_caller]
    pub fn start_on(folder: TempDir, options: &[&str], within: &[&str]) -> Self {
        Self::launch_on(folder, &[&["--plain-http"], options].concat(), within, &[])
    }

    /// Starts the binary with these options and variables.
    #[track_caller]
    pub fn launch(options: &[&str], within: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::launch_on(tempfile::tempdir().unwrap(), options, within, variables)
    }

    #[track_caller]
    fn launch_on(folder: TempDir, options: &[&str], within: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = command(options, within, variables, folder.path());
        let log = File::create(folder.path().join(LOG)).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let listens = lines.next().unwrap_or_default();
        let address =
            listens.split_once("://").unwrap_or_else(|| panic!("the server did not start: {listens}")).1.to_owned();
        let mut server = Self { child, address, setup_link: String::new(), folder };
        // Only until there is an administrator.
        if options.contains(&"--plain-http") && server.get("/setup", "").0 != 403 {
            return server;
        }
        let setup = lines.next().unwrap_or_default();
        setup.split_once("administrator: ").unwrap().1.clone_into(&mut server.setup_link);
        server
    }

    /// Stops the server. Returns its data folder.
    pub fn stop(mut self) -> TempDir {
        assert!(self.terminate().1);
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }

    /// Starts the binary with options that it must refuse. Returns what it says.
    #[track_caller]
    pub fn refused(options: &[&str]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let output = command(options, &[], &[], folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{said}");
        said
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        self.file(LOG)
    }

    /// The contents of a file in the data folder.
    #[track_caller]
    pub fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// Waits until the log contains this text.
    #[track_caller]
    pub fn wait_for_log(&self, text: &str) {
        let begun = Instant::now();
        while !self.log().contains(text) {
            assert!(begun.elapsed() < Duration::from_secs(30), "{text}: {}", self.log());
            sleep(Duration::from_millis(50));
        }
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The form that creates the first administrator.
    pub fn set_up_form(&self) -> String {
        let password = PASSWORD.replace(' ', "+");
        let (_, token) = self.setup_link.split_once("token=").unwrap();
        format!("token={token}&user_name=anna&new_password={password}&repeated_password={password}")
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether all threads of the server are being traced.
    #[track_caller]
    pub fn is_traced(&self) -> bool {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.id())).unwrap();
        threads.filter_map(Result::ok).all(|thread| {
            let status = std::fs::read_to_string(thread.path().join("status")).unwrap_or_default();
            status.lines().any(|line| line.starts_with("TracerPid:") && !line.ends_with("\t0"))
        })
    }

    /// Creates the first administrator. Returns the session cookie.
    #[track_caller]
    pub fn set_up(&self) -> String {
        let (status, answer) = self.post("/ui/setup", &self.set_up_form(), "");
        assert_eq!(status, 200, "{answer}");
        let (_, session) = answer.split_once("portolan=").unwrap();
        format!("portolan={}", &session[..64])
    }

    #[track_caller]
    pub fn create(&self, name: &str, session: &str) -> (u16, String) {
        self.create_at(name, "https://registry.example.test", session)
    }

    #[track_caller]
    pub fn create_at(&self, name: &str, url: &str, session: &str) -> (u16, String) {
        self.post("/ui/image-registries/create", &format!("name={name}&workspace=default&url={url}"), session)
    }

    /// Tests the connection to a registry.
    #[track_caller]
    pub fn test_at(&self, url: &str, session: &str) -> (u16, String) {
        self.post("/ui/image-registries/create/test", &format!("url={url}"), session)
    }

    #[track_caller]
    pub fn get(&self, path: &str, session: &str) -> (u16, String) {
        self.exchange(&format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {session}\r\nConnection: close\r\n\r\n",
            self.address
        ))
    }

    #[track_caller]
    pub fn post(&self, path: &str, form: &str, session: &str) -> (u16, String) {
        let mut stream = self.connect();
        self.send_post(&mut stream, path, form, session, "close");
        read_answer(stream)
    }

    pub fn send_post(&self, stream: &mut TcpStream, path: &str, form: &str, session: &str, connection: &str) {
        let host = &self.address;
        // In one piece: tests look for it in one system call of the server.
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {session}\r\nAccept: application/json\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: {connection}\r\n\r\n{form}",
            form.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
    }

    /// Limits the open files to those already open. Returns the previous limit.
    #[track_caller]
    pub fn limit_files_to_open_ones(&self) -> u64 {
        let output = Command::new("prlimit")
            .args(["--nofile", "--output=SOFT", "--noheadings", "--pid", &self.id().to_string()])
            .output()
            .unwrap();
        let before = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap();
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.id())).unwrap();
        let open: Vec<u64> = open.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok()).collect();
        self.limit_files_to((0..=u64::MAX).find(|number| !open.contains(number)).unwrap());
        before
    }

    #[track_caller]
    pub fn limit_files_to(&self, most: u64) {
        let limit = format!("--nofile={most}:");
        let done = Command::new("prlimit").args(["--pid", &self.id().to_string(), &limit]).status();
        assert!(done.unwrap().success());
    }

    fn exchange(&self, request: &str) -> (u16, String) {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        read_answer(stream)
    }

    #[track_caller]
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// Requests a stream and waits for its first bytes.
    #[track_caller]
    pub fn open(&self, path: &str, session: &str) -> TcpStream {
        let mut stream = self.connect();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {session}\r\n\r\n", self.address).unwrap();
        assert!(stream.read(&mut [0; 64]).unwrap() > 0);
        stream
    }

    /// Sends a signal, such as HUP.
    pub fn signal(&self, name: &str) {
        Command::new("kill").args(["-s", name, &self.id().to_string()]).status().unwrap();
    }

    /// Sends SIGTERM. Returns how long the exit took, and whether the exit code was 0.
    #[track_caller]
    pub fn terminate(&mut self) -> (Duration, bool) {
        let begun = Instant::now();
        self.signal("TERM");
        let status = self.child.wait().unwrap();
        (begun.elapsed(), status.success())
    }
}

impl Process {
    /// Sends SIGTERM to the server within strace, which passes no signal on, and waits for both.
    #[track_caller]
    pub fn terminate_traced(&mut self) {
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.id())).unwrap();
        let server = children.split_whitespace().next().unwrap();
        assert!(Command::new("kill").arg(server).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

fn read_answer(mut stream: TcpStream) -> (u16, String) {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    (status, text)
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
