//! Cutting records out of bytes as they come: CloudTrail's `{"Records":[…]}`, JSON lines, arrays, one pretty-printed
//! record, and several of these one after another.
//!
//! Nothing is parsed here: strings and braces alone tell where an object ends, 64 bytes at once. What is cut out is JSON if
//! the file is. A line of JSON lines that is broken costs that line and no other; memory is bounded by [`LONGEST`].
//!
//! On the way the strings that begin with certain bytes are shown to a [`Look`], so that nothing has to go through the
//! record's bytes a second time to know that it is of no interest.

mod block;
mod braces;
mod facts;
mod heads;
mod parities;
#[cfg(test)]
mod tests;

pub use facts::{Facts, Look};
pub use heads::Heads;

use block::{Block, Eye};
use braces::Braces;
use facts::Seen;
use fearless_simd::{Level, Simd, dispatch};
use memchr::memchr;
use parities::parities;

/// The longest record, in bytes: CloudTrail sends no longer one to CloudWatch Logs ("Because CloudWatch Logs has an event
/// size limitation of 256 KB …", CloudTrail user guide), so no alarm counts it.
pub const LONGEST: usize = 256 * 1024;

/// What was cut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// An object: a record, if the file holds records; and what was seen of it, if it was whole in what was pushed.
    Record(&'a [u8], Option<Facts<'a>>),
    /// A record longer than [`LONGEST`].
    TooLong,
    /// An object longer than that, with no member of its own that makes it a record.
    Other,
    /// A line that holds no whole object.
    Broken,
    /// What stands between the records of one of CloudTrail's files, or behind one, and is none.
    Junk,
    /// One of CloudTrail's files, of an hour in which nothing happened.
    Nothing,
}

/// How the file is laid out; its first object tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Unknown,
    /// An object a line: a line's end ends the object, whole or not.
    Lines,
    /// Objects over several lines.
    Free,
}

/// What is found in a block.
struct Found {
    bits: Block,
    /// Where strings begin that are looked for.
    strings: u64,
    newlines: u64,
    /// What stands inside of strings.
    inside: u64,
}

/// The state between two pieces of a file.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about where the reading stands")]
pub struct Cutter {
    layout: Layout,
    /// Braces that are open.
    depth: usize,
    /// All ones inside of a string.
    in_string: u64,
    /// Whether the next byte stands behind a backslash, and whether behind a string's first quote.
    escaped: bool,
    quoted: bool,
    /// Whether the open object is CloudTrail's, with `Records`.
    wrapped: bool,
    /// Whether it is known what the open object is.
    decided: bool,
    /// Whether an object is being kept, and what of it came with earlier bytes.
    open: bool,
    before: Vec<u8>,
    too_long: bool,
    /// Of this line: whether an object was found in it, and whether there is anything else.
    found: bool,
    junk: bool,
    /// Between records: whether there was junk already, and whether their array has ended.
    told_junk: bool,
    array_ended: bool,
    /// What was seen of the object that is being kept.
    seen: Seen,
    /// The processor's instructions.
    level: Level,
    /// Whether every block is gone through mark by mark, to be compared with.
    #[cfg(test)]
    plain: bool,
}

impl Default for Cutter {
    fn default() -> Self {
        Self {
            layout: Layout::Unknown,
            depth: 0,
            in_string: 0,
            escaped: false,
            quoted: false,
            wrapped: false,
            decided: false,
            open: false,
            before: Vec::new(),
            too_long: false,
            found: false,
            junk: false,
            told_junk: false,
            array_ended: false,
            seen: Seen::default(),
            level: Level::new(),
            #[cfg(test)]
            plain: false,
        }
    }
}

impl Cutter {
    /// For the lines of a file of which it is known already that it has an object a line.
    pub fn of_lines() -> Self {
        Self { layout: Layout::Lines, ..Self::default() }
    }

    /// For one object that was cut out already.
    pub fn of_one() -> Self {
        Self { wrapped: true, depth: 1, ..Self::default() }
    }

