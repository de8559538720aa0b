//! A round of checks: its duration, and its effect on the list.

use super::{Load, create, load};
use crate::command::{TaskResult, print_step, program};
use crate::http::Client;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

/// How many registries a round checks, all at one URL, so that mostly our own work is measured.
pub const CHECKED: usize = 1000;

/// The most checks that one request may ask for.
const AT_ONCE: usize = 500;

const LIST: &str = "/image-registries?per_page=50";

#[expect(clippy::print_stdout, reason = "the figures are the output of this task")]
pub fn rounds(client: &Client, seconds: u32) -> TaskResult {
    let registry = Registry::start()?;
    print_step(&format!("checking {CHECKED} registries on loopback"));
    let (ids, round) = first_round(client, "loop", &registry.authority)?;

    let rest = load(client, LIST, seconds)?;
    let busy = under_checks(client, &ids, round, seconds)?;
    println!("- a round of {CHECKED} checks on loopback: {round:.1} s, {:.0} rounds per minute", 60.0 / round);
    println!("- list, 50 of {}, idle and with continuous rounds: p99 {} and {}", 10_000 + CHECKED, rest.p99, busy.p99);
    Ok(())
}

/// Creates registries whose names begin with `prefix`, and checks all of them. Returns their ids, and how long the checks
/// took in seconds.
pub fn first_round(client: &Client, prefix: &str, authority: &str) -> TaskResult<(Vec<String>, f64)> {
    for index in 0..CHECKED {
        create(client, &format!("{prefix}-{index}"), &format!("http://{authority}"))?;
    }
    let ids = ids(client, prefix)?;
    let started = Instant::now();
    ask_for(client, &ids)?;
    while !is_done(client, prefix)? {
        sleep(Duration::from_millis(20));
    }
    Ok((ids, started.elapsed().as_secs_f64()))
}

/// Load on the list while rounds run back to back.
fn under_checks(client: &Client, ids: &[String], round: f64, seconds: u32) -> TaskResult<Load> {
    let over = AtomicBool::new(false);
    scope(|scope| {
        let asking = scope.spawn(|| -> TaskResult {
            while !over.load(Ordering::Relaxed) {
                ask_for(client, ids)?;
                sleep(Duration::from_secs_f64(round));
            }
            Ok(())
        });
        let busy = load(client, LIST, seconds);
        over.store(true, Ordering::Relaxed);
        asking.join().map_err(|_| "the thread that requests checks panicked".to_owned())??;
        busy
    })
}

fn ids(client: &Client, prefix: &str) -> TaskResult<Vec<String>> {
    let mut ids = Vec::new();
    for page in 1..=CHECKED.div_ceil(100) {
        let list = client.get(&format!("/ui/image-registries/list?q={prefix}-&per_page=100&page={page}"))?.body;
        ids.extend(list.split("\"id\":\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
    }
    Ok(ids)
}

fn ask_for(client: &Client, ids: &[String]) -> TaskResult {
    for some in ids.chunks(AT_ONCE) {
        let body: Vec<String> = some.iter().map(|id| format!("id={id}")).collect();
        let answer = client.post("/ui/image-registries/check", &body.join("&"))?;
        if answer.status != 200 {
            return Err(answer.summary());
        }
    }
    Ok(())
}

fn is_done(client: &Client, prefix: &str) -> TaskResult<bool> {
    let pending = client.get(&format!("/ui/image-registries/list?q={prefix}-&status=Pending&per_page=10"))?.body;
    Ok(pending.contains("\"total\":0"))
}

/// A real registry without authentication. It stops when dropped.
struct Registry {
    process: Child,
    authority: String,
}

impl Registry {
    fn start() -> TaskResult<Self> {
        let error = |error: std::io::Error| error.to_string();
        let authority = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).map_err(error)?.to_string();
        let settings = std::env::temp_dir().join(format!("portolan-bench-registry-{}.yml", std::process::id()));
        let text = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\nstorage: {{inmemory: {{}}}}\nhttp: {{addr: \"{authority}\"}}\n"
        );
        fs::write(&settings, text).map_err(error)?;
        let mut command = program("docker-registry").args(["serve".as_ref(), settings.as_os_str()]).command();
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(error)?;
        let registry = Self { process, authority };
        for _ in 0..200 {
            if TcpStream::connect(&registry.authority).is_ok() {
                return Ok(registry);
            }
            sleep(Duration::from_millis(25));
        }
        Err("docker-registry did not start".to_owned())
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
