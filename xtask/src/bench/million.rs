//! The list of a million registries, and a million entries of the audit trail.

use super::database::{Database, Engine};
use crate::command::{TaskResult, print_step};
use std::path::Path;
use std::time::Instant;

/// How many registries, and how many entries.
const ROWS: u32 = 1_000_000;

/// How often each request is measured; the slowest counts.
const TIMES: usize = 5;

#[expect(clippy::print_stdout, reason = "the table is the output of this task")]
pub fn million(binary: &Path, engine: Engine) -> TaskResult {
    let database = Database::new(engine)?;
    // It creates the tables.
    let mut portolan = database.serve(binary, 2)?;
    let session = portolan.set_up()?.session;
    portolan.kill();
    print_step(&format!("filling {} with {ROWS} registries and audit entries", engine.name()));
    let numbers = match engine {
        Engine::Sqlite => format!(
            "(with recursive n (i) as (select 1 union all select i + 1 from n where i < {ROWS}) select i from n) n"
        ),
        Engine::Postgres => format!("generate_series(1, {ROWS}) n (i)"),
    };
    database.execute(&format!(
        "insert into image_registry (id, workspace_id, name, url, repository, phase, reason, phase_since, created_at, updated_at)
         select cast(i as text), 'default', 'registry-' || i, 'https://registry-' || i || '.example.com', 'team/app',
         case when i % 1000 = 0 then 'Failed' else 'Connected' end, 'a reason', 1, i, i from {numbers};
         update image_registry set name = 'needle' where id = '500000'"
    ))?;
    let id = match engine {
        Engine::Sqlite => "printf('%012x%020x', 1700000000000 + i * 1000, i)",
        Engine::Postgres => "lpad(to_hex(1700000000000 + i * 1000), 12, '0') || lpad(to_hex(i), 20, '0')",
    };
    // A second between two entries.
    database.execute(&format!(
        "insert into audit_entry (id, at, account_name, address, user_agent, event, outcome, workspace_name, object_id,
         object_name, changes)
         select {id}, 1700000000000 + i * 1000, 'person-' || (i % 100), '192.0.2.1', 'Mozilla/5.0 (X11; Linux x86_64)',
         case when i % 5 = 0 then 'registry.edit' else 'registry.check' end,
         case when i % 1000 = 0 then 'Refused' else 'Done' end, 'team-' || (i % 20), cast(i % 5000 as text),
         'registry-' || (i % 5000), '[]' from {numbers}; analyze"
    ))?;
    let portolan = database.serve(binary, 1)?;
    let client = crate::http::Client { session, ..crate::http::Client::anonymous(&portolan.address) };
    println!("| {}, 1,000,000 registries and audit entries | slowest of {TIMES} |\n|---|---|", engine.name());
    for (what, path) in [
        ("first page", "/image-registries"),
        ("last page", "/image-registries?page=40000"),
        ("last page, by the time of the last change", "/image-registries?sort=updated&page=40000"),
        ("search for something rare", "/image-registries?q=needle"),
        ("filter by status, 1 of 1,000", "/image-registries?status=Failed"),
        ("filter by status, 999 of 1,000", "/image-registries?status=Connected"),
        ("newest audit entries", "/audit"),
        ("audit entries of a day, a third in", "/audit?from=2023-11-18&until=2023-11-18"),
        ("of a person", "/audit?person=person-7"),
        ("of a workspace", "/audit?workspace=team-3"),
        ("of a registry", "/audit?object=registry-77"),
        ("that were refused", "/audit?outcome=Refused"),
        ("of a person in a workspace, none", "/audit?person=person-7&workspace=team-3"),
        ("of a workspace and an event, none", "/audit?workspace=team-3&event=user.delete"),
        ("of all of these, none", "/audit?person=person-7&workspace=team-7&event=registry.edit&outcome=Failed"),
    ] {
        let mut slowest = 0;
        for _ in 0..TIMES {
            let begin = Instant::now();
            let answer = client.get(path)?;
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
