//! The command line, as a process, against the real router on a real socket.

use super::kit::{App, By, USER};
use super::registry::Registry;
use api::manifest::parse;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::process::Command;

/// A shell with a token.
pub struct Shell {
    folder: TempDir,
    address: String,
    token: String,
}

/// What a command has done.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub said: String,
}

impl Shell {
    /// The shell of somebody with a token for everything.
    async fn of(app: &App) -> Self {
        Self::with_role(app, "Administrator", &[]).await
    }

    async fn with_role(app: &App, role: &str, more: &[(&str, &str)]) -> Self {
        Self::with_token(app, app.new_token(&[&[("role", role)], more].concat()).await).await
    }

    pub async fn with_token(app: &App, token: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = app.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { folder: tempfile::tempdir().unwrap(), address, token }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    async fn run(&self, arguments: &str) -> Ended {
        self.run_with(arguments, "").await
    }

    /// Runs `portolan` in the folder, with this on its standard input.
    pub async fn run_with(&self, arguments: &str, input: &str) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
        command.args(arguments.split_whitespace()).current_dir(self.folder.path()).env_clear();
        command.env("PORTOLAN_SERVER", &self.address).env("PORTOLAN_TOKEN", &self.token);
        command.env("REGISTRY_PASSWORD", "canary-variable");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Not every command reads it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
        let output = child.wait_with_output().await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), out: text(output.stdout), said: text(output.stderr) }
    }

    /// Runs a command that succeeds. Returns what it prints.
    async fn done(&self, arguments: &str) -> String {
        let ended = self.run(arguments).await;
        assert_eq!(ended.code, Some(0), "{arguments}: {ended:?}");
        ended.out
    }

    /// Runs a command that fails with this exit status. Returns why.
    async fn fails(&self, arguments: &str, code: i32) -> String {
        let ended = self.run(arguments).await;
        assert_eq!(ended.code, Some(code), "{arguments}: {ended:?}");
        ended.said
    }
}

