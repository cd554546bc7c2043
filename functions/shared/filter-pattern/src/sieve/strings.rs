//! The sieve for whoever goes through a record's strings anyway, one string at a time: no second search through its bytes.
//!
//! It is stricter than the [`Sieve`]: a pattern has a bit for each part of its `&&` that the searched names can tell, and a
//! record in which not all of its bits are met cannot match it.

use std::collections::HashMap;

use memchr::memchr2;

use super::ends::Ends;
use super::{Behind, Member, Sieve, behind, has_unicode_escape, last_name, need};
use crate::condition::{Condition, Test};
use crate::expr::Expr;
use crate::scalar::Seen;
use crate::selector::Step;
use crate::text::mark;

/// With more different first bytes than this, most strings would have to be looked at.
const MOST: usize = 3;

/// Tells by single strings whether a record can match any pattern of a set, see
/// [`PatternSet::strings`](crate::PatternSet::strings).
#[derive(Debug, Clone)]
pub struct Strings {
    searched: Vec<Searched>,
    firsts: Vec<u8>,
    plain: bool,
    /// Of each pattern the bits that must be met.
    patterns: Vec<u64>,
}

/// What is searched for, and the bits that it meets.
#[derive(Debug, Clone)]
struct Searched {
    /// The string with its last quote, and of its first sixteen bytes what must be there.
    string: Vec<u8>,
    head: u128,
    mask: u128,
    /// Whether it is a text that is rarer than its name: it needs nothing behind it.
    alone: bool,
    /// All the bits.
    all: u64,
    /// By their [`mark`]; most have no other text beside them.
    texts: Vec<Vec<(String, u64)>>,
    ends: Ends,
    array: u64,
    object: u64,
}

impl Strings {
    /// `None` where it takes too many strings, such that no JSON has as they are, or such that broken UTF-8 is mended to.
    pub(super) fn new(sieve: &Sieve, expressions: &[&Expr<Condition>], uses: &HashMap<&str, usize>) -> Option<Self> {
        let searched: Vec<Searched> = sieve.members.iter().map(Searched::new).collect();
        let mut firsts: Vec<u8> = searched.iter().filter_map(|it| it.string.first().copied()).collect();
        firsts.sort_unstable();
        firsts.dedup();
        let is_mended = |text: &str| text.contains('\u{fffd}');
        let mended = sieve.members.iter().any(|it| is_mended(&it.name) || it.only_text().is_some_and(is_mended));
        if firsts.len() > MOST || firsts.first().is_some_and(|it| *it < b' ') || mended {
            return None;
        }
        let mut strings = Self { searched, firsts, plain: sieve.plain, patterns: Vec::new() };
        let mut next = 0_u32;
        for expr in expressions {
            let mut bits = 0;
            // What the sieve searches for is always told; the last bit is shared where they run out.
            let first = need(expr, uses)?;
            for (number, conditions) in std::iter::once(first).chain(others(expr, uses)).enumerate() {
                let is_needed = number == 0;
                if is_needed || (next < 48 && conditions.iter().all(|it| strings.tells(sieve, it))) {
                    let bit = 1 << next.min(63);
                    next += 1;
                    bits |= bit;
                    for it in conditions {
                        strings.want(sieve, it, bit);
                    }
                }
            }
            strings.patterns.push(bits);
        }
        Some(strings)
    }

    /// Whether the condition's name is searched for, with any value.
    fn tells(&self, sieve: &Sieve, condition: &Condition) -> bool {
        place(sieve, condition).and_then(|(place, _)| self.searched.get(place)).is_some_and(|it| !it.alone)
    }

    fn want(&mut self, sieve: &Sieve, condition: &Condition, bit: u64) {
        if let Some((place, next)) = place(sieve, condition)
            && let Some(searched) = self.searched.get_mut(place)
        {
            searched.want(&condition.test, next, bit);
        }
    }

    /// The bytes with which the strings begin that matter, three at most; for the empty string its last quote.
    pub fn firsts(&self) -> &[u8] {
        &self.firsts
    }

    /// The strings that matter, each with its last quote; of some nothing but such a beginning matters.
    pub fn searched(&self) -> impl Iterator<Item = &[u8]> {
        self.searched.iter().map(|it| it.string.as_slice())
    }

