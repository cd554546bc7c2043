//! The rows of the answer, counted as records of files are: by the same code, with the same words.
//!
//! What the query could not read is said in the report as a skipped file is; what it could not tell, and whom it did not ask,
//! with the controls.

use std::io::BufRead;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use yakei_core::text::clean;
use yakei_core::time::parse_aws;

use crate::evaluate::Sums;
use crate::report::Skipped;
use crate::tally::{Tallies, sighted};
use crate::watch::Watches;

use super::{refused, watches_of};

/// The first line of a file of rows: what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The patterns that count together, as the characters of `controls` stand for them.
    pub patterns: Vec<Vec<String>>,
}

/// One row of the answer, a line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// See [`super::query()`].
    pub told: Option<String>,
    /// How many, each `eventID` once.
    pub events: u64,
    /// How many, as often as files have them.
    pub records: u64,
    /// The first `eventTime`.
    pub first: Option<String>,
    /// The last one.
    pub last: Option<String>,
    /// How many rows the answer has.
    pub rows: u64,
}

/// Why rows are no answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The file ends or breaks.
    #[error("cannot read the rows: {0}")]
    Unreadable(#[from] std::io::Error),
    /// A line that is no row.
    #[error("line {0} of the rows is none: {1}")]
    NoRow(usize, serde_json::Error),
    /// A row whose `told` this program did not ask for.
    #[error("line {0} of the rows tells what was not asked")]
    Foreign(usize),
    /// The config has other patterns than were asked.
    #[error("the rows answer other patterns than the config has: ask again")]
    OtherPatterns,
    /// Fewer or more rows than the answer says that it has.
    #[error("the answer is cut off: {0} row(s) of {1} are there")]
    Cut(u64, u64),
}

/// Reads a file of rows: a [`Header`], then [`Row`]s.
///
/// # Errors
/// [`AnswerError`] at the first line that is not what was asked for, or when some are missing: half an answer is none.
pub fn read(lines: impl BufRead, watches: &Watches) -> Result<(Tallies, Sums), AnswerError> {
    let mut lines = lines.lines();
    let header = lines.next().transpose()?.unwrap_or_default();
    let header: Header = serde_json::from_str(&header).map_err(|error| AnswerError::NoRow(1, error))?;
    if header.patterns != watches.texts() {
        return Err(AnswerError::OtherPatterns);
    }
    let mut answer = Answer::new(watches);
    let (mut there, mut said) = (0, None);
    for (number, line) in (2..).zip(lines) {
        let row: Row = serde_json::from_str(&line?).map_err(|error| AnswerError::NoRow(number, error))?;
        there += 1;
        if *said.get_or_insert(row.rows) != row.rows {
            return Err(AnswerError::Foreign(number));
        }
        answer.row(row).ok_or(AnswerError::Foreign(number))?;
    }
    match said {
        Some(said) if said != there => Err(AnswerError::Cut(there, said)),
        _ => Ok(answer.done()),
    }
}

struct Answer<'a> {
    watches: &'a Watches,
    tallies: Tallies,
    sums: Sums,
    /// Events that match but are no record of CloudTrail's.
    others: u64,
}

impl<'a> Answer<'a> {
    fn new(watches: &'a Watches) -> Self {
        let refused = refused(&watches_of(watches)).into_iter().map(|(at, why)| (at, why.to_string()));
        let sums = Sums { not_asked: refused.collect(), ..Sums::default() };
        Self { watches, tallies: Tallies::new(watches.patterns()), sums, others: 0 }
    }

    fn row(&mut self, Row { told, events, records, first, last, .. }: Row) -> Option<()> {
        match told.as_deref() {
            None => self.sums.records += events,
            Some("too long") => self.sums.too_long += records,
            Some(told) => match told.strip_prefix("unread ") {
                Some(file) => {
                    let why =
                        "cannot be read as a file of CloudTrail's to its end; Athena takes nothing of it".to_owned();
                    self.sums.skipped.push(Skipped { file: clean(file, 1000).into_owned(), why, records: 0 });
                }
                None => self.event(told, events, records)?,
            },
        }
        let time = |text: Option<String>| text.as_deref().and_then(parse_aws);
        self.seen(time(first));
        self.seen(time(last));
        Some(())
    }

    fn seen(&mut self, time: Option<Timestamp>) {
        let Some(time) = time else { return };
        self.sums.from = Some(self.sums.from.map_or(time, |from| from.min(time)));
        self.sums.to = Some(self.sums.to.map_or(time, |to| to.max(time)));
    }

    /// `{"controls":"…","event":{…}}`, exactly so.
    fn event(&mut self, told: &str, events: u64, records: u64) -> Option<()> {
        let (letters, rest) = told.strip_prefix("{\"controls\":\"")?.split_once('"')?;
        let event = rest.strip_prefix(",\"event\":")?.strip_suffix('}')?;
        let is_known = |(at, letter)| match letter {
            '-' => self.sums.not_asked.contains_key(&at),
            _ => "01?".contains(letter) && !self.sums.not_asked.contains_key(&at),
        };
        if letters.chars().count() != self.watches.patterns() || !letters.chars().enumerate().all(is_known) {
            return None;
        }
        let of = |wanted: char| letters.char_indices().filter(move |(_, letter)| *letter == wanted).map(|(at, _)| at);
        let (matching, open): (Vec<usize>, Vec<usize>) = (of('1').collect(), of('?').collect());
        let Self { watches, tallies, .. } = self;
        let counted = sighted(event, |seen| seen.map(|seen| tallies.count(watches, &matching, seen, events)).is_ok());
        if !counted {
            self.others += events;
            return Some(());
        }
        for at in open {
            *self.sums.open.entry(at).or_default() += events;
        }
        self.sums.records += events;
        self.sums.duplicates += records - events.min(records);
        Some(())
    }

    fn done(mut self) -> (Tallies, Sums) {
        if self.others > 0 {
            let why = format!("{} object(s) are no CloudTrail records", self.others);
            self.sums.skipped.push(Skipped { file: "all files".to_owned(), why, records: 0 });
        }
        self.sums.skipped.sort_by(|a, b| a.file.cmp(&b.file));
        (self.tallies, self.sums)
    }
}
