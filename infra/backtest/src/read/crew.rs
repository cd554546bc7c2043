//! Who reads what: files one after another, and blocks of large ones before that.
//!
//! Nobody goes home while a file is being read of which blocks may still come. There are never more blocks waiting than room
//! for them: whoever finds none reads the block himself.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::part::Given;

/// How many files are read by one core before others are asked for, and how large they are together.
const MANY: usize = 16;
const SMALL: u64 = 256 * 1024;

/// All cores, and what is left to be done.
pub(super) struct Crew<'f> {
    files: &'f [(PathBuf, u64)],
    room: usize,
    left: Mutex<Left>,
    changed: Condvar,
}

#[derive(Default)]
struct Left {
    next: usize,
    /// Cores that read files.
    reading: usize,
    /// How many wait for something to do: to tell nobody costs a call of the system too.
    idle: usize,
    blocks: VecDeque<Block>,
    /// Buffers that are not in use.
    spare: Vec<Vec<u8>>,
}

/// Whole lines of a large file.
pub(super) struct Block {
    pub(super) lines: Vec<u8>,
    pub(super) of: Arc<Handed>,
}

/// What was handed out of a file.
#[derive(Default)]
pub(super) struct Handed(Mutex<(usize, Given)>);

/// Something to do.
pub(super) enum Work<'f> {
    /// One, or several that are small.
    Files(&'f [(PathBuf, u64)]),
    Block(Block),
}

impl<'f> Crew<'f> {
    pub(super) fn new(files: &'f [(PathBuf, u64)], threads: usize) -> Self {
        Self { files, room: 2 * threads, left: Mutex::default(), changed: Condvar::new() }
    }

    /// What is to be done next; `None` when all is done. Of files it must be said when they are [`read`](Self::files_are_read).
    pub(super) fn next(&self) -> Option<Work<'f>> {
        let mut left = self.left();
        loop {
            if let Some(block) = left.blocks.pop_front() {
                return Some(Work::Block(block));
            }
            let files = next(self.files.get(left.next..).unwrap_or_default());
            if !files.is_empty() {
                left.next += files.len();
                left.reading += 1;
                return Some(Work::Files(files));
            }
            if left.reading == 0 {
                return None;
            }
            left = self.wait(left);
        }
    }

    pub(super) fn files_are_read(&self) {
        let mut left = self.left();
        left.reading -= 1;
        self.tell(left);
    }

    fn wait<'l>(&self, mut left: MutexGuard<'l, Left>) -> MutexGuard<'l, Left> {
        left.idle += 1;
        let mut left = self.changed.wait(left).unwrap_or_else(PoisonError::into_inner);
        left.idle -= 1;
        left
    }

    /// Tells those who wait that something has changed.
    fn tell(&self, left: MutexGuard<'_, Left>) {
        let is_heard = left.idle > 0;
        drop(left);
        if is_heard {
            self.changed.notify_all();
        }
    }

    /// Hands out a block, or gives it back when there is no room.
    pub(super) fn offer(&self, block: Block) -> Option<Block> {
        let mut left = self.left();
        if left.blocks.len() >= self.room {
            return Some(block);
        }
        block.of.state().0 += 1;
        left.blocks.push_back(block);
        self.tell(left);
        None
    }

    /// A block to be read while those of a file are not all done; `None` when they are.
    pub(super) fn next_until_done(&self, handed: &Handed) -> Option<Block> {
        let mut left = self.left();
        loop {
            if handed.state().0 == 0 {
                return None;
            }
            if let Some(block) = left.blocks.pop_front() {
                return Some(block);
            }
            left = self.wait(left);
        }
    }

    /// A block that was handed out has been read, and gave this.
    pub(super) fn block_is_read(&self, block: &mut Block, given: &Given) {
        {
            let mut state = block.of.state();
            state.0 -= 1;
            state.1.add(given);
        }
        self.take_back(std::mem::take(&mut block.lines));
        self.tell(self.left());
    }

    /// An empty buffer.
    pub(super) fn buffer(&self) -> Vec<u8> {
        self.left().spare.pop().unwrap_or_default()
    }

    pub(super) fn take_back(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        self.left().spare.push(buffer);
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first of these files, with those behind it that are small: who fetches each by itself waits for the others' doing so.
fn next(files: &[(PathBuf, u64)]) -> &[(PathBuf, u64)] {
    let mut size = 0_u64;
    let together = files.iter().take(MANY).take_while(|file| {
        size = size.saturating_add(file.1);
        size <= SMALL
    });
    let count = together.count().max(1);
    files.get(..count).unwrap_or_default()
}

impl Handed {
    fn state(&self) -> MutexGuard<'_, (usize, Given)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What all its blocks gave.
    pub(super) fn given(&self) -> Given {
        self.state().1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_file_is_fetched_once_and_only_small_ones_with_others(sizes in prop::collection::vec(prop_oneof![0..SMALL / 8, 0..4 * SMALL], 0..60)) {
            let files: Vec<(PathBuf, u64)> = sizes.iter().enumerate().map(|(n, size)| (PathBuf::from(n.to_string()), *size)).collect();
            let (crew, mut fetched) = (Crew::new(&files, 1), Vec::new());
            while let Some(Work::Files(files)) = crew.next() {
                prop_assert!((1..=MANY).contains(&files.len()));
                prop_assert!(files.len() == 1 || files.iter().map(|it| it.1).sum::<u64>() <= SMALL);
                fetched.extend(files.iter().map(|it| it.0.clone()));
                crew.files_are_read();
            }
            prop_assert_eq!(fetched, files.into_iter().map(|it| it.0).collect::<Vec<_>>());
        }
    }
}
