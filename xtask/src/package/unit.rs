//! Starts a service by its unit where systemd does not run: the same user, environment and limits, and as many of its
//! protections as plain mounts give.

use super::isolated::Isolated;
use crate::command::TaskResult;
use std::process::Command;

/// `ProtectSystem=strict`, `PrivateTmp=`, `ProcSubset=pid` and `ProtectProc=invisible`; then the mask, the limit, and the
/// service. Each program replaces the one before, so that the first one becomes the service.
const CONFINE: &str = r#"
set -e
mount -t proc -o subset=pid,hidepid=invisible proc /proc
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /var/tmp
mount --bind "$1" "$1"
mount -o remount,bind,ro /
umask "$2"
shift 2
exec "$@"
"#;

/// The lines of a unit.
pub struct Unit(String);

impl Unit {
    pub fn read(machine: &Isolated, path: &str) -> TaskResult<Self> {
        machine.read(path).map(Self)
    }

    /// The values of a setting, in their order.
    fn values(&self, setting: &'static str) -> impl Iterator<Item = &str> {
        self.0.lines().filter_map(move |line| line.strip_prefix(setting)?.strip_prefix('='))
    }

    fn value(&self, setting: &'static str) -> TaskResult<&str> {
        self.values(setting).last().ok_or_else(|| format!("the unit has no {setting}="))
    }

    /// The environment: of the unit, then of its files, of which the last one wins.
    fn environment(&self, machine: &Isolated) -> TaskResult<Vec<String>> {
        let mut variables: Vec<String> = self.values("Environment").map(str::to_owned).collect();
        for file in self.values("EnvironmentFile") {
            let text = match file.strip_prefix('-') {
                Some(optional) => machine.read(optional).unwrap_or_default(),
                None => machine.read(file)?,
            };
            let lines = text.lines().filter(|line| !line.starts_with(['#', ';']) && line.contains('='));
            variables.extend(lines.map(str::to_owned));
        }
        Ok(variables)
    }

    /// What `ExecStart=` says, as systemd would run it.
    pub fn exec_start(&self, machine: &Isolated) -> TaskResult<Command> {
        let (user, group) = (self.value("User")?, self.value("Group")?);
        let state = format!("/var/lib/{}", self.value("StateDirectory")?);
        let limit = format!("--nofile={}", self.value("LimitNOFILE")?);
        let mut command = machine.program("unshare");
        command.args(["--mount", "sh", "-c", CONFINE, "sh", &state, self.value("UMask")?, "prlimit", &limit]);
        command.args(["setpriv", "--reuid", user, "--regid", group, "--init-groups"]);
        command.args(["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]);
        command.args(["env", "-i", "PATH=/usr/bin:/bin"]).args(self.environment(machine)?);
        command.args(self.value("ExecStart")?.split_whitespace());
        Ok(command)
    }
}
