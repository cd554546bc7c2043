//! Hostile names through every renderer: nothing that a mail or chat client links comes out.
//!
//! The oracle below knows nothing of how texts are taken apart. It says what Gmail, Outlook, Apple Mail, Slack and Teams
//! link, generously: any scheme, `www.`, any two labels whose last could be a top level domain, network paths, markdown.

use super::chat::escaped_within;
use super::{Does, Language, Notice, Outgoing, Problem, Search, Style};
use crate::activity::Groups;
use crate::alarm::{Message, Origin, Span};
use crate::digest::{Digest, Missed, Unknown};
use crate::text::{ascii_subject, shown, shown_outcome, shown_without_urls, subject, unlinked};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

/// The first thing in a text that a client would link.
fn linked(text: &str) -> Option<String> {
    let text: String = text.chars().map(|c| usual(c).to_ascii_lowercase()).collect();
    let openers = ["://", "//", "\\\\", "]("].into_iter().filter(|it| text.contains(it)).map(str::to_owned);
    let schemes = ["http:", "https:", "mailto:", "tel:", "sms:", "javascript:", "data:", "file:"];
    let schemes = schemes.into_iter().filter(|it| opens(&text, it)).map(str::to_owned);
    let opened = openers.chain(schemes).next();
    let words = text.split(|c: char| c.is_whitespace() || "<>()\"'|,;!?*`{}=".contains(c));
    opened.or_else(|| words.filter(|it| !is_name(it)).find_map(host))
}

/// A scheme, as a word of its own, with something behind it.
fn opens(text: &str, scheme: &str) -> bool {
    text.match_indices(scheme).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + scheme.len()..].chars().next());
        !before.is_some_and(char::is_alphabetic) && after.is_some_and(|c| !c.is_whitespace())
    })
}

/// Other signs that some client or browser reads as the usual ones.
fn usual(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap(),
        '\u{3002}' | '\u{ff61}' | '\u{2024}' | '\u{fe52}' => '.',
        c => c,
    }
}

/// A person's e-mail address or an AWS service's name, alone or after a role's name.
fn is_name(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ':']);
    let word = word.rsplit_once('/').map_or(word, |(role, name)| if host(role).is_none() { name } else { word });
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._%+-".contains(c));
    match word.split_once('@') {
        Some((local, host)) => plain(local) && plain(host) && !local.starts_with("www") && !host.starts_with("www"),
        None => word.strip_suffix(".amazonaws.com").is_some_and(|it| !it.contains('.') && plain(it)),
    }
}

/// Two labels next to each other, the second of two letters or more; or `www.` and anything.
fn host(word: &str) -> Option<String> {
    let chars: Vec<char> = word.chars().collect();
    let dots = (1..chars.len()).filter(|at| chars[*at] == '.');
    let mut hosts = dots.filter(|at| {
        let after: String = chars[at + 1..].iter().take_while(|c| c.is_alphanumeric()).collect();
        let letters = after.chars().take_while(|c| c.is_alphabetic()).count();
        let www = *at >= 3 && chars[at - 3..*at].iter().all(|c| *c == 'w') && !after.is_empty();
        www || (chars[at - 1].is_alphanumeric() && letters >= 2)
    });
    hosts.next().map(|_| word.to_owned())
}

#[test]
fn the_oracle_knows_links() {
    for link in [
        "https://evil.example/x",
        "HTTP://1.2.3.4",
        "see evil.com",
        "(evil.co.uk)",
        "WWW.evil",
        "//evil",
        "a\\\\b",
        "[x](y)",
        "MAILTO:x",
        "ｅｖｉｌ．ｃｏｍ",
        "evil。com",
        "a@b.example/verify",
        "<evil.zip>",
        "a.evil.example.",
        "evil.com@x@y",
    ] {
        assert!(linked(link).is_some(), "{link}");
    }
    for none in [
        "alice",
        "bob@example.com",
        "Admin/bob@example.com",
        "203.0.113.5",
        "evil[.]com",
        "https[:/]/evil[.]example",
        "config.amazonaws.com",
        "Mozilla/5.0",
        "2026-11-21 18:41 UTC",
    ] {
        assert_eq!(linked(none), None, "{none}");
    }
}

