//! Properties: nothing panics, what is printed parses to the same pattern, and one pass over a record gives what a
//! slow evaluator over `serde_json::Value` gives.

use proptest::prelude::*;
use serde_json::Value;

use crate::condition::{Condition, Operand, Relation, Test};
use crate::expr::Expr;
use crate::glob::Glob;
use crate::number::Number;
use crate::regex::Regex;
use crate::selector::{Selector, Step};
use crate::{Pattern, PatternSet};

fn name() -> impl Strategy<Value = String> {
    prop_oneof![8 => "[a-c]", 1 => "[a-c](\\.|'|\"|\\\\|ü| ){1,3}[a-c]?", 1 => "[A-Za-z0-9_-]{1,4}"]
}

fn selector() -> impl Strategy<Value = Selector> {
    let step = prop_oneof![
        6 => name().prop_map(Step::Name),
        2 => (0usize..3).prop_map(Step::Index),
        1 => Just(Step::AnyMember),
        1 => Just(Step::AnyElement),
    ];
    prop::collection::vec(step, 1..4)
        .prop_map(|steps| Selector { steps })
        .prop_filter("one wildcard", |selector| wildcards(selector) <= 1)
}

fn wildcards(selector: &Selector) -> usize {
    selector.steps.iter().filter(|step| matches!(step, Step::AnyMember | Step::AnyElement)).count()
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![3 => "[0-3]", 1 => "[+-]?[0-9]{0,2}(\\.[0-9]{1,2})?(e[+-]?[0-9])?"]
        .prop_filter_map("a number", |text| Number::parse(&text))
}

fn operand() -> impl Strategy<Value = Operand> {
    prop_oneof![
        6 => "\\*?[ab1]{0,2}\\*?".prop_map(|text| Operand::Text(Glob::new(&text))),
        1 => "[ab*\\\\\"ü {}%]{0,6}".prop_map(|text| Operand::Text(Glob::new(&text))),
        3 => number().prop_map(Operand::Number),
        1 => prop::sample::select(vec!["a", "^a", "b$", "a|1", "[ab]+", "^\\d$", "a b"])
            .prop_map(|regex| Operand::Regex(Regex::parse(regex).unwrap())),
    ]
}

fn test() -> impl Strategy<Value = Test> {
    let relation =
        prop::sample::select(vec![Relation::Less, Relation::LessOrEqual, Relation::Greater, Relation::GreaterOrEqual]);
    prop_oneof![
        4 => operand().prop_map(Test::Equal),
        3 => operand().prop_map(Test::NotEqual),
        2 => (relation, number()).prop_map(|(relation, number)| Test::Order(relation, number)),
        3 => prop::sample::select(vec![Test::IsNull, Test::IsTrue, Test::IsFalse, Test::NotExists]),
    ]
}

fn expr() -> impl Strategy<Value = Expr<Condition>> {
    let condition = (selector(), test()).prop_map(|(selector, test)| Expr::Is(Condition { selector, test }));
    condition
        .prop_recursive(3, 12, 3, |inner| {
            let parts = prop::collection::vec(inner, 1..4);
            prop_oneof![parts.clone().prop_map(Expr::all), parts.prop_map(Expr::any)]
        })
        .prop_filter("AWS's quotas", |expr| {
            let (mut wild, mut regexes) = (0, 0);
            expr.each(&mut |condition: &Condition| {
                wild += wildcards(&condition.selector);
                regexes += usize::from(matches!(
                    condition.test,
                    Test::Equal(Operand::Regex(_)) | Test::NotEqual(Operand::Regex(_))
                ));
            });
            wild <= 3 && regexes <= 2
        })
}

/// JSON text, with members of the same name now and then.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => prop::sample::select(vec!["0", "1", "2", "3", "-1", "10", "0.5", "1.5", "12.0"]).prop_map(str::to_owned),
        4 => prop::sample::select(vec!["\"\"", "\"a\"", "\"ab\"", "\"1\"", "\"\\u0061b\"", "\"a b\""]).prop_map(str::to_owned),
        2 => prop::sample::select(vec!["true", "false", "null"]).prop_map(str::to_owned),
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            2 => object(inner.clone()),
            1 => prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(" , "))),
        ]
    });
    object(value)
}

fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let key = prop_oneof![9 => "\"[a-c]\"", 1 => Just("\"\\u0062\"".to_owned())];
    prop::collection::vec((key, value), 0..5).prop_map(|members| {
        let members: Vec<String> = members.into_iter().map(|(key, value)| format!("{key}: {value}")).collect();
        format!("{{ {} }}", members.join(","))
    })
}

/// Pieces of the grammar in any order, so that the parser is led far into it.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{", "}", "[", "]", "(", ")", "$", "$.a", ".b", "['c d']", "[0]", "[*]", ".*", "=", "!=", "<", ">=", "==",
        "&&", "||", "&", "|", " ", " ", " ", "IS", "NOT", "NULL", "TRUE", "EXISTS", "1", "-1.5", "1e3", "*", "a",
        "\"a b\"", "\"", "\\", "'", "%", "%a+%", "%[%", "ü", "夜", "\n", ",", "...", "-", "?", "?x", "-y", "ip", "w1",
        "\u{a0}", "\u{0}",
    ]);
    (
        prop::sample::select(vec!["", "{", "[", "%", "\""]),
        prop::collection::vec(piece, 0..14),
        prop::sample::select(vec!["", "}", "]", "%"]),
    )
        .prop_map(|(open, pieces, close)| format!("{open}{}{close}", pieces.concat()))
}

