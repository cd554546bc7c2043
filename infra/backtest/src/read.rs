//! Files in, tallies out: all cores, each file by one of them, the lines of a large one by all.
//!
//! Memory is bounded by what must be remembered: eight bytes for each record (a hash of its `eventID`, by which it is known
//! again), of records that match the `eventID` itself, the files' names, and the [`Tallies`]; and by what each core has before
//! it. Which core reads what, and in which order, changes nothing in the report.

mod alike;
mod batch;
mod crew;
mod export;
mod ids;
mod large;
mod part;
mod record;

use std::path::Path;
use std::thread;

use crate::evaluate::Sums;
use crate::files::{Found, find};
use crate::tally::Tallies;
use crate::watch::Watches;

use crew::Crew;
use ids::{Acts, Others};
use part::Part;
use record::Times;

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
    let (crew, acts) = (Crew::new(&files, threads), Acts::default());
    let parts: Vec<Part<'_>> = thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads.max(1)).map(|_| scope.spawn(|| Part::new(root, watches, &acts, &crew).all(progress))).collect();
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
        sums.quiet += part.sums.quiet;
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
