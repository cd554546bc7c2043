use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::activity::{Group, Groups};
use crate::alarm::Span;
use crate::notice::{LIMIT_BYTES, Language, Search, Style};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn tokyo() -> TimeZone {
    crate::hours::Zone::parse("Asia/Tokyo").unwrap().time_zone().clone()
}

fn in_tokyo(zone: &TimeZone, language: Language) -> Style<'_> {
    Style { local: Some(zone), language, ..Style::default() }
}

fn digest() -> Digest {
    let (from, to) = (at("2026-11-24T00:00:00Z"), at("2026-11-24T09:00:05Z"));
    let mut digest = Digest::new("0f".to_owned(), "yakei", from, to);
    let mut login = Missed::new("yakei-ConsoleLogin", from, to);
    login.went_off(at("2026-11-24T05:40:00Z"), "Threshold Crossed: 1 datapoint [3.0] was >= 1\n");
    login.went_off(at("2026-11-24T01:12:00Z"), "older");
    let mut root = Missed::new("yakei-RootUsage", from, to);
    root.went_off(at("2026-11-24T08:59:00Z"), "Threshold Crossed");
    digest.add(login);
    digest.add(root);
    digest.add(Missed::new("yakei-quiet", from, to));
    digest.still_in_alarm.push("yakei-RootUsage".to_owned());
    digest
}

fn signed_in(who: &str, ip: &str, times: usize) -> Vec<Group> {
    let record = format!(
        r#"{{"eventTime":"2026-11-24T01:11:00Z","eventName":"ConsoleLogin","eventSource":"signin.amazonaws.com","sourceIPAddress":"{ip}",
        "userIdentity":{{"type":"IAMUser","userName":"{who}"}},"responseElements":{{"ConsoleLogin":"Success"}}}}"#
    );
    let mut groups = Groups::default();
    for _ in 0..times {
        groups.add_line(&record, at("2026-11-24T01:15:00Z"));
    }
    groups.newest_first()
}

#[test]
fn tells_what_went_off_and_what_still_stands() {
    let plain = digest();
    assert_eq!(
        plain.outgoing(&in_tokyo(&tokyo(), Language::En)).subject,
        "yakei: while muted, 2 alarms went off; 1 still in ALARM"
    );
    insta::assert_snapshot!(plain.text(&tokyo(), Language::En));
    insta::assert_json_snapshot!(plain);
}

#[test]
fn a_subject_counts_no_alarms_that_still_stand_where_none_does() {
    let mut digest = digest();
    digest.still_in_alarm.clear();
    let subject = |language| digest.outgoing(&in_tokyo(&tokyo(), language)).subject;
    assert_eq!(subject(Language::En), "yakei: while muted, 2 alarms went off");
    assert_eq!(subject(Language::Ja), "yakei: ミュート中に 2 件のアラームが発生しました");
}

#[test]
fn the_first_line_says_who_when_and_from_where() {
    let mut digest = digest();
    digest.alarms[1].activity = signed_in("alice", "203.0.113.5", 3);
    digest.alarms[0].activity = signed_in("bob", "198.51.100.7", 1);
    let text = digest.text(&tokyo(), Language::En);
    assert_eq!(
        text.lines().next(),
        Some("While muted, 2026-11-24 09:00\u{2013}18:00 JST: bob ×1 from 198.51.100.7; alice ×3 from 203.0.113.5")
    );
    insta::assert_snapshot!(text);
}

#[test]
fn the_mail_ends_with_what_the_config_asks_for_besides_and_its_price_in_each_language() {
    let extras = "[trail]\nkms_key = \"make\"\ndata_events = [\"s3\"]\n[controls]\nextra = [\"sign-ins\"]\n";
    let text = format!(
        "schedule = [{{ timezone = \"UTC\", windows = [] }}]\n[notify]\nemails = [\"a@example.com\"]\n{extras}"
    );
    let costs = crate::plan::costs(&crate::config::Config::parse(&text).unwrap());
    assert_eq!(costs.len(), 6);
    let zone = tokyo();
    for language in Language::ALL {
        let style = Style { costs: &costs, ..in_tokyo(&zone, language) };
        let message: serde_json::Value = serde_json::from_str(&digest().outgoing(&style).message).unwrap();
        let mail = message["email"].as_str().unwrap();
        let lines: Vec<&str> = mail.lines().skip_while(|line| *line != language.words().labels().costs).collect();
        for (cost, line) in costs.iter().zip(&lines[1..]) {
            assert!(line.contains(cost.key) && line.contains(&format!("USD {:.3}", cost.usd)), "{line}");
        }
        assert_eq!(lines.len(), 1 + costs.len() + 2, "{mail}");
        assert!(!digest().outgoing(&in_tokyo(&zone, language)).message.contains("USD"));
        insta::assert_snapshot!(format!("costs_{}", language.code()), lines.join("\n"));
    }
}

