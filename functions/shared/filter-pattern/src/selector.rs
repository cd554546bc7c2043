//! `$.a.b[0].*`: a path from the event's root object to the values that a condition is about.

use std::fmt;

use crate::text::{is_name_char, quote};

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

/// Puts a name into the quotes that need fewer escapes.
fn quoted_name(name: &str) -> String {
    let count = |mark| name.matches(mark).count();
    quote(name, if count('\'') > count('"') { '"' } else { '\'' })
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write(false))
    }
}
