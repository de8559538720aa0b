//! What it costs: requests a second and latency beside a handler that answers the same bytes from memory,
//! memory, start-up and sizes. Quote the ratios: machines differ, and one machine differs from hour to hour.

mod rounds;

use crate::command::{TaskResult, cargo, program, root, say};
use crate::http::Client;
use crate::serving::{self, Serving};
use crate::{assets, packages, server};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

/// How many registries are in the list.
const REGISTRIES: u32 = 10_000;

/// Measures and prints a table in Markdown.
#[expect(clippy::print_stdout, reason = "the table is what the task is for")]
pub fn bench(seconds: u32) -> TaskResult {
    packages::ensure_apt_packages(&["docker-registry", "wrk"], "The bench")?;
    let binary = server::build()?;
    cargo(["build", "--package", "server", "--example", "memory", "--release", "--locked"]).run()?;
    let data = std::env::temp_dir().join(format!("portolan-bench-{}", std::process::id()));
    let _ = fs::remove_dir_all(&data);

    let started = Instant::now();
    let portolan = portolan(&binary, &data)?;
    let start_up = started.elapsed();
    let client = portolan.set_up()?;
    say(&format!("creating {REGISTRIES} registries"));
    let created = Instant::now();
    for index in 0..REGISTRIES {
        create(&client, &format!("registry-{index}"), &format!("https://registry-{index}.example.com"))?;
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
        let page = client.get(path)?.body;
        let file = data.join("page.html");
        fs::write(&file, &page).map_err(|error| error.to_string())?;
        let memory = memory(&file)?;
        // In turns, so that a machine that slows down slows both.
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
    println!("- create, one after the other, each on disk before it is answered: {create_rate:.0} a second");
    println!("- start-up to the first line, with an empty data folder: {} ms", start_up.as_millis());
    println!("- memory after all this (resident): {} kB", portolan.memory_kib("VmRSS")?);
    println!("- binary: {:.1} MiB", size(&binary) / 1_048_576.0);
    assets::print_sizes();
    drop(portolan);
    let _ = fs::remove_dir_all(&data);
    Ok(())
}

/// A portolan of the bench: its checks may connect to this machine.
fn portolan(binary: &Path, data: &Path) -> TaskResult<Serving> {
    let mut command = serving::portolan(binary, data);
    command.args(["--allow-network", "127.0.0.0/8"]).stderr(Stdio::null());
    Serving::start(command, 2)
}

/// A handler that answers the bytes of this file from memory.
fn memory(file: &Path) -> TaskResult<Serving> {
    Serving::start(program(root().join("target/release/examples/memory")).args([file]).command(), 1)
}

fn create(client: &Client, name: &str, url: &str) -> TaskResult {
    let form = format!("name={name}&workspace=default&url={url}&repository=team/app&username=robot&password=secret");
    let answer = client.post("/ui/image-registries/create", &form)?;
    if answer.status == 200 { Ok(()) } else { Err(answer.summary()) }
}

/// What a load came to.
struct Load {
    rate: f64,
    p50: String,
    p99: String,
}

fn load(client: &Client, path: &str, seconds: u32) -> TaskResult<Load> {
    let url = format!("http://{}{path}", client.address);
    let (text, well) = program("wrk")
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
