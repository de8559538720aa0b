//! How long a failed log-in takes for a user, for a disabled one and for nobody. The tests show that the same work is done;
//! this reports the times.

use super::{Finding, Soak, Verdict, logged};
use crate::command::TaskResult;
use crate::http::Client;
use crate::serving::{self, Serving};
use serde_json::Value;
use std::time::{Duration, Instant};

/// How many names of each kind. Each is tried once, from an address of its own, so that the throttle delays nobody.
const NAMES: usize = 200;
const PASSWORD: &str = "eleven+purple+anchors";

pub fn run(soak: &Soak) -> TaskResult<Finding> {
    let data = soak.folder("log-ins")?.join("data");
    let mut command = serving::portolan(&soak.binary, &data);
    command.args(["--trusted-proxy", "127.0.0.1/32"]);
    let serving = Serving::start(logged(command, &data.with_extension("log"))?, 2)?;
    let client = serving.set_up()?;
    for name in 0..NAMES {
        create_user(&client, &format!("user-{name}"), false)?;
        create_user(&client, &format!("disabled-{name}"), true)?;
    }
    let kinds = ["user", "disabled", "nobody"];
    let mut times = kinds.map(|_| Vec::new());
    for name in 0..NAMES {
        for (kind, (word, times)) in kinds.iter().zip(&mut times).enumerate() {
            let client = Client::anonymous(&client.address).forwarded_for(&address(name * kinds.len() + kind));
            let begin = Instant::now();
            let answer = client.post("/ui/login", &format!("user_name={word}-{name}&password=wrong"))?;
            times.push(begin.elapsed());
            if answer.status != 422 {
                return Err(format!("a failed log-in was answered with {}", answer.summary()));
            }
        }
    }
    let medians = times.map(|mut times| {
        times.sort();
        times.get(NAMES / 2).copied().unwrap_or_default()
    });
    let [user, disabled, nobody] = medians.map(|time| format!("{:.2} ms", time.as_secs_f64() * 1000.0));
    Ok(Finding {
        done: format!("{NAMES} failed log-ins of each kind, in turns"),
        found: format!(
            "median {user} for a user, {disabled} for a disabled one, {nobody} for nobody: {:.1} % apart",
            100.0 * apart(&medians)
        ),
        verdict: Verdict::Reported,
    })
}

/// The difference between the longest and the shortest, as a part of the shortest.
fn apart(times: &[Duration]) -> f64 {
    let seconds = || times.iter().map(Duration::as_secs_f64);
    let (most, least) = (seconds().fold(0.0, f64::max), seconds().fold(f64::INFINITY, f64::min));
    (most - least) / least
}

/// An address that no other log-in comes from, each in a network of its own.
fn address(number: usize) -> String {
    format!("10.{}.{}.1", number / 256, number % 256)
}

fn create_user(client: &Client, name: &str, is_disabled: bool) -> TaskResult {
    let invited = client.post("/ui/users/invite", &format!("user_name={name}&role=None"))?;
    let token = invited.body.split("token=").nth(1).map(|rest| rest.split(['"', '\\']).next().unwrap_or_default());
    let token = token.ok_or_else(|| format!("nobody was invited: {}", invited.summary()))?;
    let form = format!("token={token}&new_password={PASSWORD}&repeated_password={PASSWORD}");
    let accepted = Client::anonymous(&client.address).post("/ui/set-password", &form)?;
    if accepted.status != 200 {
        return Err(format!("no password was set: {}", accepted.summary()));
    }
    if is_disabled {
        let list: Value = serde_json::from_str(&client.get(&format!("/ui/users/list?q={name}"))?.body)
            .map_err(|error| error.to_string())?;
        let rows = list["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
        let row = rows.iter().find(|row| row["name"] == *name).ok_or("the user is not listed")?;
        let id = row["id"].as_str().unwrap_or_default();
        let disabled = client.post("/ui/users/disabled", &format!("user={id}&disabled=yes"))?;
        if disabled.status != 200 {
            return Err(format!("not disabled: {}", disabled.summary()));
        }
    }
    Ok(())
}
