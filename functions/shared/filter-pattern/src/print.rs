//! Patterns as text, in one canonical form that parses to the same pattern.
//!
//! The readable form has blanks and quotes. Where it would be longer than AWS allows, a short form is printed
//! that is never longer than the shortest text of the same pattern.

use crate::condition::{Condition, Operand, Test};
use crate::delimited::{Delimited, Slot};
use crate::expr::Expr;
use crate::number::is_number;
use crate::terms::TextPattern;
use crate::text::{is_bare_char, is_term_char, quote};

/// Which of the two forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) short: bool,
}

impl Style {
    fn gap(self) -> &'static str {
        if self.short { "" } else { " " }
    }

    pub(crate) fn json(self, expr: &Expr<Condition>) -> String {
        let gap = self.gap();
        let body = self.expr(expr, &|condition| self.condition(condition));
        format!("{{{gap}{body}{gap}}}")
    }

    pub(crate) fn delimited(self, pattern: &Delimited) -> String {
        let slots: Vec<String> = pattern.slots.iter().map(|slot| self.slot(slot)).collect();
        format!("[{}]", slots.join(if self.short { "," } else { ", " }))
    }

    pub(crate) fn slot(self, slot: &Slot) -> String {
        match slot {
            Slot::Rest => "...".to_owned(),
            Slot::Field { name: None, .. } => String::new(),
            Slot::Field { name: Some(name), test: None } => name.clone(),
            Slot::Field { name: Some(name), test: Some(expr) } => {
                self.expr(expr, &|test| format!("{name}{}", self.test(test)))
            }
        }
    }

    pub(crate) fn condition(self, condition: &Condition) -> String {
        format!("{}{}", condition.selector.write(self.short), self.test(&condition.test))
    }

    fn test(self, test: &Test) -> String {
        let gap = self.gap();
        match test {
            Test::Equal(operand) => format!("{gap}={gap}{}", self.operand(operand)),
            Test::NotEqual(operand) => format!("{gap}!={gap}{}", self.operand(operand)),
            Test::Order(relation, number) => format!("{gap}{}{gap}{}", relation.symbol(), number.text()),
            Test::IsNull => " IS NULL".to_owned(),
            Test::IsTrue => " IS TRUE".to_owned(),
            Test::IsFalse => " IS FALSE".to_owned(),
            Test::NotExists => " NOT EXISTS".to_owned(),
        }
    }

    fn operand(self, operand: &Operand) -> String {
        match operand {
            Operand::Number(number) => number.text().to_owned(),
            Operand::Regex(regex) => format!("%{}%", regex.source()),
            Operand::Text(glob) => {
                let content = glob.content();
                let bare =
                    self.short && !content.is_empty() && content.chars().all(is_bare_char) && !is_number(&content);
                if bare { content } else { quote(&content, '"') }
            }
        }
    }

    /// `||` inside `&&` is the only place that needs parentheses.
    fn expr<C>(self, expr: &Expr<C>, condition: &impl Fn(&C) -> String) -> String {
        let gap = self.gap();
        match expr {
            Expr::Is(c) => condition(c),
            Expr::All(parts) => join(parts, &format!("{gap}&&{gap}"), |part| match part {
                Expr::Any(_) => format!("({})", self.expr(part, condition)),
                _ => self.expr(part, condition),
            }),
            Expr::Any(parts) => join(parts, &format!("{gap}||{gap}"), |part| self.expr(part, condition)),
        }
    }
}

/// Text patterns have one form only.
pub(crate) fn terms(pattern: &TextPattern) -> String {
    let TextPattern { must, must_not, any } = pattern;
    let each = |prefix: &'static str, terms: &[String]| -> Vec<String> {
        terms.iter().map(|term| format!("{prefix}{}", self::term(term))).collect()
    };
    [each("", must), each("-", must_not), each("?", any)].concat().join(" ")
}

fn term(term: &str) -> String {
    if !term.is_empty() && term.chars().all(is_term_char) { term.to_owned() } else { quote(term, '"') }
}

fn join<T>(parts: &[T], between: &str, print: impl Fn(&T) -> String) -> String {
    parts.iter().map(print).collect::<Vec<_>>().join(between)
}
