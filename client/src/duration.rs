//! Times that people write, such as `90s` or `12h`.

use jiff::SignedDuration;
use std::time::Duration;

/// A time that is not negative and not longer than `longest`.
pub fn parse(text: &str, longest: Duration) -> Option<Duration> {
    let time: SignedDuration = text.parse().ok()?;
    Duration::try_from(time).ok().filter(|time| *time <= longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_neither_negative_nor_too_long() {
        let parse = |text| parse(text, Duration::from_hours(24));
        for (text, seconds) in [("90s", 90), ("5m", 300), ("1h 30m", 5400), ("24h", 86_400), ("0s", 0)] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "12", "-1s", "1h ago", "86401s", "2562047788015215h", "for ever"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
