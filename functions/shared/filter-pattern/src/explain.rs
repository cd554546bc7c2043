//! Why a pattern matched or did not, in words.

use std::fmt;

use crate::condition::{Condition, Test};
use crate::delimited::{Delimited, Slot};
use crate::json::JsonPattern;
use crate::kind::Kind;
use crate::matcher::{Trie, capture};
use crate::print::Style;
use crate::render::visible;
use crate::scalar::Seen;
use crate::text::quote;

/// The most characters of an event's value that are shown.
const SHOWN: usize = 80;

/// Each part of a pattern with what it met in a message. `Display` writes one line for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Does the whole pattern match?
    pub matched: bool,
    /// Why no part could be looked at, if so.
    pub note: Option<String>,
    /// The parts from left to right. How `&&`, `||` and parentheses join them stands in the pattern.
    pub parts: Vec<Part>,
}

/// One condition, term or field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The part in canonical form.
    pub condition: String,
    /// Does it hold?
    pub held: bool,
    /// What the message has there. Safe to show: control characters are symbols, long values are cut.
    pub found: String,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.matched { "matches" } else { "does not match" })?;
        if let Some(note) = &self.note {
            write!(f, ": {note}")?;
        }
        for Part { condition, held, found } in &self.parts {
            write!(f, "\n  {} {condition}   ({found})", if *held { "yes" } else { "no " })?;
        }
        Ok(())
    }
}

pub(crate) fn explain(kind: &Kind, message: &str) -> Explanation {
    let matched = kind.matches(message);
    let only = |note: &str| Explanation { matched, note: Some(note.to_owned()), parts: Vec::new() };
    let parts = match kind {
        Kind::Everything => return only("an empty pattern matches every event"),
        Kind::Json(json) => match json_parts(json, message) {
            Some(parts) => parts,
            None => return only("the message is not one JSON object with nothing around it"),
        },
        Kind::Delimited(delimited) => match delimited_parts(delimited, message) {
            Some(parts) => parts,
            None => return only("the message has fewer fields than the pattern"),
        },
        Kind::Text(text) => {
            let part = |prefix: &str, wanted: bool, term: &String| Part {
                condition: format!("{prefix}{}", quote(term, '"')),
                held: message.contains(term) == wanted,
                found: if message.contains(term) { "in the message" } else { "not in the message" }.to_owned(),
            };
            let must = text.must.iter().map(|term| part("", true, term));
            let must_not = text.must_not.iter().map(|term| part("-", false, term));
            must.chain(must_not).chain(text.any.iter().map(|term| part("?", true, term))).collect()
        }
        Kind::Regex(regex) => vec![Part {
            condition: format!("%{}%", regex.source()),
            held: matched,
            found: if matched { "found in the message" } else { "nowhere in the message" }.to_owned(),
        }],
    };
    Explanation { matched, note: None, parts }
}

fn json_parts(json: &JsonPattern, message: &str) -> Option<Vec<Part>> {
    let conditions = json.conditions();
    let trie = Trie::new(conditions.iter().enumerate().map(|(id, condition)| (&condition.selector, id)));
    let values = capture(&trie, message)?;
    let of = |id: usize| values.iter().filter(move |(at, _)| *at == id).map(|(_, seen)| seen);
    Some(
        conditions
            .iter()
            .enumerate()
            .map(|(id, condition)| json_part(condition, &of(id).collect::<Vec<_>>()))
            .collect(),
    )
}

fn json_part(condition: &Condition, values: &[&Seen<'_>]) -> Part {
    let held = match condition.test {
        Test::NotExists => values.is_empty(),
        _ => values.iter().any(|seen| condition.test.holds(seen)),
    };
    let is_equality = matches!(condition.test, Test::Equal(_) | Test::NotEqual(_));
    let mut found = match values {
        [] => "no such member".to_owned(),
        [one] => show(one),
        [first, .., last] => format!("{} values, from {} to {}", values.len(), show(first), show(last)),
    };
    if !held && values.is_empty() {
        found.push_str("; a comparison with nothing never holds");
    } else if !held && is_equality && values.iter().all(|seen| seen.comparable().is_none()) {
        found.push_str("; = and != compare strings and numbers only");
    }
    Part { condition: Style { short: false }.condition(condition), held, found }
}

fn show(seen: &Seen<'_>) -> String {
    match seen {
        Seen::Text(text) => format!("\"{}\"", visible(text, SHOWN)),
        Seen::Number(number) => visible(number.text(), SHOWN),
        Seen::Bool(value) => value.to_string(),
        Seen::Null => "null".to_owned(),
        Seen::Object => "an object".to_owned(),
        Seen::Array => "an array".to_owned(),
    }
}

fn delimited_parts(delimited: &Delimited, message: &str) -> Option<Vec<Part>> {
    let fields = delimited.assign(message)?;
    let parts = fields.into_iter().filter_map(|(slot, number, text)| match slot {
        Slot::Field { name: Some(_), test: Some(_) } => Some(Part {
            condition: Style { short: false }.slot(slot),
            held: slot.holds(text),
            found: format!("field {number}: \"{}\"", visible(text, SHOWN)),
        }),
        _ => None,
    });
    Some(parts.collect())
}
