//! What is wanted of every record, and known by its bytes: parsing all of it would take longer than unpacking.

use jiff::Timestamp;
use yakei_core::time::parse_aws;

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
    /// Looks at a record's time, as it is written.
    pub(super) fn see(&mut self, text: &[u8]) {
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
                if n % 2 == 0 { one.see(time.as_bytes()) } else { other.see(time.as_bytes()) }
            }
            one.see(b"");
            let (from, to) = one.and(other).span();
            assert_eq!(from.unwrap().to_string(), "2026-10-07T09:00:00.5Z");
            assert_eq!(to.unwrap().to_string(), "2026-10-07T12:00:00Z");
        }
        assert_eq!(Times::default().span(), (None, None));
    }
}
