//! A pattern laid open, for whoever says the same in another language (SQL, a SIEM's rules).
//!
//! Nothing is lost: what these types say is all that [`Pattern::matches`] looks at, so a translation that keeps to their
//! documentation gives the same verdicts. The languages other than JSON look at the record's own text, byte for byte; they
//! are named and not laid open.

use crate::condition::{self, Relation};
use crate::expr;
use crate::kind::Kind;
use crate::pattern::Pattern;
use crate::print::Style;
use crate::regex;
use crate::selector::{Selector, Step as OwnStep};

/// A pattern by its language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View<'a> {
    /// The empty pattern: every record.
    Everything,
    /// A JSON pattern, `{ … }`: matches records that are one JSON object and for which the expression holds.
    Json(Expr<'a>),
    /// Terms, `ERROR -Exiting`, searched in the record's own text.
    Terms,
    /// A lone `%regex%`, searched in the record's own text.
    Regex,
    /// `[ip, ..., status]`: the record's own text split at blanks.
    Delimited,
}

/// Conditions and how they are joined. Always flat: no `All` directly in an `All`, none with fewer than two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr<'a> {
    /// One condition.
    Is(Condition<'a>),
    /// `&&`
    All(Vec<Expr<'a>>),
    /// `||`
    Any(Vec<Expr<'a>>),
}

/// A selector with its test. It holds if the test holds for any value that the selector leads to; [`Test::NotExists`] if
/// it leads to none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition<'a> {
    /// The condition in canonical form, for people.
    pub text: String,
    /// The way from the record's root; never empty, with at most one wildcard.
    pub steps: Vec<Step<'a>>,
    /// What is asked of the values.
    pub test: Test<'a>,
}

/// One step of a selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// A member of an object; of two with the same name the last.
    Name(&'a str),
    /// Every member of an object.
    AnyMember,
    /// An element of an array, the first is 0.
    Index(usize),
    /// Every element of an array.
    AnyElement,
}

/// What is asked of a value. Of a value of another kind than it names, every test is false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test<'a> {
    /// Of strings and numbers: equal.
    Equal(Operand<'a>),
    /// Of strings and numbers: not equal. A missing member is *not* unequal.
    NotEqual(Operand<'a>),
    /// Of numbers alone, exactly, at any size: how the value stands to this number.
    Order(Order, &'a str),
    /// `null`
    IsNull,
    /// `true`
    IsTrue,
    /// `false`
    IsFalse,
    /// There is no value.
    NotExists,
}

/// The operators between numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// The right side of `=` and `!=`. Texts are compared with a string's content, escapes resolved, and with a number's own
/// text in the record (`0.10` is not `0.1`); all is case-sensitive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand<'a> {
    /// A text with wildcards at its ends only.
    Text {
        /// A `*` stood before it.
        any_before: bool,
        /// The text, escapes resolved. A `*` in it is that character.
        text: &'a str,
        /// A `*` stood behind it.
        any_after: bool,
    },
    /// An unquoted number, as it was written: compared with numbers as a number, exactly; with strings as this text.
    Number(&'a str),
    /// One of these must be found somewhere in the text.
    Regex(Vec<Vec<Piece>>),
}

/// A piece of a regular expression's alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// The text's begin.
    Start,
    /// The text's end, with no line break allowed behind it.
    End,
    /// Characters of a class, one after another.
    Repeat {
        /// The ASCII characters of the class: a bit for each, `1 << code`.
        ascii: u128,
        /// Does the class have every character beyond ASCII, or none?
        others: bool,
        /// The least.
        min: usize,
        /// The most; none is any number.
        max: Option<usize>,
    },
}

impl Pattern {
    /// The pattern laid open.
    pub fn view(&self) -> View<'_> {
        match self.kind() {
            Kind::Everything => View::Everything,
            Kind::Json(json) => View::Json(expr(&json.expr)),
            Kind::Text(_) => View::Terms,
            Kind::Regex(_) => View::Regex,
            Kind::Delimited(_) => View::Delimited,
        }
    }
}

impl Selector {
    /// The selector's steps, first to last.
    pub fn view(&self) -> Vec<Step<'_>> {
        let step = |step| match step {
            &OwnStep::Index(index) => Step::Index(index),
            OwnStep::Name(name) => Step::Name(name),
            OwnStep::AnyMember => Step::AnyMember,
            OwnStep::AnyElement => Step::AnyElement,
        };
        self.steps.iter().map(step).collect()
    }
}

