//! A crowd of anonymous clients that only wants to be in the way, while one person works.

mod crowd;

use super::{Finding, Soak, milliseconds, verdict};
use crate::command::TaskResult;
use crate::http::Client;
use crowd::{Crowd, Sort};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

const STRANGERS: usize = 2000;
/// How often the person sends a request, each on a new connection.
const ASK_EVERY: Duration = Duration::from_millis(250);
/// How often disconnected clients return, and slow ones send a byte.
const SWEEP_EVERY: Duration = Duration::from_millis(250);
/// The longest acceptable response time.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
const ASKED: [&str; 2] = ["/healthz", "/image-registries"];

/// What the person experienced.
#[derive(Default)]
struct Waited {
    /// The duration of each response, and when it was requested.
    times: Vec<(Duration, Instant)>,
    unanswered: usize,
}

pub fn run(soak: &Soak) -> TaskResult<Finding> {
    // The server is started first, so that it gets the limit of open files that it has in production.
    let instance = soak.instance("strangers")?;
    let client = &instance.client;
    let (limit, _) = rlimit::Resource::NOFILE.get().map_err(|error| error.to_string())?;
    let raised = rlimit::increase_nofile_limit(u64::MAX).map_err(|error| error.to_string())?;
    if raised < STRANGERS as u64 + 200 {
        return Err(format!("Only {raised} files can be open here; {STRANGERS} connections need more (ulimit -Hn)."));
    }
    let asset = large_asset(client)?;
    let overflows = queue_overflows();
    let over = AtomicBool::new(false);
    let begin = Instant::now();
    let end = begin + soak.extent.strangers;
    let (waited, crowds) = scope(|scope| {
        let crowds: Vec<_> = Sort::ALL
            .into_iter()
            .map(|sort| {
                let mut crowd = Crowd::new(sort, STRANGERS.div_ceil(Sort::ALL.len()), client, &asset);
                let over = &over;
                scope.spawn(move || {
                    while !over.load(Ordering::Relaxed) && Instant::now() < end {
                        crowd.sweep(end);
                        sleep(SWEEP_EVERY);
                    }
                    crowd
                })
            })
            .collect();
        let persons: Vec<_> = ASKED.map(|path| scope.spawn(move || ask_until(end, client, path))).into_iter().collect();
        let waited: Option<Vec<Waited>> = persons.into_iter().map(|person| person.join().ok()).collect();
        over.store(true, Ordering::Relaxed);
        let crowds: Option<Vec<Crowd>> = crowds.into_iter().map(|crowd| crowd.join().ok()).collect();
        (waited, crowds)
    });
    let (waited, crowds) = waited.zip(crowds).ok_or("a thread panicked")?;
    let connections: usize = crowds.iter().map(|crowd| crowd.opened).sum();
    let at_once: usize = crowds.iter().map(|crowd| crowd.most_at_once).sum();
    drop(crowds);
    let overflows = queue_overflows().saturating_sub(overflows);
    let memory = instance.serving.memory_kib("VmHWM")? / 1024;

    let unanswered: usize = waited.iter().map(|waited| waited.unanswered).sum();
    let mut times: Vec<(Duration, Instant)> = waited.into_iter().flat_map(|waited| waited.times).collect();
    times.sort();
    let (max, at) = times.last().copied().ok_or("there was no response")?;
    let (p99, _) = times[(times.len() - 1) * 99 / 100];
    Ok(Finding {
        done: format!(
            "{connections} connections of {} sorts in {} s, up to {at_once} at once, to a server that may open {limit} files",
            Sort::ALL.len(),
            soak.extent.strangers.as_secs()
        ),
        found: format!(
            "{} responses to a person: p99 {}, slowest {} (requested after {} s); {unanswered} failed; the accept queue overflowed {overflows} times; the server took {memory} MiB at most",
            times.len(),
            milliseconds(p99),
            milliseconds(max),
            at.duration_since(begin).as_secs()
        ),
        verdict: verdict(unanswered == 0 && (max < ANSWER_WITHIN || !soak.extent.judges_times)),
    })
}

/// Sends requests in a loop. The time of a failed request counts as well.
fn ask_until(end: Instant, client: &Client, path: &str) -> Waited {
    let mut waited = Waited::default();
    while Instant::now() < end {
        let asked = Instant::now();
        if !client.get(path).is_ok_and(|answer| answer.status == 200) {
            waited.unanswered += 1;
        }
        let time = asked.elapsed();
        waited.times.push((time, asked));
        sleep(ASK_EVERY.saturating_sub(time));
    }
    waited
}

/// How many connections arrived while an accept queue was full, on this machine since it started. The system drops
/// them, and clients retry after a second.
fn queue_overflows() -> u64 {
    let text = std::fs::read_to_string("/proc/net/netstat").unwrap_or_default();
    let mut lines = text.lines().filter(|line| line.starts_with("TcpExt:"));
    let names = lines.next().unwrap_or_default().split(' ');
    let mut counts = names.zip(lines.next().unwrap_or_default().split(' '));
    let found = counts.find(|(name, _)| *name == "ListenOverflows");
    found.and_then(|(_, count)| count.parse().ok()).unwrap_or(0)
}

/// The path of the largest file: the WebAssembly module, or else the style sheet.
fn large_asset(client: &Client) -> TaskResult<String> {
    let page = client.get("/image-registries")?.body;
    let paths = || page.split('"').filter(|text| text.starts_with("/assets/"));
    let found = paths().find(|path| path.ends_with(".wasm")).or_else(|| paths().find(|path| path.ends_with(".css")));
    found.map(str::to_owned).ok_or_else(|| "the page names no asset".to_owned())
}
