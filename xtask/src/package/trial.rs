//! Installs the package, uses it, upgrades, removes and purges it, in a copy of this machine's files.

use super::isolated::Isolated;
use super::pack;
use super::unit::Unit;
use crate::browser::Build;
use crate::command::{TaskResult, print_step, root};
use crate::serving::{Serving, log_in_form};
use crate::{packages, server};
use std::fs;
use std::os::unix::fs::MetadataExt;

const DATA: &str = "/var/lib/portolan";
const OPTIONS: &str = "/etc/default/portolan";
const BINARY: &str = "/usr/bin/portolan";
const HELPER: &str = "/usr/bin/docker-credential-portolan";
const UNIT: &str = "/usr/lib/systemd/system/portolan.service";
const ENABLED: &str = "/etc/systemd/system/multi-user.target.wants/portolan.service";

/// What systemd was asked for. It does not run in the copy, so a script takes its place.
const ASKED: &str = "/var/log/asked-of-systemd";

/// What an operator adds to the options.
const OWN_OPTIONS: &str = "PORTOLAN_LISTEN=127.0.0.1:0\nPORTOLAN_PLAIN_HTTP=true\nPORTOLAN_CHECK_EVERY=0\n";

/// Returns false, after saying why, if it cannot be tried here.
pub fn try_out() -> TaskResult<bool> {
    if !packages::is_root() {
        print_step("skipped: installing the package needs root");
        return Ok(false);
    }
    let machine = match Isolated::new() {
        Ok(machine) => machine,
        Err(why) => {
            print_step(&format!("skipped: {why}"));
            return Ok(false);
        }
    };
    server::build(Build::Small)?;
    let folder = root().join("target/debian/trial");
    let [first, second] = ["0.0.1-1", "0.0.1-2"].map(|version| pack(&folder, &["--fast", "--deb-version", version]));
    let trial = Trial { machine };
    for (name, package) in [("first.deb", first?), ("second.deb", second?)] {
        fs::copy(&package, trial.machine.path(&format!("/tmp/{name}"))).map_err(|error| error.to_string())?;
    }
    print_step("installing, upgrading, removing and purging the package");
    trial.run().map(|()| true)
}

struct Trial {
    machine: Isolated,
}

impl Trial {
    fn run(&self) -> TaskResult {
        self.pretend_systemd_runs()?;
        self.is_installed_and_serves()?;
        self.is_upgraded_with_everything_kept()?;
        self.is_removed_and_purged_but_data_stay()?;
        self.is_installed_again_on_its_data_and_purged_with_them()
    }

    /// The maintainer scripts recognise systemd by this folder, and start and stop services through this program. What they
    /// enable is for systemctl itself to do, which then must not look for a running systemd.
    fn pretend_systemd_runs(&self) -> TaskResult {
        self.machine.run("mkdir", &["-p", "/run/systemd/system"])?;
        self.replace("/usr/bin/deb-systemd-invoke", &format!("echo \"$*\" >> {ASKED}"))?;
        self.machine.run("mv", &["/usr/bin/systemctl", "/usr/bin/systemctl.real"])?;
        self.replace("/usr/bin/systemctl", "SYSTEMD_OFFLINE=1 exec systemctl.real \"$@\"")
    }

    fn replace(&self, program: &str, script: &str) -> TaskResult {
        self.machine.run("rm", &["-f", program])?;
        self.machine.write(program, &format!("#!/bin/sh\n{script}\n"))?;
        self.machine.run("chmod", &["755", program]).map(drop)
    }

    fn is_installed_and_serves(&self) -> TaskResult {
        self.dpkg(&["--install", "/tmp/first.deb"])?;
        self.was_asked("start portolan.service")?;
        let owner = self.machine.run("id", &["--user", "portolan"])?;
        let owner = owner.trim().parse().map_err(|_| format!("the user portolan: {owner}"))?;
        self.has_mode(DATA, 0o700, owner)?;
        self.has_mode(OPTIONS, 0o640, 0)?;
        self.has_mode(BINARY, 0o755, 0)?;
        let helper = self.machine.run(HELPER, &["version"])?;
        expect(
            helper.starts_with("docker-credential-portolan "),
            &format!("the credential helper is there: {helper}"),
        )?;
        expect(self.machine.exists(ENABLED), "the unit is enabled")?;
        self.doctor()?;
        let options = self.machine.read(OPTIONS)?;
        self.machine.write(OPTIONS, &(options + OWN_OPTIONS))?;

        let mut server = self.start(2)?;
        let client = server.set_up()?;
        let created =
            client.post("/ui/image-registries/create", "name=kept&workspace=default&url=https://a.example")?;
        expect(created.status == 200, &format!("an image registry is created: {}", created.summary()))?;
        expect(client.get("/healthz")?.status == 200, "the server is alive")?;
        expect(client.get("/readyz")?.status == 200, "the server is ready")?;
        for file in ["portolan.db", "portolan.key", "portolan.lock"] {
            self.has_mode(&format!("{DATA}/{file}"), 0o600, owner)?;
        }
        self.doctor()?;
        server.stop()?;
        self.doctor()
    }

