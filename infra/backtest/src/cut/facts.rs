//! What is seen of an object while it is cut out: whether it can be of interest, and two of its members.
//!
//! Facts are sure or not told.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memchr;

use super::heads::Heads;

/// Who is shown strings.
pub trait Look {
    /// By what the strings that matter are told from others, and the names of the members that are told.
    fn heads(&self) -> &Heads;
    /// What is met by the string that begins at `at`, a bit each: all, where `bytes` end too soon to tell.
    fn met_at(&self, bytes: &[u8], at: usize) -> u64;
    /// Whether an object may be of interest whose strings have together met these.
    fn matters(&self, met: u64) -> bool;
    /// Whether an object with a backslash may be of interest whatever its strings are.
    fn matters_escaped(&self, object: &[u8]) -> bool;
}

/// Everything is of interest.
impl Look for () {
    fn heads(&self) -> &Heads {
        static HEADS: LazyLock<Heads> = LazyLock::new(|| Heads::of([]));
        &HEADS
    }
    fn met_at(&self, _: &[u8], _: usize) -> u64 {
        0
    }
    fn matters(&self, _: u64) -> bool {
        true
    }
    fn matters_escaped(&self, _: &[u8]) -> bool {
        true
    }
}

/// What was seen of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts<'a> {
    /// Whether it may be of interest.
    pub may_matter: bool,
    /// The text of its last member `eventID`.
    pub event_id: Option<&'a [u8]>,
    /// The text of its first member `eventTime`.
    pub event_time: Option<&'a [u8]>,
}

/// The same while the object is not at its end, by places behind its begin.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// Whether it began in the bytes that are being read.
    pub(super) is_whole: bool,
    /// Whether there is a backslash in it.
    pub(super) has_backslash: bool,
    met: u64,
    event_id: Option<Range<usize>>,
    event_time: Option<Range<usize>>,
    /// Whether it has a member of its own that makes it a record: an id or a time, as each record of CloudTrail does. Seen as
    /// well when the object comes in parts, unless both names are cut in two or written with an escape, as AWS writes none.
    pub(super) is_record: bool,
}

/// Who finds quotes.
pub(super) trait Quotes {
    /// How far the next quote is from a place on.
    fn next_quote(&self, bytes: &[u8], from: usize) -> Option<usize>;
}

/// With instructions of its own.
impl Quotes for () {
    fn next_quote(&self, bytes: &[u8], from: usize) -> Option<usize> {
        memchr(b'"', bytes.get(from..)?)
    }
}

/// A member that is told.
#[derive(Debug, Clone, Copy)]
enum Member {
    Id,
    Time,
}

impl Seen {
    /// Of an object that begins.
    pub(super) fn begin() -> Self {
        Self { is_whole: true, ..Self::default() }
    }

    /// A string that begins `here`, behind its quote, in an object that begins at `start`; `is_own` of the object itself and
    /// not of one inside.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "most are one of the two, at once")]
    pub(super) fn string(
        &mut self,
        quotes: &impl Quotes,
        bytes: &[u8],
        here: usize,
        start: usize,
        is_own: bool,
        look: &impl Look,
    ) {
        if is_own
            && let Some((member, from)) = self.member(bytes, here)
            && let Some(length) = quotes.next_quote(bytes, from)
        {
            let text = Some(from - start..from + length - start);
            match member {
                Member::Id => self.event_id = text,
                Member::Time => self.event_time = text,
            }
            return;
        }
        self.met |= look.met_at(bytes, here);
    }

    /// The member that is told whose name stands `here`, and where its text begins.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "as above")]
    fn member(&mut self, bytes: &[u8], here: usize) -> Option<(Member, usize)> {
        let (head, behind) = bytes.get(here..)?.split_first_chunk::<8>()?;
        let (is_id, is_time) = (head == b"eventID\"", head == b"eventTim");
        self.is_record |= is_id || is_time;
        let (member, behind) = if is_id {
            (Member::Id, behind)
        } else if is_time && self.event_time.is_none() {
            (Member::Time, behind.strip_prefix(b"e\"")?)
        } else {
            return None;
        };
        let text = if behind.starts_with(b":\"") { behind.get(2..)? } else { text_behind(behind)? };
        Some((member, bytes.len() - text.len()))
    }

    /// What is told of the whole object: nothing when it came in several parts.
    pub(super) fn of<'a>(&self, object: &'a [u8], look: &impl Look) -> Option<Facts<'a>> {
        // A text with an escape is another one than it looks.
        let is_sure = |text: &&[u8]| !(text.is_empty() || (self.has_backslash && text.contains(&b'\\')));
        let text = |range: &Option<Range<usize>>| object.get(range.clone()?).filter(is_sure);
        self.is_whole.then(|| Facts {
            may_matter: look.matters(self.met) || (self.has_backslash && look.matters_escaped(object)),
            event_id: text(&self.event_id),
            event_time: text(&self.event_time),
        })
    }
}

/// What begins with the string behind a colon.
fn text_behind(rest: &[u8]) -> Option<&[u8]> {
    rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")
}