const TWO: &str = "
apiVersion: v1
kind: ImageRegistry
metadata: {name: my-registry, workspace: team}
spec: {url: https://registry.example.com, repository: team, authconfig: {username: robot, password: canary-secret}}
---
apiVersion: v1
kind: Workspace
metadata: {name: team}
";

#[tokio::test(flavor = "multi_thread")]
async fn manifests_are_previewed_confirmed_and_applied_in_their_order() {
    let app = App::signed_in().await;
    let shell = Shell::of(&app).await;
    shell.write("two.yaml", TWO);
    let plan = "+ ImageRegistry team/my-registry: create\n    URL: https://registry.example.com\n    Repository: team\n    \
                Username: robot\n    Password: set\n+ Workspace team: create\nPlan: 2 to create.\n";
    assert_eq!(shell.done("apply -f two.yaml --dry-run").await, plan);
    let asked = shell.run_with("apply -f two.yaml", "y\n").await;
    assert_eq!((asked.code, &*asked.out), (Some(2), plan), "a pipe is nobody to ask");
    assert!(asked.said.contains("add --yes"), "{asked:?}");
    assert!(app.list("").await.rows.is_empty());
    assert_eq!(shell.done("apply -f two.yaml --yes").await, format!("{plan}Applied.\n"));
    let same = "= ImageRegistry team/my-registry: same\n= Workspace team: same\nPlan: 2 the same.\n";
    assert_eq!(shell.done("apply -f two.yaml").await, same, "nothing to confirm");
    assert_eq!(shell.run_with("apply -f -", TWO).await.out, same);

    // What Neutree calls --force-update.
    shell.write("two.yaml", &TWO.replace("repository: team", "repository: ships"));
    assert!(shell.fails("apply -f two.yaml", 2).await.contains("add --yes"));
    assert_eq!(app.details("team", "my-registry").await.repository, "team");
    let changed = shell.done("apply -f two.yaml --yes").await;
    assert!(
        changed.contains("~ ImageRegistry team/my-registry: change\n    Repository: team \u{2192} ships\n"),
        "{changed}"
    );
    assert_eq!(app.details("team", "my-registry").await.repository, "ships");
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_and_broken_manifests_are_refused_with_their_place() {
    let app = App::signed_in().await;
    let shell = Shell::of(&app).await;
    shell.write("malformed.yaml", "kind: ImageRegistry\nmetadata:\n\tname: a\n");
    let said = shell.fails("apply -f malformed.yaml --yes", 1).await;
    assert_eq!(said, "portolan: malformed.yaml: Line 3, column 2: a tab. YAML is indented with spaces.\n");
    shell.write("broken.yaml", &format!("{TWO}---\nkind: Cluster\nmetadata: {{name: c}}\n"));
    let ended = shell.run("apply -f broken.yaml --yes").await;
    assert_eq!((ended.code, &*ended.said), (Some(1), "portolan: 1 manifest is broken. Nothing was written.\n"));
    assert!(ended.out.contains("! Cluster c: broken\n    /kind: Portolan has no Cluster, only"), "{ended:?}");
    assert!(app.list("").await.rows.is_empty());
    assert!(shell.fails("apply -f missing.yaml", 1).await.contains("missing.yaml cannot be read"));
    assert!(shell.fails("apply", 2).await.contains("-f"));
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_come_from_files_and_variables_and_are_never_printed() {
    let app = App::signed_in().await;
    let shell = Shell::of(&app).await;
    for (name, source) in [("one", "{file: secret}"), ("two", "{env: REGISTRY_PASSWORD}")] {
        let spec = format!("{{url: {name}.example, authconfig: {{username: u, passwordFrom: {source}}}}}");
        shell.write(
            name,
            &format!("kind: ImageRegistry\nmetadata: {{name: {name}, workspace: default}}\nspec: {spec}\n"),
        );
    }
    assert!(
        shell.fails("apply -f one -f two -y", 1).await.contains("manifest 1: the password file secret cannot be read")
    );
    shell.write("secret", "canary-file\n");
    let done = shell.run("apply -f one -f two -y").await;
    assert!(done.code == Some(0) && !format!("{done:?}").contains("canary"), "{done:?}");
    shell.write("three", "kind: ImageRegistry\nmetadata: {name: one, workspace: default}\nspec: {url: one.example, authconfig: {username: u, password: canary-file}}");
    assert!(shell.done("apply -f three").await.ends_with("Plan: 1 the same.\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn resources_are_shown_as_table_json_and_yaml() {
    let app = App::signed_in().await;
    let shell = Shell::of(&app).await;
    shell.write("two.yaml", TWO);
    shell.done("apply -f two.yaml -y").await;
    app.create_registry(&[("name", "other")]).await;
    let table = shell.done("get image-registries").await;
    let lines: Vec<_> =
        table.lines().map(|line| line.split_whitespace().take(4).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        lines,
        [
            "NAME WORKSPACE STATUS IMAGE",
            "my-registry team Pending registry.example.com/team",
            "other default Pending registry.example.com"
        ]
    );
    assert_eq!(shell.done("get ImageRegistry -w team").await.lines().count(), 2);
    let one: Value = serde_json::from_str(&shell.done("get imageregistry my-registry -w team -o json").await).unwrap();
    assert_eq!(one["status"]["credentials"]["username"], "robot");
    let all: Value = serde_json::from_str(&shell.done("get image_registries -o json").await).unwrap();
    assert_eq!((&all["kind"], all["items"].as_array().unwrap().len()), (&"List".into(), 2));
    assert_eq!(parse(&shell.done("get image-registries -o yaml").await).unwrap(), *all["items"].as_array().unwrap());
    assert!(shell.done("get workspaces").await.contains("team     1"));
    assert_eq!(shell.fails("get image-registry gone", 3).await, "portolan: there is no image registry default/gone.\n");
    assert!(shell.fails("get image-registries -w gone", 3).await.contains("gone"));
    assert!(shell.fails("get clusters", 2).await.contains("[possible values: image-registries, workspaces]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_the_same_when_applied_and_has_passwords_only_for_who_may_read_them() {
    let app = App::signed_in().await;
    let shell = Shell::of(&app).await;
    let labels = "labels: {tier: '1'}, annotations: {note: \"a: b\\n\"}";
    shell.write("two.yaml", &TWO.replace("workspace: team}", &format!("workspace: team, {labels}}}")));
    shell.done("apply -f two.yaml -y").await;
    let exported = shell.run("export").await;
    assert!(exported.said.starts_with("1 password is not in this."), "{exported:?}");
    shell.write("export.yaml", &exported.out);
    assert!(!exported.out.contains("canary"), "{exported:?}");
    assert!(shell.done("apply -f export.yaml").await.ends_with("Plan: 1 the same.\n"));
    assert_eq!(shell.fails("export --with-passwords", 4).await.lines().count(), 1);
    assert!(shell.done("export -w default").await.trim().is_empty());

    let right = [("workspace", "team"), ("user_name", USER), ("workspace_role", "Viewer")];
    let right = [&right[..], &[("workspace_read_credentials", "yes")]].concat();
    app.post("/ui/workspaces/role", &right, By::Script).await.form_response();
    let reader = Shell::with_role(&app, "Viewer", &[("workspace", "team"), ("read_credentials", "yes")]).await;
    let full = reader.done("export --with-passwords").await;
    assert!(full.contains("password: canary-secret"), "{full}");
    let used = shell.fails("delete image-registry team/my-registry -y", 5).await;
    assert!(used.contains("In use: team/my-registry by ci"), "{used}");
    // Into a console where there is nothing.
    let other = App::signed_in().await;
    other.create_workspace("team").await;
    let there = Shell::of(&other).await;
    there.write("export.yaml", &full);
    there.done("apply -f export.yaml -y").await;
    assert_eq!(there.run("export").await.out, exported.out);
    there.write("two.yaml", TWO);
    assert!(there.done("apply -f two.yaml").await.ends_with("Plan: 2 the same.\n"));
    shell.done("delete image-registry team/my-registry -y --even-if-used").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_is_shown_and_confirmed_and_files_go_in_reverse() {
    let app = App::signed_in().await;
    let shell = Shell::of(&app).await;
    shell.write("two.yaml", TWO);
    shell.done("apply -f two.yaml -y").await;
    let said = shell.fails("delete -f two.yaml", 2).await;
    assert!(said.starts_with("- image registry team/my-registry\n- workspace team\n"), "{said}");
    let done = shell.done("delete -f two.yaml --yes").await;
    assert_eq!(done, "Deleted image registry team/my-registry.\nDeleted workspace team.\n");
    assert!(app.list("").await.rows.is_empty());
    assert_eq!(
        shell.fails("delete -f two.yaml -y", 3).await,
        "portolan: there is no image registry team/my-registry.\n"
    );
    assert_eq!(shell.done("delete -f two.yaml -y --ignore-not-found").await, "");

    app.create_registry(&[("name", "one")]).await;
    shell.fails("delete image-registry one gone -y", 3).await;
    assert_eq!(app.list("").await.page_info.total, 1, "nothing is deleted if one is missing");
    assert!(shell.fails("delete workspace default -y", 5).await.contains("default"), "in use");
    let deleted = shell.done("delete ImageRegistries default/one one gone -y --ignore-not-found").await;
    assert_eq!(deleted, "Deleted image registry default/one.\n");
    assert!(app.list("").await.rows.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_ends_when_the_condition_is_met_fails_or_times_out() {
    let good = Registry::with_status(200).await;
    let app = App::checking().await;
    // Each check has a time of its own.
    let clock = app.clock.clone();
    let mut time = tokio::task::JoinSet::new();
    time.spawn(async move {
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            clock.advance(1);
        }
    });
    let shell = Shell::of(&app).await;
    app.create_registry(&[("name", "good"), ("url", &good.url)]).await;
    app.create_registry(&[("name", "bad"), ("url", "http://127.0.0.1:1")]).await;
    assert_eq!(
        shell.done("wait image-registry/good --for=Connected").await,
        "image registry default/good: Connected.\n"
    );
    assert_eq!(shell.done("wait imageregistry good --for jsonpath=.status.phase=Connected").await.lines().count(), 1);
    let failed = shell.fails("wait image-registry/bad --for=Connected --timeout 1m", 1).await;
    assert!(failed.starts_with("portolan: image registry default/bad has failed: "), "{failed}");
    // It works again, and only the old status says otherwise.
    let flaky = Registry::with_status(500).await;
    app.create_registry(&[("name", "flaky"), ("url", &flaky.url)]).await;
    shell.fails("wait image-registry/flaky --for=Connected --timeout 1m", 1).await;
    flaky.set_status(200);
    shell.done("wait image-registry/flaky --for=Connected --timeout 1m").await;
    let viewer = Shell::with_role(&app, "Viewer", &[]).await;
    viewer.fails("wait image-registry/bad --for=Connected --timeout 1m", 1).await;
    assert!(shell.fails("wait image-registry/gone --for=Connected", 3).await.contains("there is no"));
    let late = shell.fails("wait image-registry/good --for=delete --timeout 100ms", 7).await;
    assert_eq!(late, "portolan: timed out: image registry default/good is still there. Wait longer with --timeout.\n");
    let (gone, _) = tokio::join!(shell.done("wait image-registry/good --for=delete"), async {
        shell.done("delete image-registry good -y").await
    });
    assert_eq!(gone, "image registry default/good: gone.\n");
    shell.fails("wait image-registry/bad --for=ready", 2).await;
    let bad = shell.run("test bad").await;
    assert_eq!(bad.code, Some(1), "{bad:?}");
    assert!(bad.out.starts_with("Failed: ") && bad.out.contains("  Connection: Failed"), "{bad:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_is_in_use_leads_elsewhere_only_if_that_is_said() {
    let mut app = App::signed_in().await;
    app.allow_reading_credentials().await;
    let shell = Shell::of(&app).await;
    shell.write("two.yaml", TWO);
    shell.done("apply -f two.yaml --yes").await;
    let nodes = Shell::with_role(&app, "Viewer", &[("read_credentials", "yes"), ("token_name", "nodes")]).await;
    nodes.done("credential get team/my-registry").await;
    shell.write("two.yaml", &TWO.replace("repository: team", "repository: ships"));
    let refused = shell.fails("apply -f two.yaml --yes", 5).await;
    assert!(refused.contains("my-registry by nodes") && refused.contains("--even-if-used"), "{refused}");
    assert_eq!(app.details("team", "my-registry").await.repository, "team");
    shell.done("apply -f two.yaml --yes --even-if-used").await;
    assert_eq!(app.details("team", "my-registry").await.repository, "ships");
    let refused = shell.fails("delete -f two.yaml --yes", 5).await;
    assert!(refused.contains("nodes") && refused.contains("--even-if-used"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_goes_on_while_no_server_answers_until_time_is_up() {
    let app = App::signed_in().await;
    let shell = Shell { address: "http://127.0.0.1:1".to_owned(), ..Shell::of(&app).await };
    let late = shell.fails("wait image-registry/one --for=Connected --timeout 1ms", 7).await;
    assert!(late.starts_with("portolan: timed out: no answer from Portolan: http://127.0.0.1:1: "), "{late}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_named_before_or_after_a_subcommand() {
    let app = App::signed_in().await;
    let shell = Shell::of(&app).await;
    let elsewhere = Shell { address: "http://127.0.0.1:1".to_owned(), ..Shell::of(&app).await };
    let address = &shell.address;
    elsewhere.done(&format!("token --address {address} list")).await;
    elsewhere.done(&format!("token list --address {address}")).await;
    elsewhere.done(&format!("token create one --role Viewer --address {address}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_is_said_once_and_in_the_words_of_a_command_line() {
    let app = App::signed_in().await;
    let shell = Shell::of(&app).await;
    let said = shell.fails("token create one --role Viewer -w nope", 1).await;
    assert_eq!(said.matches("nope").count(), 1, "{said}");
    assert!(shell.fails("test nope", 3).await.contains("there is no image registry default/nope"));
    assert!(shell.fails("wait image-registry/a --for=delete --timeout 2x", 2).await.contains("such as 90s or 5m"));
    shell.write("ca.pem", "none");
    let said = shell.fails("get workspaces --ca-file ca.pem", 2).await;
    assert!(said.contains("ca.pem") && !said.contains("Paste"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_has_gone_away_is_no_failure() {
    let app = App::signed_in().await;
    let shell = Shell::of(&app).await;
    for arguments in ["completion bash", "get workspaces", "export"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
        command.args(arguments.split(' ')).env("PORTOLAN_SERVER", &shell.address).env("PORTOLAN_TOKEN", &shell.token);
        let child = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let output = child.wait_with_output().await.unwrap();
        assert_eq!((output.status.code(), &*String::from_utf8_lossy(&output.stderr)), (Some(0), ""), "{arguments}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_made_listed_and_revoked() {
    let app = App::signed_in().await;
    let shell = Shell::of(&app).await;
    let made = shell.run("token create pipeline --role Viewer -w default --days 1").await;
    assert_eq!((made.code, made.out.lines().count()), (Some(0), 1), "{made:?}");
    let viewer = Shell {
        folder: tempfile::tempdir().unwrap(),
        address: shell.address.clone(),
        token: made.out.trim().to_owned(),
    };
    viewer.done("get image-registries").await;
    viewer.write("two.yaml", TWO);
    let refused = viewer.fails("apply -f two.yaml -y", 4).await;
    assert!(refused.contains("Editor"), "{refused}");
    let list = shell.done("token list").await;
    let line = list.lines().find(|line| line.contains("pipeline")).unwrap();
    assert!(!list.contains(viewer.token.as_str()));
    shell.done(&format!("token revoke {}", line.split_whitespace().next().unwrap())).await;
    viewer.fails("get image-registries", 4).await;
    let nobody = Shell {
        folder: tempfile::tempdir().unwrap(),
        address: "http://127.0.0.1:1".to_owned(),
        token: shell.token.clone(),
    };
    assert!(nobody.fails("get image-registries", 6).await.contains("127.0.0.1:1"));
    let mistaken = Shell { address: String::new(), ..nobody };
    assert!(mistaken.fails("get image-registries", 2).await.contains("no server is configured"));
    for shell_name in ["bash", "zsh", "fish"] {
        let script = mistaken.done(&format!("completion {shell_name}")).await;
        assert!(script.contains("apply") && script.contains("with-passwords"), "{shell_name}");
        // fish completes no values of arguments without an option.
        assert!(script.contains("image-registries") || shell_name == "fish", "{shell_name}");
    }
}
