//! What is taken out of an event: extracted values, a metric filter's value, a selector that stands alone.

use filter_pattern::{Pattern, Scalar, Selector};

#[test]
fn extracted_values() {
    let line = r#"127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534"#;
    let extract = |pattern: &str, event: &str| -> Vec<(String, String)> {
        Pattern::parse(pattern).unwrap().extract(event).into_iter().collect()
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    assert_eq!(
        extract("[..., request=*.html*, status_code=4*,]", line),
        pairs(&[
            ("$1", "127.0.0.1"),
            ("$2", "-"),
            ("$3", "frank"),
            ("$4", "10/Oct/2000:13:25:15 -0700"),
            ("$7", "1534"),
            ("$request", "GET /index.html HTTP/1.0"),
            ("$status_code", "404"),
        ])
    );
    assert_eq!(extract("[]", "a b"), pairs(&[("$1", "a"), ("$2", "b")]));
    assert_eq!(
        extract("[w1, w2]", "ERROR it went \"very wrong\""),
        pairs(&[("$w1", "ERROR"), ("$w2", "it went \"very wrong\"")])
    );
    assert_eq!(
        extract(
            "{ $.a = * && $.b.c > 1 && $.d[*] = x && $.e IS NULL && $.f IS TRUE }",
            r#"{"a":"t","b":{"c":2.50},"d":["w","x"],"e":null,"f":true}"#
        ),
        pairs(&[("$.a", "t"), ("$.b.c", "2.50"), ("$.d[*]", "w"), ("$.f", "true")])
    );
    assert_eq!(extract("ERROR", "ERROR"), pairs(&[]));
}

#[test]
fn metric_values() {
    let json = Pattern::parse("{ $.latency = * }").unwrap();
    let event = r#"{"latency":50.5,"type":"GET","n":{"text":"7"},"big":1e999,"no":null}"#;
    let number = |reference| json.value_at(event, reference).and_then(|value| value.as_number());
    assert_eq!(number("$.latency"), Some(50.5));
    assert_eq!(number("$.n.text"), Some(7.0));
    assert_eq!(number("$.type"), None);
    assert_eq!(number("$.big"), None);
    assert_eq!(json.value_at(event, "$.type"), Some(Scalar::Text("GET".into())));
    for nothing in ["$.no", "$.n", "$.missing", "1", "", "$"] {
        assert_eq!(json.value_at(event, nothing), None, "{nothing}");
    }
    let line = Pattern::parse("[ip, ..., size]").unwrap();
    let value = |reference| line.value_at("10.0.0.1 a 15", reference);
    assert_eq!(value("$size").and_then(|value| value.as_number()), Some(15.0));
    assert_eq!(value("$2"), Some(Scalar::Text("a".into())));
    assert_eq!(value("$ip").and_then(|value| value.as_number()), None);
    assert_eq!(value("$none"), None);
}

#[test]
fn selectors_alone() {
    for (text, printed) in [
        ("$.a", "$.a"),
        ("$['a'].['b.c'][0].*", "$.a.['b.c'][0].*"),
        ("$.x[*]", "$.x[*]"),
        ("$[\"it's\"]", "$.[\"it's\"]"),
    ] {
        let selector = Selector::parse(text).unwrap();
        assert_eq!(selector.to_string(), printed);
        assert_eq!(printed.parse(), Ok(selector));
    }
    for bad in ["", "a", "$", "$.", "$.a b", "$.a ", "$.a = 1", " $.a", "$.a[*][*]", "$.a]"] {
        assert!(Selector::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(Selector::parse("$.a[1]").unwrap().lookup(r#"{"a":[1,true]}"#), Some(Scalar::Bool(true)));
}
