//! JSON patterns, ready to match: the conditions with their selectors merged, the expressions over them.

use std::collections::BTreeMap;

use crate::condition::{Condition, Seen, Test};
use crate::expr::Expr;
use crate::matcher::{Probe, Trie, capture, walk};
use crate::selector::Selector;

/// One JSON pattern. Equal when the expressions are.
#[derive(Debug, Clone)]
pub(crate) struct JsonPattern {
    pub(crate) expr: Expr<Condition>,
    plan: Plan,
}

impl JsonPattern {
    pub(crate) fn new(expr: Expr<Condition>) -> Self {
        let plan = Plan::new([&expr]);
        Self { expr, plan }
    }

    pub(crate) fn matches(&self, message: &str) -> bool {
        self.plan.matching(message).contains(&0)
    }

    /// The pattern's conditions, from left to right.
    pub(crate) fn conditions(&self) -> Vec<&Condition> {
        let mut found = Vec::new();
        self.expr.each(&mut |condition| found.push(condition));
        found
    }

    /// The first value of each of the pattern's selectors that points to one.
    pub(crate) fn extract(&self, message: &str) -> BTreeMap<String, String> {
        let conditions = self.conditions();
        let mut selectors: Vec<&Selector> = Vec::new();
        for condition in conditions {
            if !selectors.contains(&&condition.selector) {
                selectors.push(&condition.selector);
            }
        }
        let trie = Trie::new(selectors.iter().enumerate().map(|(id, selector)| (*selector, id)));
        let mut values = BTreeMap::new();
        for (id, seen) in capture(&trie, message).unwrap_or_default() {
            if let (Some(selector), Some(value)) = (selectors.get(id), seen.scalar()) {
                values.entry(selector.to_string()).or_insert_with(|| value.to_string());
            }
        }
        values
    }
}

impl PartialEq for JsonPattern {
    fn eq(&self, other: &Self) -> bool {
        self.expr == other.expr
    }
}

/// Any number of JSON patterns, matched in one pass over a record.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    trie: Trie,
    tests: Vec<Test>,
    expressions: Vec<Expr<usize>>,
}

impl Plan {
    pub(crate) fn new<'a>(expressions: impl IntoIterator<Item = &'a Expr<Condition>>) -> Self {
        let mut conditions: Vec<(Selector, usize)> = Vec::new();
        let mut tests = Vec::new();
        let expressions = expressions.into_iter().map(|expr| {
            expr.map(&mut |condition| {
                conditions.push((condition.selector.clone(), tests.len()));
                tests.push(condition.test.clone());
                tests.len() - 1
            })
        });
        let expressions = expressions.collect();
        let trie = Trie::new(conditions.iter().map(|(selector, id)| (selector, *id)));
        Self { trie, tests, expressions }
    }

    /// The numbers of the patterns that match, ascending.
    pub(crate) fn matching(&self, message: &str) -> Vec<usize> {
        if self.expressions.is_empty() {
            return Vec::new();
        }
        let Some(hits) = walk(&self.trie, message, &Tests(&self.tests)) else { return Vec::new() };
        // NOT EXISTS holds until a value is met; every other test from its first hit on.
        let mut held: Vec<bool> = self.tests.iter().map(|test| *test == Test::NotExists).collect();
        for (id, ()) in hits {
            if let (Some(held), Some(test)) = (held.get_mut(id), self.tests.get(id)) {
                *held = *test != Test::NotExists;
            }
        }
        let holds = |id: &usize| held.get(*id).copied().unwrap_or(false);
        self.expressions.iter().enumerate().filter(|(_, expr)| expr.holds(&holds)).map(|(at, _)| at).collect()
    }
}

struct Tests<'p>(&'p [Test]);

impl<'de> Probe<'de> for Tests<'_> {
    type Hit = ();

    fn probe(&self, id: usize, seen: &Seen<'de>) -> Option<()> {
        let test = self.0.get(id)?;
        (*test == Test::NotExists || test.holds(seen)).then_some(())
    }
}
