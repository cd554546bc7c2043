//! The few members that are wanted of every record, found by their bytes: parsing all of it would take longer than unpacking.
//!
//! What is found may be another member of that name, further in. That matters for counts of records and for the first
//! and last time alone: of what matches some pattern, the whole record is read.

use std::sync::LazyLock;

use jiff::Timestamp;
use memchr::memchr;
use memchr::memmem::{Finder, FinderRev};
use yakei_core::time::parse_aws;

use crate::cut::LONGEST;

static EVENT_ID: LazyLock<FinderRev<'static>> = LazyLock::new(|| FinderRev::new("\"eventID\""));
static EVENT_IDS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"eventID\""));
static EVENT_TIME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"eventTime\""));

/// The value of the last member `eventID`; CloudTrail writes it near the end.
pub(super) fn event_id(record: &str) -> Option<&[u8]> {
    let at = EVENT_ID.rfind(record.as_bytes())?;
    text_behind(record.as_bytes().get(at + EVENT_ID.needle().len()..)?).filter(|id| !id.is_empty())
}

/// The same of every record of a text, none of which is of interest; `None` where that is not told by their ids alone.
pub(super) fn event_ids(text: &str) -> Option<Vec<&[u8]>> {
    let bytes = text.as_bytes();
    let is_whole = bytes.starts_with(b"{\"Records\":[{") && bytes.trim_ascii_end().ends_with(b"}]}");
    let (mut ids, mut before) = (Vec::new(), 0);
    if !is_whole {
        return None;
    }
    for at in EVENT_IDS.find_iter(bytes) {
        let id = text_behind(bytes.get(at + EVENT_IDS.needle().len()..)?).filter(|id| !id.is_empty())?;
        // A record that is too long counts apart.
        if at - before > LONGEST / 2 {
            return None;
        }
        before = at;
        ids.push(id);
    }
    (!ids.is_empty() && bytes.len() - before <= LONGEST / 2).then_some(ids)
}

/// The string behind a colon.
fn text_behind(rest: &[u8]) -> Option<&[u8]> {
    let rest = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    rest.get(..memchr(b'"', rest)?)
}

/// Whether an object is CloudTrail's digest of an hour's files.
pub(super) fn is_digest(object: &str) -> bool {
    object.contains("\"digestStartTime\"") && object.contains("\"logFiles\"")
}

/// The first and the last time that records say.
#[derive(Debug, Default)]
pub(super) struct Times(Option<(Time, Time)>);

/// As it is written; times of one form have the order of their texts.
type Time = (Box<[u8]>, Timestamp);

impl Times {
    /// Looks at a record's first time.
    pub(super) fn see(&mut self, record: &str) {
        if let Some(at) = EVENT_TIME.find(record.as_bytes()) {
            self.see_at(record, at);
        }
    }

    /// Looks at every time in a text of several records.
    pub(super) fn see_all(&mut self, text: &str) {
        EVENT_TIME.find_iter(text.as_bytes()).for_each(|at| self.see_at(text, at));
    }

    fn see_at(&mut self, text: &str, at: usize) {
        let rest = text.as_bytes().get(at + EVENT_TIME.needle().len()..);
        let Some(text) = rest.and_then(text_behind) else { return };
        if let Some((first, last)) = &self.0
            && text.len() == 20
            && (&*first.0..=&*last.0).contains(&text)
        {
            return;
        }
        let Some(time) = std::str::from_utf8(text).ok().and_then(parse_aws) else { return };
        self.extend((text.into(), time));
    }

    fn extend(&mut self, time: Time) {
        match &mut self.0 {
            None => self.0 = Some((time.clone(), time)),
            Some((first, _)) if time.1 < first.1 => *first = time,
            Some((_, last)) if time.1 > last.1 => *last = time,
            Some(_) => {}
        }
    }

    pub(super) fn and(mut self, other: Self) -> Self {
        if let Some((first, last)) = other.0 {
            self.extend(first);
            self.extend(last);
        }
        self
    }

    pub(super) fn span(self) -> (Option<Timestamp>, Option<Timestamp>) {
        self.0.map_or((None, None), |(first, last)| (Some(first.1), Some(last.1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_compact_and_spaced() {
        for (record, id) in [
            (r#"{"eventID":"a-1","x":1}"#, Some("a-1")),
            ("{\"eventID\" :\n \"a-1\"}", Some("a-1")),
            (r#"{"a":{"eventID":"x"},"eventID":"a-1"}"#, Some("a-1")),
            (r#"{"sharedEventID":"x"}"#, None),
            (r#"{"eventID":7}"#, None),
            (r#"{"eventID":""}"#, None),
            (r#"{"eventID"#, None),
        ] {
            assert_eq!(event_id(record), id.map(str::as_bytes), "{record}");
        }
    }

    #[test]
    fn the_first_and_the_last_time_are_known_in_any_order_and_form() {
        let times = [
            "2026-10-07T10:00:00Z",
            "2026-10-07T09:00:00.5Z",
            "yesterday",
            "2026-10-07T12:00:00+00:00",
            "2026-10-07T11:00:00Z",
        ];
        for turn in 0..times.len() {
            let (mut one, mut other) = (Times::default(), Times::default());
            for (n, time) in times.iter().cycle().skip(turn).take(times.len()).enumerate() {
                let record = format!("{{\"eventTime\": \"{time}\"}}");
                if n % 2 == 0 { one.see(&record) } else { other.see(&record) }
            }
            one.see("{}");
            let (from, to) = one.and(other).span();
            assert_eq!(from.unwrap().to_string(), "2026-10-07T09:00:00.5Z");
            assert_eq!(to.unwrap().to_string(), "2026-10-07T12:00:00Z");
        }
        assert_eq!(Times::default().span(), (None, None));
    }
}
