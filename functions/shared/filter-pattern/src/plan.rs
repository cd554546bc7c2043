//! Any number of JSON patterns, ready to match: the conditions with their selectors merged, the expressions over them.

use std::collections::HashMap;

use crate::condition::{Condition, Test};
use crate::expr::Expr;
use crate::matcher::{Probe, Trie, walk};
use crate::scalar::Seen;
use crate::selector::Selector;
use crate::sieve::Sieve;

/// Any number of JSON patterns, matched in one pass over a record.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Refuses records by their bytes, where the patterns have a necessary condition.
    sieve: Option<Sieve>,
    trie: Trie,
    questions: Vec<Question>,
    /// For each condition whether it holds while no value was met: those with NOT EXISTS do.
    unmet: Vec<bool>,
    /// The patterns, over the numbers of their conditions. What `||` joins on one selector's texts has one number.
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
        let expressions: Vec<_> = expressions.into_iter().collect();
        let mut builder = Builder::default();
        let numbered = expressions.iter().map(|expr| builder.number(expr)).collect();
        Self {
            sieve: Sieve::new(expressions),
            trie: Trie::new(builder.selectors.into_iter().zip(0..)),
            questions: builder.questions,
            unmet: builder.unmet,
            expressions: numbered,
        }
    }

    /// The numbers of the patterns that match, ascending.
    pub(crate) fn matching(&self, message: &str) -> Vec<usize> {
        if self.may_match(message) { self.matching_by_reading(message) } else { Vec::new() }
    }

    /// Whether a record can match by its bytes.
    fn may_match(&self, text: &str) -> bool {
        !self.expressions.is_empty() && self.sieve.as_ref().is_none_or(|sieve| sieve.lets_through(text))
    }

    /// The same without looking at the record's bytes first.
    pub(crate) fn matching_by_reading(&self, message: &str) -> Vec<usize> {
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

/// Numbers conditions and puts each to the question that will answer it.
#[derive(Default)]
struct Builder<'a> {
    questions: Vec<Question>,
    /// Of each question.
    selectors: Vec<&'a Selector>,
    unmet: Vec<bool>,
    /// The question about a selector's texts.
    exact: HashMap<&'a Selector, usize>,
}

impl<'a> Builder<'a> {
    fn number(&mut self, expr: &'a Expr<Condition>) -> Expr<usize> {
        match expr {
            Expr::Is(condition) => Expr::Is(self.ask(condition, None)),
            Expr::All(parts) => Expr::All(parts.iter().map(|part| self.number(part)).collect()),
            Expr::Any(parts) => {
                let mut known: HashMap<&Selector, usize> = HashMap::new();
                let mut numbered = Vec::new();
                for part in parts {
                    match part {
                        Expr::Is(condition) if condition.test.exact_text().is_some() => {
                            let number = self.ask(condition, known.get(&condition.selector).copied());
                            if known.insert(&condition.selector, number).is_none() {
                                numbered.push(Expr::Is(number));
                            }
                        }
                        other => numbered.push(self.number(other)),
                    }
                }
                Expr::any(numbered)
            }
        }
    }

    /// The number of the same question about the same values, where another pattern asks it: patterns that belong together
    /// leave out the same roles.
    fn asked(&self, selector: &Selector, test: &Test) -> Option<usize> {
        let mut asked = self.selectors.iter().zip(&self.questions);
        asked.find_map(|(of, question)| match question {
            Question::Test(same, number) if same == test && **of == *selector => Some(*number),
            Question::Test(..) | Question::Exact(_) => None,
        })
    }

    /// The number of the condition: a new one unless one is given.
    fn ask(&mut self, Condition { selector, test }: &'a Condition, number: Option<usize>) -> usize {
        if let Some(same) = self.asked(selector, test) {
            return same;
        }
        let number = number.unwrap_or(self.unmet.len());
        if number == self.unmet.len() {
            self.unmet.push(*test == Test::NotExists);
        }
        let Some(text) = test.exact_text() else {
            self.selectors.push(selector);
            self.questions.push(Question::Test(test.clone(), number));
            return number;
        };
        let at = *self.exact.entry(selector).or_insert_with(|| {
            self.selectors.push(selector);
            self.questions.push(Question::Exact(HashMap::new()));
            self.questions.len() - 1
        });
        if let Some(Question::Exact(texts)) = self.questions.get_mut(at) {
            texts.entry(text.to_owned()).or_default().push(number);
        }
        number
    }
}
