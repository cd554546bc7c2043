//! JSON patterns as values, what they mean over a parsed record, and texts to try them on.

mod evaluate;
mod generate;
mod write;

pub(crate) use generate::{expr, hostile, json, soup};

/// A condition or a combination of conditions.
#[derive(Debug, Clone)]
pub(crate) enum Expr {
    Is(Vec<Step>, Test),
    All(Vec<Expr>),
    Any(Vec<Expr>),
}

/// One step of a selector.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    Name(String),
    Index(usize),
    AnyMember,
    AnyElement,
}

#[derive(Debug, Clone)]
pub(crate) enum Test {
    Equal(Operand),
    NotEqual(Operand),
    /// One of `<` `<=` `>` `>=`, and a number's text.
    Order(&'static str, String),
    /// `IS NULL`, `IS TRUE` or `IS FALSE`.
    Is(&'static str),
    NotExists,
}

#[derive(Debug, Clone)]
pub(crate) enum Operand {
    /// With its wildcards, without quotes.
    Text(String),
    Number(String),
    Regex(&'static str),
}

impl Expr {
    fn count(&self, of: &impl Fn(&[Step], &Test) -> usize) -> usize {
        match self {
            Self::Is(steps, test) => of(steps, test),
            Self::All(parts) | Self::Any(parts) => parts.iter().map(|part| part.count(of)).sum(),
        }
    }

    pub(crate) fn wildcards(&self) -> usize {
        let is_wild = |step: &&Step| matches!(step, Step::AnyMember | Step::AnyElement);
        self.count(&|steps, _| steps.iter().filter(is_wild).count())
    }

    pub(crate) fn regexes(&self) -> usize {
        self.count(&|_, test| {
            usize::from(matches!(test, Test::Equal(Operand::Regex(_)) | Test::NotEqual(Operand::Regex(_))))
        })
    }
}
