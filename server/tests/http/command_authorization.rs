//! Every command that asks a server, with every kind of token. `commands.matrix` says what comes of it. A new command
//! without a line fails the test.

use super::api_authorization::token;
use super::command_line::Shell;
use super::kit::App;
use serde_json::json;
use std::collections::BTreeSet;

const MATRIX: &str = include_str!("commands.matrix");

const COLUMNS: [&str; 7] = ["nobody", "other", "viewer", "editor", "manager", "reader", "everyA"];

/// They work on the files of the machine that they run on, for whoever may read and write these.
const LOCAL: [&str; 10] =
    ["serve", "doctor", "backup", "restore", "move", "user", "key", "audit", "completion", "help"];

struct Row {
    command: String,
    /// Exit statuses.
    outcomes: Vec<i32>,
}

fn rows() -> Vec<Row> {
    let lines = MATRIX.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            let (command, outcomes) = words.split_at(words.len() - COLUMNS.len());
            let outcomes = outcomes.iter().map(|code| code.parse().unwrap()).collect();
            Row { command: command.join(" "), outcomes }
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_has_a_line_in_the_matrix_or_works_on_local_files() {
    let app = App::fresh().await;
    let shell = Shell::with_token(&app, String::new()).await;
    let help = shell.run_with("--help", "").await.out;
    let commands = help.split_once("Commands:").unwrap().1.split_once("Options:").unwrap().0;
    let there: BTreeSet<_> = commands.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let rows = rows();
    let known = rows.iter().filter_map(|row| row.command.split(' ').next());
    assert_eq!(known.chain(LOCAL).collect::<BTreeSet<_>>(), there);
    // Those with commands of their own have a line for each.
    for command in ["token", "credential"] {
        let help = shell.run_with(&format!("{command} --help"), "").await.out;
        let commands = help.split_once("Commands:").unwrap().1.split_once("Options:").unwrap().0;
        let there = commands.lines().filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
        let there: BTreeSet<_> = there.map(|name| format!("{command} {name}")).collect();
        let known = rows.iter().filter(|row| row.command.starts_with(&format!("{command} ")));
        let known: BTreeSet<_> =
            known.map(|row| row.command.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(known, there);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_does_what_its_token_may_and_nothing_else() {
    let mut app = App::signed_in().await;
    app.allow_reading_credentials().await;
    app.create_workspace("elsewhere").await;
    let strange = App::signed_in().await.new_token(&[]).await;
    let mut wrong = Vec::new();
    for (number, row) in rows().into_iter().enumerate() {
        for (column, expected) in COLUMNS.iter().zip(row.outcomes) {
            let workspace = format!("w{number}-{}", column.to_lowercase());
            app.create_workspace(&workspace).await;
            app.create_workspace(&format!("{workspace}-empty")).await;
            let host = format!("{workspace}.example.com");
            let url = format!("https://{host}");
            let fields = [("name", "one"), ("workspace", &*workspace), ("url", &*url)];
            app.create_registry(&[&fields[..], &[("username", "u"), ("password", "canary")]].concat()).await;
            let token = if *column == "nobody" { strange.clone() } else { token(&app, column, &workspace).await };
            let shell = Shell::with_token(&app, token).await;
            let metadata = json!({"name": "one", "workspace": workspace});
            let spec = json!({"url": url, "repository": "new"});
            let manifest = json!({"kind": "ImageRegistry", "metadata": metadata, "spec": spec});
            shell.write("one.yaml", &manifest.to_string());
            let command = row.command.replace("{workspace}", &workspace);
            let input = match command.split(' ').next() {
                Some("docker-credential") => host,
                Some("kubelet-credential-provider") => json!({
                    "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
                    "kind": "CredentialProviderRequest",
                    "image": format!("{host}/app"),
                })
                .to_string(),
                _ => String::new(),
            };
            let ended = shell.run_with(&command, &input).await;
            let place = format!("{} as {column}, not {expected}: {ended:?}", row.command);
            if ended.code != Some(expected) {
                wrong.push(place);
                continue;
            }
            let said = [ended.out, ended.said].concat();
            let may_see = expected == 0 && *column == "reader";
            assert!(may_see || !said.contains("canary"), "{place}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
