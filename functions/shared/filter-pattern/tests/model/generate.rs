//! Patterns and records by chance, with few names and values so that they meet often.

use proptest::prelude::*;

use super::{Expr, Operand, Step, Test};

fn name() -> impl Strategy<Value = String> {
    prop_oneof![8 => "[a-c]", 1 => "[a-c](\\.|'|\"|\\\\|ü| |:|,){1,3}[a-c]?", 1 => "[A-Za-z0-9_-]{1,4}", 1 => "[,:]"]
}

fn selector() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => name().prop_map(Step::Name),
        2 => (0usize..3).prop_map(Step::Index),
        1 => Just(Step::AnyMember),
        1 => Just(Step::AnyElement),
    ];
    prop::collection::vec(step, 1..4).prop_filter("one wildcard", |steps| {
        steps.iter().filter(|step| matches!(step, Step::AnyMember | Step::AnyElement)).count() <= 1
    })
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[0-3]",
        1 => "[+-]?([0-9]{1,2}(\\.[0-9]{1,2})?|\\.[0-9])(e[+-]?[0-9])?",
    ]
}

fn operand() -> impl Strategy<Value = Operand> {
    prop_oneof![
        6 => "\\*?[ab1]{0,2}\\*?".prop_map(Operand::Text),
        1 => "[ab*\\\\\"ü\u{fffd} {}%,:]{0,6}".prop_map(Operand::Text),
        3 => number().prop_map(Operand::Number),
        1 => prop::sample::select(vec!["a", "^a", "b$", "a|1", "[ab]+", "^\\d$", "a b"]).prop_map(Operand::Regex),
    ]
}

fn test() -> impl Strategy<Value = Test> {
    let relation = prop::sample::select(vec!["<", "<=", ">", ">="]);
    prop_oneof![
        4 => operand().prop_map(Test::Equal),
        3 => operand().prop_map(Test::NotEqual),
        2 => (relation, number()).prop_map(|(relation, number)| Test::Order(relation, number)),
        2 => prop::sample::select(vec!["NULL", "TRUE", "FALSE"]).prop_map(Test::Is),
        1 => Just(Test::NotExists),
    ]
}

/// `$.a = "x" || $.a = "y" || …`, as most patterns for CloudTrail are.
fn texts() -> impl Strategy<Value = Expr> {
    (selector(), prop::collection::vec("[ab1]{1,2}|\u{fffd}", 1..4)).prop_map(|(selector, texts)| {
        let equal = |text| Expr::Is(selector.clone(), Test::Equal(Operand::Text(text)));
        Expr::Any(texts.into_iter().map(equal).collect())
    })
}

pub(crate) fn expr() -> impl Strategy<Value = Expr> {
    let condition = (selector(), test()).prop_map(|(selector, test)| Expr::Is(selector, test));
    condition
        .prop_recursive(3, 12, 3, |inner| {
            let parts = prop::collection::vec(inner, 1..4);
            prop_oneof![2 => parts.clone().prop_map(Expr::All), 2 => parts.prop_map(Expr::Any), 1 => texts()]
        })
        .prop_filter("AWS's quotas", |expr| expr.wildcards() <= 3 && expr.regexes() <= 2)
}

/// JSON text, with members of the same name now and then.
pub(crate) fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => prop::sample::select(vec!["0", "1", "2", "3", "-1", "10", "0.5", "1.5", "12.0"]).prop_map(str::to_owned),
        4 => prop::sample::select(vec!["\"\"", "\"a\"", "\"ab\"", "\"1\"", "\"\\u0061b\"", "\"a b\""])
            .prop_map(str::to_owned),
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

/// Records made to mislead a search of their bytes: names and values that look like each other, names written with
/// escapes, blanks wherever they may stand, members that come twice, and pieces that make it no JSON.
pub(crate) fn hostile() -> impl Strategy<Value = String> {
    let string = prop_oneof![
        6 => prop::sample::select(vec!["a", "b", "c", "ab", "1", "", "a1", "bab"]),
        2 => prop::sample::select(vec![":", ",", "a:", ",a", ": ", "{", "[a", "}", "a,b", "a:b"]),
        1 => prop::sample::select(vec!["\\u0061", "\\u0062", "a\\u0062", "\\\"a", "\\\"a\\\":1", "\\\\", "\\/", "a\\n", "\\ud800"]),
    ];
    let quoted = string.prop_map(|content| format!("\"{content}\"")).boxed();
    let blank = || prop::sample::select(vec!["", "", "", " ", "\n", "\t \r\n"]);
    let leaf = prop_oneof![
        4 => quoted.clone(),
        4 => prop::sample::select(vec!["0", "1", "2", "-1", "1.0", "1e0", "10", "true", "false", "null"]).prop_map(str::to_owned),
    ];
    let shallow = leaf.clone();
    let value = leaf.prop_recursive(4, 20, 4, move |inner| {
        let member = (quoted.clone(), blank(), blank(), inner.clone(), blank())
            .prop_map(|(name, before, behind, value, after)| format!("{name}{before}:{behind}{value}{after}"));
        prop_oneof![
            3 => prop::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
            1 => prop::collection::vec((inner, blank()), 0..4).prop_map(|items| {
                format!("[{}]", items.into_iter().map(|(item, blank)| item + blank).collect::<Vec<_>>().join(","))
            }),
        ]
    });
    let name = prop::sample::select(vec!["a", "a", "b", "b", "c", "c", ",", ":", "\\u0061"]);
    let member = (name, blank(), blank(), prop_oneof![2 => shallow, 1 => value])
        .prop_map(|(name, before, behind, value)| format!("\"{name}\"{before}:{behind}{value}"));
    let whole = prop::collection::vec(member, 0..7).prop_map(|members| format!("{{{}}}", members.join(",")));
    let broken = (
        whole.clone(),
        any::<prop::sample::Index>(),
        prop::sample::select(vec!["\"", ":", ",", "\"a\":", "{", "}", "]", "1", " "]),
    )
        .prop_map(|(whole, at, piece)| {
            let at = at.index(whole.len());
            let at = (0..=at).rev().find(|at| whole.is_char_boundary(*at)).unwrap_or_default();
            format!("{}{piece}{}", &whole[..at], &whole[at..])
        });
    prop_oneof![4 => whole, 1 => broken]
}

/// Pieces of the grammar in any order, so that the parser is led far into it.
pub(crate) fn soup() -> impl Strategy<Value = String> {
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
