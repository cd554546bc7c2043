//! Refusing a record by its bytes, before it is read.
//!
//! A pattern's necessary condition is a list of members one of which must be there with a value that fulfils its test:
//! of `a && b` that of either side serves, of `a || b` it takes both, and there is none where `NOT EXISTS` alone would do.
//! Members are looked for anywhere in the record by their last name, so what is found may be another member, inside a
//! string or no member at all: then the record is read as ever. Only what cannot match is refused, and no verdict changes.
//!
//! In a record without a backslash every string is written as it is. `\u` may stand for any character, so such a record is
//! always read. Any other escape stands for a quote, a backslash, a slash or a control character: a name that has none of
//! these is found all the same, and a value with an escape counts as one that will do.

mod ends;
mod strings;
mod value;

use std::collections::{HashMap, HashSet};

use memchr::memchr;
use memchr::memmem::{self, Finder};

use crate::condition::{Condition, Operand, Test};
use crate::expr::Expr;
use crate::number::is_number;
use crate::scalar::Seen;
use crate::selector::Step;
use crate::text::mark;

pub use strings::Strings;
use value::{Behind, behind};

/// With more names than this, looking for them takes about as long as reading the record.
const MAX_NAMES: usize = 12;

/// The necessary condition of one pattern or of a set.
#[derive(Debug, Clone)]
pub(crate) struct Sieve {
    members: Vec<Member>,
    /// Whether all that is searched for is found where there are escapes other than `\u`.
    plain: bool,
}

/// A name, and what a value behind it has to be.
#[derive(Debug, Clone)]
struct Member {
    name: String,
    /// Searches the name in its quotes.
    quoted: Finder<'static>,
    /// One of these texts,
    texts: HashSet<String>,
    /// (whether one of them has this [`mark`], by which most others are told without reading them)
    marks: [bool; 256],
    /// or a value that fulfils one of these,
    tests: Vec<Test>,
    /// or an array or an object, where selectors go on with elements or every member.
    array: bool,
    object: bool,
    /// Searches the only text there is in its quotes, where nothing else will do: it is rarer than the name.
    only: Option<Finder<'static>>,
}

impl Sieve {
    /// `None` when there is no necessary condition, or none that is worth its search.
    pub(crate) fn new<'a>(expressions: impl IntoIterator<Item = &'a Expr<Condition>>) -> Option<Self> {
        let expressions: Vec<_> = expressions.into_iter().collect();
        Self::with(&expressions, &uses(&expressions))
    }

    fn with(expressions: &[&Expr<Condition>], uses: &HashMap<&str, usize>) -> Option<Self> {
        let mut sieve = Self { members: Vec::new(), plain: !expressions.iter().any(|expr| has_escapes(expr)) };
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        for expr in expressions {
            for condition in need(expr, uses)? {
                let (name, next) = last_name(condition)?;
                let number = *numbers.entry(name).or_insert(sieve.members.len());
                if number == sieve.members.len() {
                    sieve.members.push(Member::new(name));
                }
                sieve.members.get_mut(number)?.want(&condition.test, next);
            }
            if sieve.members.len() > MAX_NAMES {
                return None;
            }
        }
        for member in &mut sieve.members {
            member.find_only();
            sieve.plain &= is_plain(&member.name) && member.only_text().is_none_or(is_plain);
        }
        Some(sieve)
    }

    /// The same by single strings.
    pub(crate) fn strings<'a>(expressions: impl IntoIterator<Item = &'a Expr<Condition>>) -> Option<Strings> {
        let expressions: Vec<_> = expressions.into_iter().collect();
        let uses = uses(&expressions);
        Strings::new(&Self::with(&expressions, &uses)?, &expressions, &uses)
    }

    /// Can the record match at all?
    pub(crate) fn lets_through(&self, record: &str) -> bool {
        let record = record.as_bytes();
        self.is_hidden(record) || self.members.iter().any(|member| member.is_met(record))
    }

    /// Whether what is searched for may be written in other characters.
    fn is_hidden(&self, record: &[u8]) -> bool {
        memchr(b'\\', record).is_some_and(|at| !self.plain || has_unicode_escape(record.get(at..).unwrap_or_default()))
    }
}

/// In how many patterns a name is the last of some condition's.
fn uses<'a>(expressions: &[&'a Expr<Condition>]) -> HashMap<&'a str, usize> {
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for expr in expressions {
        let mut names = HashSet::new();
        expr.each(&mut |condition| names.extend(last_name(condition).map(|(name, _)| name)));
        for name in names {
            *uses.entry(name).or_default() += 1;
        }
    }
    uses
}

/// Whether there may be an escape by a character's number.
fn has_unicode_escape(record: &[u8]) -> bool {
    memmem::find(record, b"\\u").is_some()
}

/// Whether a name or a text of the expression must be written with an escape.
fn has_escapes(expr: &Expr<Condition>) -> bool {
    let mut any = false;
    expr.each(&mut |condition| {
        any |= last_name(condition).is_some_and(|(name, _)| needs_escape(name))
            || condition.test.exact_text().is_some_and(needs_escape);
    });
    any
}

