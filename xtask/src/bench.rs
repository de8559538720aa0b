//! Measures requests per second and latency, compared with a handler that serves the same bytes from memory, and
//! memory, start-up time and sizes. Quote the ratios: absolute numbers differ between machines, and on one machine from
//! hour to hour.

mod api;
mod database;
mod million;
mod replicas;
mod rounds;

pub use database::Engine;

use self::database::Database;
use crate::browser::Build;
use crate::command::{TaskResult, cargo, print_step, program, root};
use crate::http::Client;
use crate::serving::Serving;
use crate::{assets, packages, server};
use clap::ValueEnum;
use std::fs;
use std::path::Path;
use std::time::Instant;

const REGISTRIES: u32 = 10_000;

/// The parts of the bench, in their order.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Pages, creation, rounds of checks, memory and sizes
    Pages,
    /// Pages of 500 registries, credentials, and the credential helper, through the API
    Api,
    /// A round of checks by one server and by two, on PostgreSQL
    Replicas,
    /// The list of a million registries, and a million audit entries
    Million,
}

/// Measures on SQLite, or on these engines, and prints Markdown tables.
pub fn bench(seconds: u32, engines: &[Engine], only: Option<Part>) -> TaskResult {
    packages::ensure_apt_packages(&["docker-registry", "wrk", "postgresql", "sqlite3"], "The bench")?;
    let binary = server::build(Build::Small)?;
    let engines = if engines.is_empty() { &[Engine::Sqlite] } else { engines };
    for engine in engines {
        let is_wanted = |part| only.is_none_or(|only| only == part);
        if is_wanted(Part::Pages) {
            pages(&binary, *engine, seconds)?;
        }
        if is_wanted(Part::Api) {
            api::api(&binary, *engine)?;
        }
        if is_wanted(Part::Replicas) && *engine == Engine::Postgres {
            replicas::replicas(&binary)?;
        }
        // It takes minutes, so only if asked for.
        if only == Some(Part::Million) {
            million::million(&binary, *engine)?;
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is the output of this task")]
fn pages(binary: &Path, engine: Engine, seconds: u32) -> TaskResult {
    cargo(["build", "--package", "server", "--example", "memory", "--release", "--locked"]).run()?;
    let database = Database::new(engine)?;

    let started = Instant::now();
    let portolan = database.serve(binary, 2)?;
    let start_up = started.elapsed();
    let client = portolan.set_up()?;
    print_step(&format!("creating {REGISTRIES} registries"));
    let created = Instant::now();
    for index in 0..REGISTRIES {
        create(&client, &format!("registry-{index}"), &format!("https://registry-{index}.example.com"))?;
    }
    let create_rate = f64::from(REGISTRIES) / created.elapsed().as_secs_f64();

    println!(
        "| {} | response, bytes | per second | p50 | p99 | same bytes from memory, per second | ratio |",
        engine.name()
    );
    println!("|---|---|---|---|---|---|---|");
    for (what, path) in [
        ("list, 50 of 10,000", "/image-registries?per_page=50"),
        ("list, 25 of 10,000", "/image-registries"),
        ("details", "/image-registries/default/registry-5000"),
        ("log-in page", "/login"),
    ] {
        let page = client.get(path)?.body;
        let file = database.folder().join("page.html");
        fs::write(&file, &page).map_err(|error| error.to_string())?;
        let memory = memory(&file)?;
        // Alternating, so that a slowdown of the machine affects both.
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            ours.push(load(&client, path, seconds)?);
            theirs.push(load(&Client { address: memory.address.clone(), ..client.clone() }, "/", seconds)?);
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
    rounds::rounds(&client, seconds)?;
    println!("- create, sequentially, each synced to disk before the response: {create_rate:.0} per second");
    println!("- start-up until the first line of output, with an empty database: {} ms", start_up.as_millis());
    println!("- resident memory afterwards: {} kB", portolan.memory_kib("VmRSS")?);
    println!("- binary: {:.1} MiB", size(binary) / 1_048_576.0);
    assets::print_sizes();
    Ok(())
}

/// A handler that serves this file from memory.
fn memory(file: &Path) -> TaskResult<Serving> {
    Serving::start(program(root().join("target/release/examples/memory")).args([file]).command(), 1)
}

fn create(client: &Client, name: &str, url: &str) -> TaskResult {
    let form = format!("name={name}&workspace=default&url={url}&repository=team/app&username=robot&password=secret");
    let answer = client.post("/ui/image-registries/create", &form)?;
    if answer.status == 200 { Ok(()) } else { Err(answer.summary()) }
}

/// The results of a load.
struct Load {
    rate: f64,
    p50: String,
    p99: String,
}

fn load(client: &Client, path: &str, seconds: u32) -> TaskResult<Load> {
    let url = format!("http://{}{path}", client.address);
    let (text, ok) = program("wrk")
        .args([
            "--threads",
            "2",
            "--connections",
            "16",
            "--latency",
            "--header",
            &format!("Cookie: {}", client.session),
        ])
        .args(["--duration", &format!("{seconds}s"), &url])
        .read(false);
    if !ok || text.contains("Non-2xx") {
        return Err(format!("not every response was a success:\n{text}"));
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
    // Files here are far below 2^53 bytes, up to which a double is exact.
    fs::metadata(path).map_or(0.0, |metadata| metadata.len() as f64)
}
