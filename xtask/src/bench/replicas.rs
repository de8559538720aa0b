//! A round of checks by one server and by two. The registries answer after 200 ms, so that they are the limit, and not the
//! processor.

use super::database::{Database, Engine};
use super::rounds;
use crate::command::{TaskResult, print_step};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// How long the registries take to answer.
const DELAY: Duration = Duration::from_millis(200);

#[expect(clippy::print_stdout, reason = "the figures are the output of this task")]
pub fn replicas(binary: &Path) -> TaskResult {
    let database = Database::new(Engine::Postgres)?;
    let first = database.serve(binary, 2)?;
    let client = first.set_up()?;
    let authority = slow_registry().map_err(|error| error.to_string())?;
    print_step("a round of checks by one server and by two");
    let (_, alone) = rounds::first_round(&client, "alone", &authority)?;
    let _second = database.serve(binary, 1)?;
    let (_, together) = rounds::first_round(&client, "together", &authority)?;
    println!(
        "- a round of {} checks of registries that answer after {} ms: {alone:.1} s by one server, {together:.1} s by two, {:.0} %",
        rounds::CHECKED,
        DELAY.as_millis(),
        100.0 * together / alone,
    );
    Ok(())
}

/// Answers each request as a registry without authentication would, after a delay. Runs until the process ends.
fn slow_registry() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let authority = listener.local_addr()?.to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    Ok(authority)
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request)?;
    thread::sleep(DELAY);
    stream.write_all(
        b"HTTP/1.1 200 OK\r\nDocker-Distribution-Api-Version: registry/2.0\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
    )
}
