//! By which two bytes the strings that are looked for are told from others, all in one step.
//!
//! Which byte is the second one changes how many strings are looked at in vain, and nothing else.

/// The members that are told.
const OWN: [&[u8]; 2] = [b"eventID\"", b"eventTime\""];
/// How far behind the first byte the second one is, at most.
pub(super) const FURTHEST: usize = 7;
/// So many strings are looked at in vain in the time that it takes to tell bytes by both of their halves.
const FEW: usize = 4;

/// The members that nearly every record of CloudTrail has: strings that are not looked for should not be taken for one that is.
const USUAL: [&str; 36] = [
    "eventVersion",
    "eventTime",
    "eventSource",
    "eventName",
    "eventID",
    "eventType",
    "eventCategory",
    "errorCode",
    "errorMessage",
    "encryptionContext",
    "expiration",
    "userIdentity",
    "userName",
    "userAgent",
    "type",
    "tlsDetails",
    "tlsVersion",
    "principalId",
    "arn",
    "accountId",
    "accessKeyId",
    "awsRegion",
    "additionalEventData",
    "attributes",
    "sessionContext",
    "sessionIssuer",
    "sessionCredentialFromConsole",
    "sourceIPAddress",
    "requestParameters",
    "responseElements",
    "requestID",
    "readOnly",
    "resources",
    "recipientAccountId",
    "managementEvent",
    "mfaAuthenticated",
];

/// By the first byte of a string, and one behind it, whether it may be one that is looked for: when a bit is common to both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heads {
    pub(super) first: Nibbles,
    pub(super) behind: usize,
    pub(super) other: Nibbles,
    /// The same with less work, where that tells them.
    pub(super) few: Option<FewBytes>,
}

/// Where no two of the bytes differ in their high halves alone: the bytes by their low halves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FewBytes {
    pub(super) first: [u8; 16],
    pub(super) other: [u8; 16],
    /// The first byte where it is always the same.
    pub(super) only: Option<u8>,
    /// Of strings that are too short to have the other byte: their first byte, and how far behind which one is.
    pub(super) short: (u8, usize, u8),
}

/// Bits of bytes, by both of their halves: a byte has those that both have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Nibbles {
    pub(super) low: [u8; 16],
    pub(super) high: [u8; 16],
}

impl Nibbles {
    /// Gives a byte these bits, or every byte.
    fn add(&mut self, byte: Option<u8>, bits: u8) {
        let (low, high) = (byte.map(|byte| byte & 0x0f), byte.map(|byte| byte >> 4));
        for (table, half) in [(&mut self.low, low), (&mut self.high, high)] {
            let taken = table.iter_mut().zip(0..).filter(|(_, at)| half.is_none_or(|half| half == *at));
            taken.for_each(|(to, _)| *to |= bits);
        }
    }

    fn of(&self, byte: u8) -> u8 {
        let half = |table: &[u8; 16], half: u8| table.get(usize::from(half)).copied().unwrap_or_default();
        half(&self.low, byte & 0x0f) & half(&self.high, byte >> 4)
    }
}

impl Heads {
    /// For strings, each with its last quote, and for the members of which something is told.
    pub fn of<'a>(strings: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut all: Vec<&[u8]> = strings.into_iter().filter(|it| !it.is_empty()).chain(OWN).collect();
        all.sort_unstable();
        all.dedup();
        let told = (1..=FURTHEST).map(|behind| Self::by(&all, behind));
        let in_vain = |heads: &Self| USUAL.iter().filter(|name| heads.may_be(name)).count();
        let cost = |heads: &Self| in_vain(heads) + if heads.few.is_some() { 0 } else { FEW };
        told.min_by_key(cost).unwrap_or_else(|| Self::by(&all, 0))
    }

    fn by(strings: &[&[u8]], behind: usize) -> Self {
        let mut heads = Self { first: Nibbles::default(), behind, other: Nibbles::default(), few: None };
        for (string, bit) in strings.iter().zip((0..8).cycle()) {
            heads.first.add(string.first().copied(), 1 << bit);
            heads.other.add(string.get(behind).copied(), 1 << bit);
        }
        heads.few = FewBytes::of(strings, behind);
        heads
    }

    /// Whether a string with this text would be.
    fn may_be(&self, text: &str) -> bool {
        self.may_begin(&[text.as_bytes(), b"\"", &[0; FURTHEST]].concat())
    }

    /// Whether a string would be looked at with which these bytes begin.
    pub(super) fn may_begin(&self, bytes: &[u8]) -> bool {
        let byte = |at: usize| bytes.get(at).copied();
        let (Some(first), Some(other)) = (byte(0), byte(self.behind)) else { return true };
        let is = |table: &[u8; 16], byte: u8| table.get(usize::from(byte & 0x0f)) == Some(&byte);
        match &self.few {
            Some(few) => {
                let is_short = first == few.short.0 && byte(few.short.1) == Some(few.short.2);
                is_short || is(&few.first, first) && is(&few.other, other)
            }
            None => self.first.of(first) & self.other.of(other) != 0,
        }
    }
}

impl FewBytes {
    fn of(strings: &[&[u8]], behind: usize) -> Option<Self> {
        let (long, short): (Vec<&[u8]>, Vec<&[u8]>) = strings.iter().partition(|string| string.len() > behind);
        let bytes = |place: usize| by_low_half(long.iter().filter_map(|string| string.get(place).copied()));
        let mut ends = short.iter().map(|string| {
            // The last one but the quote.
            let place = string.len().saturating_sub(2);
            Some((*string.first()?, place, *string.get(place)?))
        });
        // No string has a zero.
        let short = ends.next().map_or(Some((0, 0, 0)), |first| first)?;
        let is_same = ends.all(|it| it == Some(short));
        let first = long.first().and_then(|string| string.first()).copied();
        let only = first.filter(|first| long.iter().all(|string| string.first() == Some(first)));
        Some(Self { first: bytes(0)?, other: bytes(behind)?, only, short }).filter(|_| is_same)
    }
}

/// The bytes by their low halves; `None` where two have the same.
fn by_low_half(bytes: impl Iterator<Item = u8>) -> Option<[u8; 16]> {
    // Where there is none, a byte whose low half is another one: it never is the one that is looked up.
    let mut table: [u8; 16] = std::array::from_fn(|half| u8::from(half == 0));
    let mut taken = 0_u16;
    for byte in bytes {
        let (bit, entry) = (1 << (byte & 0x0f), table.get_mut(usize::from(byte & 0x0f))?);
        if taken & bit != 0 && *entry != byte {
            return None;
        }
        (taken, *entry) = (taken | bit, byte);
    }
    Some(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_events_are_told_from_one_another() {
        let heads = Heads::of([b"eventName\"".as_slice(), b"eventSource\"", b"errorCode\"", b"Root\""]);
        let met: Vec<&str> = USUAL.into_iter().filter(|it| heads.may_be(it)).collect();
        assert_eq!(met, ["eventTime", "eventSource", "eventName", "eventID", "errorCode"]);
        assert!(heads.may_be("Root"));
    }

    #[test]
    fn what_is_looked_for_is_looked_at_however_much_it_is() {
        let strings: Vec<String> =
            (0..40_u8).map(|n| format!("{}{n}{}\"", char::from(b'A' + n), "x".repeat(n.into()))).collect();
        let heads = Heads::of(strings.iter().map(String::as_bytes));
        assert!(strings.iter().all(|it| heads.may_be(it.trim_end_matches('"'))));
        let short = Heads::of([b"\"".as_slice(), b"a\""]);
        assert!(short.may_be("") && short.may_be("a") && short.may_be("eventID"));
    }
}
