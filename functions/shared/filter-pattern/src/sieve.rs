//! Refusing a record by its bytes, before it is read.
//!
//! A pattern's necessary condition is a list of members one of which must be there with a value that fulfils its test:
//! of `a && b` that of either side serves, of `a || b` it takes both, and there is none where `NOT EXISTS` alone would do.
//! Members are looked for anywhere in the record by their last name, so what is found may be another member, inside a
//! string or no member at all: then the record is read as ever. Only what cannot match is refused, and no verdict changes.
//!
//! All patterns' members are looked for in one pass over the bytes. In the few records that it leaves, the other parts of
//! an `&&` are searched one by one, if they are rare: that takes less than reading the record.
//!
//! In a record without a backslash every string is written as it is. `\u` may stand for any character, so such a record is
//! always read. Any other escape stands for a quote, a backslash, a slash or a control character: a name that has none of
//! these is found all the same, and a value with an escape counts as one that will do.

mod bits;
mod ends;
mod known;
mod member;
mod pass;
mod searched;
mod strings;
mod value;

use std::collections::{HashMap, HashSet};

use memchr::memmem;

use crate::condition::{Condition, Operand, Test};
use crate::expr::Expr;
use crate::selector::Step;

use bits::Bits;
use member::{Member, Search};
use pass::Pass;
pub use strings::Strings;

/// With more names than this, looking for them takes about as long as reading the record.
const MAX_NAMES: usize = 12;

/// The necessary condition of one pattern or of a set.
#[derive(Debug, Clone)]
pub(crate) struct Sieve {
    bits: Bits,
    pass: Pass,
    /// Of each pattern what must be there as well: one of each list.
    rest: Vec<Vec<Vec<Search>>>,
    /// Whether all that is searched for is found where there are escapes other than `\u`.
    plain: bool,
}

impl Sieve {
    /// `None` when there is no necessary condition, or none that is worth its search.
    pub(crate) fn new<'a>(expressions: impl IntoIterator<Item = &'a Expr<Condition>>) -> Option<Self> {
        let expressions: Vec<_> = expressions.into_iter().collect();
        let uses = uses(&expressions);
        let members = members(&expressions, &uses)?;
        let bits = Bits::new(&members, &expressions, &uses)?;
        let pass = Pass::new(bits.strings().map(|string| format!("\"{string}")));
        let mut plain = is_found(&members, &expressions);
        let mut rest = Vec::new();
        for expr in &expressions {
            let parts: Vec<Vec<Member>> = rare_parts(expr, &uses)
                .filter(|part| !part.iter().all(|condition| bits::place(&members, condition).is_some()))
                .map(|part| part.iter().filter_map(|condition| alone(condition)).collect())
                .collect();
            plain &= parts.iter().flatten().all(is_written_plainly);
            rest.push(parts.into_iter().map(|part| part.into_iter().map(Search::new).collect()).collect());
        }
        Some(Self { bits, pass, rest, plain })
    }

    /// The same by single strings.
    pub(crate) fn strings<'a>(expressions: impl IntoIterator<Item = &'a Expr<Condition>>) -> Option<Strings> {
        let expressions: Vec<_> = expressions.into_iter().collect();
        let uses = uses(&expressions);
        let members = members(&expressions, &uses)?;
        Strings::new(&expressions, Bits::new(&members, &expressions, &uses)?, is_found(&members, &expressions))
    }

    /// Can the record match at all?
    pub(crate) fn lets_through(&self, record: &str) -> bool {
        let record = record.as_bytes();
        let mut met = 0;
        let has_backslash = self.pass.over(record, &mut |at| met |= self.bits.met_at(record, at));
        if has_backslash && (!self.plain || has_unicode_escape(record)) {
            return true;
        }
        met != 0 && self.bits.met_by(met).any(|pattern| self.has_the_rest(pattern, record))
    }

    /// Whether the other parts of the pattern are there.
    fn has_the_rest(&self, pattern: usize, record: &[u8]) -> bool {
        let parts = self.rest.get(pattern).map(Vec::as_slice).unwrap_or_default();
        parts.iter().all(|part| part.iter().any(|search| search.is_met(record)))
    }
}

/// The members that are to be found, in the order in which the patterns need them.
fn members(expressions: &[&Expr<Condition>], uses: &HashMap<&str, usize>) -> Option<Vec<Member>> {
    let mut members: Vec<Member> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for expr in expressions {
        for condition in need(expr, uses)? {
            let (name, next) = last_name(condition)?;
            let number = *numbers.entry(name).or_insert(members.len());
            if number == members.len() {
                members.push(Member::new(name));
            }
            members.get_mut(number)?.want(&condition.test, next);
        }
        if members.len() > MAX_NAMES {
            return None;
        }
    }
    Some(members)
}

/// A member for this condition only.
fn alone(condition: &Condition) -> Option<Member> {
    let (name, next) = last_name(condition)?;
    let mut member = Member::new(name);
    member.want(&condition.test, next);
    Some(member)
}

/// What the parts of an `&&` need, where it is a few texts that most records do not have.
fn rare_parts<'a>(expr: &'a Expr<Condition>, uses: &HashMap<&str, usize>) -> impl Iterator<Item = Vec<&'a Condition>> {
    let is_rare = |part: &Vec<&Condition>| part.len() <= FEW && part.iter().all(|condition| laxness(condition) <= 1);
    needs_of_parts(expr, uses).into_iter().filter(is_rare).take(FEW)
}

/// So many searches take less than reading.
const FEW: usize = 3;

/// What the parts of an `&&` need, each by itself.
fn needs_of_parts<'a>(expr: &'a Expr<Condition>, uses: &HashMap<&str, usize>) -> Vec<Vec<&'a Condition>> {
    match expr {
        Expr::All(parts) => parts.iter().filter_map(|part| need(part, uses)).collect(),
        Expr::Is(_) | Expr::Any(_) => Vec::new(),
    }
}

/// Whether all that is searched for is found where there are escapes other than `\u`.
fn is_found(members: &[Member], expressions: &[&Expr<Condition>]) -> bool {
    !expressions.iter().any(|expr| has_escapes(expr)) && members.iter().all(is_written_plainly)
}

fn is_written_plainly(member: &Member) -> bool {
    is_plain(&member.name) && member.only_text().is_none_or(is_plain)
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
        let parsed: Vec<Kind> = patterns.iter().map(|text| parse::pattern(text).unwrap()).collect();
        let mut expressions = Vec::new();
        for kind in &parsed {
            let Kind::Json(json) = kind else { panic!("no JSON pattern") };
            expressions.push(&json.expr);
        }
        Some(members(&expressions, &uses(&expressions))?.into_iter().map(|member| member.name).collect())
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
