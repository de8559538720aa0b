//! The list of a million registries.

use super::database::{Database, Engine};
use crate::command::{TaskResult, print_step};
use std::path::Path;
use std::time::Instant;

const REGISTRIES: u32 = 1_000_000;

/// How often each request is measured; the slowest counts.
const TIMES: usize = 5;

#[expect(clippy::print_stdout, reason = "the table is the output of this task")]
pub fn million(binary: &Path, engine: Engine) -> TaskResult {
    let database = Database::new(engine)?;
    // It creates the tables.
    let mut portolan = database.serve(binary, 2)?;
    let session = portolan.set_up()?.session;
    portolan.kill();
    print_step(&format!("filling {} with {REGISTRIES} registries", engine.name()));
    let numbers = match engine {
        Engine::Sqlite => format!(
            "(with recursive n (i) as (select 1 union all select i + 1 from n where i < {REGISTRIES}) select i from n) n"
        ),
        Engine::Postgres => format!("generate_series(1, {REGISTRIES}) n (i)"),
    };
    database.execute(&format!(
        "insert into image_registry (id, workspace_id, name, url, repository, phase, reason, phase_since, created_at, updated_at)
         select cast(i as text), 'default', 'registry-' || i, 'https://registry-' || i || '.example.com', 'team/app',
         case when i % 1000 = 0 then 'Failed' else 'Connected' end, 'a reason', 1, i, i from {numbers};
         update image_registry set name = 'needle' where id = '500000'; analyze"
    ))?;
    let portolan = database.serve(binary, 1)?;
    let client = crate::http::Client { session, ..crate::http::Client::anonymous(&portolan.address) };
    println!("| {}, 1,000,000 registries | slowest of {TIMES} |\n|---|---|", engine.name());
    for (what, query) in [
        ("first page", ""),
        ("last page", "page=40000"),
        ("last page, by the time of the last change", "sort=updated&page=40000"),
        ("search for something rare", "q=needle"),
        ("filter by status, 1 of 1,000", "status=Failed"),
        ("filter by status, 999 of 1,000", "status=Connected"),
    ] {
        let mut slowest = 0;
        for _ in 0..TIMES {
            let begin = Instant::now();
            let answer = client.get(&format!("/image-registries?{query}"))?;
            if answer.status != 200 {
                return Err(answer.summary());
            }
            slowest = slowest.max(begin.elapsed().as_millis());
        }
        println!("| {what} | {slowest} ms |");
    }
    println!();
    Ok(())
}
