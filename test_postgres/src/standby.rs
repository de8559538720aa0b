//! A standby: a second server that follows a primary, and can take its place.

use super::{Server, run, unprivileged};
use std::process::Command;
use std::thread;
use std::time::Duration;

impl Server {
    /// Starts a standby of this server. From then on, this server acknowledges a change only if it is on the disk of the
    /// standby too.
    ///
    /// # Panics
    /// If the standby does not follow within 30 seconds.
    pub fn start_standby(&self) -> Self {
        // Before the copy, so that the standby gets the setting too. Machines that are configured alike have it, and
        // after a promotion it is in the way.
        self.execute(&["alter system set synchronous_standby_names = '*'", "select pg_reload_conf()"]);
        let mut standby = Self::stopped();
        let mut copy = unprivileged("pg_basebackup");
        copy.args(["--username=postgres", "--write-recovery-conf", "--checkpoint=fast", "--no-sync"]);
        run(copy.arg("--host").arg(&self.folder).arg("--pgdata").arg(standby.data()));
        standby.start_again();
        self.wait_for_standby();
        standby
    }

    /// Lets this standby follow its primary through a forwarder on this port of the loopback address.
    ///
    /// # Panics
    /// If it does not follow within 30 seconds.
    pub fn follow_through(&self, primary: &Self, port: u16) {
        let address = format!("host=127.0.0.1 port={port} user=postgres application_name=forwarded");
        self.execute(&[&format!("alter system set primary_conninfo = '{address}'"), "select pg_reload_conf()"]);
        // The connection from before is replaced a moment later.
        primary.wait_until("select count(*) = 1 and min(application_name) = 'forwarded' from pg_stat_replication");
        primary.wait_for_standby();
    }

    /// Makes a primary of this standby. Returns when it accepts changes.
    ///
    /// # Panics
    /// If that takes longer than 30 seconds.
    pub fn promote(&self) {
        // It has this setting from its old primary, and would wait for ever for a standby that it does not have. An
        // operator either gives it a standby, or does this.
        self.execute(&["alter system reset synchronous_standby_names", "select pg_reload_conf()"]);
        self.execute(&["select pg_promote(true, 30)"]);
        self.wait_until("select not pg_is_in_recovery()");
    }

    /// Waits until each commit waits for a standby that has caught up.
    fn wait_for_standby(&self) {
        self.wait_until(
            "select count(*) = 1 from pg_stat_replication where state = 'streaming' and sync_state = 'sync'",
        );
    }

    /// Waits until this query returns true.
    fn wait_until(&self, query: &str) {
        for _ in 0..300 {
            if self.execute(&[query]) == "t" {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("not within 30 seconds: {query}");
    }

    /// Runs these statements, each in a transaction of its own. Returns what they print.
    fn execute(&self, statements: &[&str]) -> String {
        let mut psql = Command::new("psql");
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--username=postgres"]);
        // Without it, only a failure of the last statement would count.
        psql.arg("--set=ON_ERROR_STOP=1").arg("--host").arg(&self.folder);
        for statement in statements {
            psql.arg("--command").arg(statement);
        }
        run(psql.arg("postgres"))
    }
}
