use super::*;
use crate::activity::Group;
use crate::activity::Groups;
use crate::alarm::{Alarm, Message, NotAnAlarm, Origin, Span, State};
use crate::ignore::Folded;
use crate::known::Known;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Value, json};

const PATTERN: &str = "{ $.eventName = \"ConsoleLogin\" }";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn alarm(state: &str) -> Alarm {
    let body = json!({"AlarmName": "yakei-ConsoleLogin", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:yakei-ConsoleLogin",
        "AlarmDescription": "Somebody signed in to the console", "AWSAccountId": "123456789012", "NewStateValue": state, "OldStateValue": "OK",
        "NewStateReason": "Threshold Crossed: 1 datapoint [3.0 (21/11/26 18:40:00)] was greater than or equal to the threshold (1.0).",
        "StateChangeTime": "2026-11-21T18:46:12.345+0000"});
    match Message::read(&body.to_string(), Origin::default()) {
        Message::Alarm(alarm) => *alarm,
        Message::Other(why) => panic!("{why}"),
    }
}

fn record(who: &str, event: &str, minute: u32, ip: &str) -> Value {
    json!({"eventName": event, "eventSource": "signin.amazonaws.com", "eventTime": format!("2026-11-21T18:{minute:02}:00Z"),
        "userIdentity": {"type": "IAMUser", "userName": who, "accountId": "123456789012"}, "sourceIPAddress": ip,
        "awsRegion": "us-east-1", "eventID": format!("id-{minute}"), "userAgent": "Mozilla/5.0",
        "responseElements": {"ConsoleLogin": "Success"}, "additionalEventData": {"MFAUsed": "No"}})
}

/// Each record is an act of its own, newest first.
pub(super) fn groups(records: &[Value]) -> Vec<Group> {
    let mut groups = Groups::default();
    for (n, record) in records.iter().enumerate() {
        let mut record = record.clone();
        record["eventID"] = json!(format!("id-{n}"));
        groups.add_line(&record.to_string(), Timestamp::UNIX_EPOCH);
    }
    groups.newest_first()
}

fn notice(state: &str, records: &[Value]) -> Notice {
    let mut notice = Notice::of_alarm("5f2c", &alarm(state));
    notice.control = Some("ConsoleLogin".into());
    let window = Span { from: time("2026-11-21T18:40:00Z"), to: time("2026-11-21T18:45:00Z") };
    notice.searched(vec![Search::new(Some("eu-west-1"), "/yakei/cloudtrail", PATTERN, window)]);
    notice.activity = groups(records);
    notice.found = notice.activity.iter().map(|it| it.count).sum();
    notice
}

#[test]
fn an_alarms_end_tells_what_is_new_first_and_marks_the_rest() {
    let mut groups = Groups::default();
    let mut add = |who: &str, minute: u32, new: bool| {
        let record = record(who, "ConsoleLogin", minute, "203.0.113.5").to_string();
        groups.add_event(&record, "", Timestamp::UNIX_EPOCH, new)
    };
    assert!(add("alice", 44, false) && add("mallory", 43, true));
    let mut end = notice("OK", &[]);
    end.alarm.previous = State::Alarm;
    end.activity = groups.newest_first();
    let mut quiet = end.clone();
    quiet.activity.remove(0);
    for notice in [&end, &quiet] {
        let chat = notice.outgoing(&Style { chat: true, ..Style::default() });
        fits(&chat);
        assert!(chat.message.contains("the first notice should have told this"));
    }
    let json: Value = serde_json::from_str(&end.json(Language::En)).unwrap();
    assert_eq!((&json["activity"][0]["new"], &json["activity"][1]["new"]), (&json!(true), &json!(false)));
    insta::assert_snapshot!(format!("{}\n\n---\n\n{}", mail(&end), mail(&quiet)));
    assert!(quiet.outgoing(&Style::default()).subject.ends_with(": nothing new"));
}

