//! How long ago something was.

use serde::{Deserialize, Serialize};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// An age by the server's clock. In the browser it grows from the moment it arrived: the two clocks do not have to
/// agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "i64", into = "i64")]
pub struct Age {
    seconds: i64,
    arrived: i64,
}

impl Age {
    /// Words for the age at this time.
    pub fn words(self) -> String {
        words(self.seconds + uptime() - self.arrived)
    }
}

impl From<i64> for Age {
    fn from(seconds: i64) -> Self {
        Self { seconds, arrived: uptime() }
    }
}

impl From<Age> for i64 {
    fn from(age: Age) -> Self {
        age.seconds
    }
}

/// How many seconds the page has lived. Nothing ages on the server: it makes a page at one point in time.
#[cfg(target_arch = "wasm32")]
#[expect(clippy::cast_possible_truncation, reason = "a page does not live that long")]
fn uptime() -> i64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0, |clock| (clock.now() / 1000.0) as i64)
}

#[cfg(not(target_arch = "wasm32"))]
fn uptime() -> i64 {
    0
}

fn words(seconds: i64) -> String {
    let (count, unit) = match seconds {
        // The clock was set back since.
        ..-59 => return "in the future".to_owned(),
        -59..MINUTE => return "just now".to_owned(),
        MINUTE..HOUR => (seconds / MINUTE, "minute"),
        HOUR..DAY => (seconds / HOUR, "hour"),
        _ => (seconds / DAY, "day"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_unit_that_fits() {
        assert_eq!(words(-5), "just now");
        assert_eq!(words(-86_400), "in the future");
        assert_eq!(words(59), "just now");
        assert_eq!(words(60), "1 minute ago");
        assert_eq!(words(7_199), "1 hour ago");
        assert_eq!(words(7_200), "2 hours ago");
        assert_eq!(words(400 * DAY), "400 days ago");
    }
}
