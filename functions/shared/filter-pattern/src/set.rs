//! Many patterns on one record.

use crate::kind::Kind;
use crate::pattern::Pattern;
use crate::plan::Plan;
use crate::sieve::{Sieve, Strings};

/// Patterns that are matched together: a record is read once for all JSON patterns of the set, and only the members
/// that some pattern names are looked at.
///
/// ```
/// use filter_pattern::{Pattern, PatternSet};
///
/// let set: PatternSet = ["{ $.a = 1 }", "{ $.b = 1 }", "error"]
///     .iter()
///     .map(|text| Pattern::parse(text))
///     .collect::<Result<_, _>>()?;
/// assert_eq!(set.matching(r#"{"a":1,"text":"an error"}"#), [0, 2]);
/// # Ok::<(), filter_pattern::PatternError>(())
/// ```
#[derive(Debug, Clone)]
pub struct PatternSet {
    patterns: Vec<Pattern>,
    plan: Plan,
    /// Where the plan's patterns stand in `patterns`.
    json: Vec<usize>,
}

impl PatternSet {
    /// Makes a set; patterns are numbered from 0 in the order given.
    pub fn new(patterns: impl IntoIterator<Item = Pattern>) -> Self {
        let patterns: Vec<Pattern> = patterns.into_iter().collect();
        let json_patterns = || {
            patterns.iter().enumerate().filter_map(|(at, pattern)| match pattern.kind() {
                Kind::Json(json) => Some((at, json)),
                _ => None,
            })
        };
        let plan = Plan::new(json_patterns().map(|(_, json)| &json.expr));
        let json = json_patterns().map(|(at, _)| at).collect();
        Self { patterns, plan, json }
    }

    /// The numbers of the patterns that match the message, ascending.
    ///
    /// A record that by its bytes can match none is not read (`examples/throughput.rs` measures what that saves).
    pub fn matching(&self, message: &str) -> Vec<usize> {
        self.with_others(self.plan.matching(message), message)
    }

    /// What tells of single strings whether a record can match any of the patterns: for whoever goes through all strings
    /// of a record anyway. `None` where every record must be read.
    ///
    /// A record without a backslash whose strings do not meet enough can match none; one with a backslash neither, unless
    /// [`may_match_escaped`](Strings::may_match_escaped) says so.
    ///
    /// ```
    /// # use filter_pattern::{Pattern, PatternSet};
    /// let set = PatternSet::new([Pattern::parse("{ $.user.name = alice && $.age > 30 }")?]);
    /// let strings = set.strings().unwrap();
    /// assert_eq!(strings.firsts(), b"a", "the text is rarer than the name");
    /// assert!(strings.may_match(strings.met_at(br#""alice"}}"#, 1)));
    /// assert!(!strings.may_match(strings.met_at(br#""age":31}"#, 1)));
    /// assert!(!strings.may_match_escaped(br#"{"a":"\n"}"#) && strings.may_match_escaped(br#"{"a":"\u0061"}"#));
    /// # Ok::<(), filter_pattern::PatternError>(())
    /// ```
    pub fn strings(&self) -> Option<Strings> {
        let mut expressions = Vec::new();
        for pattern in &self.patterns {
            let Kind::Json(json) = pattern.kind() else { return None };
            expressions.push(&json.expr);
        }
        Sieve::strings(expressions)
    }

    /// The same by reading every record: for one that [`strings`](Self::strings) have not refused, and what
    /// [`matching`](Self::matching) is tested against and measured beside.
    pub fn matching_by_reading(&self, message: &str) -> Vec<usize> {
        self.with_others(self.plan.matching_by_reading(message), message)
    }

    /// Adds the patterns that are no JSON patterns to those of the plan that match.
    fn with_others(&self, found: Vec<usize>, message: &str) -> Vec<usize> {
        let mut matching: Vec<usize> = found.into_iter().filter_map(|at| self.json.get(at).copied()).collect();
        if self.json.len() < self.patterns.len() {
            let others = self.patterns.iter().enumerate().filter(|(_, pattern)| !pattern.is_json());
            matching.extend(others.filter(|(_, pattern)| pattern.matches(message)).map(|(at, _)| at));
            matching.sort_unstable();
        }
        matching
    }

    /// The patterns, in their order.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }
}

impl FromIterator<Pattern> for PatternSet {
    fn from_iter<I: IntoIterator<Item = Pattern>>(patterns: I) -> Self {
        Self::new(patterns)
    }
}