/// Everything in a record that its caller, or whoever made the identity, may choose.
fn record(name: &str, kind: usize) -> Value {
    let session = format!("arn:aws:sts::123456789012:assumed-role/Admin/{name}");
    let identity = match kind % 6 {
        0 => json!({"type": "IAMUser", "userName": name, "accountId": "123456789012"}),
        1 => json!({"type": "AssumedRole", "arn": session, "sessionContext": {"sourceIdentity": name}}),
        2 => {
            json!({"type": "FederatedUser", "arn": format!("arn:aws:sts::1:federated-user/{name}"), "sessionContext": {"sessionIssuer": {"userName": name}}})
        }
        3 => json!({"type": "SAMLUser", "userName": name, "identityProvider": name}),
        4 => json!({"type": "AWSAccount", "accountId": name, "principalId": name, "invokedBy": name}),
        _ => json!({"type": name, "userName": name, "accountId": name}),
    };
    json!({"eventName": name, "eventSource": if kind.is_multiple_of(2) { "signin.amazonaws.com" } else { name }, "eventTime": "2026-11-21T18:41:00Z",
        "userIdentity": identity, "sourceIPAddress": name, "awsRegion": name, "eventID": name, "userAgent": name, "errorCode": name,
        "errorMessage": name, "recipientAccountId": name, "responseElements": {"ConsoleLogin": "Failure"},
        "additionalEventData": {"SwitchFrom": name, "UserName": name}})
}

fn hostile(name: &str) -> [Notice; 2] {
    let body = json!({"AlarmName": format!("a{name}"), "NewStateReason": name, "NewStateValue": "ALARM", "AWSAccountId": name,
        "Region": name, "AlarmArn": format!("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a{name}")});
    let Message::Alarm(alarm) = Message::read(&body.to_string(), Origin::default()) else { panic!("{body}") };
    let mut notice = Notice::of_alarm(name, &alarm);
    let mut groups = Groups::default();
    for kind in 0..12 {
        let mut record = record(name, kind);
        record["eventID"] = json!(format!("{name}{kind}"));
        groups.add_event(&record.to_string(), "", Timestamp::UNIX_EPOCH, kind % 5 > 0);
    }
    notice.activity = groups.newest_first();
    notice.nearby(notice.activity.clone());
    let (call, code, log_group) = ("FilterLogEvents", name.to_owned(), name.to_owned());
    notice.gap(&Problem::CallFailed { call, code, message: name.to_owned(), log_group });
    let window = Span { from: Timestamp::UNIX_EPOCH, to: Timestamp::UNIX_EPOCH };
    notice.searched(vec![Search::new(
        Some("eu-west-1"),
        "/yakei/cloudtrail",
        "{ $.eventName = \"ConsoleLogin\" }",
        window,
    )]);
    let other = Message::read(name, Origin::default());
    let Message::Other(why) = other else { panic!("{name}") };
    [notice, Notice::of_other(name, Some(name), name, why)]
}

/// Every text that a person or a chat application sees, but for links that are ours and what the account's owner wrote.
fn seen(outgoing: &Outgoing) -> Vec<(String, String)> {
    let message: Value = serde_json::from_str(&outgoing.message).unwrap();
    let part = |protocol: &str| message[protocol].as_str().unwrap();
    let ours = |line: &&str| {
        !line
            .trim_start()
            .starts_with("https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:")
    };
    let mut seen: Vec<_> =
        part("email").lines().filter(ours).map(|line| ("mail".to_owned(), line.to_owned())).collect();
    seen.push(("subject".to_owned(), outgoing.subject.clone()));
    seen.push(("ascii subject".to_owned(), outgoing.ascii_subject.clone()));
    for protocol in ["sqs", "https"] {
        texts(&serde_json::from_str(part(protocol)).unwrap(), protocol, &mut seen);
    }
    seen
}

