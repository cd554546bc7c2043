//! Cutting records out of bytes as they come: CloudTrail's `{"Records":[…]}`, JSON lines, arrays, one pretty-printed
//! record, and several of these one after another.
//!
//! Nothing is parsed here: strings and braces alone tell where an object ends, 64 bytes at once. What is cut out is JSON if
//! the file is. A line of JSON lines that is broken costs that line and no other; memory is bounded by [`LONGEST`].
//!
//! On the way the strings that begin with certain bytes are shown to a [`Look`], so that nothing has to go through the
//! record's bytes a second time to know that it is of no interest.

mod block;
mod facts;

pub use facts::{Facts, Look};

use block::{Block, Blocks};
use facts::Seen;
use fearless_simd::Level;

/// The longest record, in bytes: CloudTrail sends no longer one to CloudWatch Logs ("Because CloudWatch Logs has an event
/// size limitation of 256 KB …", CloudTrail user guide), so no alarm counts it.
pub const LONGEST: usize = 256 * 1024;

/// What was cut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// An object: a record, if the file holds records; and what was seen of it, if it was whole in what was pushed.
    Record(&'a [u8], Option<Facts<'a>>),
    /// An object longer than [`LONGEST`].
    TooLong,
    /// A line that holds no whole object.
    Broken,
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
    /// What was seen of the object that is being kept.
    seen: Seen,
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
            seen: Seen::default(),
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

    /// Whether a line of such a file has just ended, or none has begun: what follows can be cut by another one.
    pub fn is_between_lines(&self) -> bool {
        self.layout == Layout::Lines
            && self.depth == 0
            && self.in_string == 0
            && !(self.escaped || self.open || self.found || self.junk)
    }

    /// Takes the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8], look: &impl Look, each: &mut impl FnMut(Piece<'_>)) {
        let (letters, level) = (look.letters(), Level::new());
        // Where the kept object, and what is not yet known to be junk, begin in these bytes.
        let (mut start, mut line, mut at) = (0, 0, 0);
        let mut blocks = Blocks::default();
        self.seen.is_whole = false;
        while at < bytes.len() {
            block::fill(level, bytes.get(at..).unwrap_or_default(), letters, &mut blocks);
            for bits in &blocks {
                let next = self.block(bits, bytes, at, &mut start, &mut line, look, each);
                let is_next = next == at + 64;
                at = next;
                if !is_next || at >= bytes.len() {
                    break;
                }
            }
        }
        if self.open {
            self.keep(bytes.get(start..).unwrap_or_default());
        } else if self.depth == 0 {
            self.junk |= is_junk(bytes.get(line..).unwrap_or_default());
        }
    }

    /// Goes through a block; where to go on: at the next one, or before that if what follows is to be read anew.
    #[inline]
    #[expect(clippy::too_many_arguments, reason = "what `push` knows")]
    fn block(
        &mut self,
        bits: &Block,
        bytes: &[u8],
        at: usize,
        start: &mut usize,
        line: &mut usize,
        look: &impl Look,
        each: &mut impl FnMut(Piece<'_>),
    ) -> usize {
        let (begins, inside) = self.strings(bits, bytes.len() - at);
        let strings = bits.letters & begins;
        let newlines = if self.wrapped { 0 } else { bits.newlines };
        let mut marks = (bits.braces & !inside) | strings | newlines;
        self.seen.has_backslash |= bits.backslashes != 0;
        while marks != 0 {
            let bit = marks & marks.wrapping_neg();
            let here = at + marks.trailing_zeros() as usize;
            marks ^= bit;
            if strings & bit != 0 {
                self.seen.string(bytes, here, *start, self.depth == 1 + usize::from(self.wrapped), look);
                continue;
            }
            match bytes.get(here) {
                Some(b'{') => {
                    let is_kept = self.opens(bytes, here, start, line);
                    if is_kept {
                        self.seen = Seen::at(bits.backslashes & !(bit - 1) != 0);
                    }
                }
                Some(b'}') => {
                    let wrapped = self.wrapped;
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
    fn strings(&mut self, masks: &Block, length: usize) -> (u64, u64) {
        let mut quotes = masks.quotes;
        if masks.backslashes != 0 || self.escaped {
            quotes &= !self.behind_backslashes(masks.backslashes, length);
        }
        // Each bit becomes the parity of those up to it.
        let mut inside = quotes;
        for shift in [1, 2, 4, 8, 16, 32] {
            inside ^= inside << shift;
        }
        inside ^= self.in_string;
        self.in_string = if inside >> 63 == 1 { u64::MAX } else { 0 };
        let opening = quotes & inside;
        let begins = opening << 1 | u64::from(self.quoted);
        self.quoted = opening >> 63 == 1;
        (begins, inside)
    }

    fn behind_backslashes(&mut self, backslashes: u64, length: usize) -> u64 {
        let mut escaped = u64::from(self.escaped);
        let mut left = backslashes & !escaped;
        self.escaped = false;
        while left != 0 {
            let behind = left.trailing_zeros() + 1;
            left &= left - 1;
            if behind as usize == length.min(64) {
                self.escaped = true;
            } else {
                escaped |= 1 << behind;
                left &= !(1 << behind);
            }
        }
        escaped
    }

    /// Whether an object begins here that is kept.
    fn opens(&mut self, bytes: &[u8], here: usize, start: &mut usize, line: &mut usize) -> bool {
        self.depth += 1;
        match (self.depth, self.wrapped) {
            (1, _) => {
                self.junk |= is_junk(bytes.get(*line..here).unwrap_or_default());
                *line = here;
                self.decided = false;
            }
            (2, true) => {}
            (2, false) if !self.decided => {
                self.decided = true;
                if !self.is_wrapper(bytes.get(*start..here).unwrap_or_default()) {
                    return false;
                }
                self.wrapped = true;
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
        self.before.clear();
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
        }
        match self.depth {
            0 => self.junk = true,
            1 => (self.depth, self.wrapped, self.open, *line) = (0, false, false, here + 1),
            _ => self.depth -= 1,
        }
    }

    fn end(&mut self, last: Option<&[u8]>, look: &impl Look, each: &mut impl FnMut(Piece<'_>)) {
        let last = last.unwrap_or_default();
        (self.open, self.found) = (false, true);
        if self.too_long || self.before.len() + last.len() > LONGEST {
            each(Piece::TooLong);
        } else {
            let whole = if self.before.is_empty() {
                last
            } else {
                self.before.extend_from_slice(last);
                &self.before
            };
            if self.wrapped || !is_empty_wrapper(whole) {
                each(Piece::Record(whole, self.seen.of(whole, look)));
            }
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
            self.junk |= is_junk(bytes.get(*line..here).unwrap_or_default());
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
        (self.found, self.junk, *line) = (false, false, here + 1);
        if anew {
            (self.depth, self.in_string, self.escaped, self.quoted, self.open) = (0, 0, false, false, false);
            self.before.clear();
        }
        anew
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

/// Anything but blanks and what joins the elements of an array.
fn is_junk(bytes: &[u8]) -> bool {
    !bytes.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, b'[' | b']' | b','))
}

/// `{"Records":[]}`: an hour in which nothing happened.
fn is_empty_wrapper(bytes: &[u8]) -> bool {
    bytes.len() < 100 && bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).eq(*b"{\"Records\":[]}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is cut, in one go or in parts of so many bytes; `!` for what is broken, `…` for a file that is cut off.
    fn cut(text: &[u8], part: usize) -> Vec<String> {
        let (mut cutter, mut out) = (Cutter::default(), Vec::new());
        let mut each = |piece: Piece<'_>| {
            out.push(match piece {
                Piece::Record(bytes, _) => String::from_utf8_lossy(bytes).into_owned(),
                Piece::TooLong => "too long".to_owned(),
                Piece::Broken => "!".to_owned(),
            });
        };
        for part in text.chunks(part.max(1)) {
            cutter.push(part, &(), &mut each);
        }
        if cutter.finish(&mut each) {
            out.push("…".to_owned());
        }
        out
    }

    #[test]
    fn every_form_gives_the_same_records() {
        let (a, b) = (r#"{"a":{"x":"}\"{"},"n":[{}]}"#, r#"{"b":"日本 \\"}"#);
        for form in [
            format!("{{\"Records\":[{a},{b}]}}"),
            format!("{{ \"Records\" : [ {a} ,\n {b} ] }}\n"),
            format!("{{\"from\":\"x\",\"Records\":[{a},{b}]}}"),
            format!("{{\"Records\":[{a}]}}{{\"Records\":[]}}\n{{\"Records\":[{b}]}}"),
            format!("{a}\n\n{b}\n"),
            format!("{a}\r\n{b}"),
            format!("[{a},{b}]"),
            format!("[\n{a},\n{b}\n]"),
            format!("{a}{b}"),
            format!("2026-11-21T18:41:00.000Z {a}\n2026-11-21T18:42:00.000Z {b}\n"),
        ] {
            for part in [1, 7, 63, 64, 65, 10_000] {
                assert_eq!(cut(form.as_bytes(), part), [a, b], "{form} in parts of {part}");
            }
        }
        let pretty = "{\n  \"a\": {\n    \"b\": [\n{}\n]\n  }\n}";
        assert_eq!(cut(format!("{pretty}\n{pretty}\n").as_bytes(), 5), [pretty, pretty]);
    }

    #[test]
    fn a_broken_line_costs_itself_alone() {
        let whole = r#"{"a":{"b":1}}"#;
        for broken in ["START RequestId: 1", "{\"a\":{\"b\":1}", "{\"a\":\"x", "{\"a\":1,", "}", "say \"x", "\\"] {
            let text = format!("{whole}\n{broken}\n{whole}\n");
            for part in [1, 8, 1000] {
                assert_eq!(cut(text.as_bytes(), part), [whole, "!", whole], "{broken} in parts of {part}");
            }
        }
        assert_eq!(cut(format!("{whole}\n{}", &whole[..6]).as_bytes(), 9), [whole, "…"]);
        assert_eq!(cut(b"{\"Records\":[{\"a\":1},{\"b\":", 9), ["{\"a\":1}", "…"]);
        assert_eq!(cut(b"no JSON at all", 4), ["!"]);
        assert_eq!(cut(b"", 4), [""; 0]);
        assert_eq!(cut(b" \n\n ", 2), [""; 0]);
    }

    #[test]
    fn what_no_log_group_gets_is_told_and_not_kept() {
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(LONGEST));
        let fits = format!("{{\"a\":\"{}\"}}", "x".repeat(LONGEST - 8));
        let text = format!("{{\"Records\":[{long},{fits},{{\"b\":1}}]}}");
        for part in [1000, 10_000_000] {
            assert_eq!(cut(text.as_bytes(), part), ["too long", &fits, "{\"b\":1}"]);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// `serde_json` is the judge: what it reads as a sequence of objects is cut into these objects.
        #[test]
        fn objects_are_cut_as_serde_json_reads_them(
            objects in prop::collection::vec("\\{(\"[a{}\\[\\],:ü]{0,9}(\\\\\\\\|\\\\\"|\\\\u007b){0,3}\":(\\{\\}|\\[\\{\"k\":\"\\}\"\\}\\]|1|\"\\{\"))?\\}", 0..6),
            part in 1..200_usize,
            between in prop::sample::select(vec!["", "\n", ",", " \n "]),
        ) {
            prop_assume!(objects.iter().all(|it| serde_json::from_str::<serde_json::Value>(it).is_ok()));
            let text = objects.join(between);
            prop_assert_eq!(&cut(text.as_bytes(), part), &objects);
            let file = format!("{{\"Records\":[{}]}}", objects.join(","));
            prop_assert_eq!(&cut(file.as_bytes(), part), &objects);
        }

        #[test]
        fn no_soup_panics_and_its_parts_do_not_matter(
            text in "([{}\\[\\]:, ]|\"[a\\\\\"]{0,9}\"|\"|\\\\|\n|\"Records\":\\[|x){0,80}",
            part in 1..100_usize,
        ) {
            prop_assert_eq!(cut(text.as_bytes(), part), cut(text.as_bytes(), 100_000));
        }
    }
}
