//! Space-delimited patterns: an event is cut into fields, and each slot of the pattern stands for one.
//!
//! Without `...` the last slot stands for the rest of the line. With it the slots behind it count from the end.

use std::collections::BTreeMap;

use crate::condition::Test;
use crate::expr::Expr;
use crate::number::{Numeral, is_number};
use crate::scalar::Seen;

/// `[slot, slot, …]`; without slots it matches every event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delimited {
    pub(crate) slots: Vec<Slot>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Slot {
    /// `...`: any number of fields.
    Rest,
    /// A field, with or without a name and conditions. Without a name it has no conditions.
    Field { name: Option<String>, test: Option<Expr<Test>> },
}

impl Slot {
    /// An empty slot: a field without a name.
    pub(crate) const BLANK: Self = Self::Field { name: None, test: None };
}

/// A field of an event: its text without the quotes or brackets around it, and where it begins with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Field<'a> {
    text: &'a str,
    start: usize,
}

impl Delimited {
    pub(crate) fn matches(&self, message: &str) -> bool {
        self.assign(message).is_some_and(|fields| fields.iter().all(|(slot, _, text)| slot.holds(text)))
    }

    /// Values by AWS's keys: `$name`, and `$n` for the n-th field when its slot has no name.
    pub(crate) fn extract(&self, message: &str) -> BTreeMap<String, String> {
        let fields = self.assign(message).unwrap_or_default();
        fields
            .into_iter()
            .map(|(slot, number, text)| match slot {
                Slot::Field { name: Some(name), .. } => (format!("${name}"), text.to_owned()),
                _ => (format!("${number}"), text.to_owned()),
            })
            .collect()
    }

    /// The slot, number and text of each field; `None` when the event has too few.
    pub(crate) fn assign<'s, 'm>(&'s self, message: &'m str) -> Option<Vec<(&'s Slot, usize, &'m str)>> {
        const REST: &Slot = &Slot::Rest;
        let fields = fields(message);
        let numbered = |slot, number: usize, field: &Field<'m>| (slot, number + 1, field.text);
        let Some(rest) = self.slots.iter().position(|slot| *slot == Slot::Rest) else {
            if self.slots.is_empty() {
                return Some(fields.iter().enumerate().map(|(n, field)| numbered(REST, n, field)).collect());
            }
            if fields.len() < self.slots.len() {
                return None;
            }
            let mut assigned: Vec<_> =
                self.slots.iter().zip(&fields).enumerate().map(|(n, (slot, field))| numbered(slot, n, field)).collect();
            if fields.len() > self.slots.len()
                && let (Some(last), Some(field)) = (assigned.last_mut(), fields.get(self.slots.len() - 1))
            {
                last.2 = message.get(field.start..).unwrap_or_default().trim_end();
            }
            return Some(assigned);
        };
        let behind = self.slots.len() - rest - 1;
        let tail_at = fields.len().checked_sub(behind).filter(|at| *at >= rest)?;
        let slot_of = |n: usize| match n {
            n if n < rest => self.slots.get(n),
            n if n < tail_at => Some(REST),
            n => self.slots.get(n - tail_at + rest + 1),
        };
        Some(fields.iter().enumerate().filter_map(|(n, field)| Some(numbered(slot_of(n)?, n, field))).collect())
    }
}

impl Slot {
    pub(crate) fn holds(&self, text: &str) -> bool {
        match self {
            Self::Field { test: Some(expr), .. } => {
                let seen = if is_number(text) { Seen::Number(Numeral::new(text)) } else { Seen::Text(text.into()) };
                expr.holds(&|test: &Test| test.holds(&seen))
            }
            _ => true,
        }
    }
}

/// Cuts at blanks; what is in `[…]` or `"…"` is one field, without these.
fn fields(message: &str) -> Vec<Field<'_>> {
    let mut brackets = Closer { message, mark: ']', known: None };
    let mut quotes = Closer { message, mark: '"', known: None };
    let mut fields = Vec::new();
    let mut at = 0;
    while let Some(start) = message.get(at..).and_then(|rest| Some(at + rest.find(|c| !is_blank(c))?)) {
        let rest = message.get(start..).unwrap_or_default();
        let close = match rest.chars().next() {
            Some('[') => brackets.after(start),
            Some('"') => quotes.after(start),
            _ => None,
        };
        // what follows the closing mark directly makes it a part of a plain field
        let ends_field =
            |close: &usize| message.get(close + 1..).is_some_and(|after| !after.starts_with(|c| !is_blank(c)));
        let (text, end) = if let Some(close) = close.filter(ends_field) {
            (message.get(start + 1..close), close + 1)
        } else {
            let length = rest.find(is_blank).unwrap_or(rest.len());
            (rest.get(..length), start + length)
        };
        fields.push(Field { text: text.unwrap_or_default(), start });
        at = end;
    }
    fields
}

/// Finds closing marks, each by one search however many openings stand before it.
struct Closer<'a> {
    message: &'a str,
    mark: char,
    /// The last search: the first mark at or behind the first place is at the second.
    known: Option<(usize, Option<usize>)>,
}

impl Closer<'_> {
    /// The first mark behind `open` that has no backslash before it.
    fn after(&mut self, open: usize) -> Option<usize> {
        let from = open + 1;
        if let Some((searched_from, found)) = self.known
            && searched_from <= from
            && found.is_none_or(|found| found >= from)
        {
            return found;
        }
        let rest = self.message.get(from..).unwrap_or_default();
        let found = rest
            .match_indices(self.mark)
            .map(|(at, _)| from + at)
            .find(|at| self.message.get(..*at).is_some_and(|before| self.mark == ']' || !before.ends_with('\\')));
        self.known = Some((from, found));
        found
    }
}

fn is_blank(c: char) -> bool {
    c.is_ascii_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_an_access_log_line() {
        let line = r#"127.0.0.1 - frank  [10/Oct/2000:13:25:15 -0700] "GET /a \"b\" HTTP/1.0" 404 1534"#;
        let texts: Vec<_> = fields(line).iter().map(|field| field.text).collect();
        let want = ["127.0.0.1", "-", "frank", "10/Oct/2000:13:25:15 -0700", r#"GET /a \"b\" HTTP/1.0"#, "404", "1534"];
        assert_eq!(texts, want);
    }

    #[test]
    fn what_is_not_closed_is_a_plain_field() {
        let texts = |line| fields(line).iter().map(|field| field.text).collect::<Vec<_>>();
        assert_eq!(texts("[a b"), ["[a", "b"]);
        assert_eq!(texts("\"a b"), ["\"a", "b"]);
        assert_eq!(texts("[a]: b [c d]"), ["[a]:", "b", "c d"]);
        assert_eq!(texts("\"\" [] x"), ["", "", "x"]);
        assert_eq!(texts("  \t\n"), [""; 0]);
    }
}
