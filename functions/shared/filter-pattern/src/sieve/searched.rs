//! One string that is searched for, and what stands behind it.

use memchr::memchr2;

use super::ends::Ends;
use super::known::Known;
use super::member::Member;
use super::value::{Behind, behind};
use crate::condition::Test;
use crate::scalar::Seen;
use crate::selector::Step;
use crate::text::mark;

/// What is searched for, and the bits that it meets.
#[derive(Debug, Clone)]
pub(super) struct Searched {
    /// The string with its last quote, and of its first eight bytes what must be there.
    pub(super) string: String,
    pub(super) head: u64,
    pub(super) mask: u64,
    /// Whether it is a text that is rarer than its name: it needs nothing behind it.
    pub(super) alone: bool,
    /// All the bits.
    all: u64,
    /// By their [`mark`]; most have no other text beside them.
    texts: Vec<Vec<(String, u64)>>,
    ends: Ends,
    array: u64,
    object: u64,
    /// The string with what CloudTrail writes between it and a text, and what such texts are known to meet.
    known: Option<(Lead, Known)>,
}

/// The first bytes of something, as many as there are.
#[derive(Debug, Clone, Copy)]
struct Lead {
    length: usize,
    bytes: u128,
    mask: u128,
}

impl Searched {
    pub(super) fn new(member: &Member) -> Self {
        let only = member.only_text();
        let string = format!("{}\"", only.unwrap_or(&member.name));
        let eight = |byte: fn(&u8) -> u8| {
            let mut word = [0; 8];
            word.iter_mut().zip(string.as_bytes()).for_each(|(to, from)| *to = byte(from));
            u64::from_le_bytes(word)
        };
        let (head, mask) = (eight(|byte| *byte), eight(|_| 0xff));
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
            known: None,
        }
    }

    pub(super) fn remember(&mut self) {
        let lead = Lead::of(&format!("{}:\"", self.string)).filter(|_| !self.alone);
        self.known = lead.map(|lead| (lead, Known::new()));
    }

    pub(super) fn want(&mut self, test: &Test, next: Option<&Step>, bit: u64) {
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
    pub(super) fn met(&self, rest: &[u8]) -> u64 {
        if let Some(met) = self.known.as_ref().and_then(|(lead, known)| known.get(lead.behind(rest)?)) {
            return met;
        }
        self.found_out(rest)
    }

    #[inline(never)]
    fn found_out(&self, rest: &[u8]) -> u64 {
        let Some(value) = rest.strip_prefix(self.string.as_bytes()) else {
            return if self.string.as_bytes().starts_with(rest) { u64::MAX } else { 0 }; // cut off, or another
        };
        if self.alone {
            return self.all;
        }
        // As CloudTrail writes it.
        if let Some(text) = value.strip_prefix(b":\"") {
            let end = memchr2(b'"', b'\\', text).filter(|end| text.get(*end) == Some(&b'"'));
            let Some(content) = end.and_then(|end| text.get(..end)) else { return self.all };
            let met = self.of_text(content) | self.ends.met(content).unwrap_or(self.all);
            if let Some((_, known)) = &self.known {
                known.put(text, content.len(), met);
            }
            return met;
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

impl Lead {
    fn of(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        let mask = std::array::from_fn(|at| if at < text.len() { 0xff } else { 0 });
        Some(Self { length: text.len(), bytes: u128::from_le_bytes(bytes), mask: u128::from_le_bytes(mask) })
    }

    /// What stands behind it, if these bytes begin with it.
    #[inline]
    fn behind(self, rest: &[u8]) -> Option<&[u8]> {
        let is_here = u128::from_le_bytes(*rest.first_chunk()?) & self.mask == self.bytes;
        if is_here { rest.get(self.length..) } else { None }
    }
}
