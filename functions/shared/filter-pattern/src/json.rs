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
    Test(Test, usize),
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
            self.questions.push(Question::Test(test.clone(), number));
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
        let Some(answers) = walk(&self.trie, message, || Answers { plan: self, held: self.unmet.clone() }) else {
            return Vec::new();
        };
        let held = answers.held;
        let holds = |number: &usize| held.get(*number).copied().unwrap_or(false);
        self.expressions.iter().enumerate().filter(|(_, expr)| expr.holds(&holds)).map(|(at, _)| at).collect()
    }
}

/// Which conditions hold, given the values met so far.
struct Answers<'p> {
    plan: &'p Plan,
    held: Vec<bool>,
}

impl Answers<'_> {
    /// Is this answer the one that it had before any value was met?
    fn is_open(&self, number: usize) -> bool {
        self.held.get(number) == self.plan.unmet.get(number)
    }

    fn settle(&mut self, number: usize) {
        if let (Some(held), Some(unmet)) = (self.held.get_mut(number), self.plan.unmet.get(number)) {
            *held = !unmet;
        }
    }
}

impl<'de> Probe<'de> for Answers<'_> {
    /// Settles each condition that the value fulfils, and each NOT EXISTS that it refutes.
    fn meet(&mut self, id: usize, seen: &Seen<'de>) {
        match self.plan.questions.get(id) {
            Some(Question::Test(test, number))
                if self.is_open(*number) && (*test == Test::NotExists || test.holds(seen)) =>
            {
                self.settle(*number);
            }
            Some(Question::Exact(texts)) => {
                let numbers = seen.comparable().and_then(|text| texts.get(text));
                numbers.into_iter().flatten().for_each(|number| self.settle(*number));
            }
            Some(Question::Test(..)) | None => {}
        }
    }
}
