//! What it costs: requests a second and latency beside a handler that answers the same bytes from memory,
//! memory, start-up and sizes. Quote the ratios: machines differ, and one machine differs from hour to hour.

mod rounds;

use crate::command::{Outcome, cargo, program, root, say};
use crate::{assets, packages, server};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How many registries are in the list.
const REGISTRIES: u32 = 10_000;

const USER: &str = "bench";
const PASSWORD: &str = "correct horse battery";

/// Measures and prints a table in Markdown.
#[expect(clippy::print_stdout, reason = "the table is what the task is for")]
pub fn bench(seconds: u32) -> Outcome {
    packages::debian(&["docker-registry", "wrk"], "The bench")?;
    let binary = server::build()?;
    cargo(["build", "--package", "server", "--example", "memory", "--release", "--locked"]).run()?;
    let data = std::env::temp_dir().join(format!("portolan-bench-{}", std::process::id()));
    let _ = fs::remove_dir_all(&data);

    let started = Instant::now();
    let mut portolan = Serving::portolan(&binary, &data)?;
    let start_up = started.elapsed();
    let session = portolan.set_up()?;
    say(&format!("creating {REGISTRIES} registries"));
    let created = Instant::now();
    for index in 0..REGISTRIES {
        portolan.create(&session, &format!("registry-{index}"))?;
    }
    let create_rate = f64::from(REGISTRIES) / created.elapsed().as_secs_f64();

    println!("| request | answer, bytes | a second | p50 | p99 | the same bytes from memory, a second | ratio |");
    println!("|---|---|---|---|---|---|---|");
    for (what, path) in [
        ("list, 50 of 10,000", "/image-registries?per_page=50"),
        ("list, 25 of 10,000", "/image-registries"),
        ("details", "/image-registries/default/registry-5000"),
        ("log-in page", "/login"),
    ] {
        let page = portolan.get(path, &session)?;
        let file = data.join("page.html");
        fs::write(&file, &page).map_err(|error| error.to_string())?;
        let memory = Serving::memory(&file)?;
        // In turns, so that a machine that slows down slows both.
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            ours.push(load(&portolan.address, path, &session, seconds)?);
            theirs.push(load(&memory.address, "/", &session, seconds)?);
        }
        let (ours, theirs) = (median(ours), median(theirs));
        let ratio = 100.0 * ours.rate / theirs.rate;
        println!(
            "| {what} | {} | {:.0} | {} | {} | {:.0} | {ratio:.1} % |",
            page.len(),
            ours.rate,
            ours.p50,
            ours.p99,
            theirs.rate
        );
    }
    println!();
    rounds::rounds(&portolan, &session, seconds)?;
    println!("- create, one after the other, each on disk before it is answered: {create_rate:.0} a second");
    println!("- start-up to the first line, with an empty data folder: {} ms", start_up.as_millis());
    println!("- memory after all this (resident): {}", portolan.memory_used());
    println!("- binary: {:.1} MiB", size(&binary) / 1_048_576.0);
    assets::print_sizes();
    drop(portolan);
    let _ = fs::remove_dir_all(&data);
    Ok(())
}

/// A server under load; it ends with this value.
struct Serving {
    child: Child,
    address: String,
    token: String,
}

