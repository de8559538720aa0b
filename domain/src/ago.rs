//! How long ago something was, in words.

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Describes how long before `now` something was, such as `5 minutes ago`. Both are milliseconds since 1970.
pub fn ago(at: i64, now: i64) -> String {
    let (count, unit) = match now - at {
        // The clock has been set back.
        time if time <= -MINUTE => return "in the future".to_owned(),
        time if time < MINUTE => return "just now".to_owned(),
        time if time < HOUR => (time / MINUTE, "minute"),
        time if time < DAY => (time / HOUR, "hour"),
        time => (time / DAY, "day"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ago_uses_the_largest_unit_that_fits() {
        let text = |seconds: i64| ago(0, seconds * SECOND);
        assert_eq!(text(-86_400), "in the future");
        assert_eq!(text(-5), "just now");
        assert_eq!(text(59), "just now");
        assert_eq!(text(60), "1 minute ago");
        assert_eq!(text(7_199), "1 hour ago");
        assert_eq!(text(7_200), "2 hours ago");
        assert_eq!(text(400 * 86_400), "400 days ago");
    }
}