    fn is_upgraded_with_everything_kept(&self) -> TaskResult {
        let (key, options) = (self.machine.read(&format!("{DATA}/portolan.key"))?, self.machine.read(OPTIONS)?);
        self.dpkg(&["--install", "/tmp/second.deb"])?;
        self.was_asked("restart portolan.service")?;
        expect(self.machine.read(&format!("{DATA}/portolan.key"))? == key, "the key is kept")?;
        expect(self.machine.read(OPTIONS)? == options, "the options are kept")?;
        self.has_its_data()
    }

    fn is_removed_and_purged_but_data_stay(&self) -> TaskResult {
        self.dpkg(&["--remove", "portolan"])?;
        self.was_asked("stop portolan.service")?;
        let left = [BINARY, HELPER, UNIT].into_iter().find(|path| self.machine.exists(path));
        expect(left.is_none(), "the program is removed")?;
        expect(self.machine.exists(OPTIONS), "the options stay until the package is purged")?;
        let said = self.dpkg(&["--purge", "portolan"])?;
        expect(said.contains("/var/lib/portolan stays"), &format!("purging says what it leaves: {said}"))?;
        expect(!self.machine.exists(OPTIONS) && !self.machine.exists(ENABLED), "purging removes the configuration")?;
        let data = format!("{DATA}/portolan.db");
        expect(self.machine.exists(&data), "purging leaves the data")?;
        self.machine.run("id", &["portolan"]).map(drop)
    }

    fn is_installed_again_on_its_data_and_purged_with_them(&self) -> TaskResult {
        self.dpkg(&["--install", "/tmp/second.deb"])?;
        let options = self.machine.read(OPTIONS)?;
        self.machine.write(OPTIONS, &(options + OWN_OPTIONS))?;
        self.has_its_data()?;
        self.machine.write(&format!("{DATA}/delete-on-purge"), "")?;
        self.dpkg(&["--purge", "portolan"])?;
        expect(!self.machine.exists(DATA), "the data are deleted if the operator says so")?;
        expect(self.machine.run("id", &["portolan"]).is_err(), "the user is deleted with the data")
    }

    /// The first administrator and the image registry are those of the beginning.
    fn has_its_data(&self) -> TaskResult {
        let mut server = self.start(1)?;
        let mut client = crate::http::Client::anonymous(&server.address);
        let answer = client.post("/ui/login", &log_in_form())?;
        client.session = answer.session().ok_or_else(|| format!("nobody can log in: {}", answer.summary()))?;
        let registry = client.get("/image-registries/default/kept")?;
        expect(registry.status == 200, &format!("the image registry is still there: {}", registry.summary()))?;
        server.stop()
    }

    /// Waits until the service has printed so many lines.
    fn start(&self, lines: usize) -> TaskResult<Serving> {
        let unit = Unit::read(&self.machine, UNIT)?;
        Serving::start(unit.exec_start(&self.machine)?, lines)
    }

    /// As Portolan's user, on its folder.
    fn doctor(&self) -> TaskResult {
        let doctor = [BINARY, "doctor", "--data", DATA, "--listen", "127.0.0.1:0"];
        self.machine.run("runuser", &[&["-u", "portolan", "--"][..], &doctor].concat()).map(drop)
    }

    fn dpkg(&self, arguments: &[&str]) -> TaskResult<String> {
        self.machine.run("dpkg", arguments)
    }

    /// Whether systemd was asked for this, since the last time that this was looked at.
    fn was_asked(&self, expected: &str) -> TaskResult {
        let asked = self.machine.read(ASKED)?;
        self.machine.write(ASKED, "")?;
        expect(asked.lines().any(|line| line == expected), &format!("{expected}: systemd was asked for\n{asked}"))
    }

    fn has_mode(&self, path: &str, mode: u32, owner: u32) -> TaskResult {
        let found = fs::metadata(self.machine.path(path)).map_err(|error| format!("{path}: {error}"))?;
        let (found_mode, found_owner) = (found.mode() & 0o7777, found.uid());
        let what = format!("{path} has mode {found_mode:o} and owner {found_owner}, not {mode:o} and {owner}");
        expect((found_mode, found_owner) == (mode, owner), &what)
    }
}

fn expect(is_so: bool, what: &str) -> TaskResult {
    if is_so { Ok(()) } else { Err(format!("not so: {what}")) }
}
