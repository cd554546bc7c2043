//! A second, stricter look at a record that the sieve lets through, before it is read: the whole expression of each pattern,
//! over the values that stand behind its members' last names, wherever in the record. Whatever is not sure is taken to hold.

use std::cell::OnceCell;

use memchr::memmem::Finder;

use super::{Behind, behind, has_unicode_escape, is_plain, last_name};
use crate::condition::{Condition, Test};
use crate::expr::Expr;
use crate::scalar::Seen;
use crate::selector::Step;

/// The expressions, over the numbers of the conditions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Strict {
    names: Vec<(String, Finder<'static>)>,
    conditions: Vec<Asked>,
    expressions: Vec<Expr<usize>>,
}

#[derive(Debug, Clone)]
enum Asked {
    /// Nothing that the bytes tell.
    Open,
    /// Whether a value behind the name of this number fulfils a test, or leads on to others.
    Value { name: usize, test: Test, array: bool, object: bool },
}

impl Strict {
    pub(crate) fn new<'a>(expressions: impl IntoIterator<Item = &'a Expr<Condition>>) -> Self {
        let mut strict = Self::default();
        strict.expressions = expressions.into_iter().map(|expr| strict.number(expr)).collect();
        strict
    }

    fn number(&mut self, expr: &Expr<Condition>) -> Expr<usize> {
        match expr {
            Expr::Is(condition) => {
                let asked = self.ask(condition);
                self.conditions.push(asked);
                Expr::Is(self.conditions.len() - 1)
            }
            Expr::All(parts) => Expr::All(parts.iter().map(|part| self.number(part)).collect()),
            Expr::Any(parts) => Expr::Any(parts.iter().map(|part| self.number(part)).collect()),
        }
    }

    fn ask(&mut self, condition: &Condition) -> Asked {
        let Some((name, next)) = last_name(condition).filter(|(name, _)| is_plain(name)) else { return Asked::Open };
        if condition.test == Test::NotExists {
            return Asked::Open;
        }
        let number = self.names.iter().position(|it| it.0 == name).unwrap_or_else(|| {
            self.names.push((name.to_owned(), Finder::new(&format!("\"{name}\"")).into_owned()));
            self.names.len() - 1
        });
        let object = matches!(next, Some(Step::AnyMember));
        Asked::Value { name: number, test: condition.test.clone(), array: next.is_some() && !object, object }
    }

    /// Whether any of the patterns may match.
    pub(crate) fn lets_through(&self, record: &str) -> bool {
        let record = record.as_bytes();
        if has_unicode_escape(record) {
            return true;
        }
        let values: Vec<OnceCell<Vec<Behind<'_>>>> = self.names.iter().map(|_| OnceCell::new()).collect();
        let holds = |number: &usize| match self.conditions.get(*number) {
            Some(Asked::Value { name, test, array, object }) => {
                let (Some(cell), Some((_, finder))) = (values.get(*name), self.names.get(*name)) else { return true };
                let is_met = |behind: &Behind<'_>| match behind {
                    Behind::Nothing => false,
                    Behind::Unknown => true,
                    Behind::Value(Seen::Array) if *array => true,
                    Behind::Value(Seen::Object) if *object => true,
                    Behind::Value(_) if *array || *object => false,
                    Behind::Value(seen) => test.holds(seen),
                };
                cell.get_or_init(|| all_behind(finder, record)).iter().any(is_met)
            }
            Some(Asked::Open) | None => true,
        };
        self.expressions.iter().any(|expr| expr.holds(&holds))
    }
}

/// What stands behind a name wherever it is.
fn all_behind<'r>(quoted: &Finder<'_>, record: &'r [u8]) -> Vec<Behind<'r>> {
    let (mut all, mut from) = (Vec::new(), 0);
    while let Some(found) = record.get(from..).and_then(|rest| quoted.find(rest)) {
        all.push(behind(record, from + found + quoted.needle().len()));
        from += found + 1; // a quote may end one string and begin the next
    }
    all
}
