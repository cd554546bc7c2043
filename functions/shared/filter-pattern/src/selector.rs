//! `$.a.b[0].*`: a path from the event's root object to the values that a condition is about.

use std::fmt;
use std::str::FromStr;

use crate::error::PatternError;
use crate::matcher::{Trie, capture};
use crate::scalar::Scalar;

/// A property selector: of a JSON pattern's condition, of a metric filter's value or of its dimensions.
///
/// `Display` writes it in AWS's form, `.name` where the name allows and `.['any name']` elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Selector {
    pub(crate) steps: Vec<Step>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// A member of an object.
    Name(String),
    /// Every member of an object: `.*`
    AnyMember,
    /// An element of an array, the first is 0.
    Index(usize),
    /// Every element of an array: `[*]`
    AnyElement,
}

impl Selector {
    /// Reads a selector that stands alone, such as a metric filter's `metricValue`: `$.size`.
    ///
    /// # Errors
    /// [`PatternError`] when it is none, or when something follows it.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        crate::parse::lone_selector(text)
    }

    /// The first string, number or boolean that the selector points to.
    ///
    /// `None` when the message is no JSON object, when nothing is there, and for null, arrays and objects.
    pub fn lookup(&self, message: &str) -> Option<Scalar> {
        let trie = Trie::new([(self, 0)]);
        capture(&trie, message)?.into_iter().find_map(|(_, found)| found.scalar())
    }

    pub(crate) fn has_wildcard(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::AnyMember | Step::AnyElement))
    }

    /// Writes the selector; `short` leaves the dot before a bracket away, for patterns near the length limit.
    pub(crate) fn write(&self, short: bool) -> String {
        let mut text = String::from("$");
        for step in &self.steps {
            match step {
                Step::Name(name) if !name.is_empty() && name.chars().all(is_name_char) => {
                    text.push('.');
                    text.push_str(name);
                }
                Step::Name(name) => {
                    text.push_str(if short { "[" } else { ".[" });
                    text.push_str(&quoted_name(name));
                    text.push(']');
                }
                Step::AnyMember => text.push_str(".*"),
                Step::Index(index) => {
                    text.push('[');
                    text.push_str(&index.to_string());
                    text.push(']');
                }
                Step::AnyElement => text.push_str("[*]"),
            }
        }
        text
    }
}

/// May it stand in a name without brackets?
pub(crate) fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// Puts a name into the quotes that need fewer escapes.
fn quoted_name(name: &str) -> String {
    let count = |quote| name.matches(quote).count();
    crate::print::quote(name, if count('\'') > count('"') { '"' } else { '\'' })
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write(false))
    }
}

impl FromStr for Selector {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        Self::parse(text)
    }
}