    /// Which bits are met by the string that begins at `at` (its first quote is before that): all, where `bytes` end too soon
    /// to tell.
    pub fn met_at(&self, bytes: &[u8], at: usize) -> u64 {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(first) = rest.first_chunk::<16>() else { return self.met_near_the_end(rest) };
        let first = u128::from_le_bytes(*first);
        self.searched.iter().filter(|it| first & it.mask == it.head).fold(0, |bits, it| bits | it.met(rest))
    }

    #[cold]
    fn met_near_the_end(&self, rest: &[u8]) -> u64 {
        if rest.len() < 8 {
            return u64::MAX;
        }
        self.searched.iter().fold(0, |bits, it| bits | it.met(rest))
    }

    /// Whether a record can match whose strings have together met these bits.
    pub fn may_match(&self, met: u64) -> bool {
        self.patterns.iter().any(|bits| met & bits == *bits)
    }

    /// Whether a record that has a backslash must be read, whatever its strings are.
    pub fn may_match_escaped(&self, record: &[u8]) -> bool {
        !self.plain || has_unicode_escape(record)
    }
}

/// What the parts of an `&&` need, each by itself.
fn others<'a>(expr: &'a Expr<Condition>, uses: &HashMap<&str, usize>) -> Vec<Vec<&'a Condition>> {
    match expr {
        Expr::All(parts) => parts.iter().filter_map(|part| need(part, uses)).collect(),
        Expr::Is(_) | Expr::Any(_) => Vec::new(),
    }
}

/// The number of the member that a condition is about, and what its selector goes on with.
fn place<'a>(sieve: &Sieve, condition: &'a Condition) -> Option<(usize, Option<&'a Step>)> {
    let (name, next) = last_name(condition)?;
    Some((sieve.members.iter().position(|it| it.name == name)?, next))
}

impl Searched {
    fn new(member: &Member) -> Self {
        let only = member.only_text();
        let string = format!("{}\"", only.unwrap_or(&member.name)).into_bytes();
        let sixteen = |byte: fn(&u8) -> u8| {
            let mut word = [0; 16];
            word.iter_mut().zip(&string).for_each(|(to, from)| *to = byte(from));
            u128::from_le_bytes(word)
        };
        let (head, mask) = (sixteen(|byte| *byte), sixteen(|_| 0xff));
        Self {
            string,
            head,
            mask,
            alone: only.is_some(),
            all: 0,
            texts: vec![Vec::new(); 256],
            ends: Ends::default(),
            array: 0,
            object: 0,
        }
    }

    fn want(&mut self, test: &Test, next: Option<&Step>, bit: u64) {
        self.all |= bit;
        match (next, test.exact_text()) {
            (Some(Step::AnyMember), _) => self.object |= bit,
            (Some(_), _) => self.array |= bit,
            (None, Some(exact)) => {
                if let Some(texts) = self.texts.get_mut(usize::from(mark(exact.as_bytes()))) {
                    texts.push((exact.to_owned(), bit));
                }
            }
            (None, None) => self.ends.push(test, bit),
        }
    }

    #[inline]
    fn met(&self, rest: &[u8]) -> u64 {
        let Some(value) = rest.strip_prefix(self.string.as_slice()) else {
            return if self.string.starts_with(rest) { u64::MAX } else { 0 }; // cut off, or another
        };
        if self.alone {
            return self.all;
        }
        // As CloudTrail writes it, and as most others do.
        if let Some(text) = value.strip_prefix(b":\"").or_else(|| value.strip_prefix(b": \"")) {
            let end = memchr2(b'"', b'\\', text).filter(|end| text.get(*end) == Some(&b'"'));
            let text = end.and_then(|end| text.get(..end));
            return text.map_or(self.all, |text| self.of_text(text) | self.ends.met(text).unwrap_or(self.all));
        }
        match behind(rest, self.string.len()) {
            Behind::Nothing => 0,
            Behind::Unknown => self.all,
            Behind::Value(seen) => self.met_by(&seen),
        }
    }

    fn met_by(&self, seen: &Seen<'_>) -> u64 {
        let lead_on = match seen {
            Seen::Array => self.array,
            Seen::Object => self.object,
            _ => 0,
        };
        self.ends.met_by(seen) | lead_on | seen.comparable().map_or(0, |text| self.of_text(text.as_bytes()))
    }

    fn of_text(&self, text: &[u8]) -> u64 {
        let texts = self.texts.get(usize::from(mark(text)));
        texts.into_iter().flatten().filter(|it| it.0.as_bytes() == text).fold(0, |bits, it| bits | it.1)
    }
}
