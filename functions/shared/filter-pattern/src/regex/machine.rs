//! All places of a regular expression followed at once (extended shift-and, Navarro and Raffinot, Flexible Pattern
//! Matching in Strings, 4.2): a bit for each character that may come next, in one row for all alternatives.
//!
//! A character of the text costs one step over the row's words, at most [`MAX_WORDS`]; nothing grows with the text.

use std::collections::{HashMap, HashSet};

use super::syntax::{Alternative, Class, MAX_PLACES, Part, Repeat};

const BITS: usize = u64::BITS as usize;
const MAX_WORDS: usize = MAX_PLACES / BITS;
/// The number of a character beyond ASCII.
const OTHER: usize = 128;

#[derive(Debug, Clone)]
pub(super) struct Machine {
    /// Does it match every text, as `a*` does?
    always: bool,
    /// Does it match the empty text, as `^a*$` does?
    empty: bool,
    row: Vec<Word>,
    /// For each ASCII character and [`OTHER`] the number of its row in `accepts`.
    kinds: Vec<usize>,
    /// Which places accept a kind of character: rows as long as `row`.
    accepts: Vec<Vec<u64>>,
}

/// What a word's places are, a bit for each.
#[derive(Debug, Clone, Copy, Default)]
struct Word {
    /// Where a match may begin at the text's start, and where it may begin anywhere.
    opening: u64,
    again: u64,
    /// The first of each alternative: nothing leads there from the place before.
    first: u64,
    /// May be repeated any number of times.
    repeats: u64,
    /// Behind them nothing more is needed; or nothing more than the text's end.
    done: u64,
    done_at_end: u64,
    /// Runs of places that may be left out: their first place, the place they lead to, and all from the second to that.
    run_start: u64,
    run_end: u64,
    run: u64,
}

/// One alternative between its anchors.
struct Row<'a> {
    at_start: bool,
    at_end: bool,
    repeats: Vec<&'a Repeat>,
}

/// A character of the written-out row.
#[derive(Clone, Copy)]
struct Place {
    may_be_left_out: bool,
    repeats: bool,
}

impl Machine {
    pub(super) fn new(alternatives: &[Alternative]) -> Self {
        let rows: Vec<Row<'_>> = alternatives.iter().filter_map(Row::new).collect();
        let free = |row: &&Row<'_>| row.repeats.iter().all(|repeat| repeat.min == 0);
        let (kinds, examples) = kinds(&rows);
        let mut machine = Self {
            always: rows.iter().filter(free).any(|row| !row.at_start || !row.at_end),
            empty: rows.iter().any(|row| free(&row)),
            row: Vec::new(),
            kinds,
            accepts: vec![Vec::new(); examples.len()],
        };
        let mut from = 0;
        for row in &rows {
            from = machine.add(row, &examples, from);
        }
        let words = machine.row.len();
        for accepts in &mut machine.accepts {
            accepts.resize(words, 0);
        }
        machine
    }

    /// Writes an alternative's places from number `from` on, and gives the number behind them.
    fn add(&mut self, row: &Row<'_>, examples: &[usize], from: usize) -> usize {
        let mut places = Vec::new();
        for repeat in &row.repeats {
            let count = repeat.max.unwrap_or(repeat.min.max(1));
            self.accept(&repeat.class, examples, from + places.len(), count);
            places.extend(
                (1..=count).map(|nth| Place {
                    may_be_left_out: nth > repeat.min,
                    repeats: repeat.max.is_none() && nth == count,
                }),
            );
        }
        let mut before: Option<Place> = None; // of the place before, if the way there is open from the start
        for (number, place) in (from..).zip(&places) {
            let is_first = number == from;
            if is_first || before.is_some_and(|before| before.may_be_left_out) {
                self.set(number, |word| &mut word.opening);
                if !row.at_start {
                    self.set(number, |word| &mut word.again);
                }
                before = Some(*place);
            } else {
                before = None;
            }
            if is_first {
                self.set(number, |word| &mut word.first);
            }
            if place.repeats {
                self.set(number, |word| &mut word.repeats);
            }
        }
        self.runs(&places, from);
        for (number, place) in (from..from + places.len()).zip(&places).rev() {
            self.set(number, |word| if row.at_end { &mut word.done_at_end } else { &mut word.done });
            if !place.may_be_left_out {
                break;
            }
        }
        from + places.len()
    }

    fn runs(&mut self, places: &[Place], from: usize) {
        let mut inside = false;
        for (number, place) in (from..).zip(places) {
            if inside {
                self.set(number, |word| &mut word.run);
            }
            let is_last = number + 1 == from + places.len();
            if place.may_be_left_out && !inside {
                self.set(number, |word| &mut word.run_start);
                inside = true;
            }
            if inside && (is_last || !place.may_be_left_out) {
                self.set(number, |word| &mut word.run_end);
                inside = false;
            }
        }
    }

