//! The whole query, as Athena gets it, over files: what it counts, what it counts once, and what it says that it could not
//! read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[allow(dead_code, reason = "shared with the tests of verdicts")]
mod both_ways;

use backtest::sql::{Asked, Layout, Table, Watch, query};
use both_ways::run;
use filter_pattern::Pattern;
use jiff::civil::date;
use serde_json::{Value, json};
use yakei_core::activity::Sighting;

fn table() -> Table {
    let layout = Layout {
        location: "s3://bucket/AWSLogs/".to_owned(),
        accounts: vec!["111111111111".to_owned()],
        regions: vec!["us-east-1".to_owned()],
    };
    Table::new("logs", "yakei_backtest", layout, date(2026, 10, 1), date(2026, 10, 31)).unwrap()
}

fn watches(patterns: &[&str]) -> Vec<Watch> {
    let watch =
        |(at, text): (usize, &&str)| Watch { key: format!("c{at}"), patterns: vec![Pattern::parse(text).unwrap()] };
    patterns.iter().enumerate().map(watch).collect()
}

fn sign_in(id: &str, time: &str) -> Value {
    json!({"eventID": id, "eventTime": time, "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin",
        "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.5", "recipientAccountId": "111111111111", "userAgent": id,
        "userIdentity": {"type": "IAMUser", "userName": "alice", "accountId": "111111111111"},
        "responseElements": {"ConsoleLogin": "Success"}, "additionalEventData": {"MFAUsed": "Yes", "score": 1.50}})
}

fn file(name: &str, day: &str, records: &[Value]) -> (String, String, String) {
    (format!("s3://bucket/{name}"), day.to_owned(), json!({ "Records": records }).to_string())
}

/// The rows by `told`: events, records.
fn asked(patterns: &[&str], files: &[(String, String, String)]) -> Vec<(Value, u64, u64)> {
    let (table, watches) = (table(), watches(patterns));
    let query = query(&Asked { table: &table, watches: &watches }).unwrap();
    let (rows, _) = run(&query.sql, "yakei_backtest", files);
    let number = |value: &Value| value.as_u64().unwrap();
    let told = |value: &Value| match value.as_str() {
        Some("too long") => json!("too long"),
        Some(text) => text
            .strip_prefix("unread ")
            .map_or_else(|| serde_json::from_str(text).unwrap(), |it| json!({ "unread": it })),
        None => Value::Null,
    };
    let mut rows: Vec<_> = rows.iter().map(|row| (told(&row[0]), number(&row[1]), number(&row[2]))).collect();
    rows.sort_by_key(|row| row.0.to_string());
    rows
}

#[test]
fn an_event_in_two_files_counts_once() {
    let twice = sign_in("a", "2026-10-02T10:00:07Z");
    let files = [
        file(
            "one",
            "2026/10/02",
            &[twice.clone(), sign_in("b", "2026-10-02T10:00:59Z"), json!({"eventName": "Other"})],
        ),
        file("two", "2026/10/02", &[twice, sign_in("c", "2026-10-02T10:01:00Z")]),
    ];
    let rows = asked(&["{ $.eventName = \"ConsoleLogin\" }", "{ $.eventName = \"Nothing\" }"], &files);
    let counts: Vec<_> =
        rows.iter().map(|(told, events, records)| (told["event"]["eventTime"].as_str(), *events, *records)).collect();
    // the minute of 10:00 has a (in both files) and b; then c; and what matches nothing
    assert_eq!(counts, [(None, 1, 1), (Some("2026-10-02T10:00:00Z"), 2, 3), (Some("2026-10-02T10:01:00Z"), 1, 1)]);
    assert_eq!(rows[1].0["controls"], "10");
}

#[test]
fn what_two_patterns_of_one_control_match_counts_once() {
    let parse = |text: &str| Pattern::parse(text).unwrap();
    let patterns = vec![parse("{ $.eventName = \"ConsoleLogin\" }"), parse("{ $.userIdentity.userName = \"alice\" }")];
    let (table, watches) = (table(), [Watch { key: "Both".to_owned(), patterns }]);
    let query = query(&Asked { table: &table, watches: &watches }).unwrap();
    let mut other = sign_in("b", "2026-10-02T10:00:08Z");
    other["eventName"] = json!("SwitchRole");
    let files = [file("one", "2026/10/02", &[sign_in("a", "2026-10-02T10:00:07Z"), other])];
    let (rows, _) = run(&query.sql, "yakei_backtest", &files);
    let told: Vec<&str> = rows.iter().map(|row| row[0].as_str().unwrap()).collect();
    assert!(told.len() == 2 && told.iter().all(|told| told.starts_with("{\"controls\":\"1\",")), "{told:?}");
}

