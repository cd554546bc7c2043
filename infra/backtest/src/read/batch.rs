//! Records that may matter wait here until there are enough of them to be read together: one by one, between the unpacking of
//! a hundred others, each would find nothing of what reads it in the processor's caches.
//!
//! They are read in the order in which they came, and a file's reading ends when the last of its own is read. Memory is
//! bounded by [`ROOM`] records, and by [`BYTES`] and a longest one.

use std::ops::Range;
use std::path::Path;

use super::part::Given;
use crate::cut::Facts;
use crate::unpack::Flaw;

/// How many records are read together at most.
const ROOM: usize = if cfg!(test) { 5 } else { 256 };
/// How long they are together, before a last one.
const BYTES: usize = if cfg!(test) { 1000 } else { 512 * 1024 };

/// What waits.
#[derive(Debug)]
pub(super) struct Batch<'f> {
    room: usize,
    /// The records, each with its facts behind it.
    bytes: Vec<u8>,
    waiting: Vec<Waiting>,
    /// The files of which some wait, but for the one that is being read.
    pub(super) done: Vec<Done<'f>>,
}

/// A file all of which has been looked at.
#[derive(Debug)]
pub(super) struct Done<'f> {
    pub(super) path: &'f Path,
    pub(super) given: Given,
    pub(super) flaw: Option<Flaw>,
    pub(super) cut_off: bool,
    /// What its begin [says](super::export::form).
    pub(super) form: Option<&'static str>,
}

#[derive(Debug)]
struct Waiting {
    record: Range<usize>,
    event_id: Option<Range<usize>>,
    event_time: Option<Range<usize>>,
    may_matter: bool,
    /// The place of its file in `done`, if that is not the one that is being read.
    file: usize,
}

impl Default for Batch<'_> {
    fn default() -> Self {
        Self { room: ROOM, bytes: Vec::new(), waiting: Vec::new(), done: Vec::new() }
    }
}

impl<'f> Batch<'f> {
    /// Keeps a record of the file that is being read; whether there are enough now.
    pub(super) fn add(&mut self, record: &[u8], facts: &Facts<'_>) -> bool {
        let mut put = |text: &[u8]| {
            let start = self.bytes.len();
            self.bytes.extend_from_slice(text);
            start..self.bytes.len()
        };
        let waiting = Waiting {
            record: put(record),
            event_id: facts.event_id.map(&mut put),
            event_time: facts.event_time.map(&mut put),
            may_matter: facts.may_matter,
            file: self.done.len(),
        };
        self.waiting.push(waiting);
        self.waiting.len() >= self.room || self.bytes.len() >= BYTES
    }