fn expr(of: &expr::Expr<condition::Condition>) -> Expr<'_> {
    match of {
        expr::Expr::Is(condition) => Expr::Is(Condition {
            text: Style { short: false }.condition(condition),
            steps: condition.selector.view(),
            test: test(&condition.test),
        }),
        expr::Expr::All(parts) => Expr::All(parts.iter().map(expr).collect()),
        expr::Expr::Any(parts) => Expr::Any(parts.iter().map(expr).collect()),
    }
}

fn test(of: &condition::Test) -> Test<'_> {
    match of {
        condition::Test::Equal(of) => Test::Equal(operand(of)),
        condition::Test::NotEqual(of) => Test::NotEqual(operand(of)),
        condition::Test::Order(relation, number) => {
            let order = match relation {
                Relation::Less => Order::Less,
                Relation::LessOrEqual => Order::LessOrEqual,
                Relation::Greater => Order::Greater,
                Relation::GreaterOrEqual => Order::GreaterOrEqual,
            };
            Test::Order(order, number.text())
        }
        condition::Test::IsNull => Test::IsNull,
        condition::Test::IsTrue => Test::IsTrue,
        condition::Test::IsFalse => Test::IsFalse,
        condition::Test::NotExists => Test::NotExists,
    }
}

fn operand(of: &condition::Operand) -> Operand<'_> {
    match of {
        condition::Operand::Text(glob) => {
            let (any_before, text, any_after) = glob.parts();
            Operand::Text { any_before, text, any_after }
        }
        condition::Operand::Number(number) => Operand::Number(number.text()),
        condition::Operand::Regex(of) => Operand::Regex(regex::pieces(of)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_open(text: &str) -> String {
        let pattern = Pattern::parse(text).unwrap();
        format!("{:?}", pattern.view())
    }

    #[test]
    fn every_part_of_a_pattern_can_be_read_from_outside() {
        let pattern =
            Pattern::parse("{ ($.a.*.['b c'][1] != \"*x*\" || $.n >= 1.50) && $.r[*] = %^a?[^b]$% }").unwrap();
        let View::Json(Expr::All(parts)) = pattern.view() else { panic!("{:?}", pattern.view()) };
        let [Expr::Any(either), Expr::Is(regex)] = parts.as_slice() else { panic!("{parts:?}") };
        let [Expr::Is(first), Expr::Is(second)] = either.as_slice() else { panic!("{either:?}") };
        assert_eq!(first.steps, [Step::Name("a"), Step::AnyMember, Step::Name("b c"), Step::Index(1)]);
        assert_eq!(first.test, Test::NotEqual(Operand::Text { any_before: true, text: "x", any_after: true }));
        assert_eq!(second.test, Test::Order(Order::GreaterOrEqual, "1.50"));
        assert_eq!(regex.steps, [Step::Name("r"), Step::AnyElement]);
        let Test::Equal(Operand::Regex(alternatives)) = &regex.test else { panic!("{regex:?}") };
        let a = Piece::Repeat { ascii: 1 << u32::from('a'), others: false, min: 0, max: Some(1) };
        let not_b = Piece::Repeat { ascii: !(1 << u32::from('b')), others: true, min: 1, max: Some(1) };
        assert_eq!(alternatives, &[vec![Piece::Start, a, not_b, Piece::End]]);
    }

    #[test]
    fn the_languages_that_read_the_records_own_text_are_named() {
        assert_eq!(laid_open(""), "Everything");
        assert_eq!(laid_open("ERROR -x"), "Terms");
        assert_eq!(laid_open("%a+%"), "Regex");
        assert_eq!(laid_open("[a, ..., b = 1]"), "Delimited");
    }
}
