//! What people read: errors with their caret and hint, and explanations.

use filter_pattern::Pattern;

#[test]
fn refused_patterns() {
    let patterns = [
        "{ $.eventName == ConsoleLogin }",
        "{ $.a = 1 AND $.b = 2 }",
        "{ $.a = 1 & $.b = 2 }",
        "{ $.a = 1 $.b = 2 }",
        "{ $.a IS NOT NULL }",
        "{ $.a is null }",
        "{ $.a EXISTS }",
        "{ NOT $.a = 1 }",
        "{ $.\"sc-status\" = 5* }",
        "{ $.\"cluster.name\" = 5* }",
        "{ $.detail type = x }",
        "{ $.夜警 = \"x\" && $.b = ü }",
        "{ $.警報 = \"夜\" && $.b == 1 }",
        "{ $.userIdentity.type = 'Root' }",
        "{ $.userIdentity.type = “Root” }",
        "{ $.arn = arn:aws:iam::1:user/x }",
        "{ $.size > \"123\" }",
        "{ $.size >= large }",
        "{ a.b = 1 }",
        "{ $ = 1 }",
        "{ $.a[-1] = 1 }",
        "{ ($.a = 1 }",
        "{ $.a = 1) }",
        "{ $.a = \"open }",
        "{ $.a = }",
        "{ }",
        "{ $.a = 1",
        "{ $.a = 1 } ",
        " { $.a = 1 }",
        "{ $.a = 1 } trailing }",
        "{ $.a = %x(y)% }",
        "{ $.a = %something!% }",
        "{ $.a = %[a% }",
        "{ $.a = %a% || $.b = %b% || $.c = %c% }",
        "{ $.a[*].b[*] = 1 }",
        "{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.d[*] = 1 }",
        "{\n  $.a = 1 &&\n\t$.b = x\u{202e}y\n}",
        "[ip, status = 4*",
        "[w1=ERROR || w2=WARN, w2]",
        "[..., a, ...]",
        "[ip user]",
        "foo:bar baz",
        "ERROR %x%",
        "\"\"",
    ];
    let reports: Vec<String> = patterns.iter().map(|text| Pattern::parse(text).unwrap_err().report()).collect();
    insta::assert_snapshot!(reports.join("\n"));
    let lines: Vec<String> = patterns.iter().map(|text| Pattern::parse(text).unwrap_err().to_string()).collect();
    insta::assert_snapshot!("one_line_each", lines.join("\n"));
}

#[test]
fn a_pattern_too_long() {
    let error = Pattern::parse(&format!("{{ $.a = {} }}", "x".repeat(1200))).unwrap_err();
    insta::assert_snapshot!(error.report());
}

#[test]
fn explanations() {
    let record = r#"{"eventName":"ConsoleLogin","userAgent":"\u001b[2Jx\u202ey","resources":[{"ARN":"a"},{"ARN":"b"}],"mfa":true}"#;
    let line = r#"127.0.0.1 - frank "GET /index.html HTTP/1.0" 404 1534"#;
    let shown: Vec<String> = [
        (r#"{ $.eventName = "ConsoleLogin" && $.additionalEventData.MFAUsed != "Yes" }"#, record),
        ("{ $.userAgent = curl* || $.resources[*].ARN = b || $.mfa = true || $.x NOT EXISTS }", record),
        ("{ $.a = 1 }", "not JSON"),
        ("[ip, ..., status = 4* && status != 404, size > 1000]", line),
        ("[a, b, c]", "one two"),
        ("ERROR -\"a b\"", "an ERROR"),
        ("?WARN ?ERROR", "an ERROR"),
        ("%4[0-9]{2}%", line),
        ("", line),
    ]
    .iter()
    .map(|(pattern, event)| format!("{pattern}\n{}\n", Pattern::parse(pattern).unwrap().explain(event)))
    .collect();
    insta::assert_snapshot!(shown.join("\n"));
}
