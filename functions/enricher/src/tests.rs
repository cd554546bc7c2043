//! One alarm to one notice, over an AWS in memory: what is searched, and what bounds a search.

mod calls;
mod fake;
mod history;
mod languages;
mod storm;
mod telling;
mod truth;

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Value, json};
use yakei_core::alarm::{Alarm, Datapoint, Message, Origin, State, Transition};
use yakei_core::config::Config;
use yakei_core::controls::Catalogue;
use yakei_core::ignore::{Ignore, Source, Wildcard};
use yakei_core::names::Name;
use yakei_core::notice::LIMIT_BYTES;
use yakei_host::config::LoadError;
use yakei_host::run::{Failure, Why};

use crate::{Enricher, Invoked, Limits, Settings};
use fake::{Fake, TOPIC_IN, TOPIC_OUT, alarm, breach, event, sign_in};

const GROUP: &str = "/yakei/cloudtrail";
const FUNCTION: &str = "arn:aws:lambda:us-west-2:123456789012:function:yakei-enricher";

fn settings() -> Settings {
    Settings {
        name: Name::parse("yakei").ok(),
        catalogue: Catalogue::builtin().ok(),
        local: Some(TimeZone::get("Asia/Tokyo").unwrap()),
        ..Settings::default()
    }
}

/// No pauses and no rate: unit tests do not sleep.
fn limits() -> Limits {
    Limits { waits: vec![Duration::ZERO; 2], calls_a_second: 10_000, ..Limits::default() }
}

fn enricher(fake: Fake) -> Enricher<Fake> {
    // The pauses between attempts are the same in every run.
    fastrand::seed(0x5eed);
    Enricher::new(fake, settings(), limits(), Some(TOPIC_OUT.into()), Some("us-west-2".into()))
}

fn now() -> Timestamp {
    "2026-11-21T18:46:13Z".parse().unwrap()
}

fn invoked(left: Duration) -> Invoked<'static> {
    Invoked { now: now(), left, function_arn: FUNCTION }
}

async fn handle(enricher: &Enricher<Fake>, event: &Value) -> Result<Value, Failure> {
    enricher.handle(event, invoked(Duration::from_secs(30))).await
}

/// One filter, and so many sign-ins by alice inside the breaching period.
fn usual(count: usize) -> Fake {
    let mut fake = Fake::default();
    fake.filter("eu-west-1", "ConsoleLogin", GROUP, "ConsoleLogin");
    for n in 0..count {
        let mut record = sign_in("alice", &format!("2026-11-21T18:{:02}:00Z", 30 + n % 10));
        record["eventID"] = json!(format!("alice-{n}"));
        fake.log(GROUP, "2026-11-21T18:42:00Z", &record);
    }
    fake
}

async fn told(fake: Fake, body: &Value) -> Fake {
    let enricher = enricher(fake);
    handle(&enricher, &event(&[&body.to_string()])).await.unwrap();
    enricher.into_ports()
}

