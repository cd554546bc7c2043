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
const BLOCK: usize = 1 << 20;

/// A file that is being read.
#[derive(Default)]
pub(super) struct Large {
    pub(super) cutter: Cutter,
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
        part.crew.take_back(self.lines);
        while let Some(block) = part.crew.next_until_done(&self.handed) {
            part.block(block);
        }
        given.add(&self.handed.given());
        cut_off
    }
}
