//! The JSON API: pages of 500 registries, readings of credentials, and the credential helper as a process.

use super::REGISTRIES;
use super::database::{Database, Engine};
use crate::command::{TaskResult, print_step};
use crate::http::Client;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How many pages and processes are measured.
const TIMES: usize = 100;

/// How many clients read credentials at once, and how often each.
const READERS: usize = 8;
const READS: usize = 250;

/// The longest that a page may take, at the 99th percentile.
const PAGE_LIMIT: Duration = Duration::from_millis(100);

/// The least readings of credentials in a second. Only SQLite has this bar.
const READ_LIMIT: f64 = 200.0;

/// The longest that the credential helper may take, at the 99th percentile.
const HELPER_LIMIT: Duration = Duration::from_millis(50);

#[expect(clippy::print_stdout, reason = "the table is the output of this task")]
pub fn api(binary: &Path, engine: Engine) -> TaskResult {
    let database = Database::new(engine)?;
    let portolan = database.serve(binary, 2)?;
    let client = portolan.set_up()?;
    print_step(&format!("creating {REGISTRIES} registries"));
    for index in 0..REGISTRIES {
        super::create(&client, &format!("registry-{index}"), &format!("https://registry-{index}.example.com"))?;
    }
    let token = token(&client)?;
    let with_token = Client {
        session: String::new(),
        headers: format!("Authorization: Bearer {token}\r\n"),
        ..Client::anonymous(&portolan.address)
    };

    println!("| {}, {REGISTRIES} registries, through the API | |\n|---|---|", engine.name());
    let pages = measure(|number| {
        let path = format!("/api/v1/image_registries?limit=500&search=registry-{}", number % 10);
        expect_ok(&with_token, &path)
    })?;
    println!("| page of 500, with a search | {} |", quantiles(&pages));
    let mut cursor = String::new();
    let walk = measure(|_| {
        let answer = with_token.get(&format!("/api/v1/image_registries?limit=500{cursor}"))?;
        let next = answer.body.rsplit_once("\"next_cursor\":\"").and_then(|(_, rest)| rest.split_once('"'));
        cursor = next.map(|(next, _)| format!("&cursor={next}")).unwrap_or_default();
        if answer.status == 200 { Ok(()) } else { Err(answer.summary()) }
    })?;
    println!("| page of 500, by cursor from the first to the last | {} |", quantiles(&walk));

    let begin = Instant::now();
    std::thread::scope(|scope| {
        let read = |reader: usize| {
            let client = &with_token;
            move || {
                (0..READS).try_for_each(|read| {
                    let name = format!("registry-{}", (reader * READS + read) % REGISTRIES as usize);
                    let path = format!("/api/v1/workspaces/default/image_registries/{name}/credentials?purpose=bench");
                    expect_ok(client, &path)
                })
            }
        };
        let readers: Vec<_> = (0..READERS).map(|reader| scope.spawn(read(reader))).collect();
        readers.into_iter().try_for_each(|reader| reader.join().map_err(|_| "a reader panicked".to_owned())?)
    })?;
    let rate = (READERS * READS) as f64 / begin.elapsed().as_secs_f64();
    println!("| credentials, each recorded and synced to disk, {READERS} clients at once | {rate:.0} per second |");

    let config = database.folder().join("client.toml");
    let token_file = database.folder().join("token");
    fs::write(&token_file, &token).map_err(|error| error.to_string())?;
    fs::set_permissions(&token_file, fs::Permissions::from_mode(0o600)).map_err(|error| error.to_string())?;
    let text = format!("servers = [\"http://{}\"]\ntoken_file = \"token\"\n", portolan.address);
    fs::write(&config, text).map_err(|error| error.to_string())?;
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).map_err(|error| error.to_string())?;
    let helper = measure(|number| {
        let mut process = Command::new(binary)
            .args(["docker-credential", "get"])
            .env("PORTOLAN_CONFIG", &config)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut input = process.stdin.take().ok_or("no standard input")?;
        write!(input, "registry-{number}.example.com").map_err(|error| error.to_string())?;
        drop(input);
        let status = process.wait().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("the credential helper failed: {status}")) }
    })?;
    println!("| credential helper, from its start to its end | {} |\n", quantiles(&helper));
    let is_slow = [(&pages, PAGE_LIMIT), (&walk, PAGE_LIMIT), (&helper, HELPER_LIMIT)]
        .into_iter()
        .any(|(times, limit)| quantile(times, 99) > limit);
    match is_slow || engine == Engine::Sqlite && rate < READ_LIMIT {
        true => Err(format!(
            "A limit is exceeded: {PAGE_LIMIT:?} for a page, {READ_LIMIT} readings in a second, {HELPER_LIMIT:?} for \
             the helper."
        )),
        false => Ok(()),
    }
}

/// A token that may read credentials.
fn token(client: &Client) -> TaskResult<String> {
    let users = client.get("/ui/users/list?")?.body;
    let id = users.split_once("\"id\":\"").and_then(|(_, rest)| rest.split_once('"')).map(|(id, _)| id.to_owned());
    let id = id.ok_or("there is no user in the list")?;
    let role = format!("user={id}&role=Administrator&read_credentials=yes");
    client.post("/ui/users/role", &role)?;
    let made = client.post("/ui/tokens/create", "token_name=bench&role=Viewer&days=1&read_credentials=yes")?;
    let (_, after) = made.body.split_once("portolan_").ok_or_else(|| made.summary())?;
    let rest: String = after.chars().take_while(|c| c.is_ascii_hexdigit() || *c == '_').collect();
    Ok(format!("portolan_{rest}"))
}

fn expect_ok(client: &Client, path: &str) -> TaskResult {
    let answer = client.get(path)?;
    if answer.status == 200 { Ok(()) } else { Err(answer.summary()) }
}

/// How long each of [`TIMES`] runs took, sorted.
fn measure(mut run: impl FnMut(usize) -> TaskResult) -> TaskResult<Vec<Duration>> {
    let mut times = Vec::with_capacity(TIMES);
    for number in 0..TIMES {
        let begin = Instant::now();
        run(number)?;
        times.push(begin.elapsed());
    }
    times.sort();
    Ok(times)
}

fn quantile(sorted: &[Duration], share: usize) -> Duration {
    sorted[(sorted.len() * share / 100).min(sorted.len() - 1)]
}

fn quantiles(sorted: &[Duration]) -> String {
    let at = |share| quantile(sorted, share).as_secs_f64() * 1000.0;
    format!("p50 {:.1} ms, p99 {:.1} ms", at(50), at(99))
}
