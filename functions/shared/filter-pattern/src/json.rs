//! One JSON pattern, ready to match.

use std::collections::BTreeMap;

use crate::condition::Condition;
use crate::expr::Expr;
use crate::matcher::{Trie, capture};
use crate::plan::Plan;
use crate::selector::Selector;

/// One JSON pattern. Equal when the expressions are.
#[derive(Debug, Clone)]
pub(crate) struct JsonPattern {
    pub(crate) expr: Expr<Condition>,
    plan: Box<Plan>,
}

impl JsonPattern {
    pub(crate) fn new(expr: Expr<Condition>) -> Self {
        let plan = Box::new(Plan::new([&expr]));
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

impl Eq for JsonPattern {}