fn never_panics(text: &str, event: &str) -> Result<(), TestCaseError> {
    match Pattern::parse(text) {
        Ok(pattern) => {
            let printed = pattern.to_string();
            prop_assert!(Pattern::parse(&printed) == Ok(pattern.clone()), "{} printed as {}", text, printed);
            let explanation = pattern.explain(event);
            prop_assert_eq!(pattern.matches(event), explanation.matched);
            let _ = (explanation.to_string(), pattern.extract(event), pattern.value_at(event, text));
        }
        Err(error) => {
            prop_assert!(text.is_char_boundary(error.offset()));
            prop_assert!(error.column() <= text.chars().count() + 1);
            let _ = (error.to_string(), error.report(), error.aws_message(), format!("{error:?}"));
        }
    }
    Ok(())
}

/// The slow evaluator: its own reading of the rules, over a parsed value.
fn reference(expr: &Expr<Condition>, event: &Value) -> bool {
    match expr {
        Expr::All(parts) => parts.iter().all(|part| reference(part, event)),
        Expr::Any(parts) => parts.iter().any(|part| reference(part, event)),
        Expr::Is(Condition { selector, test }) => {
            let values = select(event, &selector.steps);
            match test {
                Test::NotExists => values.is_empty(),
                test => values.iter().any(|value| fulfils(value, test)),
            }
        }
    }
}

fn select<'v>(value: &'v Value, steps: &[Step]) -> Vec<&'v Value> {
    let Some((step, rest)) = steps.split_first() else { return vec![value] };
    let next: Vec<&Value> = match step {
        Step::Name(name) => value.as_object().and_then(|object| object.get(name)).into_iter().collect(),
        Step::AnyMember => value.as_object().into_iter().flat_map(|object| object.values()).collect(),
        Step::Index(index) => value.as_array().and_then(|array| array.get(*index)).into_iter().collect(),
        Step::AnyElement => value.as_array().into_iter().flatten().collect(),
    };
    next.into_iter().flat_map(|value| select(value, rest)).collect()
}

fn fulfils(value: &Value, test: &Test) -> bool {
    let own = match value {
        Value::String(string) => string.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let comparable = value.is_string() || value.is_number();
    let equal = |operand: &Operand| match operand {
        Operand::Number(number) if value.is_number() => {
            (value.as_f64().unwrap() - number.text().parse::<f64>().unwrap()).abs() < 1e-12
        }
        Operand::Number(number) => number.text() == own,
        Operand::Regex(regex) => regex_lite::Regex::new(regex.source()).unwrap().is_match(&own),
        Operand::Text(glob) => {
            let content = glob.content();
            if content == "*" {
                return true;
            }
            let inner = content.trim_matches('*');
            own.match_indices(inner).any(|(at, _)| {
                (content.starts_with('*') || at == 0) && (content.ends_with('*') || at + inner.len() == own.len())
            })
        }
    };
    match test {
        Test::Equal(operand) => comparable && equal(operand),
        Test::NotEqual(operand) => comparable && !equal(operand),
        Test::Order(relation, number) => {
            let want = number.text().parse::<f64>().unwrap();
            value.as_f64().is_some_and(|value| match relation {
                Relation::Less => value < want,
                Relation::LessOrEqual => value <= want,
                Relation::Greater => value > want,
                Relation::GreaterOrEqual => value >= want,
            })
        }
        Test::IsNull => value.is_null(),
        Test::IsTrue => *value == Value::Bool(true),
        Test::IsFalse => *value == Value::Bool(false),
        Test::NotExists => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_taken_or_refused(text in any::<String>(), event in any::<String>()) {
        never_panics(&text, &event)?;
    }

    #[test]
    fn any_soup_of_the_grammar_is_taken_or_refused(text in soup(), event in prop_oneof![json(), "[ab\"\\[\\] 1]{0,20}"]) {
        never_panics(&text, &event)?;
    }

    #[test]
    fn a_printed_pattern_parses_to_itself(expr in expr()) {
        let pattern = Pattern::json(expr);
        let printed = pattern.to_string();
        prop_assert!(Pattern::parse(&printed) == Ok(pattern.clone()), "{}", printed);
        prop_assert!(Pattern::parse(&pattern.printed_short()) == Ok(pattern.clone()), "{}", pattern.printed_short());
    }

    #[test]
    fn one_pass_agrees_with_the_slow_evaluator(exprs in prop::collection::vec(expr(), 1..5), event in json()) {
        let value: Value = serde_json::from_str(&event).unwrap();
        let slow: Vec<usize> = (0..exprs.len()).filter(|at| reference(&exprs[*at], &value)).collect();
        let set: PatternSet = exprs.into_iter().map(Pattern::json).collect();
        prop_assert_eq!(set.matching(&event), slow.clone(), "{:?} on {}", set.patterns().iter().map(ToString::to_string).collect::<Vec<_>>(), event);
        let alone: Vec<usize> = (0..set.patterns().len()).filter(|at| set.patterns()[*at].matches(&event)).collect();
        prop_assert_eq!(alone, slow);
    }

    #[test]
    fn a_cut_or_continued_record_never_matches(expr in expr(), event in json(), cut in 0usize..200) {
        let pattern = Pattern::json(expr);
        let cut = &event[..cut % event.len()];
        prop_assert!(!pattern.matches(cut), "{} on {}", pattern, cut);
        let continued = format!("{event} x");
        prop_assert!(!pattern.matches(&continued));
    }
}
