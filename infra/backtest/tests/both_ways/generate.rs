//! Patterns and records by chance.

use fastrand::Rng;

fn one<'a>(random: &mut Rng, of: &[&'a str]) -> &'a str {
    of[random.usize(..of.len())]
}

/// A JSON pattern within AWS's quotas.
pub(crate) fn pattern(random: &mut Rng) -> String {
    let (mut wildcards, mut regexes) = (3, 2);
    let body = expr(random, 2, &mut wildcards, &mut regexes);
    format!("{{ {body} }}")
}

fn expr(random: &mut Rng, depth: usize, wildcards: &mut usize, regexes: &mut usize) -> String {
    if depth == 0 || random.u8(..3) == 0 {
        return condition(random, wildcards, regexes);
    }
    let operator = one(random, &[" && ", " || "]);
    let parts: Vec<String> =
        (0..random.usize(2..4)).map(|_| format!("({})", expr(random, depth - 1, wildcards, regexes))).collect();
    parts.join(operator)
}

fn condition(random: &mut Rng, wildcards: &mut usize, regexes: &mut usize) -> String {
    let selector = selector(random, wildcards);
    let numbers = ["0", "1", "2", "10", "-1", "1.5", "1e1", ".5", "-0.5", "12345678901234567890", "1e40", "0.1"];
    let texts = [
        "\"a\"",
        "\"b\"",
        "\"1\"",
        "\"1.5\"",
        "\"\"",
        "a*",
        "*b",
        "*a*",
        "*",
        "1*",
        "\"*.5\"",
        "\"a'b\"",
        "\"a\\\"b\"",
        "\"a\\\\b\"",
        "\"100%\"",
        "\"_*\"",
        "\"夜警\"",
        "\"*夜*\"",
        "\"A\"",
        "\"a!b*\"",
        "\"a\nb\"",
        "\"true\"",
        "\"null\"",
        "404",
        "0.10",
        "\"a*b\"",
    ];
    let regex =
        ["%^a%", "%b$%", "%a|1%", "%^\\d+$%", "%[^a-c]%", "%a.b%", "%^.$%", "%\\x27%", "%a{2,3}%", "%^$%", "%夜%"];
    match random.u8(..10) {
        0 => format!("{selector} NOT EXISTS"),
        1 => format!("{selector} IS {}", one(random, &["NULL", "TRUE", "FALSE"])),
        2 | 3 => format!("{selector} {} {}", one(random, &["<", "<=", ">", ">="]), one(random, &numbers)),
        4 | 5 => format!("{selector} {} {}", one(random, &["=", "!="]), one(random, &numbers)),
        6 if *regexes > 0 => {
            *regexes -= 1;
            // the last is no ASCII, which no regular expression may have
            format!("{selector} {} {}", one(random, &["=", "!="]), one(random, &regex[..regex.len() - 1]))
        }
        _ => format!("{selector} {} {}", one(random, &["=", "!="]), one(random, &texts)),
    }
}

fn selector(random: &mut Rng, wildcards: &mut usize) -> String {
    let mut text = String::from("$");
    let mut wild = false;
    for step in 0..random.usize(1..4) {
        match random.u8(..9) {
            0 if step > 0 => text.push_str(one(random, &["[0]", "[1]", "[2]"])),
            1 if !wild && *wildcards > 0 => {
                wild = true;
                *wildcards -= 1;
                text.push_str(one(random, &["[*]", ".*"]));
            }
            2 => text.push_str(one(
                random,
                &[".['b.c']", ".['a b']", ".['0']", ".[\"it's\"]", ".['q\"q']", ".['b\\\\s']", ".['ü']"],
            )),
            _ => text.push_str(one(random, &[".a", ".b", ".c", ".d-e", ".f_1"])),
        }
    }
    text
}

/// A JSON object.
pub(crate) fn record(random: &mut Rng) -> String {
    object(random, 3)
}

fn object(random: &mut Rng, depth: usize) -> String {
    let mut names =
        vec!["a", "b", "c", "d-e", "f_1", "b.c", "a b", "0", "it's", "q\\\"q", "b\\\\s", "ü", "\\u0061\\u0061"];
    random.shuffle(&mut names);
    // the short names come often
    names.sort_by_key(|name| usize::from(name.len() > 1) * random.usize(..2));
    let members: Vec<String> =
        names.iter().take(random.usize(..6)).map(|name| format!("\"{name}\":{}", value(random, depth))).collect();
    format!("{{{}}}", members.join(one(random, &[",", " , "])))
}

fn value(random: &mut Rng, depth: usize) -> String {
    let numbers = [
        "0",
        "1",
        "2",
        "10",
        "-1",
        "1.5",
        "1.50",
        "1e1",
        "10.0",
        "0.1",
        "0.10",
        "404",
        "12345678901234567890",
        "12345678901234567891",
        "1E2",
        "-0.5",
        "0.30000000000000004",
        "9007199254740993",
    ];
    let strings = [
        "\"a\"",
        "\"b\"",
        "\"ab\"",
        "\"\"",
        "\"1\"",
        "\"1.5\"",
        "\"a'b\"",
        "\"a\\\"b\"",
        "\"a\\\\b\"",
        "\"\\u0061\"",
        "\"100%\"",
        "\"1000\"",
        "\"_x\"",
        "\"夜警\"",
        "\"\\u591c\"",
        "\"A\"",
        "\"a!bc\"",
        "\"a\\nb\"",
        "\"true\"",
        "\"null\"",
        "\"aaa\"",
        "\" a \"",
        "\"a*b\"",
        "\"{\"",
        "\"[\"",
        "\"404\"",
        "\"0.10\"",
        "\"\\ud83c\\udf19\"",
    ];
    match random.u8(..12) {
        0 => "null".to_owned(),
        1 => one(random, &["true", "false"]).to_owned(),
        2..=4 => one(random, &numbers).to_owned(),
        5 | 6 if depth > 0 => object(random, depth - 1),
        7 | 8 if depth > 0 => {
            let items: Vec<String> = (0..random.usize(..4)).map(|_| value(random, depth - 1)).collect();
            format!("[{}]", items.join(","))
        }
        _ => one(random, &strings).to_owned(),
    }
}
