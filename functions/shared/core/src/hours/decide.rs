//! What a schedule wants of its alarms at an instant: its calendar's answer, unless a person holds it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::calendar::{Because, Calendar};
use super::next::Changes;

/// Whether an alarm tells people: wanted or observed, it is the same two words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Actions enabled: people are told.
    Armed,
    /// Actions disabled.
    Muted,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Armed => "armed",
            Self::Muted => "muted",
        })
    }
}

/// A person's word that wins over the calendar for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// What it wants.
    pub desired: Mode,
    /// When it ends, this instant not included; `None` only for [`Mode::Armed`].
    pub until: Option<Timestamp>,
}

impl Hold {
    /// Whether it still counts at an instant. A mute without an end never does.
    pub fn counts(&self, instant: Timestamp) -> bool {
        match self.until {
            Some(until) => instant < until,
            None => self.desired == Mode::Armed,
        }
    }
}

/// What a schedule wants at an instant, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What the calendar says, hold or not.
    pub in_business_hours: bool,
    /// What the alarms should be.
    pub desired: Mode,
    /// Which rule decided.
    pub because: Because,
    /// The local wall clock with its offset.
    pub local: String,
    /// When `desired` changes next, as far as it is known now.
    pub next_change: Option<Timestamp>,
}

impl Calendar {
    /// What is wanted at an instant.
    pub fn decide(&self, instant: Timestamp, hold: Option<Hold>) -> Decision {
        self.decide_knowing(&mut Changes::default(), instant, hold)
    }

    /// The same, with the changes of this calendar that were found before.
    pub fn decide_knowing(&self, changes: &mut Changes, instant: Timestamp, hold: Option<Hold>) -> Decision {
        let reading = self.at(instant);
        let (in_business_hours, local) = (reading.in_business_hours, reading.local_text());
        let Some(hold) = hold.filter(|hold| hold.counts(instant)) else {
            let desired = desired(in_business_hours);
            let next_change = changes.after(self, instant);
            return Decision { in_business_hours, desired, because: reading.because, local, next_change };
        };
        let next_change = hold.until.and_then(|until| {
            if desired(self.at(until).in_business_hours) == hold.desired {
                changes.after(self, until)
            } else {
                Some(until)
            }
        });
        Decision { in_business_hours, desired: hold.desired, because: Because::Hold, local, next_change }
    }

    /// Armed, because nothing can be said for sure.
    pub fn fail_safe(&self, instant: Timestamp) -> Decision {
        let reading = self.at(instant);
        Decision {
            in_business_hours: reading.in_business_hours,
            desired: Mode::Armed,
            because: Because::FailSafe,
            local: reading.local_text(),
            next_change: None,
        }
    }
}

fn desired(in_business_hours: bool) -> Mode {
    if in_business_hours { Mode::Muted } else { Mode::Armed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn decide(now: &str, hold: Option<(Mode, Option<&str>)>) -> String {
        let config = Config::parse(
            r#"schedule = [{ timezone = "Asia/Tokyo", windows = [{ days = ["Tue", "Wed"], start = "09:00", end = "18:00" }],
                holidays = ["2026-11-25"], dates = { "2026-11-26" = [{ start = "10:00", end = "11:00" }] } }]"#,
        )
        .unwrap();
        let hold = hold.map(|(desired, until)| Hold { desired, until: until.map(|u| u.parse().unwrap()) });
        let Decision { in_business_hours, desired, because, local, next_change } =
            config.schedules[0].calendar.decide(now.parse().unwrap(), hold);
        let next = next_change.map_or("never".to_owned(), |t| t.to_string());
        format!("{in_business_hours} {desired} {because:?} {local} {next}")
    }

    #[test]
    fn the_calendar_decides_and_a_hold_wins() {
        use Mode::{Armed, Muted};
        let cases = [
            ("2026-11-24T00:00:00Z", None, "true muted Window 2026-11-24T09:00:00+09:00 2026-11-24T09:00:00Z"),
            ("2026-11-24T09:00:00Z", None, "false armed Outside 2026-11-24T18:00:00+09:00 2026-11-26T01:00:00Z"),
            ("2026-11-25T01:00:00Z", None, "false armed Holiday 2026-11-25T10:00:00+09:00 2026-11-26T01:00:00Z"),
            ("2026-11-26T01:00:00Z", None, "true muted Date 2026-11-26T10:00:00+09:00 2026-11-26T02:00:00Z"),
            ("2026-11-26T02:00:00Z", None, "false armed Date 2026-11-26T11:00:00+09:00 2026-12-01T00:00:00Z"),
            // An arm hold that outlasts the window, one that ends inside it, one that has ended, one without end.
            (
                "2026-11-24T00:00:00Z",
                Some((Armed, Some("2026-11-24T10:00:00Z"))),
                "true armed Hold 2026-11-24T09:00:00+09:00 2026-11-26T01:00:00Z",
            ),
            (
                "2026-11-24T00:00:00Z",
                Some((Armed, Some("2026-11-24T08:00:00Z"))),
                "true armed Hold 2026-11-24T09:00:00+09:00 2026-11-24T08:00:00Z",
            ),
            (
                "2026-11-24T00:00:00Z",
                Some((Armed, Some("2026-11-24T00:00:00Z"))),
                "true muted Window 2026-11-24T09:00:00+09:00 2026-11-24T09:00:00Z",
            ),
            ("2026-11-24T00:00:00Z", Some((Armed, None)), "true armed Hold 2026-11-24T09:00:00+09:00 never"),
            // A mute hold at night; one without an end never counts.
            (
                "2026-11-24T12:00:00Z",
                Some((Muted, Some("2026-11-24T13:00:00Z"))),
                "false muted Hold 2026-11-24T21:00:00+09:00 2026-11-24T13:00:00Z",
            ),
            (
                "2026-11-24T12:00:00Z",
                Some((Muted, None)),
                "false armed Outside 2026-11-24T21:00:00+09:00 2026-11-26T01:00:00Z",
            ),
        ];
        for (now, hold, expected) in cases {
            assert_eq!(decide(now, hold), expected, "{now} {hold:?}");
        }
    }
}
