//! The database server is lost, and its standby takes over at the same address: whatever was acknowledged is there.

use super::kit::{App, By, DATABASE_FILE, Forwarder, is_postgres};
use app::{AppError, WriteFailure};
use http::StatusCode;
use sqlx::{Connection, PgConnection};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use test_postgres::Server;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// More than there are connections to the database.
const WRITERS: usize = 12;

/// Far more than anything here takes, also on a busy machine.
const LIMIT: Duration = Duration::from_mins(1);

/// Servers behind one address, and a Portolan that uses it.
struct Site {
    app: Arc<App>,
    _folder: TempDir,
    address: Forwarder,
    /// What the standby receives from the primary comes this way.
    replication: Forwarder,
    standby: Server,
    primary: Server,
}

impl Site {
    async fn new() -> Self {
        let primary = Server::start();
        let database = primary.new_database();
        let standby = primary.start_standby();
        let address = Forwarder::to(&primary.socket()).await;
        let replication = Forwarder::to(&primary.socket()).await;
        standby.follow_through(&primary, replication.port);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(DATABASE_FILE), address.url(&database)).unwrap();
        let app = Arc::new(App::on(folder.path()).await.set_up().await);
        Self { app, _folder: folder, address, replication, standby, primary }
    }

    /// What an operator does, or what does it for them, once the primary is gone.
    fn fail_over(&self) {
        self.standby.promote();
        self.address.switch_to(&self.standby.socket());
    }
}

/// Writes without a pause, until it is stopped.
struct Load {
    answers: Arc<Mutex<Answers>>,
    stop: Arc<AtomicBool>,
    writers: JoinSet<()>,
}

/// The names of registries, by the answer to their creation.
#[derive(Clone, Default)]
struct Answers {
    acknowledged: BTreeSet<String>,
    refused: BTreeSet<String>,
}

impl Load {
    /// The names of what it creates begin with this.
    fn start(prefix: &str, app: &Arc<App>) -> Self {
        Self::of(WRITERS, prefix, app)
    }

    fn of(writing: usize, prefix: &str, app: &Arc<App>) -> Self {
        let answers = Arc::<Mutex<Answers>>::default();
        let stop = Arc::new(AtomicBool::new(false));
        let mut writers = JoinSet::new();
        for writer in 0..writing {
            let prefix = format!("{prefix}-{writer}");
            writers.spawn(write(prefix, app.clone(), answers.clone(), stop.clone()));
        }
        Self { answers, stop, writers }
    }

    fn count(&self) -> usize {
        self.answers.lock().unwrap().acknowledged.len()
    }

    /// Waits for that many more acknowledged writes.
    async fn wait_for(&self, more: usize) {
        let begin = Instant::now();
        let wanted = self.count() + more;
        while self.count() < wanted {
            assert!(begin.elapsed() < LIMIT, "{} of {wanted} writes were acknowledged", self.count());
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Lets what has begun end, and returns the answers.
    async fn stop(self) -> Answers {
        self.stop.store(true, Ordering::SeqCst);
        timeout(LIMIT, self.writers.join_all()).await.unwrap();
        self.answers.lock().unwrap().clone()
    }
}

/// Creates one registry after the other.
async fn write(prefix: String, app: Arc<App>, answers: Arc<Mutex<Answers>>, stop: Arc<AtomicBool>) {
    for number in 0.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let name = format!("{prefix}-{number}");
        let fields = [("name", name.as_str()), ("workspace", "default"), ("url", "https://registry.example.com")];
        let answer = app.post("/ui/image-registries/create", &fields, By::Script).await;
        if answer.status == StatusCode::OK {
            answer.form_response();
            answers.lock().unwrap().acknowledged.insert(name);
            continue;
        }
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text);
        match answer.expect_error() {
            AppError::NotSaved(WriteFailure::Unreachable | WriteFailure::Busy) => {
                answers.lock().unwrap().refused.insert(name);
            }
            // The answer to the commit was lost on the way.
            AppError::Unconfirmed => {}
            error => panic!("{error:?}"),
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Whether everything that was acknowledged is listed, and nothing that was refused.
async fn expect_kept(Answers { acknowledged, refused }: &Answers, app: &App) {
    let mut listed = BTreeSet::new();
    for page in 1.. {
        let list = app.list(&format!("per_page=100&page={page}")).await;
        listed.extend(list.rows.into_iter().map(|row| row.name));
        if page >= list.page_info.pages() {
            break;
        }
    }
    let lost: Vec<_> = acknowledged.difference(&listed).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged writes are lost: {lost:?}", lost.len(), acknowledged.len());
    let stored: Vec<_> = refused.intersection(&listed).collect();
    assert!(stored.is_empty(), "{} of {} refused writes are stored: {stored:?}", stored.len(), refused.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn r2_when_a_standby_replaces_the_primary_nothing_acknowledged_is_lost() {
    if !is_postgres() {
        return;
    }
    let mut site = Site::new().await;
    let load = Load::start("written", &site.app);
    sleep(Duration::from_secs(1)).await;
    load.wait_for(50).await;
    site.primary.kill();
    site.fail_over();
    // By itself, without a restart.
    load.wait_for(50).await;
    expect_kept(&load.stop().await, &site.app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r2_what_the_standby_has_not_received_is_not_acknowledged() {
    if !is_postgres() {
        return;
    }
    let mut site = Site::new().await;
    let load = Load::start("written", &site.app);
    load.wait_for(50).await;
    // The standby falls behind. A primary that does not wait for it would go on to acknowledge.
    site.replication.stall();
    sleep(Duration::from_millis(500)).await;
    site.primary.kill();
    site.fail_over();
    load.wait_for(50).await;
    expect_kept(&load.stop().await, &site.app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_a_primary_that_vanished_are_replaced_when_they_are_needed() {
    if !is_postgres() {
        return;
    }
    let site = Site::new().await;
    let before = Load::start("before", &site.app);
    before.wait_for(50).await;
    let before = before.stop().await;
    // Nobody says that the connections are gone: the machine has lost its power, or its network.
    site.address.stall();
    site.fail_over();
    let after = Load::start("after", &site.app);
    after.wait_for(50).await;
    expect_kept(&after.stop().await, &site.app).await;
    expect_kept(&before, &site.app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_that_vanishes_while_every_connection_is_busy_is_replaced() {
    if !is_postgres() {
        return;
    }
    let site = Site::new().await;
    let load = Load::of(40, "written", &site.app);
    load.wait_for(50).await;
    site.address.stall();
    site.fail_over();
    load.wait_for(50).await;
    expect_kept(&load.stop().await, &site.app).await;
}

/// Whether there is neither an answer nor an error.
async fn is_silent<T>(answer: impl Future<Output = T>) -> bool {
    timeout(Duration::from_secs(1), answer).await.is_err()
}

#[tokio::test]
async fn a_stalled_connection_is_silent_for_ever_and_a_new_one_passes_again() {
    if !is_postgres() {
        return;
    }
    let server = Server::start();
    let address = Forwarder::to(&server.socket()).await;
    let url = address.url(&server.new_database());
    let mut before = PgConnection::connect(&url).await.unwrap();
    before.ping().await.unwrap();
    address.stall();
    assert!(is_silent(before.ping()).await);
    assert!(is_silent(PgConnection::connect(&url)).await);
    address.resume();
    timeout(LIMIT, PgConnection::connect(&url)).await.unwrap().unwrap().ping().await.unwrap();
    assert!(is_silent(before.ping()).await);
}
