//! What people read, in every language, side by side: snapshots to be read by somebody who speaks it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::tests::groups;
use super::{AlarmPart, Bound, Envelope, Language, Meaning, Notice, Problem, Room, Search, Style, words};
use crate::activity::{Groups, Unreadable};
use crate::alarm::{Alarm, Message, NotAnAlarm, Origin, Span, State};
use crate::controls::{Catalogue, Control};
use crate::history::FromAddress;
use crate::ignore::{Folded, Source};
use crate::known::Known;
use crate::text::unlinked;

fn tokyo() -> TimeZone {
    TimeZone::get("Asia/Tokyo").unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn alarm(name: &str, state: &str, previous: &str) -> Alarm {
    let body = json!({"AlarmName": name, "AlarmDescription": "Somebody did something.", "AWSAccountId": "123456789012",
        "AlarmArn": format!("arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:{name}"), "NewStateValue": state, "OldStateValue": previous,
        "NewStateReason": "Threshold Crossed: 1 datapoint [3.0 (21/11/26 18:40:00)] was greater than or equal to the threshold (1.0).",
        "StateChangeTime": "2026-11-21T18:46:12.345+0000"});
    match Message::read(&body.to_string(), Origin::default()) {
        Message::Alarm(alarm) => *alarm,
        Message::Other(why) => panic!("{why}"),
    }
}

/// The control's own first sample, as somebody's act.
fn sample(control: &Control) -> Value {
    let mut record: Value = serde_json::from_str(&control.must_match[0]).unwrap();
    let facts = json!({"eventTime": "2026-11-21T18:41:00Z", "sourceIPAddress": "203.0.113.5", "awsRegion": "us-east-1",
        "recipientAccountId": "123456789012"});
    for (key, value) in facts.as_object().unwrap() {
        record[key] = value.clone();
    }
    record["userIdentity"]["accountId"] = json!("123456789012");
    if record["userIdentity"]["type"].is_null() {
        record["userIdentity"] = json!({"type": "IAMUser", "userName": "alice", "accountId": "123456789012"});
    }
    record
}

fn sign_in(who: &str, minute: u32, ip: &str) -> Value {
    json!({"eventName": "ConsoleLogin", "eventSource": "signin.amazonaws.com", "eventTime": format!("2026-11-21T18:{minute:02}:00Z"),
        "userIdentity": {"type": "IAMUser", "userName": who, "accountId": "123456789012"}, "sourceIPAddress": ip, "awsRegion": "us-east-1",
        "responseElements": {"ConsoleLogin": "Success"}, "additionalEventData": {"MFAUsed": "No"}})
}

fn notice(control: &Control, state: &str, previous: &str) -> Notice {
    let mut notice = Notice::of_alarm("5f2c", &alarm(&format!("yakei-{}", control.key), state, previous));
    notice.controlled_by(Some(&control.key), Some(control.severity.as_str()));
    let window = Span { from: time("2026-11-21T18:40:00Z"), to: time("2026-11-21T18:45:00Z") };
    notice.searched(vec![Search::new(Some("ap-northeast-1"), "/yakei/cloudtrail", &control.pattern, window)]);
    notice
}

fn style<'a>(language: Language, control: &'a Control, zone: &'a TimeZone) -> Style<'a> {
    let next = Some(control.next_in(language));
    Style { local: Some(zone), language, notice: control.notice_in(language), next, ..Style::default() }
}

fn login() -> Control {
    Catalogue::builtin().unwrap().get("ConsoleLogin").unwrap().clone()
}

#[test]
fn every_control_and_state_is_told_in_every_language() {
    let zone = tokyo();
    for language in Language::ALL {
        let mut told = String::new();
        for control in Catalogue::builtin().unwrap().controls() {
            let _ = writeln!(told, "## {}\n", control.key);
            let states =
                [("ALARM", "OK"), ("OK", "ALARM"), ("INSUFFICIENT_DATA", "ALARM"), ("OK", "INSUFFICIENT_DATA")];
            for (state, previous) in states {
                let mut quiet = notice(control, state, previous);
                let mut loud = quiet.clone();
                loud.activity = groups(&[sample(control)]);
                loud.found = 1;
                quiet.expected = (state == "ALARM").then_some(1);
                for notice in [loud, quiet] {
                    let style = style(language, control, &zone);
                    let _ =
                        writeln!(told, "{}\n    {}", notice.outgoing(&style).subject, words::headline(&notice, &style));
                }
            }
            let style = style(language, control, &zone);
            let _ =
                writeln!(told, "\n{}\n{}\n", style.notice.unwrap_or(&control.notice), style.next.unwrap_or_default());
        }
        insta::assert_snapshot!(format!("controls_{}", language.code()), told);
    }
}

#[test]
fn whole_mails_in_every_language() {
    let zone = tokyo();
    let control = login();
    let known = [Known {
        name: "大阪 VPN".into(),
        source_ip: vec![Source::parse("203.0.113.0/24").unwrap()],
        accounts: Vec::new(),
    }];
    let mut one = notice(&control, "ALARM", "OK");
    one.activity = groups(&[sign_in("alice", 41, "203.0.113.5")]);
    (one.found, one.expected) = (1, Some(1));
    one.place(&known);
    let mut many = notice(&control, "ALARM", "OK");
    many.activity = groups(&[
        sign_in("山田 太郎", 44, "192.0.2.9"),
        sign_in("夜警", 43, "203.0.113.5"),
        sign_in("夜警", 42, "203.0.113.5"),
        sign_in("bob@example.com", 41, "config.amazonaws.com"),
    ]);
    (many.found, many.expected, many.at_least) = (4, Some(6), true);
    many.place(&known);
    many.nearby = groups(&[sign_in("Алиса", 50, "192.0.2.1")]);
    (many.ignored, many.ignored_because) = (2, vec!["夜間のデプロイ".into(), "nightly".into()]);
    many.gap(&Problem::Bound(Bound::Time));
    let mut over = notice(&control, "OK", "ALARM");
    let mut all = Groups::default();
    all.add_event(&sign_in("alice", 41, "203.0.113.5").to_string(), "", Timestamp::UNIX_EPOCH, false);
    over.activity = all.newest_first();
    over.found = 1;
    let mut perhaps = one.clone();
    perhaps.gap(&Problem::Dimension { dimension: "User = bob".into() });
    let other = Notice::of_other("5f2c", Some("Hello"), r#"{"detail":{"password":"x"}}"#, NotAnAlarm::OtherJson);
    for language in Language::ALL {
        let style = style(language, &control, &zone);
        let mails = [&one, &many, &over, &perhaps, &other].map(|it| {
            let outgoing = it.outgoing(&Style { chat: true, ..style });
            let message: Value = serde_json::from_str(&outgoing.message).unwrap();
            let chat: Value = serde_json::from_str(message["https"].as_str().unwrap()).unwrap();
            format!("{}\n\n{}\n{}", outgoing.subject, it.mail(&style), chat["content"]["description"].as_str().unwrap())
        });
        insta::assert_snapshot!(format!("mails_{}", language.code()), mails.join("\n\n---\n\n"));
    }
}

/// Ways in, by service and event.
const WAYS: [(&str, &str); 7] = [
    ("signin", "UserAuthentication"),
    ("signin", "CredentialVerification"),
    ("signin", "GetSigninToken"),
    ("signin", "CreateOAuth2Token"),
    ("sso", "GetRoleCredentials"),
    ("sso", "Federate"),
    ("sts", "AssumeRoot"),
];

#[test]
fn a_name_is_told_in_the_language_of_the_sentence_and_stands_in_the_table_as_it_is_copied() {
    let zone = tokyo();
    let control = login();
    for (identity, switch_from, copied, japanese) in [
        (
            json!({"type": "AssumedRole", "arn": "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice"}),
            None,
            "alice via SSO Admin",
            "alice（SSO の Admin）が",
        ),
        (
            json!({"type": "AssumedRole", "arn": "arn:aws:sts::123456789012:assumed-role/Ops/bob"}),
            Some("arn:aws:iam::999999999999:user/Anaya"),
            "Ops/bob (switched from user/Anaya of 999999999999)",
            "Ops/bob（アカウント 999999999999 の user/Anaya から切り替え）が",
        ),
        (
            json!({"type": "AWSAccount", "accountId": "999999999999", "principalId": "AIDAX"}),
            None,
            "account 999999999999, AIDAX",
            "アカウント 999999999999 の AIDAX が",
        ),
        (
            json!({"accountId": "123456789012", "invokedBy": "ec2.amazonaws.com"}),
            None,
            "123456789012 (via ec2.amazonaws.com)",
            "アカウント 123456789012（ec2.amazonaws.com 経由）が",
        ),
        (json!({"type": "Root"}), None, "root of an unknown account", "不明なアカウントのルートユーザーが"),
        (
            json!({"type": "Root", "sessionContext": {"assumedRoot": "true"}}),
            None,
            "root of an unknown account (central root access)",
            "不明なアカウントのルートユーザー（ルートアクセスの一元管理による）が",
        ),
    ] {
        let mut record = sign_in("x", 41, "203.0.113.5");
        record["userIdentity"] = identity;
        record["additionalEventData"]["SwitchFrom"] = json!(switch_from);
        let mut one = notice(&control, "ALARM", "OK");
        one.activity = groups(&[record]);
        (one.found, one.expected) = (1, Some(1));
        for language in Language::ALL {
            let mail = one.mail(&style(language, &control, &zone));
            let (first, rest) = mail.split_once('\n').unwrap();
            assert_eq!(first.contains(copied), language == Language::En, "{first}");
            assert_eq!(first.contains(japanese), language == Language::Ja, "{first}");
            // As far as a table has room.
            let cell: String = copied.chars().take(24).collect();
            assert!(rest.contains(&cell), "{rest}");
        }
    }
}

/// For people to read: `YAKEI_RECORDS=records.jsonl YAKEI_RENDERED=folder cargo test -p yakei-core rendered -- --ignored`.
#[test]
#[ignore = "writes what people read of a file of records into a folder"]
fn every_kind_of_record_is_rendered_in_every_language() {
    let path = |name: &str| std::path::PathBuf::from(std::env::var(name).unwrap());
    let (records, folder) = (std::fs::read_to_string(path("YAKEI_RECORDS")).unwrap(), path("YAKEI_RENDERED"));
    let catalogue = Catalogue::builtin().unwrap();
    let zone = tokyo();
    let mut seen = BTreeSet::new();
    let mut told = [String::new(), String::new()];
    for line in records.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let kind = ["/eventSource", "/eventName", "/userIdentity/type", "/errorCode", "/eventType"];
        if !seen.insert(kind.map(|it| record.pointer(it).cloned().unwrap_or_default().to_string())) {
            continue;
        }
        let matching = catalogue.controls().iter().find(|it| it.parsed().unwrap().iter().any(|it| it.matches(line)));
        let control = matching.cloned().unwrap_or_else(login);
        for (language, told) in Language::ALL.into_iter().zip(&mut told) {
            let mut one = notice(&control, "ALARM", "OK");
            one.activity = groups(std::slice::from_ref(&record));
            (one.found, one.expected) = (1, Some(1));
            one.alarm.account = record["recipientAccountId"].as_str().map(ToOwned::to_owned);
            let style = style(language, &control, &zone);
            let (from, to) = (time("2026-11-21T00:00:00Z"), time("2026-11-21T09:00:00Z"));
            let mut digest = crate::digest::Digest::new("0f".to_owned(), "yakei", from, to);
            let mut missed = crate::digest::Missed::new(&format!("yakei-{}", control.key), from, to);
            missed.went_off(time("2026-11-21T05:40:00Z"), "Threshold Crossed");
            missed.activity = one.activity.clone();
            digest.add(missed);
            let digest = digest.outgoing(&Style { local: Some(&zone), language, ..Style::default() });
            let text: Value = serde_json::from_str(&digest.message).unwrap();
            let _ = writeln!(
                told,
                "{}\n\n{}\n~~~~ {}\n{}\n========\n",
                one.outgoing(&style).subject,
                one.mail(&style),
                digest.subject,
                text["email"].as_str().unwrap_or_default()
            );
        }
    }
    for (language, told) in Language::ALL.into_iter().zip(told) {
        std::fs::write(folder.join(language.code()), told).unwrap();
    }
}

#[test]
fn the_same_deed_is_told_in_every_language() {
    let zone = tokyo();
    for language in Language::ALL {
        let style = Style { local: Some(&zone), language, ..Style::default() };
        let mut lines = Vec::new();
        let mut say = |change: &dyn Fn(&mut Value), times: usize| {
            let mut record = sign_in("alice", 41, "203.0.113.5");
            change(&mut record);
            lines.push(words::sentence(&groups(&vec![record; times])[0], &style));
        };
        let failed = |r: &mut Value| {
            r["responseElements"]["ConsoleLogin"] = json!("Failure");
            r["errorMessage"] = json!("Failed authentication");
        };
        let call = |r: &mut Value, code: Value| {
            r["eventSource"] = json!("iam.amazonaws.com");
            r["eventName"] = json!("CreateUser");
            r["errorCode"] = code;
        };
        for times in [1, 3] {
            say(&|_| {}, times);
            say(&|r| r["additionalEventData"]["MFAUsed"] = json!("Yes"), times);
            say(&|r| r["userIdentity"] = json!({"type": "Root", "accountId": "123456789012"}), times);
            say(&failed, times);
            say(&|r| call(r, Value::Null), times);
            say(&|r| call(r, json!("AccessDenied")), times);
            say(&|r| call(r, json!("EntityAlreadyExists")), times);
            say(
                &|r| {
                    r["eventName"] = json!("SwitchRole");
                    r["responseElements"] = json!({"SwitchRole": "Success"});
                },
                times,
            );
        }
        say(
            &|r| {
                r["userIdentity"] =
                    json!({"type": "Root", "accountId": "123456789012", "sessionContext": {"assumedRoot": "true"}});
                call(r, Value::Null);
            },
            1,
        );
        say(
            &|r| r["userIdentity"] = json!({"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_0a/bob@example.com"}),
            1,
        );
        say(
            &|r| {
                failed(r);
                r["userIdentity"]["userName"] = json!("HIDDEN_DUE_TO_SECURITY_REASONS");
            },
            2,
        );
        for (service, event) in WAYS {
            for (outcome, times) in [("Success", 2), ("Failure", 1)] {
                say(
                    &|r| {
                        r["eventSource"] = json!(format!("{service}.amazonaws.com"));
                        r["eventName"] = json!(event);
                        r["responseElements"] = Value::Null;
                        r["serviceEventDetails"] =
                            json!({event: outcome, "role_name": "ReadOnlyAccess", "account_id": "222222222222"});
                        r["requestParameters"] = json!({"targetPrincipal": "222222222222"});
                        r["errorCode"] = if outcome == "Success" { Value::Null } else { json!("AccessDenied") };
                    },
                    times,
                );
            }
        }
        say(&|r| r["recipientAccountId"] = json!("222222222222"), 1);
        say(&|r| r["sourceIPAddress"] = Value::Null, 1);
        say(&|r| r["userIdentity"]["userName"] = json!("DRILL"), 1);
        say(
            &|r| {
                r["userIdentity"]["userName"] = json!("DRILL");
                r["recipientAccountId"] = json!("222222222222");
            },
            1,
        );
        say(
            &|r| {
                r["userIdentity"]["userName"] = json!("DRILL");
                r["sourceIPAddress"] = json!("DRILL");
                r["yakeiDrill"] = json!(true);
            },
            1,
        );
        say(
            &|r| {
                *r = json!({"eventTime": "2026-11-21T18:41:00Z", "awsRegion": "us-east-1", "eventName": "CreateUser", "recipientAccountId": "123456789012"});
            },
            1,
        );
        insta::assert_snapshot!(format!("deeds_{}", language.code()), lines.join("\n"));
    }
}

#[test]
fn who_signed_in_from_the_address_of_a_failed_sign_in_is_told_in_every_language() {
    let mut failed = sign_in("typed", 41, "203.0.113.5");
    failed["responseElements"] = json!({"ConsoleLogin": "Failure"});
    let history = |last_who: &str, root: Option<&str>, others: u64, days: i64| FromAddress {
        looked_back_days: days,
        sign_ins: 0,
        last_who: last_who.to_owned(),
        last_root: root.map(str::to_owned),
        last: (!last_who.is_empty()).then(|| time("2026-11-19T18:41:00Z")),
        others,
        complete: true,
    };
    let cases = [
        (
            history("", None, 0, 90),
            "nobody signed in from 203.0.113.5 in 90 days of this log",
            "203.0.113.5 からは、このログの 90 日間に誰もサインインしていません",
        ),
        (
            history("", None, 0, 1),
            "nobody signed in from 203.0.113.5 in 1 day of this log",
            "203.0.113.5 からは、このログの 1 日間に誰もサインインしていません",
        ),
        (
            history("alice", None, 0, 90),
            "alice signed in from 203.0.113.5 before, last on 2026-11-20",
            "203.0.113.5 からは、以前 alice がサインインしています（前回は 2026年11月20日）",
        ),
        (
            history("夜警", None, 1, 90),
            "夜警 signed in from 203.0.113.5 before, last on 2026-11-20; so did 1 other",
            "203.0.113.5 からは、以前 夜警 がサインインしています（前回は 2026年11月20日、ほかに 1 人）",
        ),
        (
            history("root of 123456789012", Some("123456789012"), 2, 90),
            "root of 123456789012 signed in from 203.0.113.5 before, last on 2026-11-20; so did 2 others",
            "203.0.113.5 からは、以前 アカウント 123456789012 のルートユーザーがサインインしています（前回は 2026年11月20日、ほかに 2 人）",
        ),
    ];
    for (history, english, japanese) in cases {
        let mut group = groups(&[failed.clone()]).remove(0);
        group.address_history = Some(history);
        for (language, expected) in [(Language::En, english), (Language::Ja, japanese)] {
            let said = super::history(&group, language.words(), Some(&tokyo())).unwrap();
            assert_eq!(said, expected);
        }
    }
}

/// One of each kind, with several shapes where the sentence differs.
fn problems() -> Vec<Problem> {
    let (alarm, region, log_group) = ("yakei-夜間", "ap-northeast-1", "/yakei/cloudtrail");
    let owned = str::to_owned;
    let failed = |message: &str, log_group: &str| Problem::CallFailed {
        call: "FilterLogEvents",
        code: owned("ThrottlingException"),
        message: owned(message),
        log_group: owned(log_group),
    };
    vec![
        NotAnAlarm::Empty.into(),
        NotAnAlarm::NotJson.into(),
        NotAnAlarm::BrokenJson.into(),
        NotAnAlarm::OtherJson.into(),
        Problem::Envelope(Envelope::NotFromSns),
        Problem::Envelope(Envelope::NoMessage),
        Problem::NoConfiguration(owned("the config file yakei.toml has mistakes: line 1, column 1")),
        Problem::NotSearched,
        Problem::NoRegion,
        Problem::NoSuchAlarm { alarm: owned(alarm), region: owned(region) },
        Problem::TooDeep(4),
        Problem::TooManyAlarms(20),
        Problem::NoDatapoint { from: owned("18:40"), to: owned("18:46") },
        Problem::SomeDatapoints { named: 5, from: owned("18:40"), to: owned("18:46") },
        Problem::LogAlarm { alarm: owned(alarm) },
        Problem::NoLines,
        Problem::SomeLines(50),
        Problem::MayBeRepeated(owned("5f2c")),
        Problem::NoMetric,
        Problem::NoMetricFilter { region: owned(region), metric: owned("RootUsage"), namespace: owned("Yakei") },
        Problem::TransformedEvents(owned(log_group)),
        Problem::SelectionCriteria { log_group: owned(log_group), criteria: owned("@account = 1") },
        Problem::Dimension { dimension: owned("User = bob") },
        Problem::OtherAccount(owned("222222222222")),
        Problem::SearchesLeftOut(3),
        failed("Rate exceeded", log_group),
        failed("", ""),
        Problem::Bound(Bound::Time),
        Problem::Bound(Bound::Groups(5000)),
        Problem::FewerThanCounted { found: 1, expected: Some(3) },
        Problem::FewerThanCounted { found: 0, expected: Some(3) },
        Problem::FewerThanCounted { found: 0, expected: None },
        Problem::BeginningUnknown,
        Problem::UnreadableLines { count: 2, why: Unreadable::NotJson },
        Problem::UnreadableLines { count: 1, why: Unreadable::NotARecord },
        Problem::IgnoreEnded { last: date(2026, 11, 20), reason: owned("侵入テスト、チケット 4711") },
        Problem::NoRoom(Room::NearbyGroups(3)),
        Problem::NoRoom(Room::Searches(2)),
        Problem::NoRoom(Room::Nearby),
        Problem::NoRoom(Room::AllSearchesButOne),
        Problem::NoRoom(Room::Stops),
        Problem::NoRoom(Room::Problems),
    ]
}

#[test]
fn every_problem_is_said_in_every_language_and_nothing_in_it_is_taken_for_a_link() {
    let names: BTreeSet<&str> = problems().iter().map(Problem::name).collect();
    let source = include_str!("problem.rs");
    let kinds: BTreeSet<&str> = source.lines().filter_map(|it| it.split_once("=> \"")?.1.strip_suffix("\",")).collect();
    assert_eq!(names, kinds, "a kind of problem has no example here");
    for language in Language::ALL {
        let said: Vec<String> = problems().iter().map(|it| language.problem(it)).collect();
        for (problem, said) in problems().iter().zip(&said) {
            let plain = language.words().problem(problem);
            assert_eq!(said, &plain, "a sentence of ours was taken apart");
            assert!(!said.contains('。'), "{said}: it stands in brackets in the first line");
        }
        insta::assert_snapshot!(format!("problems_{}", language.code()), said.join("\n"));
    }
}

#[test]
fn first_lines_of_every_kind_in_every_language() {
    let zone = tokyo();
    let control = login();
    for language in Language::ALL {
        let style = style(language, &control, &zone);
        let mut lines = Vec::new();
        let mut say = |notice: &Notice| {
            let line = words::headline(notice, &style);
            assert_eq!(unlinked(&line), line, "a sentence of ours was taken apart");
            lines.push(format!("{line}\n    {}", notice.outgoing(&style).subject));
        };
        let alarm = |change: &dyn Fn(&mut Notice)| {
            let mut notice = notice(&control, "ALARM", "OK");
            change(&mut notice);
            notice
        };
        let of_state = |state: State, previous: State, change: &dyn Fn(&mut Notice)| {
            alarm(&|it| {
                (it.alarm.state, it.alarm.previous) = (state, previous);
                change(it);
            })
        };
        let folded =
            || Folded {
                ignored: 3, reasons: vec!["夜間のデプロイ".into(), "ticket 4711".into()], ..Folded::default()
            };
        say(&alarm(&|_| {}));
        say(&alarm(&|it| it.search.clear()));
        say(&alarm(&|it| it.gap(&Problem::NoMetric)));
        say(&alarm(&|it| it.means(Meaning::Heartbeat)));
        say(&alarm(&|it| it.alarm.changed_at = None));
        say(&alarm(&|it| {
            it.found = 3;
            it.found(folded());
        }));
        say(&alarm(&|it| {
            it.activity = groups(&[sign_in("alice", 41, "203.0.113.5"), sign_in("bob", 40, "192.0.2.1")]);
        }));
        for state in [State::Ok, State::InsufficientData] {
            say(&of_state(state, State::Alarm, &|_| {}));
            say(&of_state(state, State::Alarm, &|it| it.gap(&Problem::BeginningUnknown)));
            say(&of_state(state, State::InsufficientData, &|_| {}));
            say(&of_state(state, State::Unknown, &|it| it.search.clear()));
            say(&of_state(state, State::Alarm, &|it| it.activity = groups(&[sign_in("alice", 41, "203.0.113.5")])));
            for complete in [true, false] {
                say(&of_state(state, State::Alarm, &|it| {
                    it.activity = groups(&[sign_in("alice", 41, "203.0.113.5")]);
                    it.activity[0].new = false;
                    it.found = 1;
                    if !complete {
                        it.gap(&Problem::Bound(Bound::Time));
                    }
                }));
            }
        }
        for state in [State::Alarm, State::Ok, State::InsufficientData, State::Unknown] {
            say(&of_state(state, State::Alarm, &|it| {
                it.activity = groups(&[sign_in("alice", 41, "203.0.113.5")]);
                it.gap(&Problem::OtherAccount("222222222222".into()));
            }));
        }
        say(&of_state(State::Unknown, State::Unknown, &|_| {}));
        say(&Notice::of_other("5f2c", None, "", NotAnAlarm::Empty));
        say(&Notice::of_other("5f2c", None, "the disk is full", NotAnAlarm::NotJson));
        insta::assert_snapshot!(format!("first_lines_{}", language.code()), lines.join("\n"));
    }
}

#[test]
fn names_in_japanese_stay_readable_in_every_language() {
    let zone = tokyo();
    let control = login();
    for language in Language::ALL {
        let mut notice = notice(&control, "ALARM", "OK");
        notice.alarm =
            AlarmPart { name: Some("本番-コンソール・サインイン（夜間）".into()), ..notice.alarm };
        notice.activity = groups(&[sign_in("山田 太郎", 41, "203.0.113.5")]);
        let outgoing = notice.outgoing(&style(language, &control, &zone));
        for text in ["本番-コンソール・サインイン（夜間）", "山田 太郎"] {
            assert!(outgoing.subject.contains(text), "{}", outgoing.subject);
            let message: Value = serde_json::from_str(&outgoing.message).unwrap();
            assert!(message.as_object().unwrap().values().all(|it| it.as_str().unwrap().contains(text)), "{text}");
        }
        assert!(
            outgoing.ascii_subject.starts_with("ALARM ") && outgoing.ascii_subject.contains("signed in to the console")
        );
    }
}

#[test]
fn instants_are_told_in_the_form_of_the_language() {
    let at = time("2026-11-21T18:41:00Z");
    let when = |zone: Option<&TimeZone>| Language::Ja.words().when(at, zone);
    assert_eq!(when(Some(&tokyo())), "2026年11月22日 03:41 JST（2026-11-21 18:41 UTC）");
    assert_eq!(when(None), "2026年11月21日 18:41 UTC");
    assert_eq!(when(Some(&TimeZone::UTC)), "2026年11月21日 18:41 UTC");
}

#[test]
fn the_json_says_its_language_and_only_its_sentences_are_in_it() {
    let mut notice = notice(&login(), "ALARM", "OK");
    notice.gap(&Problem::NoMetric);
    let json = |language: Language| -> Value { serde_json::from_str(&notice.json(language)).unwrap() };
    let (mut en, mut ja) = (json(Language::En), json(Language::Ja));
    assert_eq!((&en["language"], &ja["language"]), (&json!("en"), &json!("ja")));
    assert_ne!(en["problems"], ja["problems"]);
    for it in [&mut en, &mut ja] {
        schema::NOTICE.check(it).unwrap();
        it["language"] = Value::Null;
        it["problems"] = Value::Null;
    }
    assert_eq!(en, ja);
}
