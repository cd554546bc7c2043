//! Records that are alike but for their ids and their time: what one was found to be, the others are.
//!
//! A job that does every hour what some pattern matches is read once. Nothing is taken for alike by a hash: the texts are
//! compared, all but three that no pattern here looks at and of which no person or address is made. Memory is bounded by
//! [`ROOM`] texts of [`LONGEST`] bytes for each core.

use std::ops::Range;

use filter_pattern::Pattern;
use filter_pattern::view::{Expr, Step, View};
use memchr::memmem::Finder;

use crate::cut::Facts;
use crate::tally::Act;

/// What differs between records that are alike.
const DIFFERENT: [&str; 3] = ["eventID", "eventTime", "requestID"];
/// How many are known at most.
const ROOM: usize = 2048;
/// In how many places one may be.
const WAYS: usize = 4;
/// After how many in vain only one of so many is tried.
const PATIENCE: u32 = if cfg!(test) { 20 } else { 1000 };
const SELDOM: u32 = 16;
/// Longer records are not remembered.
const LONGEST: usize = 4096;
/// The longest text that differs: none of these is cut anywhere.
const LONGEST_TEXT: usize = 64;

/// What is known of records.
#[derive(Debug)]
pub(super) struct Alike {
    /// Whether no pattern looks at what differs.
    is_blind: bool,
    /// Hashes of those that were read: the second of its kind is remembered, so that what comes once costs nothing.
    met: Vec<[u64; WAYS]>,
    /// How many were tried since one was met again: where nothing is, it is tried less often.
    in_vain: u32,
    /// At the same places.
    known: Vec<[Option<Box<Known>>; WAYS]>,
    finders: [Finder<'static>; 3],
    escaped: Finder<'static>,
}

/// A record, and what it was found to be.
#[derive(Debug)]
struct Known {
    record: Vec<u8>,
    different: [Range<usize>; 3],
    found: Found,
}

/// What a record is.
#[derive(Debug)]
pub(super) struct Found {
    /// The patterns that match.
    pub(super) matching: Vec<usize>,
    /// Who did what, where any matches.
    pub(super) act: Option<Act>,
}

/// A record that others may be like.
#[derive(Debug)]
pub(super) struct Key {
    place: usize,
    hash: u64,
    /// What differs, in its order.
    different: [Range<usize>; 3],
}

impl Alike {
    /// For these patterns.
    pub(super) fn new<'a>(patterns: impl IntoIterator<Item = &'a Pattern>) -> Self {
        let is_blind = patterns.into_iter().all(|it| match it.view() {
            View::Json(expr) => is_blind(&expr),
            View::Everything => true,
            View::Terms | View::Regex | View::Delimited => false,
        });
        Self {
            is_blind,
            met: Vec::new(),
            in_vain: 0,
            known: Vec::new(),
            finders: DIFFERENT.map(Finder::new),
            escaped: Finder::new("\\u"),
        }
    }

    /// By what a record is known; `None` of one that is not to be remembered.
    pub(super) fn key(&mut self, record: &[u8], facts: &Facts<'_>) -> Option<Key> {
        if !self.is_blind || record.len() > LONGEST {
            return None;
        }
        self.in_vain = self.in_vain.wrapping_add(1);
        if self.in_vain > PATIENCE && !self.in_vain.is_multiple_of(SELDOM) {
            return None;
        }
        let [id, time, request] = self.finders.each_ref().map(|finder| only(record, finder));
        let is_told = |text: Option<&[u8]>, place: &Option<Range<usize>>| {
            text.is_some() && place.clone().and_then(|it| record.get(it)) == text
        };
        // A name may be written with `\u` too, and then it is another member's text that counts.
        let is_sure = is_told(facts.event_id, &id) && is_told(facts.event_time, &time);
        if !is_sure || self.escaped.find(record).is_some() {
            return None;
        }
        let (id, time) = (id?, time?);
        // The record's own, as `eventID` is, which follows it.
        let is_own = |place: &Range<usize>| {
            let behind = record.get(place.end..id.start).unwrap_or_default();
            matches!(behind, b"\",\"eventID\":\"" | b"\", \"eventID\": \"")
        };
        let request = request.filter(is_own).unwrap_or(record.len()..record.len());
        let mut different = [id, time, request];
        different.sort_unstable_by_key(|it| it.start);
        let hash = hash(record, &different);
        let place = usize::try_from(hash).unwrap_or_default() % (ROOM / WAYS);
        Some(Key { place, hash, different })
    }

    /// What a record was found to be that is like this one.
    pub(super) fn get(&mut self, key: &Key, record: &[u8]) -> Option<&mut Found> {
        let way = self.met.get(key.place)?.iter().position(|hash| *hash == key.hash)?;
        self.in_vain = 0;
        let known = self.known.get_mut(key.place)?.get_mut(way)?.as_deref_mut()?;
        let is_alike = known.record.len() == record.len()
            && known.different == key.different
            && between(record.len(), &key.different).all(|range| known.record.get(range.clone()) == record.get(range));
        is_alike.then_some(&mut known.found)
    }