    /// Keeps a file while records of its own wait; else gives it back.
    pub(super) fn keep(&mut self, done: Done<'f>) -> Option<Done<'f>> {
        if self.waiting.last().is_none_or(|last| last.file < self.done.len()) {
            return Some(done);
        }
        self.done.push(done);
        None
    }

    /// Gives every record that waits, and what its file gave: `given` is that of the one that is being read. Then none waits.
    pub(super) fn each(&mut self, given: &mut Given, mut read: impl FnMut(&[u8], &Facts<'_>, &mut Given)) {
        let Self { bytes, waiting, done, .. } = self;
        let text = |range: Range<usize>| bytes.get(range);
        for it in waiting.drain(..) {
            let facts = Facts {
                may_matter: it.may_matter,
                event_id: it.event_id.and_then(text),
                event_time: it.event_time.and_then(text),
            };
            let given = done.get_mut(it.file).map_or(&mut *given, |done| &mut done.given);
            read(text(it.record).unwrap_or_default(), &facts, given);
        }
        bytes.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::super::crew::Crew;
    use super::super::ids::Acts;
    use super::super::part::Part;
    use super::super::read_with;
    use super::*;
    use crate::cut::LONGEST;
    use crate::evaluate::Sums;
    use crate::files::find;
    use crate::tally::Tallies;
    use crate::watch::{Watch, Watches};

    static WATCHES: LazyLock<Watches> = LazyLock::new(|| {
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../yakei.toml");
        Watches::new(Watch::read(&config).unwrap(), None).unwrap()
    });

    /// What a folder gives one core that reads so many records together.
    fn together(folder: &Path, room: usize) -> (Tallies, Sums, impl PartialEq + std::fmt::Debug) {
        let (found, acts) = (find(folder), Acts::default());
        let crew = Crew::new(&found.files, 1);
        let mut part = Part::new(folder, &WATCHES, &acts, &crew);
        part.batch.room = room;
        let part = part.all(&());
        (part.tallies, Sums { skipped: part.skipped, ..part.sums }, (part.times.span(), part.others.counted()))
    }

    /// A record that matches, or may; one that does not; and what is none.
    const PIECES: [&str; 10] = [
        r#"{"eventName":"ConsoleLogin","userIdentity":{"type":"IAMUser","userName":"a"},"eventTime":"2026-10-07T09:00:00Z","eventID":"@"}"#,
        r#"{"eventName":"ConsoleLogin","userIdentity":{"type":"Root"},"eventTime":"2026-10-08T09:00:00Z","requestID":"r@","eventID":"@","awsRegion":"us-east-1"}"#,
        r#"{"eventName":"GetUser","eventTime":"2026-10-07T09:05:00Z","eventID":"@","userIdentity":{"type":"IAMUser"}}"#,
        r#"{"eventName":"CreateTrail","x":"Root","eventTime":"2026-10-07T09:00:00Z","eventID":"@","\u0065ventName":"y"}"#,
        r#"{"eventName":"GetUser","eventTime":"2026-10-07T09:00:00Z"}"#,
        r#"{"digestStartTime":"@","logFiles":[]}"#,
        r#"{"no":"record","@":1}"#,
        r#"{"eventName":"ConsoleLogin","eventID":"@","x":tru}"#,
        r#"{"eventName":"ConsoleLogin","userIdentity":{"type":"IAMUser","userName":"ü\udc00"},"eventID":"@","errorMessage":"Failed authentication"}"#,
        "LONG",
    ];

    fn piece(kind: usize, id: u8) -> String {
        match PIECES.get(kind).copied().unwrap_or_default() {
            // Longer than all that waits may be; a few of these are longer than any record.
            "LONG" => {
                let length = if id == 0 { LONGEST } else { BYTES + usize::from(id) };
                format!("{{\"eventName\":\"ConsoleLogin\",\"eventID\":\"long{id}\",\"x\":\"{}\"}}", "x".repeat(length))
            }
            piece => piece.replace('@', &format!("{kind}{id}")),
        }
    }

    /// How a file is written, and what is wrong with it.
    fn written(form: usize, pieces: &[(usize, u8)]) -> Vec<u8> {
        let all: Vec<String> = pieces.iter().map(|(kind, id)| piece(*kind, *id)).collect();
        let gz = |text: &str| {
            let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gz.write_all(text.as_bytes()).unwrap();
            gz.finish().unwrap()
        };
        let file = format!("{{\"Records\":[{}]}}", all.join(","));
        match form {
            0 => file.into_bytes(),
            1 => gz(&file),
            2 => all.join("\n").into_bytes(),
            3 => [gz(&all.join("\n")), gz("\n"), gz(&file)].concat(), // several members: not unpacked in one go
            4 => file.as_bytes()[..file.len() * 2 / 3].to_vec(),
            5 => gz(&file)[..gz(&file).len() * 2 / 3].to_vec(),
            6 => format!("{{\"Records\":[{}]}}", all.join(",1,")).into_bytes(),
            _ => (all.join("\n{\"a\":\n") + "\n").into_bytes(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]

        /// Each record read as soon as it is cut is the judge.
        #[test]
        fn records_that_are_read_together_give_what_each_gives_alone(
            files in prop::collection::vec((0..8_usize, prop::collection::vec((0..PIECES.len(), 0..9_u8), 0..9)), 0..12),
            room in 2..9_usize,
        ) {
            let folder = tempfile::tempdir().unwrap();
            for (n, (form, pieces)) in files.iter().enumerate() {
                std::fs::write(folder.path().join(format!("{n:02}.json")), written(*form, pieces)).unwrap();
            }
            let alone = together(folder.path(), 1);
            // Who concludes first is listed first.
            let sorted = |(tallies, mut sums, rest): (Tallies, Sums, _)| {
                sums.skipped.sort_by(|a, b| a.file.cmp(&b.file));
                (tallies, sums, rest)
            };
            let alone = sorted(alone);
            prop_assert_eq!(&sorted(together(folder.path(), room)), &alone);
            prop_assert_eq!(&sorted(together(folder.path(), usize::MAX)), &alone);
            let (tallies, sums) = read_with(folder.path(), &WATCHES, 2, &());
            prop_assert_eq!(&tallies, &alone.0);
            prop_assert_eq!((sums.files, sums.too_long, sums.skipped), (alone.1.files, alone.1.too_long, alone.1.skipped));
        }
    }
}
