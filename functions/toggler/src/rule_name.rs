//! What the name of one of our mute rules says: from when to when, and for which alarms.

use std::hash::Hasher as _;

use jiff::{SignedDuration, Timestamp};
use siphasher::sip::SipHasher13;
use yakei_core::names::Name;

use crate::ports::MuteRule;

/// A span of time, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MutedSpan {
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
}

impl MutedSpan {
    /// How long it is.
    pub fn length(&self) -> SignedDuration {
        self.end.duration_since(self.start)
    }
}

/// What a rule's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleName {
    /// When it mutes.
    pub span: MutedSpan,
    /// Of its alarms' names, in order.
    pub hash: u64,
}

impl RuleName {
    const FORMAT: &'static str = "%Y%m%dT%H%MZ";

    /// The rule for these alarms in a span of time.
    pub fn new(span: MutedSpan, alarms: &[String]) -> Self {
        Self { span, hash: hash(alarms) }
    }

    /// The name.
    pub fn text(&self, owner: &Name) -> String {
        let format = |t: &Timestamp| t.strftime(Self::FORMAT).to_string();
        let Self { span: MutedSpan { start, end }, hash } = self;
        format!("{}-mute-{}-{}-{hash:016x}", owner.as_str(), format(start), format(end))
    }

    /// Reads a name; `None` when it is none of ours.
    pub fn parse(owner: &Name, text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(owner.as_str())?.strip_prefix("-mute-")?.split('-');
        let instant = |text: &str| {
            let civil = jiff::civil::DateTime::strptime(Self::FORMAT, text).ok()?;
            civil.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
        };
        let (start, end) = (instant(parts.next()?)?, instant(parts.next()?)?);
        let hash = u64::from_str_radix(parts.next()?, 16).ok()?;
        parts.next().is_none().then_some(Self { span: MutedSpan { start, end }, hash })
    }
}

/// The same in every release: rules outlive the program that made them.
fn hash(alarms: &[String]) -> u64 {
    let mut hasher = SipHasher13::new();
    for alarm in alarms {
        hasher.write(alarm.as_bytes());
        hasher.write(&[0]);
    }
    hasher.finish()
}

/// The alarms in parts of at most `most`, in order. Which part an alarm is in depends on its own name: one alarm more
/// changes one part, and not all of them.
pub fn parts(alarms: Vec<String>, most: usize) -> Vec<Vec<String>> {
    split(alarms, most, 0)
}

fn split(mut alarms: Vec<String>, most: usize, bit: u32) -> Vec<Vec<String>> {
    if alarms.len() <= most || bit == u64::BITS {
        alarms.sort();
        return if alarms.is_empty() { Vec::new() } else { alarms.chunks(most).map(<[String]>::to_vec).collect() };
    }
    let (one, other) = alarms.into_iter().partition(|alarm| (hash(std::slice::from_ref(alarm)) >> bit) & 1 == 0);
    let mut all = split(one, most, bit + 1);
    all.append(&mut split(other, most, bit + 1));
    all
}

/// A rule's duration as ISO 8601: `PT9H`, `PT9H30M`.
pub fn duration(rule: &MuteRule) -> String {
    let minutes = rule.end.duration_since(rule.start).as_mins();
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("PT{minutes}M"),
        (hours, 0) => format!("PT{hours}H"),
        (hours, minutes) => format!("PT{hours}H{minutes}M"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_when_and_for_which_alarms_in_every_release() {
        let owner = Name::parse("yakei").unwrap();
        let span =
            MutedSpan { start: "2026-11-24T00:00:00Z".parse().unwrap(), end: "2026-11-24T09:00:00Z".parse().unwrap() };
        let name = RuleName::new(span, &["a".to_owned(), "b".to_owned()]);
        assert_eq!(name.text(&owner), "yakei-mute-20261124T0000Z-20261124T0900Z-2c6ea1c831fe18f3");
        assert_eq!(RuleName::parse(&owner, &name.text(&owner)), Some(name));
        for other in ["yakei-mute-by-hand", "yakei-mute-mute-20261124T0000Z-20261124T0900Z-1", "maintenance"] {
            assert_eq!(RuleName::parse(&owner, other), None, "{other}");
        }
    }

    #[test]
    fn one_alarm_more_changes_one_part() {
        let names: Vec<String> = (0..250).map(|n| format!("yakei-{n:03}")).collect();
        let before = parts(names.clone(), 100);
        assert_eq!(before.iter().map(Vec::len).sum::<usize>(), 250);
        assert!(before.iter().all(|part| (1..=100).contains(&part.len())));
        for n in 250..300 {
            let mut more = names.clone();
            more.push(format!("yakei-{n}"));
            let after = parts(more, 100);
            // The part that grows, or its two halves when it is full.
            assert!(after.iter().filter(|part| !before.contains(part)).count() <= 2);
        }
    }
}
