//! Formats points in time for people.

use app::DisplayTime;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// `at` is in milliseconds since 1970.
pub fn display_time(at: i64) -> DisplayTime {
    let timestamp = Timestamp::from_millisecond(at).unwrap_or_default();
    DisplayTime { exact: timestamp.strftime("%Y-%m-%d %H:%M:%SZ").to_string(), at }
}

/// RFC 3339, in UTC with milliseconds. `at` is in milliseconds since 1970.
pub fn rfc3339(at: i64) -> String {
    Timestamp::from_millisecond(at).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// The date of a point in time (seconds since 1970), in UTC: `2026-11-23`. `None` beyond the year 9999.
pub fn day(at: i64) -> Option<String> {
    Timestamp::from_second(at).ok().map(|timestamp| timestamp.strftime("%Y-%m-%d").to_string())
}

/// The beginning of a day such as `2026-11-23` in UTC, in milliseconds since 1970. `None` if it is no date.
pub fn start_of_day(text: &str) -> Option<i64> {
    let date: Date = text.parse().ok()?;
    Some(TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_days_are_in_utc() {
        assert_eq!(display_time(1_795_466_388_000).exact, "2026-11-23 20:39:48Z");
        assert_eq!(rfc3339(1_795_466_388_005), "2026-11-23T20:39:48.005Z");
        assert_eq!(day(1_795_466_388).as_deref(), Some("2026-11-23"));
        assert_eq!(start_of_day("2026-11-23"), Some(1_795_392_000_000));
        assert_eq!(start_of_day("2026-02-30"), None);
        assert_eq!(day(253_402_300_799), None, "how certificates say that they do not end (RFC 5280 4.1.2.5)");
    }
}