#[test]
fn nobody_is_named_first_for_what_the_alarm_may_not_have_counted() {
    for problem in [
        Problem::Dimension { dimension: "User = bob".into() },
        Problem::SelectionCriteria { log_group: "/g".into(), criteria: "@aws.account = 1".into() },
        Problem::OtherAccount("222222222222".into()),
    ] {
        for state in ["ALARM", "OK", "INSUFFICIENT_DATA"] {
            let mut notice = notice(state, &[record("alice", "ConsoleLogin", 41, "203.0.113.5")]);
            notice.gap(&problem);
            let mail = mail(&notice);
            assert!(!mail.lines().next().unwrap().contains("alice"), "{mail}");
            assert!(mail.contains("perhaps something else than what the alarm counted") && mail.contains("alice"));
            let outgoing = notice.outgoing(&Style { chat: true, ..Style::default() });
            fits(&outgoing);
            assert!(!outgoing.subject.contains("alice"), "{}", outgoing.subject);
            assert!(outgoing.attributes.iter().any(|it| it.name == "outcome" && it.value == "none"));
            let json: Value = serde_json::from_str(&notice.json(Language::En)).unwrap();
            assert_eq!((&json["attributed"], &json["complete"]), (&json!(false), &json!(false)));
            assert_eq!(json["gaps"], json!([problem.name()]));
        }
    }
}

#[test]
fn a_notice_with_a_gap_is_not_complete_and_keeps_nothing_back() {
    let mut notice = notice("ALARM", &[]);
    notice.found = 1;
    notice.gap(&Problem::Bound(Bound::Time));
    notice.gap(&Problem::Bound(Bound::Time));
    notice.remark(&Problem::NoDatapoint { from: "18:40".into(), to: "18:45".into() });
    notice.found(Folded { ignored: 1, ..Folded::default() });
    let json: Value = serde_json::from_str(&notice.json(Language::En)).unwrap();
    assert_eq!(
        (&json["complete"], &json["suppressed"], &json["gaps"]),
        (&json!(false), &json!(false), &json!(["Bound"]))
    );
    assert_eq!(json["problems"].as_array().unwrap().len(), 2);
}

#[test]
fn a_notice_says_whether_the_address_is_known() {
    let known = [Known {
        name: "Osaka VPN".into(),
        source_ip: vec![crate::ignore::Source::parse("203.0.113.0/24").unwrap()],
        accounts: Vec::new(),
    }];
    let said = |address: &str, known: &[Known]| {
        let mut notice = notice("ALARM", &[record("alice", "ConsoleLogin", 41, address)]);
        let before = (notice.is_complete(), notice.is_suppressed());
        notice.place(known);
        assert_eq!(before, (notice.is_complete(), notice.is_suppressed()), "a place keeps nothing back");
        let outgoing = notice.outgoing(&Style::default());
        fits(&outgoing);
        let attribute = outgoing.attributes.iter().find(|it| it.name == "known").map(|it| it.value.clone());
        let json: Value = serde_json::from_str(&notice.json(Language::En)).unwrap();
        let activity = &json["activity"][0];
        (
            mail(&notice).lines().next().unwrap().to_owned(),
            attribute,
            activity["known"].clone(),
            activity["network"].clone(),
        )
    };
    let (line, attribute, is_known, network) = said("203.0.113.5", &known);
    assert!(line.contains("from Osaka VPN (203.0.113.5) at "), "{line}");
    assert_eq!((attribute.as_deref(), is_known, network), (Some("true"), json!(true), json!("Osaka VPN")));
    let (line, attribute, is_known, network) = said("192.0.2.1", &known);
    assert!(line.contains("from an address not known (192.0.2.1) at "), "{line}");
    assert_eq!((attribute.as_deref(), is_known, network), (Some("false"), json!(false), Value::Null));
    let (line, ..) = said("config.amazonaws.com", &known);
    assert!(line.contains("from an AWS service (config.amazonaws.com) at "), "{line}");
    let (line, attribute, is_known, _) = said("192.0.2.1", &[]);
    assert!(line.contains("from 192.0.2.1 at "), "{line}");
    assert_eq!((attribute, is_known), (None, Value::Null));
}