impl Serving {
    fn portolan(binary: &Path, data: &Path) -> Outcome<Self> {
        let mut command = program(binary)
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--plain-http",
                "--check-every",
                "0",
                "--allow-network",
                "127.0.0.0/8",
                "--data",
            ])
            .args([data])
            .command();
        command.stderr(Stdio::null());
        Self::start(command, 2)
    }

    fn memory(file: &Path) -> Outcome<Self> {
        Self::start(program(root().join("target/release/examples/memory")).args([file]).command(), 1)
    }

    /// Waits for the lines that say where it listens and, if there is a second, its set-up token.
    fn start(mut command: Command, lines: usize) -> Outcome<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
        let output = child.stdout.take().ok_or("no output")?;
        let printed: Vec<String> = BufReader::new(output).lines().take(lines).map_while(Result::ok).collect();
        let address = printed.first().and_then(|line| line.rsplit("http://").next()).unwrap_or_default().to_owned();
        let token = printed.get(1).and_then(|line| line.rsplit("token=").next()).unwrap_or_default().to_owned();
        Ok(Self { child, address, token })
    }

    fn set_up(&mut self) -> Outcome<String> {
        let password = PASSWORD.replace(' ', "+");
        let body =
            format!("token={}&user_name={USER}&new_password={password}&repeated_password={password}", self.token);
        let answer = self.exchange("POST", "/ui/setup", "", &body)?;
        let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: portolan="));
        let token = cookie.and_then(|cookie| cookie.split(';').next()).ok_or("the bench could not log in")?;
        Ok(format!("portolan={token}"))
    }

    fn create(&self, session: &str, name: &str) -> Outcome {
        let url = format!("https://{name}.example.com");
        self.create_at(session, name, &url)
    }

    fn create_at(&self, session: &str, name: &str, url: &str) -> Outcome {
        let body =
            format!("name={name}&workspace=default&url={url}&repository=team/app&username=robot&password=secret");
        let answer = self.exchange("POST", "/ui/image-registries/create", session, &body)?;
        if answer.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(answer) }
    }

    fn get(&self, path: &str, session: &str) -> Outcome<String> {
        let answer = self.exchange("GET", path, session, "")?;
        let (_, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
        Ok(unchunked(body))
    }

    fn exchange(&self, method: &str, path: &str, session: &str, body: &str) -> Outcome<String> {
        let error = |error: std::io::Error| error.to_string();
        let mut stream = TcpStream::connect(&self.address).map_err(error)?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).map_err(error)?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nAccept: application/json\r\nCookie: {session}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {1}\r\nConnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all((head + body).as_bytes()).map_err(error)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(error)?;
        Ok(answer)
    }

    fn memory_used(&self) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .map(str::trim)
            .unwrap_or("not known here")
            .to_owned()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The body of an answer that was sent in chunks.
fn unchunked(body: &str) -> String {
    let mut whole = String::new();
    let mut rest = body;
    while let Some((size, tail)) = rest.split_once("\r\n") {
        match usize::from_str_radix(size, 16) {
            Ok(0) | Err(_) => break,
            Ok(size) => {
                whole.push_str(tail.get(..size).unwrap_or_default());
                rest = tail.get(size + 2..).unwrap_or_default();
            }
        }
    }
    if whole.is_empty() { body.to_owned() } else { whole }
}

/// What a load came to.
struct Load {
    rate: f64,
    p50: String,
    p99: String,
}

fn load(address: &str, path: &str, session: &str, seconds: u32) -> Outcome<Load> {
    let url = format!("http://{address}{path}");
    let (text, well) = program("wrk")
        .args(["--threads", "2", "--connections", "16", "--latency", "--header", &format!("Cookie: {session}")])
        .args(["--duration", &format!("{seconds}s"), &url])
        .read(false);
    if !well || text.contains("Non-2xx") {
        return Err(format!("not every answer was well:\n{text}"));
    }
    let after = |word: &str| {
        text.lines().find_map(|line| line.trim().strip_prefix(word)).map(str::trim).unwrap_or_default().to_owned()
    };
    Ok(Load { rate: after("Requests/sec:").parse().unwrap_or(0.0), p50: after("50%"), p99: after("99%") })
}

fn median(mut loads: Vec<Load>) -> Load {
    loads.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    loads.swap_remove(loads.len() / 2)
}

fn size(path: &Path) -> f64 {
    // Files here are far below the 2^53 bytes that a double counts exactly.
    fs::metadata(path).map_or(0.0, |metadata| metadata.len() as f64)
}
