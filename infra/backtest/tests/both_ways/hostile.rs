//! Patterns and records chosen to be read differently: by LIKE, by regular expressions, by engines' own ideas of numbers,
//! of JSON in strings, of letters and of what is missing.

/// Contents of strings, as Rust has them.
const TEXTS: [&str; 62] = [
    "",
    " ",
    "a",
    "A",
    "ab",
    " a",
    "a ",
    "%",
    "_",
    "100%",
    "a_b",
    "axb",
    "\\",
    "\\%",
    "a\\b",
    "!",
    "!%",
    "!!",
    "a!b",
    "'",
    "''",
    "'; DROP TABLE x; --",
    "\"",
    "a\"b",
    "`",
    "a.b",
    "a+b",
    "a?b",
    "[a]",
    "(a)",
    "^a$",
    "a|b",
    "{a}",
    "$",
    "$1",
    "\\d",
    "a*b",
    "1e3",
    "1E3",
    "1000",
    "1000.0",
    "0",
    "-0",
    "007",
    "1",
    "0.10",
    "+1",
    "true",
    "null",
    "undefined",
    "{\"a\":1}",
    "[1]",
    "é",
    "e\u{301}",
    "ß",
    "İ",
    "夜警",
    "🌙",
    "\u{200b}",
    "a\nb",
    "a\tb",
    "\u{1}",
];

/// Numbers as JSON has them.
const NUMBERS: [&str; 24] = [
    "0",
    "1",
    "-1",
    "7",
    "1000",
    "1e3",
    "1E3",
    "1000.0",
    "0.1",
    "0.10",
    "1e-1",
    "0.30000000000000004",
    "0.3",
    "1e15",
    "9007199254740992",
    "9007199254740993",
    "9223372036854775807",
    "18446744073709551616",
    "12345678901234567890123456789012345678",
    "1e37",
    "1e38",
    "1e308",
    "-1e308",
    "1e-300",
];

/// Numbers as patterns have them.
const COMPARED: [&str; 17] = [
    "0",
    "1",
    "-1",
    "7",
    "1000",
    "1e3",
    "1E3",
    ".1",
    "0.10",
    "0.3",
    "9007199254740992",
    "9007199254740993",
    "18446744073709551616",
    "12345678901234567890123456789012345678",
    "1e38",
    "1e308",
    "1e-300",
];

/// Regular expressions.
const REGEXES: [&str; 15] = [
    "^$",
    "^a",
    "b$",
    "^a.b$",
    "a|b",
    "\\\\",
    "[%_]",
    "^[0-9]+$",
    "\\d{3}",
    "^\\s*a\\s*$",
    "[^a-z]",
    "\\x27",
    "^.$",
    "\\$1?",
    "\\W",
];

/// Values that are neither.
const OTHERS: [&str; 14] = [
    "null",
    "true",
    "false",
    "{}",
    "[]",
    "[null]",
    "{\"a\":null}",
    "{\"a\":\"a\"}",
    "[\"a\",\"%\"]",
    "[1,1000]",
    "[[\"a\"]]",
    "{\"v\":{\"v\":\"a\"}}",
    "[{\"a\":1},{\"a\":\"1\"}]",
    "{\"\":\"a\",\"0\":\"b\"}",
];

/// A string of a pattern.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Those that filter patterns can say; AWS's quotas refuse some.
pub(crate) fn patterns() -> Vec<String> {
    let mut all = Vec::new();
    for text in TEXTS {
        for (before, behind) in [("", ""), ("*", ""), ("", "*"), ("*", "*")] {
            all.push(format!("{{ $.v = {} }}", quoted(&format!("{before}{text}{behind}"))));
        }
        all.push(format!("{{ $.v != {} }}", quoted(text)));
        all.push(format!("{{ $.v[*] = {} || $.v.* != {} }}", quoted(text), quoted(text)));
    }
    for number in COMPARED {
        all.extend(["=", "!=", "<", "<=", ">", ">="].map(|operator| format!("{{ $.v {operator} {number} }}")));
        all.push(format!("{{ $.v = \"{number}\" || $.v[0] = {number} }}"));
    }
    for regex in REGEXES {
        all.extend(["=", "!="].map(|operator| format!("{{ $.v {operator} %{regex}% }}")));
    }
    for selector in
        ["$.v", "$.V", "$.v.a", "$.v[0]", "$.v[1]", "$.v[*]", "$.v.*", "$.v[0].a", "$.v.v.v", "$.['v']", "$.v.['0']"]
    {
        all.extend(["NOT EXISTS", "IS NULL", "IS TRUE", "IS FALSE"].map(|test| format!("{{ {selector} {test} }}")));
        all.push(format!("{{ {selector} != \"a\" && {selector} != 1 }}"));
        all.push(format!("{{ ({selector} NOT EXISTS) || ({selector} = \"a*\") }}"));
    }
    all.retain(|pattern| filter_pattern::Pattern::parse(pattern).is_ok());
    all
}

/// One for each value, written plainly and with escapes, and some without the member.
pub(crate) fn records() -> Vec<String> {
    let plain = TEXTS.iter().map(|text| serde_json::to_string(text).unwrap_or_default());
    let escaped = TEXTS.iter().filter(|text| !text.is_empty()).map(|text| {
        let units: Vec<String> = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        format!("\"{}\"", units.concat())
    });
    let others = NUMBERS.iter().chain(&OTHERS).map(|it| (*it).to_owned());
    let with = plain.chain(escaped).chain(others).map(|value| format!("{{\"v\":{value}}}"));
    with.chain(
        ["{}", "{\"V\":\"a\"}", "{\"\\u0076\":\"a\"}", "{ \"v\" :\t\"a\" }", "{\"w\":{\"v\":\"a\"}}"]
            .map(str::to_owned),
    )
    .collect()
}

/// What cannot stand in a query of Athena, and is judged all the same: members that are there twice, and numbers beyond.
pub(crate) fn records_beyond_sql() -> Vec<String> {
    let all = [
        r#"{"v":"a","v":"b"}"#,
        r#"{"v":"b","v":"a"}"#,
        r#"{"v":{"a":"a"},"v":{}}"#,
        r#"{"v":1,"\u0076":"a"}"#,
        r#"{"v":-0}"#,
        r#"{"v":-0.0}"#,
        r#"{"v":1e999}"#,
        r#"{"v":-1e999}"#,
        r#"{"v":["a"],"v":null}"#,
    ];
    all.map(str::to_owned).to_vec()
}