#[test]
fn complete_follows_from_what_was_seen() {
    let seen = |state: &str, previous: State, change: &dyn Fn(&mut Notice)| {
        let mut notice = notice(state, &[]);
        (notice.alarm.previous, notice.found, notice.expected) = (previous, 2, Some(2));
        change(&mut notice);
        assert_eq!(notice.is_complete(), notice.gaps().is_empty());
        notice.gaps()
    };
    let alarm = |change: &dyn Fn(&mut Notice)| seen("ALARM", State::Ok, change);
    assert_eq!(alarm(&|_| {}), Vec::<&str>::new());
    assert_eq!(alarm(&|it| it.expected = None), Vec::<&str>::new());
    assert_eq!(alarm(&|it| it.at_least = true), Vec::<&str>::new(), "all that was counted was found");
    assert_eq!(alarm(&|it| (it.at_least, it.expected) = (true, None)), ["Bound"]);
    assert_eq!(alarm(&|it| it.expected = Some(3)), ["FewerThanCounted"]);
    assert_eq!(alarm(&|it| (it.found, it.expected) = (0, None)), ["FewerThanCounted"]);
    assert_eq!(alarm(&|it| (it.found, it.search) = (0, Vec::new())), ["NotSearched"]);
    assert_eq!(alarm(&|it| it.gap(&Problem::NoMetric)), ["NoMetric"]);
    assert_eq!(alarm(&|it| it.remark(&Problem::NoMetric)), Vec::<&str>::new());
    for state in ["OK", "INSUFFICIENT_DATA"] {
        let nothing = |it: &mut Notice| (it.found, it.expected) = (0, None);
        let unsearched = |it: &mut Notice| (it.found, it.expected, it.search) = (0, None, Vec::new());
        assert_eq!(seen(state, State::Alarm, &nothing), Vec::<&str>::new());
        assert_eq!(seen(state, State::Alarm, &unsearched), ["NotSearched"]);
        assert_eq!(seen(state, State::Unknown, &unsearched), ["NotSearched"], "it may be an end");
        assert_eq!(seen(state, State::Ok, &unsearched), Vec::<&str>::new());
    }
}

#[test]
fn who_calls_themselves_a_drill_is_said_to_be_none() {
    for name in ["DRILL", "drill", "yakei drill: this did not happen", "Ci/DRILL", "ＤＲＩＬＬ"] {
        let notice = notice("ALARM", &[record(name, "ConsoleLogin", 41, "203.0.113.5")]);
        assert!(mail(&notice).lines().next().unwrap().contains("(no drill of Yakei's)"), "{}", mail(&notice));
    }
    let mut agent = record("mallory", "ConsoleLogin", 41, "203.0.113.5");
    agent["userAgent"] = json!("yakei drill: this did not happen");
    assert!(mail(&notice("ALARM", &[agent])).contains("mallory (no drill of Yakei's) signed in"));
    let mut real = record("DRILL", "ConsoleLogin", 41, "DRILL");
    real["yakeiDrill"] = json!(true);
    let real = notice("ALARM", &[real, record("Drillmaster", "ConsoleLogin", 40, "203.0.113.5")]);
    assert!(mail(&real).starts_with("DRILL signed in") && !mail(&real).contains("no drill"));
    assert!(real.json(Language::En).contains("\"drill\":true"));
}

#[test]
fn yakeis_own_drills_are_never_said_to_be_none() {
    let place =
        crate::arns::Place { partition: "aws".into(), account: "123456789012".into(), region: "eu-west-1".into() };
    for control in crate::controls::Catalogue::builtin().unwrap().controls() {
        let records = crate::drill::records(control, &place, time("2026-11-21T18:41:00Z"), "yakei-drill-1").unwrap();
        let mut groups = Groups::default();
        for text in &records {
            groups.add_line(text, Timestamp::UNIX_EPOCH);
        }
        assert_eq!(groups.acts(), records.len() as u64, "each has an id of its own");
        let mut notice = notice("ALARM", &[]);
        notice.activity = groups.newest_first();
        assert!(notice.activity[0].drill && !mail(&notice).contains("no drill"), "{}: {}", control.key, mail(&notice));
    }
}

