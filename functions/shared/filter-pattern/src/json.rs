//! JSON patterns, ready to match: the conditions with their selectors merged, the expressions over them.

use std::collections::{BTreeMap, HashMap};

use crate::condition::{Condition, Test};
use crate::expr::Expr;
use crate::matcher::{Probe, Trie, capture, walk};
use crate::scalar::Seen;
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

impl Eq for JsonPattern {}

/// Any number of JSON patterns, matched in one pass over a record.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    trie: Trie,
    questions: Vec<Question>,
    /// For each condition whether it holds while no value was met: those with NOT EXISTS do.
    unmet: Vec<bool>,
    /// The patterns, over the numbers of their conditions.
    expressions: Vec<Expr<usize>>,
}

/// What is asked of the values at a selector.
#[derive(Debug, Clone)]
enum Question {
    /// One condition's test.
    Test(Test, [usize; 1]),
    /// Which of these texts is it? Watching for a hundred event names costs one look-up.
    Exact(HashMap<String, Vec<usize>>),
}

impl Plan {
    pub(crate) fn new<'a>(expressions: impl IntoIterator<Item = &'a Expr<Condition>>) -> Self {
        let mut plan = Self { trie: Trie::new([]), questions: Vec::new(), unmet: Vec::new(), expressions: Vec::new() };
        let mut asked: Vec<&'a Selector> = Vec::new();
        let mut exact: HashMap<&'a Selector, usize> = HashMap::new();
        for expr in expressions {
            let mut number = plan.unmet.len();
            expr.each(&mut |condition| plan.ask(condition, &mut asked, &mut exact));
            plan.expressions.push(expr.map(&mut |_| {
                number += 1;
                number - 1
            }));
        }
        plan.trie = Trie::new(asked.into_iter().enumerate().map(|(id, selector)| (selector, id)));
        plan
    }

    /// Numbers a condition and puts it to the question that will answer it.
    fn ask<'a>(
        &mut self,
        Condition { selector, test }: &'a Condition,
        asked: &mut Vec<&'a Selector>,
        exact: &mut HashMap<&'a Selector, usize>,
    ) {
        let number = self.unmet.len();
        self.unmet.push(*test == Test::NotExists);
        let Some(text) = test.exact_text() else {
            asked.push(selector);
            self.questions.push(Question::Test(test.clone(), [number]));
            return;
        };
        let at = *exact.entry(selector).or_insert_with(|| {
            asked.push(selector);
            self.questions.push(Question::Exact(HashMap::new()));
            self.questions.len() - 1
        });
        if let Some(Question::Exact(texts)) = self.questions.get_mut(at) {
            texts.entry(text.to_owned()).or_default().push(number);
        }
    }

    /// The numbers of the patterns that match, ascending.
    pub(crate) fn matching(&self, message: &str) -> Vec<usize> {
        if self.expressions.is_empty() {
            return Vec::new();
        }
        let Some(hits) = walk(&self.trie, message, &Answers(&self.questions)) else { return Vec::new() };
        let mut held = self.unmet.clone();
        for number in hits.into_iter().flat_map(|(_, conditions)| conditions) {
            if let (Some(held), Some(unmet)) = (held.get_mut(*number), self.unmet.get(*number)) {
                *held = !unmet;
            }
        }
        let holds = |number: &usize| held.get(*number).copied().unwrap_or(false);
        self.expressions.iter().enumerate().filter(|(_, expr)| expr.holds(&holds)).map(|(at, _)| at).collect()
    }
}

struct Answers<'p>(&'p [Question]);

impl<'p, 'de> Probe<'de> for Answers<'p> {
    /// The numbers of the conditions that a value decides: those it fulfils, and each NOT EXISTS it refutes.
    type Hit = &'p [usize];

    fn probe(&self, id: usize, seen: &Seen<'de>) -> Option<&'p [usize]> {
        match self.0.get(id)? {
            Question::Test(test, number) => (*test == Test::NotExists || test.holds(seen)).then_some(number.as_slice()),
            Question::Exact(texts) => texts.get(seen.comparable()?).map(Vec::as_slice),
        }
    }
}
