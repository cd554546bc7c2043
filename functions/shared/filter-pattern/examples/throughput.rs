//! Records per second of processor time: the CIS patterns in one pass, one by one, and beside
//! them what every matcher over `serde_json::Value` pays before it has looked at anything: the parse.
//!
//! `cargo run --release -p filter-pattern --example throughput [records.jsonl]`
//!
//! The processor time is read from `/proc/self/stat`; without it (not Linux) the clock's time stands in.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::cast_precision_loss)] // a tool, not a service

use std::hint::black_box;
use std::time::Instant;

use filter_pattern::{Pattern, PatternSet};
use serde_json::Value;

const PATTERNS: &str = include_str!("../tests/fixtures/cis.json");

fn main() {
    let patterns: Vec<Pattern> = cis_patterns();
    let set = PatternSet::new(patterns.clone());
    let records = records();
    let bytes: usize = records.iter().map(String::len).sum();
    println!("{} patterns, {} records of {} bytes on average", patterns.len(), records.len(), bytes / records.len());
    measure("one pass (PatternSet)", &records, |record| set.matching(record).len());
    measure("one by one (Pattern)", &records, |record| {
        patterns.iter().filter(|pattern| pattern.matches(record)).count()
    });
    measure("serde_json, skim only", &records, |record| {
        usize::from(serde_json::from_str::<serde::de::IgnoredAny>(record).is_ok())
    });
    measure("serde_json::Value, parse only", &records, |record| {
        serde_json::from_str::<Value>(record)
            .map_or(0, |value| black_box(value).as_object().map_or(0, serde_json::Map::len))
    });
}

/// The recommended form of the fourteen controls that CIS 1.2 began with.
fn cis_patterns() -> Vec<Pattern> {
    let fixture: Value = serde_json::from_str(PATTERNS).expect("the fixture is JSON");
    let entries = fixture.as_array().expect("the fixture is a list").iter();
    let recommended = entries.filter(|entry| entry["form"] == "recommended");
    recommended
        .take(14)
        .map(|entry| {
            let text = entry["pattern"].as_str().unwrap_or_default();
            Pattern::parse(text).unwrap_or_else(|error| panic!("{}", error.report()))
        })
        .collect()
}

fn records() -> Vec<String> {
    if let Some(path) = std::env::args().nth(1) {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        return text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    }
    ["ConsoleLogin", "DescribeInstances", "PutObject", "AssumeRole", "CreateTrail"]
        .map(|event| {
            format!(
                r#"{{"eventVersion":"1.08","userIdentity":{{"type":"AssumedRole","principalId":"AROA:alice","arn":"arn:aws:sts::111122223333:assumed-role/admin/alice","accountId":"111122223333","sessionContext":{{"sessionIssuer":{{"type":"Role","userName":"admin"}},"attributes":{{"creationDate":"2026-11-21T18:00:00Z","mfaAuthenticated":"false"}}}}}},"eventTime":"2026-11-21T18:41:00Z","eventSource":"signin.amazonaws.com","eventName":"{event}","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.5","userAgent":"Mozilla/5.0 (X11; Linux x86_64)","requestParameters":{{"bucketName":"logs","items":[{{"key":"a","value":"{}"}},{{"key":"b","value":"c"}}]}},"responseElements":{{"ConsoleLogin":"Success"}},"additionalEventData":{{"MFAUsed":"No"}},"eventID":"e-1","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333"}}"#,
                "x".repeat(400)
            )
        })
        .to_vec()
}

fn measure(what: &str, records: &[String], work: impl Fn(&str) -> usize) {
    let enough = 1.0;
    let (clock, start) = (Instant::now(), processor_seconds());
    let spent =
        || processor_seconds().zip(start).map_or_else(|| clock.elapsed().as_secs_f64(), |(now, start)| now - start);
    let (mut done, mut found) = (0_usize, 0_usize);
    while spent() < enough {
        for _ in 0..100 {
            found += records.iter().map(|record| work(black_box(record))).sum::<usize>();
            done += records.len();
        }
    }
    println!("{what:36} {:>9.0} records per processor second ({found} found)", done as f64 / spent());
}

/// User and system time of this process; the kernel counts in hundredths of a second.
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
}