#[test]
fn records_without_an_id_count_each() {
    let mut nameless = sign_in("", "2026-10-02T10:00:07Z");
    let blank = nameless.clone();
    nameless.as_object_mut().unwrap().remove("eventID");
    let files = [
        file("one", "2026/10/02", &[nameless.clone(), nameless.clone(), blank]),
        file("two", "2026/10/02", &[nameless]),
    ];
    let rows = asked(&["{ $.eventName = \"ConsoleLogin\" }"], &files);
    assert_eq!(rows.iter().map(|row| (row.1, row.2)).collect::<Vec<_>>(), [(4, 4)]);
}

#[test]
fn what_cannot_be_read_is_named() {
    let files = [
        file("good", "2026/10/02", &[sign_in("a", "2026-10-02T10:00:07Z")]),
        ("s3://bucket/cut".to_owned(), "2026/10/02".to_owned(), r#"{"Records":[{"eventName":"Con"#.to_owned()),
        ("s3://bucket/else".to_owned(), "2026/10/02".to_owned(), r#"{"digest":1}"#.to_owned()),
        ("s3://bucket/text".to_owned(), "2026/10/02".to_owned(), "no \"JSON\"".to_owned()),
    ];
    let rows = asked(&["{ $.eventName = \"ConsoleLogin\" }"], &files);
    let unread: Vec<_> = rows.iter().filter_map(|row| row.0["unread"].as_str()).collect();
    assert_eq!(unread, ["s3://bucket/cut", "s3://bucket/else", "s3://bucket/text"]);
    assert_eq!(rows.len(), 4);
}

#[test]
fn days_are_those_of_the_event_and_the_day_after_is_read_too() {
    let files = [
        file("before", "2026/10/01", &[sign_in("a", "2026-09-30T23:59:59Z"), sign_in("b", "2026-10-01T00:00:00Z")]),
        file("after", "2026/11/01", &[sign_in("c", "2026-10-31T23:59:59Z"), sign_in("d", "2026-11-01T00:00:00Z")]),
        file("later", "2026/11/02", &[sign_in("e", "2026-10-31T23:59:59Z")]),
        file("odd", "2026/10/05", &[sign_in("f", "2026-09-01T09:00:00+09:00")]),
    ];
    let rows = asked(&["{ $.eventName = \"ConsoleLogin\" }"], &files);
    let times: Vec<_> = rows.iter().map(|row| row.0["event"]["eventTime"].as_str().unwrap()).collect();
    assert_eq!(times, ["2026-09-01T09:00:00+09:00", "2026-10-01T00:00:00Z", "2026-10-31T23:59:00Z"]);
}

#[test]
fn what_sql_cannot_tell_is_neither_a_match_nor_none() {
    let patterns = ["{ $.additionalEventData.score = \"1.50\" }", "{ $.additionalEventData.score = 1.5 }"];
    let rows = asked(&patterns, &[file("one", "2026/10/02", &[sign_in("a", "2026-10-02T10:00:07Z")])]);
    assert_eq!(rows[0].0["controls"], "?1");
}

#[test]
fn a_record_too_long_for_cloudwatch_logs_matches_nothing() {
    let mut long = sign_in("a", "2026-10-02T10:00:07Z");
    long["requestParameters"] = json!({"policy": "x".repeat(262_144)});
    let rows = asked(&["{ $.eventName = \"ConsoleLogin\" }"], &[file("one", "2026/10/02", &[long.clone(), long])]);
    assert_eq!(rows, [(json!("too long"), 1, 2)]);
}

/// A record cut to what the query tells reads as the whole one does, its time cut to the minute.
#[test]
fn the_names_in_the_answer_are_those_of_the_notices() {
    let real = include_str!("../../../functions/shared/core/tests/fixtures/cloudtrail-real.jsonl");
    let mut texts: Vec<String> = real.lines().filter(|line| Sighting::read(line).is_ok()).map(str::to_owned).collect();
    assert!(texts.len() > 10, "{} real records", texts.len());
    texts.push(sign_in("a", "2026-10-02T10:00:07Z").to_string());
    texts.push(
        json!({"eventName": "X", "userIdentity": "none", "responseElements": {"ConsoleLogin": {"a": 1}}}).to_string(),
    );
    texts.push(
        json!({"eventName": "X", "responseElements": {"ConsoleLogin": "Failure"}, "errorMessage": "it's \"bad\"\n"})
            .to_string(),
    );
    assert!(texts.len() < 60, "a minute each");
    let time = |at: usize, second: u32| format!("2026-10-02T10:{at:02}:{second:02}Z");
    // the time tells them apart, so each has one on a day that is asked for
    let timed = |(at, text): (usize, &String)| {
        let mut record: Value = serde_json::from_str(text).unwrap();
        record["eventTime"] = json!(time(at, 7));
        record
    };
    let records: Vec<Value> = texts.iter().enumerate().map(timed).collect();
    let rows = asked(&["{ $.noSuchMember NOT EXISTS }"], &[file("one", "2026/10/02", &records)]);
    assert_eq!(rows.len(), texts.len());
    for (at, text) in texts.iter().enumerate() {
        let of_minute = |row: &&(Value, u64, u64)| row.0["event"]["eventTime"] == json!(time(at, 0));
        let cut = rows.iter().find(of_minute).unwrap().0["event"].to_string();
        let cut = Sighting::read(&cut).unwrap();
        let whole = Sighting::read(text).unwrap();
        let expected = Sighting { time: cut.time, user_agent: "".into(), event_id: "".into(), ..whole };
        assert_eq!(cut, expected, "{text}");
    }
}

/// Words that stand for themselves in Athena's queries: what it reserves in `SELECT` (its user guide, "Escape reserved keywords")
/// and what it reserves elsewhere, lest it be moved there.
#[test]
fn no_name_in_the_query_is_a_word_that_athena_reserves() {
    let reserved = "ALL ALTER AND ARRAY AS AUTHORIZATION BETWEEN BIGINT BINARY BOOLEAN BOTH BY CASE CAST CHAR COLUMN CONF \
        CONSTRAINT COMMIT CREATE CROSS CUBE CURRENT CURSOR DATABASE DATE DAYOFWEEK DEALLOCATE DECIMAL DELETE DESCRIBE DISTINCT \
        DIV DOUBLE DROP ELSE END ESCAPE EXCEPT EXCHANGE EXECUTE EXISTS EXTENDED EXTERNAL EXTRACT FALSE FETCH FIRST FLOAT FLOOR \
        FOLLOWING FOR FOREIGN FROM FULL FUNCTION GRANT GROUP GROUPING HAVING IF IMPORT IN INNER INSERT INT INTEGER INTERSECT \
        INTERVAL INTO IS JOIN LAST LATERAL LEFT LESS LIKE LISTAGG LOCAL LOCALTIME MACRO MAP MORE NATURAL NONE NORMALIZE NOT NULL \
        NUMERIC OF ON ONLY OR ORDER OUT OUTER OVER PARTITION PERCENT PRECEDING PRECISION PREPARE PRIMARY PROCEDURE RANGE READS \
        RECURSIVE REDUCE REGEXP REFERENCES REVOKE RIGHT RLIKE ROLLBACK ROLLUP ROW ROWS SELECT SET SKIP SMALLINT START TABLE \
        TABLESAMPLE THEN TIME TIMESTAMP TO TRANSFORM TRIGGER TRIM TRUE TRUNCATE UESCAPE UNBOUNDED UNION UNNEST UPDATE USER USING \
        VALUES VARCHAR VIEWS WHEN WHERE WINDOW WITH";
    let reserved: Vec<&str> = reserved.split_whitespace().collect();
    let watches = watches(&["{ $.a = \"b\" && $.c[*] = 1 }"]);
    let sql = query(&Asked { table: &table(), watches: &watches }).unwrap().sql;
    // a type stands behind AS in a CAST, in capitals
    let named =
        sql.split(" AS ").skip(1).filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next());
    let named: Vec<&str> = named.filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase())).collect();
    assert!(named.len() > 10 && named.contains(&"in_all"), "{named:?}");
    let wrong: Vec<_> = named.iter().filter(|name| reserved.contains(&name.to_uppercase().as_str())).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
