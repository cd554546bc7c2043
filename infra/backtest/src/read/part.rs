//! What one core reads: records into tallies of its own.

use std::path::Path;

use super::Progress;
use super::alike::{Alike, Found, Key};
use super::batch::{Batch, Done};
use super::crew::{Block, Crew, Work};
use super::export;
use super::ids::{Acts, Others};
use super::large::Large;
use super::record::{Times, is_digest};
use crate::cut::{Cutter, Facts, Piece};
use crate::evaluate::Sums;
use crate::files::skipped;
use crate::report::Skipped;
use crate::tally::{Act, Tallies, sighted};
use crate::unpack::Unpacker;
use crate::watch::Watches;
use yakei_core::time::parse_aws;

/// What one core has read.
pub(super) struct Part<'a> {
    root: &'a Path,
    watches: &'a Watches,
    acts: &'a Acts,
    pub(super) alike: Alike,
    pub(super) crew: &'a Crew<'a>,
    pub(super) others: Others,
    pub(super) tallies: Tallies,
    pub(super) times: Times,
    pub(super) sums: Sums,
    pub(super) skipped: Vec<Skipped>,
    pub(super) batch: Batch<'a>,
}

/// What one file, or a part of it, gave.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Given {
    records: u64,
    broken: u64,
    junk: u64,
    /// Files of hours in which nothing happened.
    nothing: u64,
    others: u64,
    digest: bool,
}

impl Given {
    pub(super) fn add(&mut self, more: &Self) {
        self.records += more.records;
        self.broken += more.broken;
        self.junk += more.junk;
        self.nothing += more.nothing;
        self.others += more.others;
        self.digest |= more.digest;
    }
}

impl<'a> Part<'a> {
    pub(super) fn new(root: &'a Path, watches: &'a Watches, acts: &'a Acts, crew: &'a Crew<'a>) -> Self {
        Self {
            root,
            watches,
            acts,
            alike: Alike::new(watches.all()),
            crew,
            others: Others::default(),
            tallies: Tallies::new(watches.patterns()),
            times: Times::default(),
            sums: Sums::default(),
            skipped: Vec::new(),
            batch: Batch::default(),
        }
    }

    /// Works until all is done.
    pub(super) fn all(mut self, progress: &impl Progress) -> Self {
        let (mut unpacker, crew) = (Unpacker::default(), self.crew);
        while let Some(work) = crew.next() {
            match work {
                Work::Block(block) => self.block(block),
                Work::Files(files) => {
                    let reading = Reading(crew);
                    for (path, _) in files {
                        self.file(&mut unpacker, path, progress);
                    }
                    drop(reading);
                }
            }
        }
        self.read_waiting(&mut Given::default());
        self
    }

    fn file(&mut self, unpacker: &mut Unpacker, path: &'a Path, progress: &impl Progress) {
        let (mut large, mut given, mut cut_off, mut form) = (None::<Large>, Given::default(), false, None);
        let done = unpacker.unpack(path, &mut |bytes| progress.more(bytes), &mut |bytes| {
            form.get_or_insert_with(|| export::form(bytes.bytes));
            if bytes.whole {
                let mut cutter = Cutter::default();
                self.cut(&mut cutter, bytes.bytes, &mut given);
                cut_off = self.finish(cutter, &mut given);
            } else {
                large.get_or_insert_default().push(bytes.bytes, self, &mut given);
            }
        });
        if let Some(large) = large {
            cut_off = large.finish(self, &mut given);
        }
        if let Some(done) = self.batch.keep(Done { path, given, flaw: done.err(), cut_off, form: form.flatten() }) {
            self.done(&done);
        }
    }

    /// All of a file has been looked at.
    fn done(&mut self, Done { path, given, flaw, cut_off, form }: &Done<'a>) {
        let mut why: Vec<String> = flaw.iter().map(ToString::to_string).collect();
        if given.broken > 0 {
            why.push(format!("{} line(s) or record(s) are not JSON, or cut off", given.broken));
        }
        if given.junk > 0 {
            why.push(format!("{} time(s) there is something else between its records", given.junk));
        }
        if *cut_off && why.is_empty() {
            why.push("ends in the middle of its JSON".to_owned());
        }
        if given.records == 0 && given.digest {
            self.sums.digest_files += 1;
            return;
        }
        if given.others > 0 {
            let form = form.map(|it| format!(", but events {it}")).unwrap_or_default();
            why.push(format!("{} object(s) are no CloudTrail records{form}", given.others));
        } else if given.records == 0 && why.is_empty() {
            if given.nothing > 0 {
                self.sums.quiet += 1;
                return;
            }
            why.push("holds no records".to_owned());
        }
        self.sums.files += u64::from(given.records > 0);
        if !why.is_empty() {
            self.skipped.push(skipped(self.root, path, &why.join("; "), given.records));
        }
    }

    /// A block that somebody handed out.
    pub(super) fn block(&mut self, block: Block) {
        let mut at_work = AtWork { crew: self.crew, block, given: Given::default() };
        let AtWork { block, given, .. } = &mut at_work;
        self.lines(&block.lines, given);
    }

    /// Whole lines of a file with an object a line.
    pub(super) fn lines(&mut self, lines: &[u8], given: &mut Given) {
        let mut cutter = Cutter::of_lines();
        self.cut(&mut cutter, lines, given);
        self.finish(cutter, given);
        self.read_waiting(given);
    }

