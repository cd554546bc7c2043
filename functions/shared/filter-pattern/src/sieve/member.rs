//! A name, and what a value behind it has to be.

use std::collections::HashSet;

use memchr::memmem::Finder;

use super::value::{Behind, behind};
use crate::condition::Test;
use crate::number::is_number;
use crate::scalar::Seen;
use crate::selector::Step;

/// A name, and what a value behind it has to be.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) name: String,
    /// One of these texts,
    texts: HashSet<String>,
    /// or a value that fulfils one of these,
    tests: Vec<Test>,
    /// or an array or an object, where selectors go on with elements or every member.
    array: bool,
    object: bool,
}

impl Member {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), texts: HashSet::new(), tests: Vec::new(), array: false, object: false }
    }

    pub(super) fn want(&mut self, test: &Test, next: Option<&Step>) {
        match (next, test.exact_text()) {
            (Some(Step::AnyMember), _) => self.object = true,
            (Some(_), _) => self.array = true,
            (None, Some(exact)) => {
                self.texts.insert(exact.to_owned());
            }
            (None, None) => self.tests.push(test.clone()),
        }
    }

    /// The only text there is where nothing else will do: it is rarer than the name.
    /// A number is written without quotes, so a text that reads as one does not serve.
    pub(super) fn only_text(&self) -> Option<&str> {
        let nothing_else = self.texts.len() == 1 && self.tests.is_empty() && !self.array && !self.object;
        self.texts.iter().next().filter(|text| nothing_else && !is_number(text)).map(String::as_str)
    }

    fn takes(&self, seen: &Seen<'_>) -> bool {
        seen.comparable().is_some_and(|text| self.texts.contains(text))
            || (self.array && *seen == Seen::Array)
            || (self.object && *seen == Seen::Object)
            || self.tests.iter().any(|test| test.holds(seen))
    }
}

/// A member that is searched through a record by itself.
#[derive(Debug, Clone)]
pub(super) struct Search {
    member: Member,
    /// Finds the name in its quotes, and its only text in its quotes.
    name: Finder<'static>,
    only: Option<Finder<'static>>,
}

impl Search {
    pub(super) fn new(member: Member) -> Self {
        let quoted = |text: &str| Finder::new(&format!("\"{text}\"")).into_owned();
        Self { name: quoted(&member.name), only: member.only_text().map(quoted), member }
    }

    /// Is the name there with such a value behind it?
    pub(super) fn is_met(&self, record: &[u8]) -> bool {
        if self.only.as_ref().is_some_and(|text| text.find(record).is_none()) {
            return false;
        }
        let mut from = 0;
        while let Some(found) = record.get(from..).and_then(|rest| self.name.find(rest)) {
            let at = from + found;
            let is_met = match behind(record, at + self.name.needle().len()) {
                Behind::Nothing => false,
                Behind::Unknown => true,
                Behind::Value(seen) => self.member.takes(&seen),
            };
            if is_met {
                return true;
            }
            from = at + 1; // a quote may end one string and begin the next
        }
        false
    }
}