/// The conditions one of which must hold where the expression does: the strictest of those there are.
/// Empty when it never holds in a record without escapes; `None` when it may hold without any member being there.
fn need<'a>(expr: &'a Expr<Condition>, uses: &HashMap<&str, usize>) -> Option<Vec<&'a Condition>> {
    match expr {
        Expr::Is(condition) => {
            let (name, _) = last_name(condition).filter(|_| condition.test != Test::NotExists)?;
            let escaped = needs_escape(name) || condition.test.exact_text().is_some_and(needs_escape);
            Some(if escaped { Vec::new() } else { vec![condition] })
        }
        Expr::All(parts) => {
            parts.iter().filter_map(|part| need(part, uses)).min_by_key(|conditions| cost(conditions, uses))
        }
        Expr::Any(parts) => {
            let needs: Option<Vec<_>> = parts.iter().map(|part| need(part, uses)).collect();
            Some(needs?.concat())
        }
    }
}

/// The smaller, the fewer records pass and the fewer names are to be searched in a set.
fn cost(conditions: &[&Condition], uses: &HashMap<&str, usize>) -> (usize, usize, std::cmp::Reverse<usize>, usize) {
    let names: HashSet<&str> = conditions.iter().filter_map(|condition| last_name(condition)).map(|it| it.0).collect();
    let laxest = conditions.iter().map(|condition| laxness(condition)).max().unwrap_or_default();
    let shared = names.iter().filter_map(|name| uses.get(name)).min().copied().unwrap_or_default();
    // A text with a wildcard is about as rare as one without.
    (laxest.max(1), names.len(), std::cmp::Reverse(shared), laxest)
}

fn laxness(condition: &Condition) -> usize {
    match &condition.test {
        _ if last_name(condition).is_none_or(|(_, next)| next.is_some()) => 4,
        Test::Equal(Operand::Text(glob)) if glob.exact().is_some() => 0,
        Test::Equal(Operand::Text(glob)) if glob.is_anything() => 4,
        Test::Equal(_) => 1,
        Test::IsNull | Test::IsTrue | Test::IsFalse => 2,
        Test::Order(..) => 3,
        Test::NotEqual(_) | Test::NotExists => 4,
    }
}

/// The last name of a condition's selector, and the step that follows it.
fn last_name(condition: &Condition) -> Option<(&str, Option<&Step>)> {
    let steps = &condition.selector.steps;
    steps.iter().enumerate().rev().find_map(|(at, step)| match step {
        Step::Name(name) => Some((name.as_str(), steps.get(at + 1))),
        Step::AnyMember | Step::Index(_) | Step::AnyElement => None,
    })
}

/// Is a JSON string with this content written as it is, but where `\u` is used?
fn is_plain(content: &str) -> bool {
    !needs_escape(content) && !content.contains('/')
}

/// Must a JSON string with this content have an escape?
fn needs_escape(content: &str) -> bool {
    content.contains(|c| matches!(c, '"' | '\\' | '\0'..='\x1f'))
}

