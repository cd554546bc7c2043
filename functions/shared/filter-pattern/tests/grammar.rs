//! The grammar part by part: what is taken, what is refused and how, and what each kind of pattern matches.

#![allow(clippy::panic)] // a helper of tests, which clippy does not know as such

use filter_pattern::{ErrorKind, Pattern, PatternSet};

#[track_caller]
fn matches(pattern: &str, event: &str) -> bool {
    Pattern::parse(pattern).unwrap_or_else(|error| panic!("{}", error.report())).matches(event)
}

#[track_caller]
fn table(cases: &[(&str, &str, bool)]) {
    for (pattern, event, wanted) in cases {
        assert_eq!(matches(pattern, event), *wanted, "{pattern} on {event}");
    }
}

#[test]
fn text_patterns() {
    table(&[
        ("", "anything", true),
        (" ", "anything", true),
        ("\" \"", "anything", true),
        ("ERROR", "[ERROR 400] BAD REQUEST", true),
        ("ERROR", "Exiting with ERRORCODE: -1", true),
        ("ERROR", "error", false),
        ("ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", true),
        ("ERROR ARGUMENTS", "[ERROR 401] UNAUTHORIZED REQUEST", false),
        ("?ERROR ?ARGUMENTS", "MISSING ARGUMENTS", true),
        ("?ERROR ?WARN", "INFO", false),
        ("?ERROR", "INFO", false),
        ("?ERROR REQUEST", "a REQUEST", true), // beside other terms ? is ignored
        ("?ERROR -REQUEST", "ok", true),
        ("\"INTERNAL SERVER ERROR\"", "[ERROR 500] INTERNAL SERVER ERROR", true),
        ("\"INTERNAL SERVER ERROR\"", "INTERNAL  SERVER ERROR", false),
        ("ERROR -ARGUMENTS", "[ERROR 400] BAD REQUEST", true),
        ("ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", false),
        ("\"ERROR\" - \"Exiting\"", "Exiting with ERRORCODE: -1", false),
        ("-ERROR", "fine", true),
        ("-ERROR", "ERROR", false),
        ("\"say \\\"hi\\\"\"", "say \"hi\"", true),
        ("\"C:\\Windows\"", "in C:\\Windows", true),
        ("\"夜警\"", "今夜の夜警", true),
        ("404", "HTTP 404", true),
        ("%ERROR|WARN%", "a WARN", true),
        ("%\\d{3}-[0-9]{2}|^shutting down%", "shutting down", true),
        ("%^ERROR% ", "an ERROR", false),
    ]);
    for bad in [
        "foo:bar", "a.b", "a-b", "(x)", "a@b", "`x`", "a\\b", "*ERROR*", "\"\"", "?", "-", "ERROR -", "\"a\"b",
        "\"open", "%a% b", "a %b%", "%%", "%a", "%a!%", "über", "--a", "?-a",
    ] {
        assert!(Pattern::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn space_delimited_patterns() {
    let line = r#"127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534"#;
    table(&[
        ("[]", line, true),
        ("[]", "", true),
        ("[...]", line, true),
        ("[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", line, true),
        ("[..., request =*.html*, status_code = 4*, bytes]", line, true),
        (
            "[ip, user, username, timestamp, request =*.html*, status_code = 404 || status_code = 410, bytes]",
            line,
            true,
        ),
        ("[ip, user, ..., status_code = 5*, bytes]", line, false),
        ("[ip, server, username, timestamp, request, status_code, bytes > 1000]", line, true),
        ("[ip, server, username, timestamp, request, status_code, bytes > 2000]", line, false),
        ("[..., status_code = 4* && status_code != 403, bytes]", line, true),
        ("[..., bytes > 1000]", "a b c", false),
        ("[ip=127.0.0.1, ...]", line, true),
        ("[ip=%^127[.]%, ...]", line, true),
        ("[ip, user, ...]", "127.0.0.1", false),
        ("[w1=ERROR, w2]", "ERROR message", true),
        ("[w1=ERROR, w2]", "ERROR a longer message", true),
        ("[timestamp=*Z, request_id=\"*-*\", event]", "2017-09-19T00:00:00Z\t6f-1\tsome longer text", true),
        ("[w1=ERROR, w2]", "ERROR", false),
        ("[w1=ERROR, w2]", "an ERROR", false),
        ("[w1=ERROR]", "ERROR message", false),
        ("[w1=ERROR || w1=WARNING, w2]", "WARNING now", true),
        ("[w1!=ERROR && w1!=WARNING, w2]", "INFO now", true),
        ("[w1!=ERROR && w1!=WARNING, w2]", "ERROR now", false),
        ("[(w1=A || w1=B) && w1!=B, w2]", "A x", true),
        ("[code = 404, ...]", "404.0 x", true),
        ("[code = \"404\", ...]", "404.0 x", false),
        ("[,b=x]", "anything x", true),
    ]);
    for bad in [
        "[a, b",
        "[a b]",
        "[..., ...]",
        "[a=1 || b=2]",
        "[..., status_code = 4* && bytes > 1000]",
        "[w1=ERROR || W1=WARNING, w2]",
        "[w1=!ERROR, w2]",
        "[=x]",
        "[\"x\"]",
        "[a] x",
        "[a=, b]",
        "[a=1 &&]",
        "[ü]",
        "[a > x]",
        "[a] ",
    ] {
        assert!(Pattern::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn json_values_and_operators() {
    table(&[
        ("{ $.a IS TRUE }", r#"{"a":true}"#, true),
        ("{ $.a IS TRUE }", r#"{"a":"true"}"#, false),
        ("{ $.a IS TRUE }", r#"{"a":false}"#, false),
        ("{ $.a IS TRUE }", "{}", false),
        ("{ $.a IS FALSE }", r#"{"a":false}"#, true),
        ("{$.a IS TRUE&&$.b   IS   NULL}", r#"{"a":true,"b":null}"#, true),
        ("{ $.a.b NOT EXISTS }", r#"{"a":"text"}"#, true),
        ("{ $.a.b NOT EXISTS }", r#"{"a":{"b":[]}}"#, false),
        ("{ $.a[1] NOT EXISTS }", r#"{"a":[1]}"#, true),
        ("{ $.a[*].b NOT EXISTS }", r#"{"a":[{"b":1},{}]}"#, false),
        ("{ $.a NOT EXISTS }", "no JSON", false),
        ("{ $.a NOT EXISTS }", "[]", false),
        ("{ $.a = \"x\" }", "[{\"a\":\"x\"}]", false),
        ("{ $[0] = 1 }", "[1]", false),
        ("{ $.a = true }", r#"{"a":"true"}"#, true),
        ("{ $.a != * }", r#"{"a":"x"}"#, false),
        ("{ $.a = 0123 }", r#"{"a":"0123"}"#, true),
        ("{ $.a = 0123 }", r#"{"a":123}"#, true),
        ("{ $.a = -0 }", r#"{"a":0}"#, true),
        ("{ $.a = 0.001 }", r#"{"a":1e-3}"#, true),
        ("{ $.a = 1000 }", r#"{"a":1E+3}"#, true),
        ("{ $.a = \"1e3\" }", r#"{"a":1e3}"#, true),
        ("{ $.a = 9007199254740993 }", r#"{"a":9007199254740992}"#, false),
        ("{ $.a > 18446744073709551615 }", r#"{"a":18446744073709551616}"#, true),
        ("{ $.a < 1e400 }", r#"{"a":1e399}"#, true),
        ("{ $.a >= 5 }", r#"{"a":true}"#, false),
        ("{ $.a != 5 }", r#"{"a":"x"}"#, true),
        ("{ $.a = %5% }", r#"{"a":"x5y"}"#, true),
        ("{ $.a != %5% }", r#"{"a":"x5y"}"#, false),
        ("{ $.a != %5% }", r#"{"a":null}"#, false),
        ("{ $.a = \"x\\\\y\" }", r#"{"a":"x\\y"}"#, true),
        ("{ $.a = \"x\\y\" }", r#"{"a":"x\\y"}"#, true),
        ("{ $.a = \"\u{591c}*\" }", r#"{"a":"\u591c\u8b66"}"#, true),
        ("{ $.a = \"x && $.b = 1 }\" }", r#"{"a":"x && $.b = 1 }"}"#, true),
        ("{\n  $.a = 1\n  && $.b = 2\n}", r#"{"a":1,"b":2}"#, true),
    ]);
}

#[test]
fn json_structure() {
    table(&[
        ("{ $.a = 1 || $.b = 1 && $.c = 1 }", r#"{"a":1}"#, true),
        ("{ ($.a = 1 || $.b = 1) && $.c = 1 }", r#"{"a":1}"#, false),
        ("{ $.b = 1 && $.c = 1 || $.a = 1 }", r#"{"a":1}"#, true),
        ("{ ($.a = x || $.a = y) && ($.a = y || $.a = z) }", r#"{"a":"y"}"#, true),
        ("{ ($.a = x || $.a = y) && ($.a = y || $.a = z) }", r#"{"a":"x"}"#, false),
        ("{ ($.a = x || $.a = y) && ($.a = y || $.a = z) }", r#"{"a":"z"}"#, false),
        ("{ ($.a[*] = x || $.a[*] = y) && $.a[*] = w }", r#"{"a":["x","w"]}"#, true),
        ("{ ($.a[*] = x || $.a[*] = y) && $.a[*] = w }", r#"{"a":["x","y"]}"#, false),
        ("{ $.* = x }", r#"{"p":1,"q":"x"}"#, true),
        ("{ $.* = x }", r#"{"p":{"q":"x"}}"#, false),
        ("{ $.a.* = x }", r#"{"a":["x"]}"#, false),
        ("{ $.a[*] = x }", r#"{"a":{"b":"x"}}"#, false),
        ("{ $.a.*.b = x && $.a.c.b = y }", r#"{"a":{"c":{"b":"y"},"d":{"b":"x"}}}"#, true),
        ("{ $.a.*.b = x && $.a.c.b = x }", r#"{"a":{"c":{"b":"x"}}}"#, true),
        ("{ $.a[*] = 1 && $.a[1] = 2 }", r#"{"a":[1,2]}"#, true),
        ("{ $.a[*].b[1] = 2 }", r#"{"a":[{"b":[2]},{"b":[0,2]}]}"#, true),
        ("{ $.a IS NULL || $.a.b = 1 }", r#"{"a":{"b":1}}"#, true),
        ("{ $.a-b_c = 1 }", r#"{"a-b_c":1}"#, true),
        ("{ $.0 = 1 }", r#"{"0":1}"#, true),
        ("{ $.a.['b c'].['d\"e'][0] = 1 }", r#"{"a":{"b c":{"d\"e":[1]}}}"#, true),
        ("{ $.['it\\'s'] = 1 }", r#"{"it's":1}"#, true),
        ("{ $.['夜警'] = 1 }", r#"{"\u591c\u8b66":1}"#, true),
        ("{ $.a = 1 }", "\n{\"a\": 1}\r\n", true),
        ("{ $.a = 1 }", "\u{feff}{\"a\": 1}", false),
        ("{ $.a = 1 }", r#"{"a":1,}"#, false),
        ("{ $.a = 1 }", r#"{"a":1} {"a":1}"#, false),
        ("{ $.a = 1 }", "{'a':1}", false),
        ("{ $.a = 1 }", r#"{"a":1,"b":"\x"}"#, false),
        ("{ $.a = 1 }", "", false),
    ]);
}

#[test]
fn the_last_of_two_members_counts() {
    table(&[
        ("{ $.a = 1 }", r#"{"a":2,"a":1}"#, true),
        ("{ $.a NOT EXISTS }", r#"{"a":2,"a":1}"#, false),
        ("{ $.a.b = 1 }", r#"{"a":{"b":1},"a":{}}"#, false),
        ("{ $.a.b NOT EXISTS }", r#"{"a":{"b":1},"a":3}"#, true),
        ("{ $.* = 1 }", r#"{"x":1,"y":1,"x":2}"#, true),
        ("{ $.* = 1 }", r#"{"x":1,"y":3,"x":2}"#, false),
        ("{ $.a[*].b = 1 }", r#"{"a":[{"b":1},{"b":1,"b":3}]}"#, true),
        ("{ $.a[*].b = 1 }", r#"{"a":[{"b":1,"b":3}]}"#, false),
        ("{ $.a[*].b = 1 }", r#"{"a":[{"b":3,"b":1,"\u0062":1}]}"#, true),
    ]);
}

#[test]
fn refused_json_patterns() {
    for bad in [
        "{ $.a }",
        "{ ($.a = 1 }",
        "{ () }",
        "{ $.a = 1 || || $.b = 1 }",
        "{ $.a = 1 &&& $.b = 1 }",
        "{ $.a = 1 | $.b = 1 }",
        "{ $.a = 1 or $.b = 1 }",
        "{ $.a = a b }",
        "{ $.a = a@b }",
        "{ $.a = über }",
        "{ $.a = a-b }",
        "{ $.a = $.b }",
        "{ $.a = arn:aws:s3 }",
        "{ $.a[x] = 1 }",
        "{ $.a[-1] = 1 }",
        "{ $.a[0 = 1 }",
        "{ $.a[] = 1 }",
        "{ $.a.[0] = 1 }",
        "{ $a = 1 }",
        "{ $..a = 1 }",
        "{ $.a. = 1 }",
        "{ 1 = $.a }",
        "{ = 1 }",
        "{ $.a@b = 1 }",
        "{ $.über = 1 }",
        "{ $.['a'x] = 1 }",
        "{ $.a NOT EXIST }",
        "{ $.a NOT NULL }",
        "{ $.a IS }",
        "{ $.a NOT }",
        "{ $.a IS NULLX }",
        "{ $.a IS NOT TRUE }",
        "{ !($.a = 1) }",
        "{ NOT ($.a = 1) }",
        "{ $.a <> 1 }",
        "{ $.a => 1 }",
        "{ $.a =! 1 }",
        "{ $.a !== 1 }",
        "{ $.a =~ %x% }",
        "{ $.a LIKE \"x\" }",
        "{ $.a IN (1, 2) }",
        "{ $.a > %5% }",
        "{ $.a > 4* }",
        "{ $.a > }",
        "{ $.a < 1.2.3 }",
        "{ $.a = %(a)% }",
        "{ $.a = %a }",
        "{ $.a = %% }",
        "{ $.a = %[% }",
        "{ $.a = \"x\\\" }",
        "{ $.a = 1 } }",
        "{{ $.a = 1 }",
        "{ $.a[*][*] = 1 }",
        "{ $.*.* = 1 }",
        "{ $.a.*[*] = 1 }",
        "{ $.a[99999999999999999999] = 1 }",
        "{ $.a = 1, $.b = 2 }",
        "{ $.a = 1 } ",
        "\n{ $.a = 1 }",
        "{ \"$.a\" = 1 }",
        "{ $.a = 1\u{a0}}",
        "{ $[''] = 1 }",
        "{",
        "}",
        "[",
        "{]",
        "[}",
    ] {
        assert!(Pattern::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn limits() {
    let long = |count: usize| format!("{{ $.a = \"{}\" }}", "é".repeat(count));
    assert!(Pattern::parse(&long(Pattern::MAX_LENGTH - 12)).is_ok());
    let error = Pattern::parse(&long(Pattern::MAX_LENGTH - 11)).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::TooLong { length: 1025 });
    assert!(
        error
            .aws_message()
            .ends_with("failed to satisfy constraint: Member must have length less than or equal to 1024")
    );
    assert!(Pattern::parse("{ $.a[*] = 1 && $.b.* = 1 && $.c[*].d = 1 }").is_ok());
    let kind = |text: &str| Pattern::parse(text).unwrap_err().kind().clone();
    assert_eq!(kind("{ $.a[*] = 1 && $.b.* = 1 && $.c[*].d = 1 && $.* = 1 }"), ErrorKind::TooManyWildcards);
    assert_eq!(kind("{ $.a[*].b[*] = 1 }"), ErrorKind::TooManyWildcards);
    assert_eq!(kind("{ $.a = %a% && $.b = %b% && $.c != %c% }"), ErrorKind::TooManyRegexes);
    assert_eq!(kind("[a=%a%, b=%b%, c=%c%]"), ErrorKind::TooManyRegexes);
}

/// Half a thousand levels in a pattern and a hundred thousand in a record, on an ordinary thread's stack.
#[test]
fn depth_needs_no_stack() {
    let parens = format!("{{{}$.a=1{}}}", "(".repeat(500), ")".repeat(500));
    assert_eq!(Pattern::parse(&parens), Pattern::parse("{ $.a = 1 }"));
    let alternating = format!("{{{}$.a=1{}}}", "($.a=1&&($.b=1||".repeat(50), "))".repeat(50));
    assert!(matches(&alternating, r#"{"a":1,"b":1}"#));
    let path = format!("{{$.{}=1}}", vec!["a"; 500].join("."));
    let record = format!("{}1{}", "{\"a\":".repeat(500), "}".repeat(500));
    assert!(matches(&path, &record));
    assert!(!matches(&path, &record.replace('1', "2")));
    let deep = format!("{{\"a\":{}{},\"b\":1}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches("{ $.b = 1 }", &deep));
    assert!(matches("{ $.b = 1 && $.a[0][0][0] NOT EXISTS || $.b = 1 }", &deep));
    assert!(!matches("{ $.b = 1 }", &deep.replace("]]", "]")));
    let set: PatternSet = [path.as_str(), "{ $.b = 1 }"].iter().map(|text| Pattern::parse(text).unwrap()).collect();
    assert_eq!(set.matching(&record.replacen('{', "{\"b\":1,", 1)), [0, 1]);
}

/// Half a surrogate pair is JSON; it must not hide a record from a pattern.
#[test]
fn odd_strings_hide_nothing() {
    table(&[
        ("{ $.b = 1 }", r#"{"a":"\ud800","b":1}"#, true),
        ("{ $.b = 1 }", r#"{"\ud800":1,"b":1}"#, true),
        ("{ $.b = 1 && $.a.x NOT EXISTS }", r#"{"a":"\ud800","b":1}"#, true),
        ("{ $.b = 1 && $.a = *x }", r#"{"a":"\ud800x","b":1}"#, true),
        ("{ $.* = 1 }", r#"{"\ud800":1}"#, true),
    ]);
}

#[test]
fn long_patterns_print_in_short_form() {
    let conditions: Vec<String> = (0..60).map(|n| format!("$.a=Event{n}")).collect();
    let text = format!("{{({})&&$['b.c']=*}}", conditions.join("||"));
    let filler = "x".repeat(1024 - text.len() - 8);
    let text = format!("{}&&$.d=\"{filler}\"}}", text.trim_end_matches('}'));
    assert_eq!(text.len(), 1024);
    let pattern = Pattern::parse(&text).unwrap();
    assert!(pattern.to_string().len() <= 1024);
    assert_eq!(Pattern::parse(&pattern.to_string()), Ok(pattern));
}

#[test]
fn equality_is_by_meaning() {
    let same = |left: &str, right: &str| Pattern::parse(left).unwrap() == Pattern::parse(right).unwrap();
    for (left, right) in [
        ("{($.eventName=ConsoleLogin)}", "{ $.eventName = \"ConsoleLogin\" }"),
        ("{ ($.a=1) && (($.b=2) && ($.c=3)) }", "{ $.a = 1 && $.b = 2 && $.c = 3 }"),
        ("{ ($.a=1 && $.b=2) || $.c=3 }", "{ $.a = 1 && $.b = 2 || $.c = 3 }"),
        ("{ $[\"a\"]['b'] = ** }", "{ $.a.b = * }"),
        ("[a,b=4*]", "[ a , b = \"4*\" ]"),
        ("\"ERROR\"", "ERROR"),
        ("\" \"", ""),
        ("?A B", "B"),
    ] {
        assert!(same(left, right), "{left} and {right}");
    }
    for (left, right) in [
        ("{ $.a = 1 }", "{ $.a = \"1\" }"),
        ("{ $.a = 1 }", "{ $.a = 1.0 }"),
        ("{ $.a = 1 || $.b = 2 && $.c = 3 }", "{ ($.a = 1 || $.b = 2) && $.c = 3 }"),
        ("{ $.a = x }", "{ $.a != x }"),
        ("[]", ""),
    ] {
        assert!(!same(left, right), "{left} and {right}");
    }
}

/// Public reports show which term AWS names.
#[test]
fn errors_name_the_term_that_aws_names() {
    for (pattern, term) in [
        ("?Status: timeout", ":"),
        ("job(s)", "("),
        ("level\\:error", "\\"),
        ("{ $.\"sc-status\" = 5* }", "$.\""),
        ("{ $.someInt >= \"someString\" }", "\"someString\""),
        ("{ $.a = x, $.b = y }", ","),
    ] {
        let message = Pattern::parse(pattern).unwrap_err().aws_message();
        assert_eq!(message, format!("Invalid character(s) in term '{term}'"), "{pattern}");
    }
}