    pub(super) fn put(&mut self, key: Key, record: &[u8], found: Found) {
        if self.known.is_empty() {
            self.known.resize_with(ROOM / WAYS, Default::default);
            self.met.resize(ROOM / WAYS, [0; WAYS]);
        }
        let (Some(met), Some(known)) = (self.met.get_mut(key.place), self.known.get_mut(key.place)) else { return };
        if let Some(way) = met.iter().position(|hash| *hash == key.hash) {
            if let Some(place) = known.get_mut(way) {
                *place = Some(Box::new(Known { record: record.to_vec(), different: key.different, found }));
            }
            return;
        }
        // What came once makes room first.
        let any = usize::try_from(key.hash >> 32).unwrap_or_default();
        let mut ways = (0..WAYS).map(|way| (any + way) % WAYS);
        let way = ways.find(|way| known.get(*way).is_some_and(Option::is_none)).unwrap_or(any % WAYS);
        if let (Some(met), Some(known)) = (met.get_mut(way), known.get_mut(way)) {
            (*met, *known) = (key.hash, None);
        }
    }
}

/// Whether the expression is about other members than those that differ, which are the record's own.
fn is_blind(expr: &Expr<'_>) -> bool {
    match expr {
        Expr::Is(condition) => match condition.steps.first() {
            Some(Step::Name(name)) => !DIFFERENT.contains(name),
            Some(Step::AnyMember | Step::Index(_) | Step::AnyElement) | None => false,
        },
        Expr::All(parts) | Expr::Any(parts) => parts.iter().all(is_blind),
    }
}

/// Where a member's text is, if there is one member of this name, it is written as CloudTrail writes it, and nothing is done
/// with the text but reading it.
fn only(record: &[u8], finder: &Finder<'_>) -> Option<Range<usize>> {
    let at = finder.find(record)?;
    let behind = at + finder.needle().len();
    let is_name = record.get(..at).is_some_and(|before| before.ends_with(b"\"") && !before.ends_with(b"\\\""));
    let rest = record.get(behind..)?;
    let text = rest.strip_prefix(b"\":\"").or_else(|| rest.strip_prefix(b"\": \""))?;
    let length = text.iter().take(LONGEST_TEXT + 1).position(|it| *it == b'"')?;
    let start = record.len() - text.len();
    let is_alone = is_name && is_plain(text.get(..length)?) && finder.find(text).is_none();
    is_alone.then_some(start..start + length)
}

fn is_plain(text: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':' | b'.' | b'+');
    (1..=LONGEST_TEXT).contains(&text.len()) && text.iter().all(plain)
}

/// What is the same in records that are alike.
fn between(length: usize, different: &[Range<usize>; 3]) -> impl Iterator<Item = Range<usize>> {
    let [a, b, c] = different;
    [0..a.start, a.end..b.start, b.end..c.start, c.end..length].into_iter()
}

