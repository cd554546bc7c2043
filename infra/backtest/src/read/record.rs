//! What is wanted of every record, and known by its bytes: parsing all of it would take longer than unpacking.

use jiff::Timestamp;
use yakei_core::time::parse_aws;

/// Whether an object is CloudTrail's digest of an hour's files.
pub(super) fn is_digest(object: &str) -> bool {
    object.contains("\"digestStartTime\"") && object.contains("\"logFiles\"")
}

/// The first and the last time that records say.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Times(Option<(Time, Time)>);

/// And its order among those that are written alike.
type Time = (Timestamp, Option<Order>);

/// Texts of twenty bytes as numbers.
type Order = (u128, u32);

/// Of `2026-11-21T18:41:00Z`: these have the order of their texts.
fn order(text: &[u8]) -> Option<Order> {
    let (head, tail) = text.split_first_chunk::<16>()?;
    Some((u128::from_be_bytes(*head), u32::from_be_bytes(tail.try_into().ok()?)))
}

impl Times {
    /// Looks at a record's time, as it is written.
    pub(super) fn see(&mut self, text: &[u8]) {
        if let (Some((first, last)), Some(order)) = (&self.0, order(text))
            && first.1.is_some_and(|first| first <= order)
            && last.1.is_some_and(|last| order <= last)
        {
            return;
        }
        let Some(time) = std::str::from_utf8(text).ok().and_then(parse_aws) else { return };
        self.extend((time, order(text)));
    }

    fn extend(&mut self, time: Time) {
        match &mut self.0 {
            None => self.0 = Some((time, time)),
            Some((first, _)) if time.0 < first.0 => *first = time,
            Some((_, last)) if time.0 > last.0 => *last = time,
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
        self.0.map_or((None, None), |(first, last)| (Some(first.0), Some(last.0)))
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