fn texts(value: &Value, at: &str, seen: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => seen.push((at.to_owned(), text.clone())),
        Value::Array(list) => list.iter().for_each(|it| texts(it, at, seen)),
        Value::Object(members) => {
            // What the account's owner named, and where our own link stands.
            let owners = [
                "name",
                "still_in_alarm",
                "sent_by_cloudwatch",
                "arn",
                "console_url",
                "pattern",
                "nextSteps",
                "source",
                "version",
                "schema",
                "eventType",
            ];
            for (key, value) in members.iter().filter(|(key, _)| !owners.contains(&key.as_str())) {
                texts(value, &format!("{at}.{key}"), seen);
            }
        }
        _ => {}
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "https://",
            "HTTP://",
            "hTTps:",
            "//",
            "\\\\",
            "/",
            ":",
            ".",
            "。",
            "．",
            "․",
            "｡",
            "：／／",
            "www.",
            "WwW．",
            "wWw2.",
            "ｗｗｗ.",
            "evil",
            "example",
            "com",
            ".zip",
            "EVIL.COM",
            "evil.example",
            "xn--e1afmkfd",
            ".xn--p1ai",
            "テスト",
            "❤",
            "é",
            "1.2.3.4",
            "[::1]",
            "@",
            "bob@example.com",
            "config.amazonaws.com",
            "s3.amazonaws.com",
            "mailto:",
            "TEL:",
            "javascript:",
            "data:",
            "<",
            ">",
            "|",
            "[",
            "](",
            ")",
            "(",
            " ",
            "\n",
            "\u{200b}",
            "\u{202e}",
            "\u{2800}",
            "\u{301}",
            "\u{338}",
            "_",
            "-",
            "*",
            "`",
            "DRILL",
            ",",
            "\"",
            "�",
        ])
        .prop_map(str::to_owned),
        "[a-z.:/@]{1,6}",
    ];
    // Long ones are cut, each channel at its own place.
    let length = prop_oneof![4 => 1..9_usize, 1 => 9..80_usize];
    length.prop_flat_map(move |length| prop::collection::vec(piece.clone(), length)).prop_map(|pieces| pieces.concat())
}

/// `PROPTEST_CASES` asks for more.
fn cases(usually: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_some() { asked } else { ProptestConfig { cases: usually, ..asked } }
}

/// A digest in which strangers chose what they can.
fn hostile_digest(name: &str, notice: &Notice) -> Digest {
    let now = Timestamp::UNIX_EPOCH;
    let mut digest = Digest::new("0f".to_owned(), "yakei", now, now);
    let mut missed = Missed::new("yakei-ConsoleLogin", now, now);
    missed.went_off(now, name);
    missed.activity.clone_from(&notice.activity);
    missed.problems.extend(notice.problems.iter().cloned().map(Unknown::Problem));
    digest.add(missed);
    digest.still_in_alarm.push(name.to_owned());
    digest.sent_by_cloudwatch.push(name.to_owned());
    let (call, code, message) = ("DescribeAlarms".to_owned(), name.to_owned(), name.to_owned());
    digest.problem(Unknown::Who { call, code, message });
    digest
}

/// Whole sentences of a language in which nobody else's text is.
fn ours(language: Language) -> Vec<&'static str> {
    let does = [
        Does::DeactivateKey,
        Does::DeletePassword,
        Does::RequireNewPassword,
        Does::EndUserSessions,
        Does::EndRoleSessions,
        Does::EndGivenSessions,
        Does::EndPersonSessions,
        Does::FindPerson,
        Does::SecureRoot,
        Does::RemoveRootCredentials,
    ];
    let words = language.words();
    let labels = words.labels();
    does.into_iter().map(|it| words.step(it)).chain([labels.ask, labels.still, labels.late]).collect()
}