/// Of a record's place: who is in the other's way costs time and nothing else.
fn hash(record: &[u8], different: &[Range<usize>; 3]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut lanes = [1_u64, 2, 3, 4];
    for range in between(record.len(), different) {
        let (blocks, rest) = record.get(range).unwrap_or_default().as_chunks::<32>();
        for block in blocks {
            for (lane, word) in lanes.iter_mut().zip(block.as_chunks::<8>().0) {
                *lane = (*lane ^ u64::from_le_bytes(*word)).wrapping_mul(ODD).rotate_left(29);
            }
        }
        for (lane, word) in lanes.iter_mut().zip(rest.chunks(8)) {
            let word = word.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
            *lane = (*lane ^ word).wrapping_mul(ODD).rotate_left(29);
        }
    }
    let all = lanes.into_iter().fold(0, |all: u64, lane| (all ^ lane).wrapping_mul(ODD).rotate_left(29));
    all >> 20
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::super::crew::Crew;
    use super::super::ids::Acts;
    use super::super::part::{Given, Part};
    use super::*;
    use crate::watch::{Watch, Watches};

    static WATCHES: LazyLock<Watches> = LazyLock::new(|| {
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../yakei.toml");
        Watches::new(Watch::read(&config).unwrap(), None).unwrap()
    });

    /// The same with rules and names, for which all of an act is kept.
    static WITH_RULES: LazyLock<Watches> = LazyLock::new(|| {
        let text = "[[schedule]]\ntimezone = \"UTC\"\nwindows = []\n\
            [notify]\nemails = [\"security@example.com\"]\n\
            [[notify.ignore]]\nwho = \"alice\"\nkind = \"IAMUser\"\nuntil = \"2026-10-07\"\nreason = \"x\"\n\
            [[notify.known]]\nname = \"Osaka\"\nsource_ip = [\"192.0.2.0/24\"]\n";
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Watches::new(Watch::read(file.path()).unwrap(), None).unwrap()
    });

    /// What the lines give, and how many records are remembered.
    fn read(watches: &Watches, lines: &str, remember: bool) -> (impl PartialEq + std::fmt::Debug, usize) {
        let (crew, acts) = (Crew::new(&[], 1), Acts::default());
        let mut part = Part::new(Path::new("x"), watches, &acts, &crew);
        assert!(part.alike.is_blind, "no pattern of the catalogue looks at an id or a time");
        part.alike.is_blind = remember;
        let mut given = Given::default();
        part.lines(lines.as_bytes(), &mut given);
        let known = part.alike.known.iter().flatten().flatten().count();
        ((part.tallies, part.sums, part.times.span(), part.others.counted(), given), known)
    }

    #[test]
    fn patterns_that_look_at_an_id_or_a_time_or_at_everything_are_not_blind() {
        let is_blind = |text: &str| Alike::new(&[Pattern::parse(text).unwrap()]).is_blind;
        assert!(is_blind("{ $.eventName = \"X\" && $.requestParameters.* = 1 && $.a.eventID = 2 }"));
        for text in [
            "{ $.eventID = \"1*\" }",
            "{ $.a = 1 || $.requestID NOT EXISTS }",
            "{ $.* = 1 }",
            "{ $.eventTime = 2 }",
            "ERROR",
        ] {
            assert!(!is_blind(text), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Reading every record is the judge.
        #[test]
        fn records_that_are_alike_are_counted_as_if_each_was_read(
            records in prop::collection::vec((0..9_usize, 0..4_u8, 0..3_usize, 0..3_u8, 0..3_usize, any::<bool>()), 1..60),
        ) {
            let forms = [
                r#"{"eventName":"ConsoleLogin","userIdentity":{"type":"IAMUser","userName":"@W"},"eventTime":"@T","requestID":"@R","eventID":"@I","awsRegion":"us-east-1"}"#,
                r#"{"eventName": "ConsoleLogin", "userIdentity": {"type": "Root", "arn": "@W"}, "requestID": "@R", "eventID": "@I", "eventTime": "@T", "sourceIPAddress": "192.0.2.1"}"#,
                r#"{"eventName":"GetUser","errorCode":"AccessDenied","eventTime":"@T","requestParameters":{"requestID":"@R"},"eventID":"@I","userIdentity":{"userName":"@W"}}"#,
                r#"{"eventName":"CreateTrail","eventID":"@I","a":{"eventID":"@R"},"eventTime":"@T","userIdentity":{"userName":"@W"}}"#,
                r#"{"eventName":"CreateTrail","eventID":"@I","\u0065ventID":"@R","eventTime":"@T"}"#,
                r#"{"eventName":"CreateTrail","eventID":"@I","eventTime":"@T","eventTime":"2026-10-07T10:00:00Z","x":"@W"}"#,
                r#"{"eventName":"CreateTrail","x\"requestID":"@R","eventID":"@I","eventTime":"@T","eventSource":"a"}"#,
                r#"{"eventName":"PutGroupPolicy","eventSource":"iam.amazonaws.com","x":"{\"a\":1}","requestID":"@R","eventID":"@I","eventTime":"@T","userIdentity":{"userName":"@W"}}"#,
                r#"{"eventName":"PutGroupPolicy","eventSource":"ec2.amazonaws.com","requestID":"@R","eventID":"@I","eventTime":"@T"}"#,
            ];
            let times = ["2026-10-07T09:00:00Z", "2026-10-08T09:01:59Z", "yesterday"];
            let who = ["alice", "evil.example", "a@b.example"];
            let lines: String = records.iter().map(|(form, id, time, request, name, longer)| {
                let id = if *longer { format!("{id}-{id}") } else { id.to_string() };
                let line = forms[*form].replace("@I", &id).replace("@T", times[*time]);
                line.replace("@R", &request.to_string()).replace("@W", who[*name]) + "\n"
            }).collect();
            for watches in [&*WATCHES, &*WITH_RULES] {
                let (expected, none) = read(watches, &lines, false);
                let (found, _) = read(watches, &lines, true);
                prop_assert_eq!(none, 0);
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn what_differs_by_ids_and_time_alone_is_remembered_from_the_second_time_on_and_what_comes_once_is_not() {
        let line = |n: u32, who: u32| {
            format!(
                "{{\"eventName\":\"ConsoleLogin\",\"eventTime\":\"2026-10-07T09:00:{n:02}Z\",\"userIdentity\":{{\"userName\":\"{who}\"}},\"requestID\":\"{n:04}\",\"eventID\":\"{n:04}\"}}\n"
            )
        };
        let lines = |who: fn(u32) -> u32| (0..50).map(|n| line(n, who(n))).collect::<String>();
        for (lines, remembered) in
            [(lines(|_| 1), 1), (lines(|n| n % 7), 7), (lines(|n| n), 0), (lines(|n| if n < 30 { n } else { 1 }), 1)]
        {
            assert_eq!(read(&WATCHES, &lines, true), (read(&WATCHES, &lines, false).0, remembered));
        }
    }
}
