//! One condition and when a value of the event fulfils it.
//!
//! Only strings and numbers are compared: to a boolean, a null, an array or an object, and to a missing
//! member, `=` and `!=` are both false.

use std::cmp::Ordering;

use crate::glob::Glob;
use crate::number::Number;
use crate::regex::Regex;
use crate::scalar::Seen;
use crate::selector::Selector;

/// A selector of a JSON pattern with its test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) selector: Selector,
    pub(crate) test: Test,
}

/// What is asked of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Test {
    Equal(Operand),
    NotEqual(Operand),
    Order(Relation, Number),
    IsNull,
    IsTrue,
    IsFalse,
    NotExists,
}

/// The right side of `=` and `!=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operand {
    Text(Glob),
    Number(Number),
    Regex(Regex),
}

/// The operators that compare numbers only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Test {
    /// Is it fulfilled by a value that is there? [`Test::NotExists`] never is.
    pub(crate) fn holds(&self, seen: &Seen<'_>) -> bool {
        match self {
            Self::Equal(operand) => operand.equals(seen) == Some(true),
            Self::NotEqual(operand) => operand.equals(seen) == Some(false),
            Self::Order(relation, number) => match seen {
                Seen::Number(numeral) => number.order_of(numeral).is_some_and(|order| relation.allows(order)),
                _ => false,
            },
            Self::IsNull => *seen == Seen::Null,
            Self::IsTrue => *seen == Seen::Bool(true),
            Self::IsFalse => *seen == Seen::Bool(false),
            Self::NotExists => false,
        }
    }

    /// The one text that fulfils the test, if it is such a test.
    pub(crate) fn exact_text(&self) -> Option<&str> {
        match self {
            Self::Equal(Operand::Text(glob)) => glob.exact(),
            _ => None,
        }
    }
}

impl Operand {
    /// `None` when the value is no string and no number.
    fn equals(&self, seen: &Seen<'_>) -> Option<bool> {
        let text = seen.comparable()?;
        Some(match (self, seen) {
            (Self::Text(glob), _) => glob.matches(text),
            (Self::Regex(regex), _) => regex.is_match(text),
            (Self::Number(number), Seen::Number(numeral)) => number.order_of(numeral) == Some(Ordering::Equal),
            (Self::Number(number), _) => number.text() == text,
        })
    }
}

impl Relation {
    fn allows(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}
