use super::*;
use crate::report::{Control, From, SCHEMA, Skipped, Source, Who};

fn report(who: &str) -> Report {
    let control = Control {
        key: "ConsoleLogin".to_owned(),
        title: "Sign-ins".to_owned(),
        severity: "medium".to_owned(),
        pattern: r#"{ $.eventName = "ConsoleLogin" && $.x != "a" }"#.to_owned(),
        chosen: true,
        period_seconds: 300,
        threshold: 1.0,
        halving_threshold: None,
        events: 1,
        undated: 0,
        alarms: 1,
        muted: 0,
        kept_back: 0,
        by_hour: [[0; 24]; 7],
        events_by_hour: [[0; 24]; 7],
        business_hours: [[0.0; 24]; 7],
        weeks: Vec::new(),
        who: vec![Who { who: who.to_owned(), count: 1 }],
        who_more: 0,
        from: vec![From { source_ip: "203.0.113.5".to_owned(), network: None, count: 1 }],
        from_more: 0,
        left_open: 0,
        change: None,
    };
    Report {
        schema: SCHEMA.to_owned(),
        source: Source::Files,
        config: "infra/yakei.toml".to_owned(),
        today: None,
        timezone: "Asia/Tokyo".to_owned(),
        from: None,
        to: None,
        files: 1,
        insight_files: 0,
        digest_files: 0,
        records: 1,
        duplicates: 0,
        too_long: 0,
        skipped: vec![Skipped { file: who.to_owned(), why: "no gzip".to_owned(), records: 0 }],
        not_asked: Vec::new(),
        controls: vec![control],
    }
}

/// What stands in the page's element for the report.
fn embedded(page: &str) -> &str {
    let (_, after) = page.split_once(r#"<script type="application/json" id="report">"#).unwrap();
    after.split_once("</script>").unwrap().0
}

#[test]
fn the_page_carries_the_whole_report_whatever_strangers_call_themselves() {
    for who in [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "/*SCRIPT*/",
        "/*STYLE*/",
        "]]>&amp;&lt;",
        "\u{2028}\u{2029}\u{0}",
        "日本 太郎",
        r"\u003c\",
    ] {
        let report = report(who);
        let page = render(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(embedded(&page)).unwrap(), report, "{who}");
        assert_eq!(page.matches("<script").count(), 2, "{who}");
        assert_eq!(page.matches("</script").count(), 2, "{who}");
        assert!(page.ends_with("</html>\n"), "{who}");
    }
}

#[test]
fn of_a_hundred_thousand_other_files_the_page_lists_some_those_that_gave_records_first() {
    let mut report = report("alice");
    let file =
        |n: u64| Skipped { file: format!("{n}.log"), why: "no JSON".to_owned(), records: u64::from(n % 50_000 == 7) };
    report.skipped = (0..100_000).map(file).collect();
    let page = render(&report).unwrap();
    let listed = serde_json::from_str::<Report>(embedded(&page)).unwrap().skipped;
    let names: Vec<&str> = listed.iter().map(|it| it.file.as_str()).collect();
    assert_eq!((names.len(), &names[..4]), (500, &["7.log", "50007.log", "0.log", "1.log"][..]));
    assert!(page.contains("data-skipped=\"100000\"") && page.len() < 200_000, "{}", page.len());
    assert!(
        crate::table::table(&report)
            .contains("100000 file(s) could not be read, or not to their end:\n  7.log no JSON (1 record(s) read)")
    );
}

#[test]
fn the_page_has_its_style_and_script_and_refers_to_nothing_outside() {
    let page = render(&report("alice")).unwrap();
    assert!(page.contains(STYLE) && page.contains(SCRIPT));
    assert!(!page.contains("/*STYLE*/") && !page.contains("/*SCRIPT*/") && !page.contains("/*REPORT*/"));
    for outside in [
        "src=",
        "href=",
        "@import",
        "url(",
        "fetch(",
        "XMLHttpRequest",
        "import(",
        "innerHTML",
        "document.write",
        "eval(",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
    // The one address in it is the name of SVG's namespace.
    assert_eq!(page.matches("://").count(), 1);
    assert!(page.contains("default-src 'none'"));
}