    pub(super) fn cut(&mut self, cutter: &mut Cutter, bytes: &[u8], given: &mut Given) {
        let watches = self.watches;
        cutter.push(bytes, watches, &mut |piece| self.piece(piece, given));
    }

    pub(super) fn finish(&mut self, cutter: Cutter, given: &mut Given) -> bool {
        cutter.finish(&mut |piece| self.piece(piece, given))
    }

    fn piece(&mut self, piece: Piece<'_>, given: &mut Given) {
        match piece {
            Piece::Broken => given.broken += 1,
            Piece::Junk => given.junk += 1,
            Piece::Nothing => given.nothing += 1,
            Piece::Other => given.others += 1,
            Piece::TooLong => {
                given.records += 1;
                self.sums.too_long += 1;
            }
            Piece::Record(object, Some(facts)) => self.object(object, &facts, given),
            // It came in several parts.
            Piece::Record(object, None) => {
                let watches = self.watches;
                Cutter::of_one().push(object, watches, &mut |piece| {
                    if let Piece::Record(object, Some(facts)) = piece {
                        self.object(object, &facts, given);
                    }
                });
            }
        }
    }

    fn object(&mut self, object: &[u8], facts: &Facts<'_>, given: &mut Given) {
        if let Some(id) = facts.event_id.filter(|_| !facts.may_matter) {
            return self.other(id, facts, given);
        }
        if self.batch.add(object, facts) {
            self.read_waiting(given);
        }
    }

    /// Reads all that waits; `given` is that of the file that is being read.
    pub(super) fn read_waiting(&mut self, given: &mut Given) {
        let mut batch = std::mem::take(&mut self.batch);
        batch.each(given, |object, facts, given| self.waited(object, facts, given));
        batch.done.drain(..).for_each(|done| self.done(&done));
        self.batch = batch;
    }

    fn waited(&mut self, object: &[u8], facts: &Facts<'_>, given: &mut Given) {
        let key = if facts.may_matter { self.alike.key(object, facts) } else { None };
        if let Some((key, id)) = key.as_ref().zip(facts.event_id)
            && self.is_known(key, object, id, facts, given)
        {
            return;
        }
        match std::str::from_utf8(object) {
            Ok(record) => self.record(record, facts, key, given),
            Err(_) => self.record(&String::from_utf8_lossy(object), facts, None, given),
        }
    }

    /// Whether a record is like one that was read: then it is counted.
    fn is_known(&mut self, key: &Key, object: &[u8], id: &[u8], facts: &Facts<'_>, given: &mut Given) -> bool {
        let Some(Found { matching, act }) = self.alike.get(key, object) else { return false };
        let Some(act) = act else {
            self.other(id, facts, given);
            return true;
        };
        let text = |bytes: Option<&'_ [u8]>| bytes.and_then(|it| str::from_utf8(it).ok().map(ToOwned::to_owned));
        let (Some(id), time) = (text(Some(id)), text(facts.event_time)) else { return false };
        if self.acts.is_new(&id) {
            act.becomes(&id, time.as_deref().and_then(parse_aws));
            self.tallies.add(self.watches, matching, act, 1);
            self.sums.records += 1;
        } else {
            self.sums.duplicates += 1;
        }
        self.counted(facts, given);
        true
    }

    fn counted(&mut self, facts: &Facts<'_>, given: &mut Given) {
        given.records += 1;
        if let Some(time) = facts.event_time {
            self.times.see(time);
        }
    }

    /// A record that no pattern matches.
    fn other(&mut self, id: &[u8], facts: &Facts<'_>, given: &mut Given) {
        self.others.add(id);
        self.counted(facts, given);
    }

    fn record(&mut self, record: &str, facts: &Facts<'_>, key: Option<Key>, given: &mut Given) {
        let matching = if facts.may_matter { self.watches.matching(record) } else { Vec::new() };
        // What no pattern could match changes no number but that of records, and is not gone through for it.
        if facts.may_matter && matching.is_empty() && !filter_pattern::is_object(record) {
            given.broken += 1;
            return;
        }
        if let Some(id) = facts.event_id.filter(|_| matching.is_empty()) {
            if let Some(key) = key {
                self.alike.put(key, record.as_bytes(), Found { matching, act: None });
            }
            return self.other(id, facts, given);
        }
        let Self { tallies, watches, acts, others, sums, .. } = self;
        let act = sighted(record, |seen| {
            let seen = seen.ok()?;
            if matching.is_empty() && !seen.event_id.is_empty() {
                others.add(seen.event_id.as_bytes());
                return Some(None);
            }
            let mut act = Act::of(watches, seen);
            if seen.event_id.is_empty() || acts.is_new(&seen.event_id) {
                tallies.add(watches, &matching, &mut act, 1);
                sums.records += 1;
            } else {
                sums.duplicates += 1;
            }
            Some(Some(act))
        });
        if let Some(act) = act {
            self.counted(facts, given);
            if let (Some(key), Some(act)) = (key, act) {
                self.alike.put(key, record.as_bytes(), Found { matching, act: Some(act) });
            }
        } else if is_digest(record) {
            given.digest = true;
        } else {
            given.others += 1;
        }
    }
}

/// Says when the files are read, also where reading one panics: the others would wait for ever.
struct Reading<'c>(&'c Crew<'c>);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.files_are_read();
    }
}

/// The same of a block.
struct AtWork<'c> {
    crew: &'c Crew<'c>,
    block: Block,
    given: Given,
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.crew.block_is_read(&mut self.block, &self.given);
    }
}
