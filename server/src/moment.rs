//! Points in time, in words for people.

use app::Moment;
use jiff::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Words for a point in time (milliseconds since 1970), seen from `now`.
pub fn moment(at: i64, now: i64) -> Moment {
    Moment { exact: exact(at), ago: ago((now - at) / 1000) }
}

/// The day of a point in time (seconds since 1970), in UTC: `2026-11-23`. None beyond the year 9999.
pub fn day(at: i64) -> Option<String> {
    Timestamp::from_second(at).ok().map(|timestamp| timestamp.strftime("%Y-%m-%d").to_string())
}

fn exact(at: i64) -> String {
    let timestamp = Timestamp::from_millisecond(at).unwrap_or_default();
    timestamp.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

fn ago(seconds: i64) -> String {
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
        let told = |seconds: i64| moment(0, seconds * 1000).ago;
        assert_eq!(told(-5), "just now");
        assert_eq!(told(-86_400), "in the future");
        assert_eq!(told(59), "just now");
        assert_eq!(told(60), "1 minute ago");
        assert_eq!(told(7_199), "1 hour ago");
        assert_eq!(told(7_200), "2 hours ago");
        assert_eq!(told(400 * DAY), "400 days ago");
        assert_eq!(day(1_795_466_388).as_deref(), Some("2026-11-23"));
        assert_eq!(day(253_402_300_799), None, "how certificates say that they do not end (RFC 5280 4.1.2.5)");
        assert_eq!(moment(1_795_466_388_000, 0).exact, "2026-11-23 20:39:48Z");
    }
}