#[test]
fn a_digest_is_told_in_japanese_with_the_same_facts() {
    let mut digest = digest();
    digest.alarms[1].activity = signed_in("alice", "203.0.113.5", 3);
    digest.alarms[0].activity = signed_in("夜警 太郎", "", 1);
    digest.alarms[0].problems =
        vec![Unknown::NotSearchable, Unknown::Ignored { count: 2, because: vec!["夜間のデプロイ".to_owned()] }];
    digest.sent_by_cloudwatch.push("yakei-夜間".to_owned());
    digest.more = 2;
    for unknown in unknown() {
        digest.problem(unknown);
    }
    let outgoing = digest.outgoing(&in_tokyo(&tokyo(), Language::Ja));
    assert_eq!(outgoing.ascii_subject, "yakei: while muted, 2 alarms went off; 1 still in ALARM");
    let message: serde_json::Value = serde_json::from_str(&outgoing.message).unwrap();
    let json: serde_json::Value = serde_json::from_str(message["sqs"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&json["language"], &json["problems"][0]),
        (&"ja".into(), &Language::Ja.words().unknown(&unknown()[0]).into())
    );
    assert!(outgoing.attributes.iter().any(|it| it.name == "language" && it.value == "ja"));
    insta::assert_snapshot!(format!("{}\n\n{}", outgoing.subject, digest.text(&tokyo(), Language::Ja)));
}

fn unknown() -> Vec<Unknown> {
    let after = at("2026-11-24T05:40:00Z");
    let (call, code, message) = ("DescribeAlarmHistory".to_owned(), "InternalFailure".to_owned(), String::new());
    vec![
        Unknown::NoRegion,
        Unknown::Who { call: call.clone(), code: code.clone(), message: "Rate exceeded".to_owned() },
        Unknown::After { alarm: "yakei-RootUsage".to_owned(), after, call, code, message },
        Unknown::Before { before: after },
        Unknown::NotDescribed,
        Unknown::NoRoomForSearches,
        Unknown::NoRoomForProblems,
        Unknown::Said("what an older release wrote".to_owned()),
    ]
}

/// What HTTPS subscribers get when they are the chat applications, and what a queue gets.
fn chat(digest: &Digest, language: Language) -> (serde_json::Value, serde_json::Value) {
    let zone = tokyo();
    let outgoing = digest.outgoing(&Style { chat: true, ..in_tokyo(&zone, language) });
    let message: serde_json::Value = serde_json::from_str(&outgoing.message).unwrap();
    let part = |protocol: &str| serde_json::from_str(message[protocol].as_str().unwrap()).unwrap();
    (part("https"), part("sqs"))
}

#[test]
fn chat_applications_get_the_digest_as_their_custom_notification_in_every_language() {
    let mut digest = digest();
    digest.alarms[1].activity = signed_in("alice", "203.0.113.5", 3);
    digest.alarms[1].activity[0].account = "123456789012".to_owned();
    digest.alarms[1].activity.extend(signed_in("*bob* <!channel>", "198.51.100.7", 1));
    let window = Span { from: digest.from, to: digest.to };
    let pattern = "{ $.eventName = \"ConsoleLogin\" }";
    digest.alarms[1].search = vec![Search::new(Some("eu-west-1"), "/yakei/cloudtrail", pattern, window)];
    digest.alarms[1].problems = vec![Unknown::Ignored { count: 2, because: vec!["夜間のデプロイ".to_owned()] }];
    digest.sent_by_cloudwatch.push("yakei-夜間".to_owned());
    digest.more = 2;
    for unknown in unknown() {
        digest.problem(unknown);
    }
    for language in Language::ALL {
        let (https, sqs) = chat(&digest, language);
        assert_eq!(
            (&https["version"], &https["source"], &https["id"]),
            (&"1.0".into(), &"custom".into(), &"0f".into())
        );
        schema::DIGEST.check(&sqs).unwrap();
        // Sorted: the order of a Value depends on whether some other crate asks serde_json for preserve_order.
        insta::with_settings!({sort_maps => true}, {
            insta::assert_json_snapshot!(format!("chat_{}", language.code()), https);
        });
    }
    let plain: serde_json::Value = serde_json::from_str(&digest.outgoing(&Style::default()).message).unwrap();
    assert_eq!(plain["https"], plain["sqs"], "HTTPS subscribers that are none of them get the JSON");
}

