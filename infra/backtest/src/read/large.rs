//! A large file: read and unpacked by one core, its lines cut and looked at by all.
//!
//! Only a line's end in a file with an object a line is a place at which another can go on (see
//! [`Cutter::is_between_lines`]): what comes before the first such line, and every stretch in which a line may be one of
//! CloudTrail's own files, is cut by the core that reads the file. So the report is the same however many cores there are.

use std::sync::Arc;

use memchr::{memmem, memrchr};

use super::crew::{Block, Handed};
use super::part::{Given, Part};
use crate::cut::Cutter;

/// How many bytes are handed out at once.
const BLOCK: usize = if cfg!(test) { 200 } else { 1 << 20 };

/// A file that is being read.
#[derive(Default)]
pub(super) struct Large {
    cutter: Cutter,
    /// What is kept to be handed out: from a line's begin.
    lines: Vec<u8>,
    in_lines: bool,
    handed: Arc<Handed>,
}

impl Large {
    /// The next bytes of the file.
    pub(super) fn push(&mut self, mut bytes: &[u8], part: &mut Part<'_>, given: &mut Given) {
        if !self.in_lines {
            let lines = memrchr(b'\n', bytes).and_then(|end| bytes.split_at_checked(end + 1));
            let (lines, rest) = lines.unwrap_or((&[], bytes));
            part.cut(&mut self.cutter, lines, given);
            self.in_lines = self.cutter.is_between_lines();
            bytes = rest;
        }
        if self.in_lines {
            self.lines.extend_from_slice(bytes);
            if self.lines.len() >= BLOCK {
                self.hand_out(part, given);
            }
        } else {
            part.cut(&mut self.cutter, bytes, given);
        }
    }

    fn hand_out(&mut self, part: &mut Part<'_>, given: &mut Given) {
        let end = memrchr(b'\n', &self.lines).map_or(self.lines.len(), |end| end + 1);
        let mut next = part.crew.buffer();
        next.extend_from_slice(self.lines.get(end..).unwrap_or_default());
        let mut lines = std::mem::replace(&mut self.lines, next);
        lines.truncate(end);
        if lines.last() != Some(&b'\n') || memmem::find(&lines, b"\"Records\"").is_some() {
            part.cut(&mut self.cutter, &lines, given);
            part.crew.take_back(lines);
            self.in_lines = self.cutter.is_between_lines();
            if !self.in_lines {
                part.cut(&mut self.cutter, &self.lines, given);
                self.lines.clear();
            }
            return;
        }
        if let Some(block) = part.crew.offer(Block { lines, of: Arc::clone(&self.handed) }) {
            part.lines(&block.lines, given);
            part.crew.take_back(block.lines);
        }
    }

    /// The end of the file, when all of it has been looked at: whether it ends in the middle of something.
    pub(super) fn finish(mut self, part: &mut Part<'_>, given: &mut Given) -> bool {
        part.cut(&mut self.cutter, &self.lines, given);
        let cut_off = part.finish(self.cutter, given);
        part.read_waiting(given);
        part.crew.take_back(self.lines);
        while let Some(block) = part.crew.next_until_done(&self.handed) {
            part.block(block);
        }
        given.add(&self.handed.given());
        cut_off
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::read::crew::Crew;
    use crate::read::ids::Acts;
    use crate::watch::{Watch, Watches};

    static WATCHES: LazyLock<Watches> = LazyLock::new(|| {
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../yakei.toml");
        Watches::new(Watch::read(&config).unwrap(), None).unwrap()
    });

    /// What the file gives, read by `how`.
    fn read(how: impl FnOnce(&mut Part<'_>, &mut Given) -> bool) -> (Given, bool, (u64, u64), u64) {
        let (crew, acts) = (Crew::new(&[], 1), Acts::default());
        let mut part = Part::new(Path::new("x"), &WATCHES, &acts, &crew);
        let mut given = Given::default();
        let cut_off = how(&mut part, &mut given);
        (given, cut_off, part.others.counted(), part.sums.records)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// One cutter from the first byte to the last is the judge.
        #[test]
        fn lines_that_are_handed_out_give_what_they_give_in_one_go(
            lines in prop::collection::vec((prop::sample::select(vec![
                r#"{"eventVersion":"1.1","eventName":"Get","eventID":"@","userIdentity":{"type":"IAMUser"}}"#,
                r#"{"eventVersion":"1.1","eventName":"ConsoleLogin","eventID":"@","eventSource":"signin.amazonaws.com"}"#,
                r#"2026-11-21T18:41:00Z {"eventVersion":"1.1","eventName":"Get","eventID":"@"}"#,
                r#"{"Records":[{"eventVersion":"1.1","eventName":"Get","eventID":"@"},"#,
                r#"{"eventVersion":"1.1","eventName":"Get","eventID":"@"}]}"#,
                r#"{"eventName":"Get","eventID":"#, r#""@"}"#, r#"{"a":{"b":"\"}"#, "START", "say \"x", "x \\", "\"", "", "  ", "}", "]",
            ]), 0..30_u8, any::<bool>()), 0..60),
            part in 1..700_usize,
        ) {
            let text: String = lines.iter().map(|(line, id, windows)| line.replace('@', &id.to_string()) + if *windows { "\r\n" } else { "\n" }).collect();
            let text = text.as_bytes();
            let in_one_go = read(|part, given| {
                let mut cutter = Cutter::default();
                part.cut(&mut cutter, text, given);
                let cut_off = part.finish(cutter, given);
                part.read_waiting(given);
                cut_off
            });
            let handed_out = read(|reader, given| {
                let mut large = Large::default();
                text.chunks(part).for_each(|bytes| large.push(bytes, reader, given));
                large.finish(reader, given)
            });
            prop_assert_eq!(in_one_go, handed_out);
        }
    }
}