#[test]
fn years_that_are_no_date_are_never_told() {
    for year in ["0000", "-0001", "-9999", "10000", "9999-12-31T23:59:59Z#"] {
        let mut odd = record("alice", "ConsoleLogin", 41, "203.0.113.5");
        odd["eventTime"] = json!(format!("{year}-01-01T00:00:00Z").replace("Z#-01-01T00:00:00Z", "Z"));
        let body = json!({"AlarmName": "a", "NewStateValue": "ALARM", "StateChangeTime": odd["eventTime"]}).to_string();
        let Message::Alarm(alarm) = Message::read(&body, Origin::default()) else { panic!("{body}") };
        let mut notice = Notice::of_alarm("id", &alarm);
        notice.activity = groups(&[odd]);
        let window = Span { from: Timestamp::MIN, to: Timestamp::MAX };
        notice.searched(vec![Search::new(Some("eu-west-1"), "/g", "", window)]);
        fits(&notice.outgoing(&Style { local: Some(&tokyo()), ..Style::default() }));
        assert_eq!(notice.activity[0].last, Timestamp::UNIX_EPOCH, "{year}");
    }
}

fn tokyo() -> TimeZone {
    TimeZone::get("Asia/Tokyo").unwrap()
}

#[test]
fn wholly_ignored_activity_wakes_nobody() {
    let folded = || Folded { ignored: 3, reasons: vec!["penetration test, ticket 4711".into()], ..Folded::default() };
    let mut quiet = notice("ALARM", &[]);
    quiet.found = 3;
    quiet.found(folded());
    assert!(quiet.is_suppressed());
    insta::assert_snapshot!("ignored", mail(&quiet));
    let attributes = quiet.outgoing(&Style::default()).attributes;
    assert!(attributes.iter().any(|it| it.name == "suppressed" && it.value == "true"));
    let mut incomplete = notice("ALARM", &[]);
    incomplete.found = 3;
    incomplete.gap(&Problem::Bound(Bound::Time));
    incomplete.found(folded());
    let mut missing = notice("ALARM", &[]);
    (missing.found, missing.expected) = (3, Some(4));
    missing.found(folded());
    let mut others = notice("ALARM", &[]);
    others.found(Folded { remaining: groups(&[record("bob", "ConsoleLogin", 1, "192.0.2.1")]), ..folded() });
    let mut nothing = notice("ALARM", &[]);
    nothing.found(Folded::default());
    for loud in [incomplete, missing, others, nothing] {
        assert!(!loud.is_suppressed(), "{loud:?}");
    }
}

fn mail(notice: &Notice) -> String {
    let zone = tokyo();
    notice.mail(&Style {
        local: Some(&zone),
        next: Some("Ask alice; if it was not her, delete her password."),
        ..Style::default()
    })
}

#[test]
fn one_sign_in() {
    let mut notice = notice("ALARM", &[record("alice", "ConsoleLogin", 41, "203.0.113.5")]);
    notice.expected = Some(1);
    insta::assert_snapshot!(mail(&notice));
    insta::assert_snapshot!(
        "one_sign_in_json",
        serde_json::to_string_pretty(&notice.in_language(Language::En)).unwrap()
    );
    assert_eq!(
        notice.outgoing(&Style::default()).subject,
        "ALARM yakei-ConsoleLogin: alice signed in to the console (no MFA) from 203.0.113.5"
    );
}

#[test]
fn a_burst_by_two_people() {
    let denied = |who: &str, minute: u32| {
        let mut record = record(who, "CreateUser", minute, "198.51.100.7");
        record["eventSource"] = json!("iam.amazonaws.com");
        record["errorCode"] = json!("AccessDenied");
        record
    };
    let records: Vec<_> =
        (0..30).map(|minute| denied(if minute % 3 == 0 { "bob" } else { "Ci/run" }, minute)).collect();
    let mut notice = notice("ALARM", &records);
    notice.expected = Some(31);
    notice.at_least = true;
    notice.nearby = groups(&[record("carol", "ConsoleLogin", 50, "192.0.2.1")]);
    notice.ignored = 2;
    notice.ignored_because = vec!["nightly deployment".into()];
    notice.gap(&Problem::Bound(Bound::Groups(10_000)));
    insta::assert_snapshot!(mail(&notice));
}

