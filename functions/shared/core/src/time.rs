//! Instants. Inside the domain an instant is a [`jiff::Timestamp`]; what AWS writes in its own
//! formats is read here, by chrono, and nowhere else.

use chrono::{DateTime, NaiveDateTime};
use jiff::Timestamp;

/// Reads an instant as AWS services write it in JSON: RFC 3339 (`2026-11-21T18:41:00Z`, CloudTrail's
/// `eventTime`) or with a bare offset (`2021-06-27T13:53:39.351+0000`, an alarm's `StateChangeTime`).
///
/// `None` when the text is neither; messages from AWS are read tolerantly.
pub fn parse_aws(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let parsed = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .ok()?;
    let read = Timestamp::from_nanosecond(
        i128::from(parsed.timestamp()) * 1_000_000_000 + i128::from(parsed.timestamp_subsec_nanos()),
    );
    read.ok().filter(is_date)
}

/// Whether an instant has a year that a date can be written with (RFC 3339).
pub fn is_date(instant: &Timestamp) -> bool {
    (FIRST_SECOND..=LAST_SECOND).contains(&instant.as_second())
}

/// The instant, or the first or last that a date can be written with.
pub fn as_date(instant: Timestamp) -> Timestamp {
    let second = instant.as_second().clamp(FIRST_SECOND, LAST_SECOND);
    if second == instant.as_second() { instant } else { Timestamp::from_second(second).unwrap_or_default() }
}

/// 0001-01-01T00:00:00Z.
const FIRST_SECOND: i64 = -62_135_596_800;
/// 9999-12-30T00:00:00Z: a day before the last, so that every zone has a date for it.
const LAST_SECOND: i64 = 253_402_128_000;

/// Reads the start of a datapoint's period as `NewStateReason` writes it: `dd/MM/yy HH:mm:ss`, in UTC.
pub fn parse_datapoint(text: &str) -> Option<Timestamp> {
    let parsed = NaiveDateTime::parse_from_str(text.trim(), "%d/%m/%y %H:%M:%S").ok()?;
    Timestamp::from_second(parsed.and_utc().timestamp()).ok().filter(is_date)
}

/// Writes an instant into JSON as CloudTrail does: `2026-11-21T18:41:00Z`. For serde's `serialize_with`.
pub(crate) fn as_text<S: serde::Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_aws_writes() {
        let cases = [
            ("2026-11-21T18:41:00Z", "2026-11-21T18:41:00Z"),
            ("2021-06-27T13:53:39.351+0000", "2021-06-27T13:53:39.351Z"),
            ("2021-06-27T22:53:39.351+0900", "2021-06-27T13:53:39.351Z"),
            (" 2021-06-27T13:53:39Z ", "2021-06-27T13:53:39Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_aws(text).map(|t| t.to_string()).as_deref(), Some(expected), "{text}");
        }
        let no_dates = ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "-2026-01-01T00:00:00Z"];
        for bad in
            ["", "yesterday", "2026-13-01T00:00:00Z", "2026-11-21", "+12026-01-01T00:00:00Z"].iter().chain(&no_dates)
        {
            assert_eq!(parse_aws(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_datapoint_is_day_first() {
        assert_eq!(
            parse_datapoint("27/06/21 13:52:00").map(|t| t.to_string()).as_deref(),
            Some("2021-06-27T13:52:00Z")
        );
        assert_eq!(parse_datapoint("06/27/21 13:52:00"), None);
    }
}