    /// By these instructions, and not by the widest that the processor has.
    #[must_use]
    pub fn by(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// Whether a line of such a file has just ended, or none has begun: what follows can be cut by another one.
    pub fn is_between_lines(&self) -> bool {
        self.layout == Layout::Lines
            && self.depth == 0
            && self.in_string == 0
            && !(self.escaped || self.open || self.found || self.junk)
    }

    /// Takes the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8], look: &impl Look, each: &mut impl FnMut(Piece<'_>)) {
        dispatch!(self.level, simd => self.push_by(simd, bytes, look, each));
    }

    #[inline(always)] // into what is compiled for the processor's instructions
    #[allow(clippy::inline_always)]
    fn push_by<S: Simd>(&mut self, simd: S, bytes: &[u8], look: &impl Look, each: &mut impl FnMut(Piece<'_>)) {
        let eye = Eye::new(simd, look.heads());
        // Where the kept object, and what is not yet known to be junk, begin in these bytes.
        let (mut start, mut line, mut at) = (0, 0, 0);
        self.seen.is_whole = false;
        loop {
            if self.is_in_midst() {
                at = if self.wrapped {
                    self.run::<S, false>(&eye, bytes, at, &mut start, &mut line, look, each)
                } else {
                    self.run::<S, true>(&eye, bytes, at, &mut start, &mut line, look, each)
                };
            }
            let Some(rest) = bytes.get(at..).filter(|it| !it.is_empty()) else { break };
            let (bits, newlines) = eye.look(rest);
            let (begins, inside) = self.strings(simd, &bits, rest.len());
            let found = Found { bits, strings: bits.heads & begins, newlines, inside };
            at = self.block(&found, bytes, at, &mut start, &mut line, look, each);
        }
        if self.open {
            self.keep(bytes.get(start..).unwrap_or_default());
        } else if self.depth == 0 {
            self.outside(bytes.get(line..).unwrap_or_default(), each);
        } else if self.wrapped {
            self.between(bytes.get(line..).unwrap_or_default(), each);
        }
    }

    /// Goes through blocks in the midst of a kept object, as most are, by counting, with what changes at hand; where to go on.
    /// Where one of CloudTrail's records ends and the next begins, blocks begin anew as well, so that the next one's are much
    /// like this one's. It stops before what [`block`](Self::block) is for.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    #[expect(clippy::too_many_arguments, reason = "what `push` knows")]
    fn run<S: Simd, const LINES: bool>(
        &mut self,
        eye: &Eye<S>,
        bytes: &[u8],
        mut at: usize,
        start: &mut usize,
        line: &mut usize,
        look: &impl Look,
        each: &mut impl FnMut(Piece<'_>),
    ) -> usize {
        let (own, is_free) = (1 + usize::from(self.wrapped), self.layout == Layout::Free);
        let (mut depth, mut in_string) = (self.depth, self.in_string);
        let (mut begun, mut escaped) = (u64::from(self.quoted), u64::from(self.escaped));
        'all: loop {
            // Nothing is called in here, so that all it needs stays at hand.
            let (bits, mut inside, newlines) = loop {
                let Some(whole) = bytes.get(at..).and_then(|it| it.first_chunk()) else { break 'all };
                let bits = eye.at(whole, true);
                let inside = parities(eye.simd, bits.quotes) ^ in_string;
                let braces = Braces::of(&bits, inside, depth);
                let opening = bits.quotes & inside;
                let newlines = if LINES { eye.newlines(whole) } else { 0 };
                let is_something = bits.heads & (opening << 1 | begun) | bits.backslashes | escaped | newlines;
                if is_something != 0 || braces.may_close(own) {
                    break (bits, inside, newlines);
                }
                (in_string, begun) = (everywhere(inside >> 63), opening >> 63);
                depth = braces.depth_behind();
                at += 64;
            };
            let (mut quotes, mut escaped_behind) = (bits.quotes, 0);
            if bits.backslashes | escaped != 0 {
                let behind = behind_backslashes(bits.backslashes, escaped);
                quotes &= !behind.0;
                inside = parities(eye.simd, quotes) ^ in_string;
                escaped_behind = behind.1 >> 63;
            }
            if LINES && newlines & if is_free { inside } else { u64::MAX } != 0 {
                break;
            }
            let braces = Braces::of(&bits, inside, depth);
            let end = if braces.may_close(own) { braces.end(own) } else { None };
            let kept = end.map_or(u64::MAX, |bit| bit - 1);
            let opening = quotes & inside;
            let mut strings = bits.heads & (opening << 1 | begun) & kept;
            while strings != 0 {
                let (bit, here) = (strings & strings.wrapping_neg(), at + strings.trailing_zeros() as usize);
                let is_own = braces.is_own(own, bit);
                self.seen.string(eye, bytes, here, *start, is_own, look);
                strings ^= bit;
            }
            if bits.backslashes & kept != 0 {
                self.seen.has_backslash = true;
            }
            let Some(bit) = end else {
                (in_string, begun, escaped) = (everywhere(inside >> 63), opening >> 63, escaped_behind);
                depth = braces.depth_behind();
                at += 64;
                continue;
            };
            let here = at + bit.trailing_zeros() as usize;
            (self.depth, in_string, begun, escaped) = (own, 0, 0, 0);
            self.closes(bytes, here, *start, line, look, each);
            (depth, at) = (self.depth, here + 1);
            if LINES || !bytes.get(at..).is_some_and(|it| it.starts_with(b",{")) {
                break;
            }
            self.begin(at + 1, start);
            (depth, at) = (own, at + 2);
        }
        (self.depth, self.in_string, self.quoted, self.escaped) = (depth, in_string, begun == 1, escaped == 1);
        at
    }

    /// Whether [`run`](Self::run) can go on.
    fn is_in_midst(&self) -> bool {
        #[cfg(test)]
        if self.plain {
            return false;
        }
        self.open && (self.wrapped || self.decided)
    }

    /// Goes through a block mark by mark; where to go on: at the next one, or before that if what follows is to be read anew.
    #[inline(never)]
    #[expect(clippy::too_many_arguments, reason = "what `push` knows")]
    fn block(
        &mut self,
        found: &Found,
        bytes: &[u8],
        at: usize,
        start: &mut usize,
        line: &mut usize,
        look: &impl Look,
        each: &mut impl FnMut(Piece<'_>),
    ) -> usize {
        let Found { bits, strings, newlines, inside } = found;
        let newlines = if self.wrapped { 0 } else { *newlines };
        let mut marks = ((bits.opening | bits.closing) & !inside) | strings | newlines;
        let mut backslashes = bits.backslashes;
        while marks != 0 {
            let bit = marks & marks.wrapping_neg();
            let here = at + marks.trailing_zeros() as usize;
            marks ^= bit;
            if strings & bit != 0 {
                let is_own = self.depth == 1 + usize::from(self.wrapped);
                self.seen.string(&(), bytes, here, *start, is_own, look);
                continue;
            }
            match bytes.get(here) {
                Some(b'{') => {
                    let is_kept = self.opens(bytes, here, start, line, each);
                    if is_kept {
                        backslashes &= !(bit - 1);
                    }
                }
                Some(b'}') => {
                    let wrapped = self.wrapped;
                    self.seen.has_backslash |= backslashes & (bit - 1) != 0;
                    self.closes(bytes, here, *start, line, look, each);
                    if wrapped && !self.wrapped {
                        (self.in_string, self.escaped, self.quoted) = (0, false, false);
                        return here + 1; // lines count again
                    }
                }
                _ if self.ends_line(bytes, here, line, inside & bit != 0, each) => return here + 1,
                _ => {}
            }
        }
        self.seen.has_backslash |= backslashes != 0;
        at + 64
    }

    /// The end of the file: whether it ends in the middle of something.
    pub fn finish(mut self, each: &mut impl FnMut(Piece<'_>)) -> bool {
        let cut_off = self.depth > 0 || self.in_string != 0;
        if !cut_off && self.junk && !self.found {
            each(Piece::Broken);
        }
        self.before.clear();
        cut_off
    }

    /// Where strings' first bytes are, behind their quotes; which bytes stand inside of strings; and the state behind the block.
    #[inline]
    fn strings<S: Simd>(&mut self, simd: S, masks: &Block, length: usize) -> (u64, u64) {
        let mut quotes = masks.quotes;
        if masks.backslashes != 0 || self.escaped {
            let (behind, backslashes) = behind_backslashes(masks.backslashes, self.escaped.into());
            quotes &= !behind;
            self.escaped = backslashes >> (length.clamp(1, 64) - 1) & 1 == 1;
        }
        let inside = parities(simd, quotes) ^ self.in_string;
        self.in_string = everywhere(inside >> 63);
        let opening = quotes & inside;
        let begins = opening << 1 | u64::from(self.quoted);
        self.quoted = opening >> 63 == 1;
        (begins, inside)
    }

    /// Whether an object begins here that is kept.
    fn opens(
        &mut self,
        bytes: &[u8],
        here: usize,
        start: &mut usize,
        line: &mut usize,
        each: &mut impl FnMut(Piece<'_>),
    ) -> bool {
        self.depth += 1;
        match (self.depth, self.wrapped) {
            (1, _) => {
                self.outside(bytes.get(*line..here).unwrap_or_default(), each);
                *line = here;
                self.decided = false;
            }
            (2, true) => self.between(bytes.get(*line..here).unwrap_or_default(), each),
            (2, false) if !self.decided => {
                self.decided = true;
                if !self.is_wrapper(bytes.get(*start..here).unwrap_or_default()) {
                    return false;
                }
                (self.wrapped, self.told_junk, self.array_ended) = (true, false, false);
            }
            _ => return false,
        }
        self.begin(here, start);
        true
    }

    fn begin(&mut self, here: usize, start: &mut usize) {
        *start = here;
        self.open = true;
        self.too_long = false;
        self.told_junk = false;
        self.before.clear();
        self.seen = Seen::begin();
    }

    fn closes(
        &mut self,
        bytes: &[u8],
        here: usize,
        start: usize,
        line: &mut usize,
        look: &impl Look,
        each: &mut impl FnMut(Piece<'_>),
    ) {
        let ends = self.depth == if self.wrapped { 2 } else { 1 };
        if ends && self.open {
            self.end(bytes.get(start..=here), look, each);
            *line = here + 1;
        }
        match self.depth {
            0 => self.junk = true,
            1 if self.wrapped => {
                self.between(bytes.get(*line..here).unwrap_or_default(), each);
                (self.depth, self.wrapped, self.open, *line) = (0, false, false, here + 1);
            }
            1 => (self.depth, self.wrapped, self.open, *line) = (0, false, false, here + 1),
            _ => self.depth -= 1,
        }
    }

    fn end(&mut self, last: Option<&[u8]>, look: &impl Look, each: &mut impl FnMut(Piece<'_>)) {
        let last = last.unwrap_or_default();
        (self.open, self.found) = (false, true);
        if self.too_long || self.before.len() + last.len() > LONGEST {
            each(if self.seen.is_record { Piece::TooLong } else { Piece::Other });
        } else {
            let whole = if self.before.is_empty() {
                last
            } else {
                self.before.extend_from_slice(last);
                &self.before
            };
            each(if !self.wrapped && is_empty_wrapper(whole) {
                Piece::Nothing
            } else {
                Piece::Record(whole, self.seen.of(whole, look))
            });
        }
        self.before.clear();
        self.too_long = false;
    }

    /// Whether the state was thrown away, so that what follows is to be read anew.
    fn ends_line(
        &mut self,
        bytes: &[u8],
        here: usize,
        line: &mut usize,
        in_string: bool,
        each: &mut impl FnMut(Piece<'_>),
    ) -> bool {
        if self.wrapped {
            return false;
        }
        let broken = if self.depth == 0 {
            self.outside(bytes.get(*line..here).unwrap_or_default(), each);
            if self.found && self.layout == Layout::Unknown {
                self.layout = Layout::Lines;
            }
            in_string || (self.junk && !self.found)
        } else {
            if !in_string && self.layout != Layout::Lines {
                self.layout = Layout::Free;
                return false;
            }
            true
        };
        if broken {
            each(Piece::Broken);
        }
        // A line with anything but JSON says nothing of the next one: not by its quotes, nor by a backslash at its end.
        let anew = broken || self.junk;
        (self.found, self.junk, self.told_junk, *line) = (false, false, false, here + 1);
        if anew {
            (self.depth, self.in_string, self.escaped, self.quoted, self.open) = (0, 0, false, false, false);
            self.before.clear();
        }
        anew
    }

    /// What stands outside of objects, or a part of it. Before a line's first object an export of the log group has its time;
    /// behind one nothing is in its place.
    fn outside(&mut self, bytes: &[u8], each: &mut impl FnMut(Piece<'_>)) {
        if !is_junk(bytes) {
            return;
        }
        self.junk = true;
        if self.found && !self.told_junk {
            self.told_junk = true;
            each(Piece::Junk);
        }
    }

    /// What stands between two records, or a part of it. Behind the array's end CloudTrail's file may have other members.
    fn between(&mut self, bytes: &[u8], each: &mut impl FnMut(Piece<'_>)) {
        let end = if self.array_ended { Some(0) } else { memchr(b']', bytes) };
        let inside = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        if is_junk(inside) && !self.told_junk {
            self.told_junk = true;
            each(Piece::Junk);
        }
        self.array_ended |= end.is_some();
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.before.len() + bytes.len() > LONGEST {
            self.too_long = true;
            self.before.clear();
        } else if !self.too_long {
            self.before.extend_from_slice(bytes);
        }
    }

    /// Whether what stands before an object's first inner object ends in `"Records":[`.
    fn is_wrapper(&self, head: &[u8]) -> bool {
        let both: Vec<u8>;
        let head = if self.before.is_empty() {
            head
        } else {
            both = [self.before.as_slice(), head].concat();
            &both
        };
        let blank = |rest: &mut &[u8]| *rest = rest.trim_ascii_end();
        let mut rest = head;
        for expected in [b"[".as_slice(), b":", b"\"Records\""] {
            blank(&mut rest);
            match rest.strip_suffix(expected) {
                Some(before) => rest = before,
                None => return false,
            }
        }
        true
    }
}

/// Which bytes stand behind a backslash that stands behind none itself, and which are such backslashes; the first one does if
/// `escaped` is 1. A row of backslashes that begins at an even place ends by carrying where the addition of the odd places
/// alone does not, as simdjson has it.
#[inline(always)]
#[allow(clippy::inline_always)]
fn behind_backslashes(backslashes: u64, escaped: u64) -> (u64, u64) {
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    let may_escape = backslashes & !escaped;
    let series = ((may_escape << 1) | ODD).wrapping_sub(may_escape) ^ ODD;
    (series ^ (backslashes | escaped), series & backslashes)
}

/// The same bit everywhere.
#[inline(always)]
#[allow(clippy::inline_always)]
fn everywhere(bit: u64) -> u64 {
    bit.wrapping_neg()
}

/// Anything but blanks and what joins the elements of an array.
fn is_junk(bytes: &[u8]) -> bool {
    !bytes.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, b'[' | b']' | b','))
}

/// `{"Records":[]}`: an hour in which nothing happened.
fn is_empty_wrapper(bytes: &[u8]) -> bool {
    bytes.len() < 100 && bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).eq(*b"{\"Records\":[]}")
}