impl Member {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            quoted: Finder::new(&format!("\"{name}\"")).into_owned(),
            texts: HashSet::new(),
            marks: [false; 256],
            tests: Vec::new(),
            array: false,
            object: false,
            only: None,
        }
    }

    fn want(&mut self, test: &Test, next: Option<&Step>) {
        match (next, test.exact_text()) {
            (Some(Step::AnyMember), _) => self.object = true,
            (Some(_), _) => self.array = true,
            (None, Some(exact)) => {
                self.texts.insert(exact.to_owned());
                if let Some(marked) = self.marks.get_mut(usize::from(mark(exact.as_bytes()))) {
                    *marked = true;
                }
            }
            (None, None) => self.tests.push(test.clone()),
        }
    }

    fn find_only(&mut self) {
        self.only = self.only_text().map(|text| Finder::new(&format!("\"{text}\"")).into_owned());
    }

    /// A number is written without quotes, so a text that reads as one does not serve.
    fn only_text(&self) -> Option<&str> {
        let nothing_else = self.texts.len() == 1 && self.tests.is_empty() && !self.array && !self.object;
        self.texts.iter().next().filter(|text| nothing_else && !is_number(text)).map(String::as_str)
    }

    /// Is the name there with such a value behind it?
    fn is_met(&self, record: &[u8]) -> bool {
        if self.only.as_ref().is_some_and(|text| text.find(record).is_none()) {
            return false;
        }
        let mut from = 0;
        while let Some(found) = record.get(from..).and_then(|rest| self.quoted.find(rest)) {
            let at = from + found;
            if self.is_met_by(&behind(record, at + self.quoted.needle().len())) {
                return true;
            }
            from = at + 1; // a quote may end one string and begin the next
        }
        false
    }

    fn is_met_by(&self, behind: &Behind<'_>) -> bool {
        match behind {
            Behind::Nothing => false,
            Behind::Unknown => true,
            Behind::Value(seen) => self.takes(seen),
        }
    }

    fn takes(&self, seen: &Seen<'_>) -> bool {
        seen.comparable().is_some_and(|text| self.has(text))
            || (self.array && *seen == Seen::Array)
            || (self.object && *seen == Seen::Object)
            || self.tests.iter().any(|test| test.holds(seen))
    }

    fn has(&self, text: &str) -> bool {
        let marked = self.marks.get(usize::from(mark(text.as_bytes())));
        marked.is_some_and(|marked| *marked) && self.texts.contains(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;
    use crate::parse;

    fn sieve(patterns: &[&str]) -> Option<Sieve> {
        let parsed: Vec<Kind> = patterns.iter().map(|text| parse::pattern(text).unwrap()).collect();
        Sieve::new(parsed.iter().map(|kind| match kind {
            Kind::Json(json) => &json.expr,
            _ => panic!("no JSON pattern"),
        }))
    }

    fn names(patterns: &[&str]) -> Option<Vec<String>> {
        let name = |member: &Member| String::from_utf8_lossy(member.quoted.needle()).trim_matches('"').to_owned();
        sieve(patterns).map(|sieve| sieve.members.iter().map(name).collect())
    }

    #[test]
    fn any_expression_with_a_necessary_member_has_a_condition() {
        let table: [(&[&str], Option<&[&str]>); 16] = [
            (&["{ $.a = x }"], Some(&["a"])),
            (&["{ $.a.b.c != x }"], Some(&["c"])),
            (&["{ $.a > 5 && $.b NOT EXISTS }"], Some(&["a"])),
            (&["{ $.a NOT EXISTS }"], None),
            (&["{ $.a = x || $.b NOT EXISTS }"], None),
            (&["{ ($.a = x || $.b NOT EXISTS) && $.c IS TRUE }"], Some(&["c"])),
            (&["{ $.a = x || $.b = y && $.c != z }"], Some(&["a", "b"])),
            (&["{ $.a != x && $.b = x* && $.c = y }"], Some(&["c"])),
            (&["{ $.a[*].b = 1 && $.c[0] = 1 }"], Some(&["b"])),
            (&["{ $.a.* = 1 }"], Some(&["a"])),
            (&["{ $.* = 1 }"], None),
            (&["{ $.a = x }", "{ $.b = y && $.a = z }"], Some(&["a"])),
            (&["{ $.a = x }", "{ $.b NOT EXISTS }"], None),
            (&["{ $.a = \"say \\\"hi\\\"\" }"], Some(&[])),
            (&["{ $.['a\\\\b'] = x || $.c = x }"], Some(&["c"])),
            (&[], Some(&[])),
        ];
        for (patterns, wanted) in table {
            let wanted: Option<Vec<String>> = wanted.map(|names| names.iter().map(ToString::to_string).collect());
            assert_eq!(names(patterns), wanted, "{patterns:?}");
        }
    }

    #[test]
    fn only_a_value_that_fulfils_a_condition_lets_a_record_through() {
        let sieve = sieve(&["{ $.a = x }", "{ $.u.a = 4* }", "{ $.u.a > 90 }", "{ $.b[*] = 1 }"]).unwrap();
        for (record, through) in [
            (r#"{"a":"x"}"#, true),
            (r#"{"z":{"y":[{"a" 	: "x"}]}}"#, true),
            (r#"{"a":"y"}"#, false),
            (r#"{"a":"y","a":"x"}"#, true),
            (r#"{"a":404}"#, true),
            (r#"{"a":"404"}"#, true),
            (r#"{"a":304}"#, true),
            (r#"{"a":34}"#, false),
            (r#"{"a":9e1}"#, false),
            (r#"{"a":9.1e1}"#, true),
            (r#"{"a":["x"]}"#, false),
            (r#"{"x":"a","b":"x"}"#, false),
            (r#"{"b":[]}"#, true),
            (r#"{"b":{}}"#, false),
            (r#"{"a":"y","c":"\u0061"}"#, true),
            ("", false),
            (r#""a":"x""#, true), // no JSON, which reading finds out
        ] {
            assert_eq!(sieve.lets_through(&record.replace("\\t", "\t")), through, "{record}");
        }
    }

    /// The search must not go past a quote that it has taken for another string's.
    #[test]
    fn a_quote_may_end_one_string_and_begin_the_next() {
        let comma = sieve(&["{ $.[','] = 1 }"]).unwrap();
        assert!(comma.lets_through(r#"{"a":"x",",":1}"#));
        let colon = sieve(&["{ $.[':'] = 1 }"]).unwrap();
        assert!(colon.lets_through(r#"{"a":":",":":1}"#));
        assert!(!colon.lets_through(r#"{"a":":","b":1}"#));
    }

    #[test]
    fn many_names_are_not_searched_one_by_one() {
        let texts: Vec<String> = (0..=MAX_NAMES).map(|n| format!("{{ $.n{n} = 1 }}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert!(sieve(&texts).is_none());
        assert!(sieve(&texts[1..]).is_some());
    }
}
