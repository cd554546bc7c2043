//! Files in, tallies out: all cores, each file by one of them.
//!
//! Memory is bounded by what must be remembered: eight bytes for each record (a hash of its `eventID`, by which it is known
//! again), of records that match the `eventID` itself, the files' names, and the [`Tallies`]. Which core reads what, and in
//! which order, changes nothing in the report.

mod ids;
mod record;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::cut::{Cutter, Piece};
use crate::evaluate::Sums;
use crate::files::{Found, find, skipped};
use crate::report::Skipped;
use crate::tally::{Tallies, sighted};
use crate::unpack::Unpacker;
use crate::watch::Watches;

use ids::{Acts, Others};
use record::{Times, event_id, event_ids, is_digest};

/// Reads a file, or everything below a folder. `progress` is told how many packed bytes there are, and of each part that
/// was read.
pub fn read(root: &Path, watches: &Watches, progress: &(impl Progress + Sync)) -> (Tallies, Sums) {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    read_with(root, watches, threads, progress)
}

/// Is told how far the reading has come.
pub trait Progress {
    /// Before anything is read: how many bytes there are.
    fn total(&self, bytes: u64);
    /// So many bytes more have been read.
    fn more(&self, bytes: u64);
}

impl Progress for () {
    fn total(&self, _: u64) {}
    fn more(&self, _: u64) {}
}

fn read_with(root: &Path, watches: &Watches, threads: usize, progress: &(impl Progress + Sync)) -> (Tallies, Sums) {
    let Found { files, insight_files, digest_files, mut skipped } = find(root);
    progress.total(files.iter().map(|it| it.1).sum());
    let (next, acts) = (AtomicUsize::new(0), Acts::default());
    let parts: Vec<Part<'_>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.clamp(1, files.len().max(1)))
            .map(|_| scope.spawn(|| Part::new(root, watches, &acts).all(&files, &next, progress)))
            .collect();
        workers.into_iter().map(|it| it.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    let mut tallies = Tallies::new(watches.patterns());
    let mut sums = Sums { insight_files, digest_files, ..Sums::default() };
    let (mut times, mut others) = (Times::default(), Others::default());
    for part in parts {
        others = others.and(part.others);
        tallies = tallies.and(part.tallies);
        times = times.and(part.times);
        skipped.extend(part.skipped);
        sums.files += part.sums.files;
        sums.digest_files += part.sums.digest_files;
        sums.records += part.sums.records;
        sums.duplicates += part.sums.duplicates;
        sums.too_long += part.sums.too_long;
    }
    let (different, again) = others.counted();
    sums.records += different;
    sums.duplicates += again;
    skipped.sort_by(|a, b| a.file.cmp(&b.file));
    (sums.from, sums.to) = times.span();
    sums.skipped = skipped;
    (tallies, sums)
}

/// What one core reads.
struct Part<'a> {
    root: &'a Path,
    watches: &'a Watches,
    acts: &'a Acts,
    others: Others,
    tallies: Tallies,
    times: Times,
    sums: Sums,
    skipped: Vec<Skipped>,
}

/// What one file gave.
#[derive(Debug, Default)]
struct Given {
    records: u64,
    broken: u64,
    others: u64,
    digest: bool,
}

impl<'a> Part<'a> {
    fn new(root: &'a Path, watches: &'a Watches, acts: &'a Acts) -> Self {
        let (tallies, times) = (Tallies::new(watches.patterns()), Times::default());
        Self {
            root,
            watches,
            acts,
            others: Others::default(),
            tallies,
            times,
            sums: Sums::default(),
            skipped: Vec::new(),
        }
    }

    fn all(mut self, files: &[(PathBuf, u64)], next: &AtomicUsize, progress: &impl Progress) -> Self {
        let mut unpacker = Unpacker::default();
        while let Some((path, _)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            self.file(&mut unpacker, path, progress);
        }
        self
    }

    fn file(&mut self, unpacker: &mut Unpacker, path: &Path, progress: &impl Progress) {
        let (mut cutter, mut given) = (Cutter::default(), Given::default());
        let done = unpacker.unpack(path, &mut |bytes| progress.more(bytes), &mut |bytes| {
            if bytes.whole && self.is_of_no_interest(bytes.bytes, &mut given) {
                return;
            }
            cutter.push(bytes.bytes, &mut |piece| self.piece(piece, &mut given));
        });
        let cut_off = cutter.finish(&mut |piece| self.piece(piece, &mut given));
        let mut why: Vec<String> = done.err().map(|flaw| flaw.to_string()).into_iter().collect();
        if given.broken > 0 {
            why.push(format!("{} line(s) are not JSON, or cut off", given.broken));
        }
        if cut_off && why.is_empty() {
            why.push("ends in the middle of its JSON".to_owned());
        }
        if given.records == 0 && given.digest {
            self.sums.digest_files += 1;
            return;
        }
        if given.others > 0 {
            why.push(format!("{} object(s) are no CloudTrail records", given.others));
        } else if given.records == 0 && why.is_empty() {
            return; // an hour in which nothing happened
        }
        self.sums.files += u64::from(given.records > 0);
        if !why.is_empty() {
            self.skipped.push(skipped(self.root, path, &why.join("; "), given.records));
        }
    }

    /// Whether this is a whole file of which nothing can match; then its records are counted, and not cut out.
    fn is_of_no_interest(&mut self, bytes: &[u8], given: &mut Given) -> bool {
        let Some(text) = std::str::from_utf8(bytes).ok().filter(|it| !self.watches.may_match(it)) else {
            return false;
        };
        let Some(ids) = event_ids(text) else { return false };
        for id in &ids {
            self.others.add(id);
        }
        self.times.see_all(text);
        given.records += ids.len() as u64;
        true
    }

    fn piece(&mut self, piece: Piece<'_>, given: &mut Given) {
        match piece {
            Piece::Broken => given.broken += 1,
            Piece::TooLong => {
                given.records += 1;
                self.sums.too_long += 1;
            }
            Piece::Record(bytes) => match std::str::from_utf8(bytes) {
                Ok(record) => self.record(record, given),
                Err(_) => self.record(&String::from_utf8_lossy(bytes), given),
            },
        }
    }

    fn record(&mut self, record: &str, given: &mut Given) {
        let matching = self.watches.matching(record);
        let id = event_id(record);
        if matching.is_empty()
            && let Some(id) = id
        {
            given.records += 1;
            self.times.see(record);
            self.others.add(id);
            return;
        }
        let Self { tallies, watches, acts, .. } = self;
        // Whether it is a record, and one that was not there before.
        let new = sighted(record, |seen| {
            let seen = seen.ok()?;
            let new = seen.event_id.is_empty() || acts.is_new(&seen.event_id);
            if new {
                tallies.count(watches, &matching, seen, 1);
            }
            Some(new)
        });
        match new {
            Some(new) => {
                given.records += 1;
                self.times.see(record);
                self.seen(new);
            }
            None if is_digest(record) => given.digest = true,
            None => given.others += 1,
        }
    }

    fn seen(&mut self, new: bool) {
        self.sums.records += u64::from(new);
        self.sums.duplicates += u64::from(!new);
    }
}