#[test]
fn what_a_chat_has_no_room_for_is_counted() {
    let (from, to) = (at("2026-11-24T00:00:00Z"), at("2026-11-24T09:00:05Z"));
    let mut digest = Digest::new("0f".to_owned(), "yakei", from, to);
    let people: Vec<Group> = (0..5).flat_map(|n| signed_in(&format!("user-{n}"), "203.0.113.5", 1)).collect();
    for n in 0..20 {
        let mut missed = Missed::new(&format!("yakei-{n:02}"), from, to);
        missed.went_off(to, "because");
        missed.activity.clone_from(&people);
        digest.add(missed);
        digest.still_in_alarm.push(format!("yakei-{n:02}"));
    }
    digest.problems = vec![Unknown::NotDescribed; 5];
    let (https, _) = chat(&digest, Language::En);
    let said = https["content"]["description"].as_str().unwrap();
    let lines = |part: &str| said.lines().filter(|it| it.contains(part)).count();
    let words = Language::En.words();
    assert_eq!(
        (lines("• yakei-"), lines("  – user-"), lines(&format!("  {}", words.and_more(2)))),
        (16, 24, 8),
        "{said}"
    );
    assert_eq!((lines(&words.digest_more(24)), said.lines().last()), (1, Some(&*words.and_more(2))), "{said}");
}

#[test]
fn what_is_handed_over_is_read_again_and_nothing_else_is() {
    let mut digest = digest();
    digest.problems = unknown();
    let handed = HandedOver::new(&digest);
    assert_eq!(HandedOver::read(&handed.body()), Some(handed.clone()), "problems stay values, for every language");
    let older = handed.body().replace("\"unknown\":", "\"other\":");
    let told = HandedOver::read(&older).unwrap().digest.problems;
    assert_eq!(told[0], Unknown::Said("the Region of the alarms is not known, so nothing was searched".to_owned()));
    for other in ["", "{}", r#"{"AlarmName":"a"}"#, r#"{"schema":"yakei.muted/2"}"#] {
        assert_eq!(HandedOver::read(other), None, "{other}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn any_digest_fits_and_its_counts_are_the_real_ones(
        alarms in 0..300_usize, standing in 0..300_usize, length in 1..255_usize, letter in "[a\"夜\u{202e}\u{1}]", groups in 0..20_usize,
    ) {
        let (from, to) = (at("2026-11-24T00:00:00Z"), at("2026-11-24T09:00:05Z"));
        let mut digest = Digest::new("0f".to_owned(), "yakei", from, to);
        let activity: Vec<Group> =
            (0..groups).flat_map(|g| signed_in(&format!("user-{g}"), "203.0.113.5", 1)).collect();
        let name = |n: usize| format!("{n:03}{}", letter.repeat(length));
        for n in 0..alarms {
            let mut missed = Missed::new(&name(n), from, to);
            for _ in 0..=n % 3 {
                missed.went_off(to, &letter.repeat(300));
            }
            missed.activity.clone_from(&activity);
            digest.add(missed);
        }
        digest.still_in_alarm = (0..standing).map(name).collect();
        let (zone, language) = (tokyo(), if alarms % 2 == 0 { Language::En } else { Language::Ja });
        let (kept, outgoing) = (digest.fitting(), digest.outgoing(&Style { chat: standing % 2 == 0, ..in_tokyo(&zone, language) }));
        let message: serde_json::Value = serde_json::from_str(&outgoing.message).unwrap();
        schema::DIGEST.check(&serde_json::from_str(message["sqs"].as_str().unwrap()).unwrap()).unwrap();
        prop_assert!(outgoing.bytes() <= LIMIT_BYTES && outgoing.subject.encode_utf16().count() < 100 && outgoing.ascii_subject.len() < 100);
        prop_assert!(HandedOver::new(&digest).body().len() <= LIMIT_BYTES);
        prop_assert_eq!((kept.went_off, kept.times), (digest.went_off, digest.times));
        prop_assert_eq!(kept.alarms.len() + kept.still_in_alarm.len() + kept.more, alarms + standing);
        prop_assert!(alarms == 0 || !kept.alarms.is_empty());
    }
}