#[test]
fn nobody_found_and_other_states() {
    let mut failed = notice("ALARM", &[]);
    failed.search.clear();
    failed.gap(&Problem::CallFailed {
        call: "DescribeMetricFilters",
        code: "AccessDeniedException".into(),
        message: String::new(),
        log_group: String::new(),
    });
    insta::assert_snapshot!("failed_search", mail(&failed));
    let mut quiet = notice("OK", &[]);
    quiet.alarm.previous = State::Alarm;
    insta::assert_snapshot!("all_clear", mail(&quiet));
    let also = notice("OK", &[record("mallory", "ConsoleLogin", 44, "192.0.2.9")]);
    let other = Notice::of_other(
        "5f2c",
        Some("Hello"),
        r#"{"detail-type":"x","detail":{"password":"hunter2"}}"#,
        NotAnAlarm::OtherJson,
    );
    let text = Notice::of_other("5f2c", None, "the disk\nis full", NotAnAlarm::NotJson);
    let broken = Notice::of_other("5f2c", None, "{\"sessionToken\":\"TOKEN", NotAnAlarm::NotJson);
    let empty = Notice::of_other("5f2c", None, "", NotAnAlarm::Empty);
    let mut heads = Vec::new();
    let quiet_start = notice("INSUFFICIENT_DATA", &[]);
    let mut first = notice("OK", &[]);
    first.alarm.previous = State::InsufficientData;
    let nothing_found = notice("ALARM", &[]);
    for notice in [&failed, &nothing_found, &quiet, &also, &quiet_start, &first, &other, &text, &broken, &empty] {
        let outgoing = notice.outgoing(&Style::default());
        fits(&outgoing);
        heads.push(format!("{}\n    {}", mail(notice).lines().next().unwrap(), outgoing.subject));
        assert!(!outgoing.message.contains("hunter2") && !outgoing.message.contains("TOKEN"));
    }
    insta::assert_snapshot!(heads.join("\n"));
}