fn check(name: &str) {
    let digest = hostile_digest(name, &hostile(name)[0]);
    for (language, chat) in Language::ALL.into_iter().flat_map(|it| [(it, false), (it, true)]) {
        let outgoing = digest.outgoing(&Style { language, chat, ..Style::default() });
        for (at, text) in seen(&outgoing) {
            let text = ours(language).into_iter().fold(text, |text, it| text.replace(it, ""));
            let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            assert_eq!(linked(&text), None, "{at} of the digest: {text:?} of {name:?}");
        }
    }
    for notice in hostile(name) {
        for style in [
            Style { chat: true, ..Style::default() },
            Style::default(),
            Style { chat: true, language: Language::Ja, ..Style::default() },
            Style { language: Language::Ja, ..Style::default() },
        ] {
            let outgoing = notice.outgoing(&style);
            for (at, text) in seen(&outgoing) {
                // A chat application decodes entities before it looks for links.
                // What to do is ours alone, with full stops inside, which stand for dots elsewhere.
                let text = ours(style.language).into_iter().fold(text, |text, it| text.replace(it, ""));
                let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
                assert_eq!(linked(&text), None, "{at}: {text:?} of {name:?}");
            }
            let message: Value = serde_json::from_str(&outgoing.message).unwrap();
            schema::NOTICE.check(&serde_json::from_str(message["sqs"].as_str().unwrap()).unwrap()).unwrap();
        }
    }
}

#[test]
fn no_known_trick_makes_a_link() {
    for name in [
        "https://evil.example/verify",
        "www.evil.example",
        "WWW.EVIL.EXAMPLE",
        "evil.com",
        "<https://evil.example|Sign in>",
        "[Sign in](https://evil.example)",
        "mailto:a@evil.example",
        "tel:+4912345",
        "//evil.example",
        "\\\\evil.example\\share",
        "ｈｔｔｐｓ：／／ｅｖｉｌ．ｅｘａｍｐｌｅ",
        "evil。example",
        "bob@evil.example/verify",
        "https://config.amazonaws.com",
        "config.amazonaws.com/evil",
        "evil.\u{200b}com",
        "e\u{301}vil.com",
        "wwwｗｗｗ.",
        "]",
    ] {
        check(name);
    }
}

#[test]
fn names_of_people_and_addresses_stay_readable() {
    let mut groups = Groups::default();
    for (n, who) in ["bob@example.com", "夜警", "alice"].iter().enumerate() {
        let session = format!("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0a/{who}");
        let record = json!({"eventName": "X", "sourceIPAddress": "203.0.113.5", "eventID": n.to_string(),
            "userIdentity": {"type": "AssumedRole", "arn": session}});
        groups.add_line(&record.to_string(), Timestamp::UNIX_EPOCH);
    }
    let [mut notice, _] = hostile("x");
    notice.activity = groups.newest_first();
    let outgoing = notice.outgoing(&Style { chat: true, ..Style::default() });
    for text in [
        "bob@example.com via SSO Admin",
        "夜警 via SSO Admin",
        "203.0.113.5",
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/",
    ] {
        assert!(outgoing.message.contains(text), "{text}");
    }
}

#[test]
fn a_cut_that_makes_other_links_of_a_text_leaves_none() {
    // What a role's name hides from the eyes of a client is bare once a sign is shown as another.
    let name = "_/s3.amazonaws.com ".repeat(30);
    for max in 1..300 {
        assert_cut_leaves_no_link(&name, max);
    }
    check(&name);
}

fn assert_cut_leaves_no_link(text: &str, max: usize) {
    let decoded = |text: String| text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let cut = [
        shown(text, max),
        shown_outcome(text, max),
        decoded(escaped_within(text, max)),
        ascii_subject(&unlinked(text), max),
        subject(&unlinked(text), max),
    ];
    for cut in cut {
        assert!(cut.encode_utf16().count() <= 2 * max, "{cut:?}");
        assert_eq!(linked(&cut), None, "{cut:?} of {text:?} in {max}");
    }
    assert!(shown_without_urls(text, max).chars().count() <= max);
    assert!(escaped_within(text, max).chars().count() <= max && shown(text, max).chars().count() <= max);
}

proptest! {
    // Each case is three dozen renderings.
    #![proptest_config(cases(64))]

    #[test]
    fn hostile_names_never_become_a_link(name in pieces()) {
        // A message that reads as an alarm or as JSON is another test's.
        prop_assume!(matches!(Message::read(&name, Origin::default()), Message::Other(_)));
        check(&name);
    }
}

proptest! {
    #![proptest_config(cases(2048))]

    #[test]
    fn no_text_that_is_cut_anywhere_becomes_a_link(text in pieces(), max in 1..300_usize) {
        assert_cut_leaves_no_link(&text, max);
    }
}