    fn set(&mut self, number: usize, field: impl Fn(&mut Word) -> &mut u64) {
        let at = number / BITS;
        if self.row.len() <= at {
            self.row.resize(at + 1, Word::default());
        }
        if let Some(word) = self.row.get_mut(at) {
            *field(word) |= 1 << (number % BITS);
        }
    }

    /// `count` places from `from` on accept the class.
    fn accept(&mut self, class: &Class, examples: &[usize], from: usize, count: usize) {
        let end = from + count;
        for (row, _) in self.accepts.iter_mut().zip(examples).filter(|(_, example)| class.has(**example)) {
            if row.len() < end.div_ceil(BITS) {
                row.resize(end.div_ceil(BITS), 0);
            }
            for (at, word) in row.iter_mut().enumerate().skip(from / BITS) {
                let (low, high) = (from.saturating_sub(at * BITS), end.saturating_sub(at * BITS).min(BITS));
                if low < high {
                    *word |= u64::MAX >> (BITS - (high - low)) << low;
                }
            }
        }
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        if self.always || text.is_empty() {
            return self.always || self.empty;
        }
        let mut active = [0; MAX_WORDS];
        for (active, word) in active.iter_mut().zip(&self.row) {
            *active = word.opening;
        }
        let mut ended = false;
        // a character beyond ASCII counts by its first byte
        for byte in text.bytes().filter(|byte| !(0x80..0xc0).contains(byte)) {
            let kind = self.kinds.get(usize::from(byte).min(OTHER));
            let Some(accepts) = kind.and_then(|kind| self.accepts.get(*kind)) else { return false };
            let step = self.step(&mut active, accepts);
            if step.done {
                return true;
            }
            if step.stuck {
                return false;
            }
            ended = step.done_at_end;
        }
        ended
    }

    fn step(&self, active: &mut [u64; MAX_WORDS], accepts: &[u64]) -> Step {
        let (mut done, mut done_at_end, mut any) = (0, 0, 0);
        let (mut carry, mut borrow) = (0, false);
        for ((active, word), accepts) in active.iter_mut().zip(&self.row).zip(accepts) {
            let taken = *active & accepts;
            done |= taken & word.done;
            done_at_end |= taken & word.done_at_end;
            let next = (taken << 1 | carry) & !word.first | taken & word.repeats | word.again;
            carry = taken >> (BITS - 1);
            // in each run all places behind its first active one become active: a subtraction finds them
            let marked = next | word.run_end;
            let (less, first) = marked.overflowing_sub(word.run_start);
            let (less, second) = less.overflowing_sub(u64::from(borrow));
            borrow = first || second;
            *active = next | word.run & (!less ^ marked);
            any |= *active;
        }
        Step { done: done != 0, done_at_end: done_at_end != 0, stuck: any == 0 && done_at_end == 0 }
    }

    #[cfg(test)]
    pub(super) fn words(&self) -> usize {
        self.row.len()
    }
}

/// Characters that no class tells apart are of one kind: the kind of each, and an example of each kind.
fn kinds(rows: &[Row<'_>]) -> (Vec<usize>, Vec<usize>) {
    let classes: HashSet<&Class> = rows.iter().flat_map(|row| &row.repeats).map(|repeat| &repeat.class).collect();
    let (mut kinds, mut examples) = (Vec::new(), Vec::new());
    let mut known: HashMap<Vec<bool>, usize> = HashMap::new();
    for c in 0..=OTHER {
        let kind = *known.entry(classes.iter().map(|class| class.has(c)).collect()).or_insert(examples.len());
        if kind == examples.len() {
            examples.push(c);
        }
        kinds.push(kind);
    }
    (kinds, examples)
}

/// What one character led to.
struct Step {
    done: bool,
    done_at_end: bool,
    /// Nothing can follow any more.
    stuck: bool,
}

impl Class {
    /// Is the ASCII character, or [`OTHER`], one of the class?
    fn has(&self, c: usize) -> bool {
        if c == OTHER { self.others } else { self.ascii >> c & 1 == 1 }
    }
}

impl<'a> Row<'a> {
    /// `None` when it can never match: something would have to stand before the text's start or behind its end.
    fn new(alternative: &'a Alternative) -> Option<Self> {
        let start = alternative.iter().rposition(|part| *part == Part::Start);
        let end = alternative.iter().position(|part| *part == Part::End);
        let from = start.map_or(0, |at| at + 1);
        let to = end.unwrap_or(alternative.len());
        let mut repeats = Vec::new();
        for (at, part) in alternative.iter().enumerate() {
            if let Part::Repeat(repeat) = part {
                if (from..to).contains(&at) {
                    repeats.push(repeat);
                } else if repeat.min > 0 {
                    return None;
                }
            }
        }
        Some(Self { at_start: start.is_some(), at_end: end.is_some(), repeats })
    }
}
