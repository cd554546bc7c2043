//! By which two bytes the strings that are looked for are told from others, all in one step.
//!
//! Which byte is the second one changes how many strings are looked at in vain, and nothing else.

/// The members that are told.
const OWN: [&[u8]; 2] = [b"eventID\"", b"eventTime\""];
/// How far behind the first byte the second one is, at most.
pub(super) const FURTHEST: usize = 7;

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
        told.min_by_key(in_vain).unwrap_or_else(|| Self::by(&all, 0))
    }

    fn by(strings: &[&[u8]], behind: usize) -> Self {
        let mut heads = Self { first: Nibbles::default(), behind, other: Nibbles::default() };
        for (string, bit) in strings.iter().zip((0..8).cycle()) {
            heads.first.add(string.first().copied(), 1 << bit);
            heads.other.add(string.get(behind).copied(), 1 << bit);
        }
        heads
    }

    /// Whether a string with this text would be looked at.
    fn may_be(&self, text: &str) -> bool {
        let byte = |at: usize| text.bytes().chain([b'"']).nth(at).unwrap_or_default();
        self.first.of(byte(0)) & self.other.of(byte(self.behind)) != 0
    }
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