#[test]
fn sentences() {
    let mut lines = Vec::new();
    let mut say = |change: &dyn Fn(&mut Value), times: u32| {
        let mut record = record("alice", "ConsoleLogin", 41, "203.0.113.5");
        change(&mut record);
        let groups = groups(&vec![record; times as usize]);
        lines.push(words::sentence(&groups[0], &Style { local: Some(&tokyo()), ..Style::default() }));
    };
    say(&|_| {}, 1);
    say(&|r| r["additionalEventData"]["MFAUsed"] = json!("Yes"), 2);
    say(&|r| r["userIdentity"] = json!({"type": "Root", "accountId": "123456789012"}), 1);
    say(
        &|r| r["userIdentity"] = json!({"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_0a/bob@example.com"}),
        1,
    );
    let failed = |r: &mut Value| {
        r["responseElements"]["ConsoleLogin"] = json!("Failure");
        r["errorMessage"] = json!("Failed authentication");
    };
    say(&failed, 3);
    say(
        &|r| {
            failed(r);
            r["userIdentity"]["userName"] = json!("HIDDEN_DUE_TO_SECURITY_REASONS");
        },
        1,
    );
    for (service, event, details) in [
        (
            "signin",
            "UserAuthentication",
            json!({"LoginTo": "https://example.awsapps.com/start/", "CredentialType": "PASSWORD,TOTP"}),
        ),
        ("signin", "UserAuthentication", json!({"LoginTo": "https://clients.amazonaws.com/workspaces"})),
        ("signin", "CredentialVerification", json!({})),
        ("signin", "SwitchRole", json!({})),
        ("signin", "GetSigninToken", json!({})),
        ("signin", "AuthorizeOAuth2Access", json!({})),
        ("sso", "GetRoleCredentials", json!({})),
        ("sso", "Federate", json!({})),
        ("sts", "AssumeRoot", json!({})),
    ] {
        let way = |r: &mut Value, verdict: &str, code: Value| {
            r["eventSource"] = json!(format!("{service}.amazonaws.com"));
            r["eventName"] = json!(event);
            r["additionalEventData"] = details.clone();
            r["responseElements"] = Value::Null;
            r["serviceEventDetails"] = json!({event: verdict});
            r["errorCode"] = code;
        };
        say(&|r| way(r, "Success", Value::Null), 1);
        let code = if service == "signin" { Value::Null } else { json!("AccessDenied") };
        say(&|r| way(r, if event == "AuthorizeOAuth2Access" { "" } else { "Failure" }, code.clone()), 2);
    }
    let call = |r: &mut Value, code: Value| {
        r["eventSource"] = json!("iam.amazonaws.com");
        r["eventName"] = json!("CreateUser");
        r["errorCode"] = code;
    };
    say(&|r| call(r, Value::Null), 1);
    say(&|r| call(r, json!("AccessDenied")), 12);
    say(&|r| call(r, json!("Client.UnauthorizedOperation")), 1);
    say(&|r| call(r, json!("EntityAlreadyExists")), 1);
    say(
        &|r| {
            r["recipientAccountId"] = json!("222222222222");
            r["sourceIPAddress"] = Value::Null;
        },
        1,
    );
    say(
        &|r| {
            r["eventName"] = json!("SwitchRole");
            r["responseElements"] = json!({"SwitchRole": "Success"});
        },
        1,
    );
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn utc_is_not_said_twice() {
    let at = time("2026-11-21T18:41:00Z");
    let when = |at: Timestamp, local: Option<&TimeZone>| Language::En.words().when(at, local);
    assert_eq!(when(at, None), "2026-11-21 18:41 UTC");
    assert_eq!(when(at, Some(&TimeZone::UTC)), "2026-11-21 18:41 UTC");
    assert_eq!(when(at, Some(&tokyo())), "2026-11-21 18:41 UTC (2026-11-22 03:41 JST)");
}

#[test]
fn the_message_is_json_by_protocol() {
    let mut notice = notice("ALARM", &[record("alice", "ConsoleLogin", 41, "203.0.113.5")]);
    notice.severity = Some("high".into());
    let outgoing = notice.outgoing(&Style::default());
    let message: Value = serde_json::from_str(&outgoing.message).unwrap();
    assert_eq!(message["default"], message["email"]);
    for protocol in ["lambda", "sqs", "http", "https"] {
        let json: Value = serde_json::from_str(message[protocol].as_str().unwrap()).unwrap();
        assert_eq!((&json["schema"], &json["activity"][0]["who"]), (&json!(SCHEMA), &json!("alice")), "{protocol}");
    }
    let attributes: Vec<_> = outgoing.attributes.iter().map(|it| format!("{}={}", it.name, it.value)).collect();
    assert_eq!(
        attributes.join(" "),
        "state=ALARM control=ConsoleLogin severity=high account=123456789012 region=eu-west-1 outcome=success language=en suppressed=false"
    );
}

#[test]
fn chat_applications_get_their_custom_notification() {
    let records = [
        record("alice", "ConsoleLogin", 41, "203.0.113.5"),
        record("*bob* <!channel>", "ConsoleLogin", 40, "192.0.2.1"),
    ];
    let zone = tokyo();
    let notice = notice("ALARM", &records);
    let outgoing = notice.outgoing(&Style { local: Some(&zone), chat: true, ..Style::default() });
    let message: Value = serde_json::from_str(&outgoing.message).unwrap();
    let https: Value = serde_json::from_str(message["https"].as_str().unwrap()).unwrap();
    // Sorted: the order of a Value depends on whether some other crate asks serde_json for preserve_order.
    insta::with_settings!({sort_maps => true}, { insta::assert_json_snapshot!(https) });
    assert!(message["http"].as_str().unwrap().contains(SCHEMA));
}

fn fits(outgoing: &Outgoing) {
    assert!(outgoing.bytes() <= LIMIT_BYTES, "{} bytes", outgoing.bytes());
    assert!(outgoing.subject.encode_utf16().count() <= SUBJECT_CHARS && !outgoing.subject.contains(char::is_control));
    let ascii = &outgoing.ascii_subject;
    assert!(ascii.len() <= SUBJECT_CHARS && ascii.bytes().all(|b| (b' '..=b'~').contains(&b)));
    let message: Value = serde_json::from_str(&outgoing.message).unwrap();
    assert!(message["default"].is_string());
    let json: Value = serde_json::from_str(message["sqs"].as_str().unwrap()).unwrap();
    schema::NOTICE.check(&json).unwrap();
}

/// A notice with as much hostile text as its parts take.
fn hostile(people: usize) -> Notice {
    let nasty = "\"\\夜\u{1f525}\u{202e}<".repeat(300);
    let records: Vec<_> = (0..people).map(|n| record(&format!("{n}{nasty}"), &nasty, 41, &nasty)).collect();
    let mut alarm = alarm("ALARM");
    for text in [&mut alarm.name, &mut alarm.reason] {
        text.clone_from(&nasty);
    }
    alarm.description = Some(nasty.clone());
    alarm.arn = Some(nasty.clone());
    let mut notice = Notice::of_alarm(&nasty, &alarm);
    let window = Span { from: Timestamp::MIN, to: Timestamp::MAX };
    let pattern: String = nasty.chars().take(1024).collect();
    notice.searched(vec![Search::new(Some("eu-west-1"), &pattern, &pattern, window); 50]);
    for n in 0..50 {
        notice.gap(&Problem::MayBeRepeated(format!("{n} {nasty}")));
    }
    notice.activity = groups(&records);
    notice.nearby(notice.activity.clone());
    notice
}

#[test]
fn whatever_does_not_fit_is_counted() {
    let mut notice = notice(
        "ALARM",
        &(0..1000).map(|n| record(&format!("user-{n}"), "ConsoleLogin", 41, "203.0.113.5")).collect::<Vec<_>>(),
    );
    notice.more = 5;
    let outgoing = notice.outgoing(&Style::default());
    fits(&outgoing);
    let message: Value = serde_json::from_str(&outgoing.message).unwrap();
    let json: Value = serde_json::from_str(message["sqs"].as_str().unwrap()).unwrap();
    let listed = json["activity"].as_array().unwrap().len() as u64;
    assert_eq!(listed + json["more"].as_u64().unwrap(), 1005);
    assert!(listed > 50, "{listed} groups of 1000 are listed");
    assert!(outgoing.message.contains("; and 1004 more"));
}

#[test]
fn hostile_text_fits_too() {
    for people in [0, 1, 3, 60] {
        for chat in [false, true] {
            fits(&hostile(people).outgoing(&Style { language: Language::Ja, chat, ..Style::default() }));
            fits(&hostile(people).outgoing(&Style { next: Some(&"\"".repeat(9000)), chat, ..Style::default() }));
        }
    }
}

proptest! {
    #[test]
    fn every_notice_is_inside_the_limits(body in any::<String>(), name in any::<String>(), who in any::<String>(), ip in any::<String>()) {
        let body = json!({"AlarmName": format!("a{name}"), "NewStateReason": body, "AlarmDescription": name, "NewStateValue": "ALARM"}).to_string();
        let Message::Alarm(alarm) = Message::read(&body, Origin::default()) else { panic!("{body}") };
        let mut notice = Notice::of_alarm(&name, &alarm);
        notice.activity = groups(&[record(&who, &who, 41, &ip)]);
        fits(&notice.outgoing(&Style::default()));
        fits(&notice.outgoing(&Style { chat: true, language: Language::Ja, ..Style::default() }));
    }

    #[test]
    fn every_other_message_is_inside_the_limits(body in any::<String>()) {
        if let Message::Other(why) = Message::read(&body, Origin::default()) {
            fits(&Notice::of_other("id", Some(&body), &body, why).outgoing(&Style::default()));
        }
    }
}