fn described(name: &str, body: &Value) -> Alarm {
    let mut body = body.clone();
    body["AlarmName"] = json!(name);
    match Message::read(&body.to_string(), Origin::default()) {
        Message::Alarm(alarm) => *alarm,
        Message::Other(why) => panic!("{why}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_alarm_becomes_one_notice_in_three_calls() {
    let enricher = enricher(usual(1));
    let answer = handle(&enricher, &event(&[&alarm("ALARM", "OK", &breach(1)).to_string()])).await.unwrap();
    assert_eq!(answer["notices"][0]["found"], 1);
    assert_eq!(answer["notices"][0]["id"], "m-0");
    let mut second = event(&[&alarm("ALARM", "OK", &breach(1)).to_string()]);
    second["Records"][0]["Sns"]["MessageId"] = json!("m-1");
    handle(&enricher, &second).await.unwrap();
    let fake = enricher.into_ports();
    let search = "FilterLogEvents eu-west-1 /yakei/cloudtrail ConsoleLogin 2026-11-21T18:40:00Z..2026-11-21T18:45:00Z";
    let publish = "Publish ALARM yakei-ConsoleLogin: alice signed in to the console (no MFA) from 203.0.113.5";
    // Cold: filters, search, publish. Warm: search, publish.
    assert_eq!(*fake.calls.borrow(), ["DescribeMetricFilters eu-west-1 all", search, publish, search, publish]);
    insta::assert_snapshot!(fake.mail());
}

#[tokio::test(start_paused = true)]
async fn every_page_is_read_the_empty_ones_too() {
    let mut fake = usual(25);
    (fake.page, fake.empty_pages) = (10, true);
    let fake = told(fake, &alarm("ALARM", "OK", &breach(25))).await;
    let notice = fake.notice();
    assert_eq!(
        (&notice["found"], &notice["complete"], &notice["activity"][0]["count"]),
        (&json!(25), &json!(true), &json!(25))
    );
    assert_eq!(fake.count("FilterLogEvents"), 5);
}

#[tokio::test(start_paused = true)]
async fn several_filters_and_log_groups_are_searched() {
    let mut fake = usual(1);
    fake.filter("eu-west-1", "ConsoleLogin", "other", "ConsoleLogin");
    fake.filter("eu-west-1", "ConsoleLogin", GROUP, "alice");
    fake.log("other", "2026-11-21T18:44:00Z", &sign_in("bob", "2026-11-21T18:43:00Z"));
    let fake = told(fake, &alarm("ALARM", "OK", &breach(3))).await;
    let notice = fake.notice();
    // Two filters match alice's event: the metric counted it twice, the table once.
    assert_eq!((&notice["found"], &notice["complete"]), (&json!(3), &json!(true)));
    assert_eq!((&notice["activity"][0]["who"], &notice["activity"][1]["count"]), (&json!("bob"), &json!(1)));
}

#[tokio::test(start_paused = true)]
async fn too_few_are_looked_for_again() {
    let fake = usual(2);
    fake.blind.set(2);
    let fake = told(fake, &alarm("ALARM", "OK", &breach(2))).await;
    let notice = fake.notice();
    assert_eq!((&notice["found"], &notice["complete"], &notice["problems"]), (&json!(2), &json!(true), &json!([])));
    assert_eq!(fake.count("FilterLogEvents"), 3);
}

#[tokio::test(start_paused = true)]
async fn what_stays_missing_is_said_and_looked_for_nearby() {
    let mut fake = usual(1);
    fake.log(GROUP, "2026-11-21T18:48:00Z", &sign_in("bob", "2026-11-21T18:41:00Z"));
    let fake = told(fake, &alarm("ALARM", "OK", &breach(2))).await;
    let notice = fake.notice();
    assert_eq!((&notice["found"], &notice["expected"], &notice["complete"]), (&json!(1), &json!(2), &json!(false)));
    assert_eq!(notice["problems"], json!(["only 1 of the 2 events that the alarm counted were found"]));
    assert_eq!((&notice["nearby"][0]["who"], notice["activity"].as_array().unwrap().len()), (&json!("bob"), 1));
}

#[tokio::test(start_paused = true)]
async fn a_remembered_filter_that_finds_too_little_is_asked_for_again() {
    let enricher = enricher(usual(1));
    handle(&enricher, &event(&[&alarm("ALARM", "OK", &breach(1)).to_string()])).await.unwrap();
    tokio::time::advance(Duration::from_secs(1)).await;
    let mut second = event(&[&alarm("ALARM", "OK", &breach(5)).to_string()]);
    second["Records"][0]["Sns"]["MessageId"] = json!("m-1");
    handle(&enricher, &second).await.unwrap();
    assert_eq!(enricher.into_ports().count("DescribeMetricFilters"), 2);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_cheap_calls_do_not_hide_who_comes_before_or_after() {
    let mut fake = usual(0);
    fake.page = 500;
    fake.log(GROUP, "2026-11-21T18:40:01Z", &sign_in("mallory", "2026-11-21T18:40:00Z"));
    for n in 0..10_000 {
        let mut denied = sign_in("flood", "2026-11-21T18:41:00Z");
        denied["eventID"] = json!(format!("flood-{n}"));
        fake.log(GROUP, "2026-11-21T18:42:00Z", &denied);
    }
    fake.log(GROUP, "2026-11-21T18:44:59Z", &sign_in("eve", "2026-11-21T18:44:00Z"));
    let notice = told(fake, &alarm("ALARM", "OK", &breach(10_002))).await.notice();
    let who: Vec<_> =
        notice["activity"].as_array().unwrap().iter().map(|it| (it["who"].clone(), it["count"].clone())).collect();
    assert_eq!(who, [(json!("eve"), json!(1)), (json!("flood"), json!(10_000)), (json!("mallory"), json!(1))]);
    assert_eq!((&notice["complete"], &notice["at_least"]), (&json!(true), &json!(false)));
}

#[tokio::test(start_paused = true)]
async fn the_bounds_are_groups_and_time_and_are_said() {
    let mut fake = usual(0);
    fake.page = 5;
    for n in 0..30 {
        fake.log(GROUP, &format!("2026-11-21T18:42:{n:02}Z"), &sign_in(&format!("user-{n}"), "2026-11-21T18:41:00Z"));
    }
    let enricher = Enricher::new(fake, settings(), Limits { groups: 10, ..limits() }, Some(TOPIC_OUT.into()), None);
    handle(&enricher, &event(&[&alarm("ALARM", "OK", &breach(30)).to_string()])).await.unwrap();
    let fake = enricher.into_ports();
    let notice = fake.notice();
    assert_eq!((&notice["found"], &notice["at_least"], &notice["complete"]), (&json!(10), &json!(true), &json!(false)));
    assert!(notice["problems"][0].as_str().unwrap().contains("bound of 10 groups"), "{notice}");
    // The newest ones are there.
    assert!(notice["activity"].to_string().contains("user-29"), "{notice}");
    assert!(fake.mail().contains("at least 10 matching events; the alarm counted 30"));

    // Pages without end: what was found until then is told.
    let mut fake = usual(2000);
    (fake.page, fake.takes) = (1, Duration::from_millis(100));
    let notice = told(fake, &alarm("ALARM", "OK", &breach(2000))).await.notice();
    assert_eq!(
        (&notice["at_least"], &notice["complete"], &notice["activity"][0]["who"]),
        (&json!(true), &json!(false), &json!("alice"))
    );
    assert!(notice["problems"].to_string().contains("bound of time"), "{notice}");
}

#[tokio::test(start_paused = true)]
async fn any_failing_call_still_leads_to_one_notice_that_names_it() {
    for call in ["DescribeMetricFilters", "FilterLogEvents", "DescribeAlarmHistory", "DescribeAlarms"] {
        for code in ["AccessDeniedException", "ThrottlingException", "ResourceNotFoundException"] {
            let fake = usual(1);
            fake.faults.borrow_mut().insert(call, code);
            let body = match call {
                "DescribeAlarmHistory" => alarm("ALARM", "OK", "Testing the Amazon Cloudwatch alarm"),
                "DescribeAlarms" => {
                    json!({"AlarmName": "yakei-ConsoleLogin", "NewStateValue": "ALARM", "Region": "eu-west-1"})
                }
                _ => alarm("ALARM", "OK", &breach(1)),
            };
            let notice = told(fake, &body).await.notice();
            assert_eq!((&notice["alarm"]["name"], &notice["complete"]), (&json!("yakei-ConsoleLogin"), &json!(false)));
            let problems = notice["problems"].to_string();
            assert!(problems.contains(call) && problems.contains(code), "{call} {code}: {problems}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_search_that_breaks_off_keeps_what_it_found() {
    let mut fake = usual(30);
    (fake.page, fake.fails_at_page) = (10, Some(3));
    let notice = told(fake, &alarm("ALARM", "OK", &breach(30))).await.notice();
    assert_eq!((&notice["found"], &notice["at_least"], &notice["complete"]), (&json!(20), &json!(true), &json!(false)));
    assert_eq!(
        notice["problems"],
        json!(["FilterLogEvents failed with AccessDeniedException: because, in log group /yakei/cloudtrail"])
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_answers_does_not_keep_the_notice_back() {
    for call in ["DescribeMetricFilters", "FilterLogEvents", "DescribeAlarmHistory", "DescribeAlarms"] {
        let mut fake = usual(1);
        fake.hangs = Some(call);
        let body = match call {
            "DescribeAlarmHistory" => alarm("OK", "ALARM", "x"),
            "DescribeAlarms" => json!({"AlarmName": "a", "NewStateValue": "ALARM"}),
            _ => alarm("ALARM", "OK", &breach(1)),
        };
        let enricher = enricher(fake);
        enricher.handle(&event(&[&body.to_string()]), invoked(Duration::from_secs(30))).await.unwrap();
        let notice = enricher.into_ports().notice();
        assert!(notice["problems"].to_string().contains("Timeout"), "{call}: {notice}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hostile_body_is_still_one_notice_inside_the_limits() {
    let nasty = "x\u{202e}\u{ffff}\"\n夜".repeat(20_000);
    let mut body = alarm("ALARM", "OK", &breach(1));
    body["AlarmName"] = json!(format!("yakei-{nasty}"));
    for member in ["AlarmDescription", "AWSAccountId", "AlarmArn", "Region", "StateChangeTime"] {
        body[member] = json!(nasty);
    }
    let datapoints: Vec<_> = (0..20_000).map(|n| format!("[{n}.0 (21/11/{:02} 18:40:00)]", n % 60)).collect();
    body["NewStateReason"] = json!(datapoints.concat());
    let fake = told(usual(1), &body).await;
    fake.notice();
    assert!(fake.published.borrow()[0].bytes() <= LIMIT_BYTES);
    assert!(fake.count("FilterLogEvents") <= 40 * 4, "{}", fake.count("FilterLogEvents"));
}

#[tokio::test(start_paused = true)]
async fn an_alarm_on_no_metric_is_said() {
    let mut fake = Fake::default();
    let mut query = described("q", &alarm("ALARM", "OK", ""));
    query.watches = yakei_core::alarm::Watches::Math(Vec::new());
    fake.described.insert("q".into(), query);
    let notice =
        told(fake, &json!({"AlarmName": "q", "NewStateValue": "ALARM", "NewStateReason": breach(1)})).await.notice();
    assert!(notice["problems"].to_string().contains("names no metric of a log group"), "{notice}");
}

#[tokio::test(start_paused = true)]
async fn no_filter_feeds_the_metric() {
    let notice = told(Fake::default(), &alarm("ALARM", "OK", &breach(1))).await.notice();
    let problem = "no metric filter in eu-west-1 feeds the metric ConsoleLogin of yakei, so no log can be searched";
    assert_eq!((&notice["complete"], &notice["problems"]), (&json!(false), &json!([problem])));
}

#[tokio::test(start_paused = true)]
async fn without_datapoints_the_history_and_then_a_stated_fallback_are_searched() {
    let point = Datapoint { value: 1.0, start: "2026-11-21T18:40:00Z".parse().unwrap() };
    let at = "2026-11-21T18:46:12.345Z".parse().unwrap();
    let mut fake = usual(1);
    fake.transitions.entry(String::new()).or_default().push(Transition {
        at,
        to: State::Alarm,
        datapoints: vec![point],
        said: None,
    });
    let fake = told(fake, &alarm("ALARM", "OK", "no datapoints were received")).await;
    assert_eq!((&fake.notice()["expected"], &fake.notice()["problems"]), (&json!(1), &json!([])));

    let fake = told(usual(1), &alarm("ALARM", "OK", "Threshold Crossed: Sum 1 >= 1")).await;
    let notice = fake.notice();
    assert_eq!((&notice["found"], &notice["expected"], &notice["complete"]), (&json!(1), &Value::Null, &json!(true)));
    assert_eq!(
        notice["problems"],
        json!(["the alarm names no datapoint; what was logged from 18:34 to 18:47 UTC was searched"])
    );
}

#[tokio::test(start_paused = true)]
async fn a_message_without_a_trigger_is_completed_by_describing_the_alarm() {
    let mut fake = usual(1);
    fake.described
        .insert("yakei-ConsoleLogin".into(), described("yakei-ConsoleLogin", &alarm("OK", "ALARM", "long over")));
    let mut body = alarm("ALARM", "OK", &breach(1));
    body["Trigger"] = Value::Null;
    let notice = told(fake, &body).await.notice();
    assert_eq!((&notice["found"], &notice["complete"], &notice["expected"]), (&json!(1), &json!(true), &json!(1)));
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_body_and_every_line_lead_to_one_notice(body in any::<String>(), line in any::<String>(), reason in any::<String>(), cut in 0..900_usize) {
        let mut fake = usual(1);
        fake.logs.get_mut(GROUP).unwrap()[0].message = format!("{line} ConsoleLogin");
        let mangled = alarm("ALARM", "OK", &format!("{}{reason}", breach(1))).to_string();
        let cut = (0..=cut.min(mangled.len())).rev().find(|at| mangled.is_char_boundary(*at)).unwrap();
        let mangled = format!("{}{body}{}", &mangled[..cut], &mangled[cut..]);
        let whole = alarm("ALARM", "OK", &format!("{}{reason}", breach(1))).to_string();
        let enricher = enricher(fake);
        block_on(handle(&enricher, &event(&[&body, &mangled, &whole]))).unwrap();
        let fake = enricher.into_ports();
        prop_assert_eq!(fake.notices().len(), 3);
        prop_assert!(fake.published.borrow().iter().all(|it| it.bytes() <= LIMIT_BYTES));
    }
}
