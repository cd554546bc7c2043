//! What a notice answers: new or usual, and what stops whoever acted. No command for what nobody may be stopped for, and
//! none that is anything else than it seems.

use std::collections::BTreeSet;
use std::process::Command;

use super::{Does, Language, Notice, Of, Stop, Style};
use crate::activity::{Group, Groups, Sighting};
use crate::alarm::{Message, Origin};
use crate::history::{History, Usual};
use crate::text::{clean, unlinked};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Value, json};

const ID: &str = "8b0f8a5c-7f3e-4c6e-9d0a-1b2c3d4e5f60";
const SSO: &str = "AWSReservedSSO_Admin_0123456789abcdef";

fn notice() -> Notice {
    let body = json!({"AlarmName": "yakei-ConsoleLogin", "NewStateValue": "ALARM", "OldStateValue": "OK",
        "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:yakei-ConsoleLogin"});
    let Message::Alarm(alarm) = Message::read(&body.to_string(), Origin::default()) else { panic!("{body}") };
    Notice::of_alarm("id", &alarm)
}

fn record(identity: &Value, event: &str) -> Value {
    json!({"eventName": event, "eventSource": "signin.amazonaws.com", "eventTime": "2026-11-21T18:41:00Z", "awsRegion": "eu-north-1",
        "userIdentity": identity, "sourceIPAddress": "203.0.113.5", "eventID": ID, "recipientAccountId": "123456789012",
        "responseElements": {event: "Success"}})
}

fn group(record: &Value) -> Group {
    let mut groups = Groups::default();
    groups.add_line(&record.to_string(), Timestamp::UNIX_EPOCH);
    groups.newest_first().remove(0)
}

fn about(records: &[Value]) -> Notice {
    let mut notice = notice();
    notice.activity = records.iter().map(group).collect();
    notice
}

fn stop(record: &Value) -> Option<Stop> {
    about(std::slice::from_ref(record)).stops().0.pop()
}

fn user(name: &str) -> Value {
    json!({"type": "IAMUser", "userName": name, "accountId": "123456789012"})
}

fn with_key(name: &str, key: &str) -> Value {
    json!({"type": "IAMUser", "userName": name, "accountId": "123456789012", "accessKeyId": key})
}

fn session(role: &str, name: &str) -> Value {
    json!({"type": "AssumedRole", "principalId": format!("AROA1:{name}"), "accountId": "123456789012",
        "arn": format!("arn:aws:sts::123456789012:assumed-role/{role}/{name}")})
}

/// What a real bash hands to the commands that a line calls. Nothing but `aws` and `date` is there.
fn run(command: &str) -> Vec<Vec<String>> {
    let script = "aws() { printf '%s\\0' \"$@\" >&3; printf '\\n' >&3; echo d-1; }\ndate() { echo NOW; }\n";
    let script = format!("exec 3>&1\nPATH=/nowhere\n{script}{command} >/dev/null\n");
    let run = Command::new("bash").args(["--norc", "--noprofile", "-c", &script]).output().unwrap();
    assert!(run.status.success() && run.stderr.is_empty(), "{command}: {}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8(run.stdout).unwrap();
    text.split_terminator('\n').map(|call| call.split_terminator('\0').map(str::to_owned).collect()).collect()
}

fn does(stop: &Stop) -> Vec<Does> {
    stop.steps.iter().map(|it| it.does).collect()
}

#[test]
fn each_identity_is_stopped_by_its_own_commands() {
    let alice = stop(&record(&user("alice"), "ConsoleLogin")).unwrap();
    assert_eq!(does(&alice), [Does::DeletePassword, Does::RequireNewPassword, Does::EndUserSessions]);
    let keyed = stop(&record(&with_key("alice", "AKIAIOSFODNN7EXAMPLE"), "CreateUser")).unwrap();
    assert_eq!(does(&keyed), [Does::DeactivateKey, Does::EndUserSessions]);
    let key = run(keyed.steps[0].command.as_ref().unwrap());
    let words =
        ["iam", "update-access-key", "--user-name=alice", "--access-key-id=AKIAIOSFODNN7EXAMPLE", "--status=Inactive"];
    assert_eq!(key, [words]);
    let temporary = stop(&record(&with_key("alice", "ASIAIOSFODNN7EXAMPLE"), "CreateUser")).unwrap();
    assert_eq!(does(&temporary)[0], Does::DeletePassword, "a temporary key cannot be deactivated");
    let role = stop(&record(&session("Admin", "i-0abc"), "CreateUser")).unwrap();
    assert_eq!((role.of, does(&role)), (Of::Role, vec![Does::EndRoleSessions]));
    let calls = run(role.steps[0].command.as_ref().unwrap());
    let [only] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!(only[..4], ["iam", "put-role-policy", "--role-name=Admin", "--policy-name=AWSRevokeOlderSessions"]);
    let policy: Value = serde_json::from_str(only[4].strip_prefix("--policy-document=").unwrap()).unwrap();
    assert_eq!(policy["Statement"][0]["Condition"]["DateLessThan"]["aws:TokenIssueTime"], "NOW");
    assert_eq!(policy["Statement"][0]["Effect"], "Deny");
    let person = stop(&record(&session(SSO, "bob@example.com"), "ConsoleLogin")).unwrap();
    assert_eq!((person.of, does(&person)), (Of::Person, vec![Does::EndPersonSessions, Does::FindPerson]));
    let calls = run(person.steps[1].command.as_ref().unwrap());
    assert_eq!(calls[0], ["sso-admin", "list-instances", "--query=Instances[0].IdentityStoreId", "--output=text"]);
    let by_name: Value = serde_json::from_str(calls[1][2].strip_prefix("--alternate-identifier=").unwrap()).unwrap();
    assert_eq!(by_name["UniqueAttribute"]["AttributeValue"], "bob@example.com");
    assert_eq!(calls[1][3], "--identity-store-id=d-1");
    let root = stop(&record(&json!({"type": "Root", "accountId": "123456789012"}), "ConsoleLogin")).unwrap();
    assert_eq!((root.of, does(&root)), (Of::Root, vec![Does::SecureRoot, Does::RemoveRootCredentials]));
    let federated = json!({"type": "FederatedUser", "arn": "arn:aws:sts::123456789012:federated-user/carol", "accountId": "123456789012",
        "sessionContext": {"sessionIssuer": {"type": "IAMUser", "userName": "broker"}}});
    let broker = stop(&record(&federated, "CreateUser")).unwrap();
    assert_eq!(
        (broker.of, broker.name.as_str(), does(&broker)),
        (Of::Federator, "broker", vec![Does::EndGivenSessions])
    );
}

#[test]
fn nobody_is_stopped_for_what_was_only_claimed_or_is_no_identity_of_an_account() {
    let mut failed = record(&user("alice"), "ConsoleLogin");
    failed["responseElements"] = json!({"ConsoleLogin": "Failure"});
    let mut drill = record(&user("alice"), "ConsoleLogin");
    drill["yakeiDrill"] = json!(true);
    let mut stateless = record(&json!({"type": "IAMUser", "userName": "alice"}), "ConsoleLogin");
    stateless["recipientAccountId"] = json!("no account");
    for record in [
        failed,
        drill,
        stateless,
        record(&json!({"type": "AWSService", "invokedBy": "config.amazonaws.com"}), "AssumeRole"),
        record(&json!({"type": "AWSAccount", "accountId": "999999999999", "principalId": "AIDA9"}), "AssumeRole"),
        record(&json!({"type": "SAMLUser", "userName": "dave"}), "AssumeRoleWithSAML"),
        record(&session("AWSServiceRoleForConfig", "AWSConfig"), "PutConfigRule"),
        record(&Value::Null, "X"),
    ] {
        assert_eq!(stop(&record), None, "{record}");
    }
    for name in ["alice; reboot", "$(reboot)", "al\u{202e}ice", "https://evil.example", "a b", "夜警"] {
        let stop = stop(&record(&user(name), "CreateUser")).unwrap();
        assert_eq!((stop.of, stop.steps.len(), &stop.identity_url), (Of::Unfit, 0, &None), "{name}");
    }
}

#[test]
fn an_identity_is_told_once_and_what_has_no_room_is_counted() {
    let mut records =
        vec![record(&with_key("alice", "AKIAIOSFODNN7EXAMPLE"), "CreateUser"), record(&user("alice"), "ConsoleLogin")];
    records.extend(["bob", "carol", "dave", "eve"].map(|name| record(&user(name), "ConsoleLogin")));
    let (stops, left_out) = about(&records).stops();
    assert_eq!((stops.len(), left_out), (3, 2));
    let both = [Does::DeactivateKey, Does::DeletePassword, Does::RequireNewPassword, Does::EndUserSessions];
    assert_eq!(does(&stops[0]), both);
}

#[test]
fn a_mail_says_what_is_new_what_stops_whoever_it_was_and_what_that_breaks() {
    let mut notice = about(&[
        record(&user("alice.smith"), "ConsoleLogin"),
        record(&session(SSO, "bob@example.com"), "ConsoleLogin"),
        record(&json!({"type": "Root", "accountId": "123456789012"}), "CreateUser"),
        record(&with_key("ci", "AKIAIOSFODNN7EXAMPLE"), "CreateUser"),
    ]);
    let since = "2026-08-01T20:00:00Z".parse().unwrap();
    notice.activity[0].history =
        Some(History { first_since: Some(since), usual: Some(network()), earlier: 9, ..first() });
    notice.activity[1].history = Some(History {
        earlier: 5,
        first_since: Some("2026-11-20T01:00:00Z".parse().unwrap()),
        usual: Some(network()),
        ..first()
    });
    notice.activity[2].history = Some(first());
    schema::NOTICE.check(&serde_json::to_value(notice.in_language(Language::En)).unwrap()).unwrap();
    for language in Language::ALL {
        let zone = TimeZone::get("Asia/Tokyo").unwrap();
        let style = Style { local: Some(&zone), language, chat: true, ..Style::default() };
        insta::assert_snapshot!(format!("answers_{}", language.code()), notice.mail(&style));
        let chat: Value = serde_json::from_str(&notice.chat(&style)).unwrap();
        insta::assert_snapshot!(
            format!("answers_chat_{}", language.code()),
            serde_json::to_string_pretty(&chat["content"]).unwrap()
        );
    }
}

fn first() -> History {
    History {
        looked_back_days: 90,
        earlier: 0,
        first_from_address: Some(true),
        first_since: Some("2026-08-23T18:41:00Z".parse().unwrap()),
        last_from_address: None,
        usual: None,
        complete: true,
    }
}

fn network() -> Usual {
    Usual::Network("Osaka VPN".into())
}

#[test]
fn each_answer_is_said_as_it_was_read() {
    let day = |text: &str| Some(text.parse::<Timestamp>().unwrap());
    let address = Some(Usual::Address("203.0.113.5".into()));
    let here = History {
        first_from_address: Some(false),
        earlier: 4,
        last_from_address: day("2026-11-20T01:00:00Z"),
        ..first()
    };
    let recent = History { first_since: day("2026-11-20T01:00:00Z"), ..here.clone() };
    let cases = [
        (first(), Some("first sign-in of alice in 90 days of this log")),
        (History { looked_back_days: 1, ..first() }, Some("first sign-in of alice in 1 day of this log")),
        (
            History { earlier: 3, first_since: day("2026-11-20T01:00:00Z"), usual: Some(network()), ..first() },
            Some("alice: first time from this address in 90 days of this log; usually from Osaka VPN"),
        ),
        (
            History { earlier: 3, first_since: day("2026-10-01T01:00:00Z"), ..first() },
            Some("first sign-in of alice since 2026-10-01; first time from this address in 90 days of this log"),
        ),
        (recent.clone(), Some("alice: from this address before, last on 2026-11-20")),
        (History { usual: address, ..recent }, Some("alice: from this address before, last on 2026-11-20; as usual")),
        (
            History {
                complete: false,
                earlier: 7,
                first_from_address: None,
                first_since: None,
                usual: Some(network()),
                ..first()
            },
            Some("alice: usually from Osaka VPN"),
        ),
        (History { complete: false, earlier: 7, first_from_address: None, first_since: None, ..first() }, None),
    ];
    for (history, expected) in cases {
        let mut notice = about(&[record(&user("alice"), "ConsoleLogin")]);
        notice.activity[0].history = Some(history.clone());
        let said = super::answers::histories(&notice, &Style::default());
        assert_eq!(said.first().map(String::as_str), expected, "{history:?}");
    }
}

#[test]
fn real_records_get_no_command_that_is_not_about_whoever_made_the_call() {
    let real = include_str!("../../tests/fixtures/cloudtrail-real.jsonl");
    let mut kinds = BTreeSet::new();
    for line in real.lines().filter(|it| it.starts_with('{')) {
        let record: Value = serde_json::from_str(line).unwrap();
        let identity = &record["userIdentity"];
        let Some(stop) = stop(&record) else { continue };
        kinds.insert(format!("{:?}", stop.of));
        let arn = identity["arn"].as_str().unwrap_or_default();
        assert_eq!(Some(stop.account.as_str()), identity["accountId"].as_str(), "{line}");
        match stop.of {
            Of::User if arn.is_empty() => assert_eq!(identity["userName"], stop.name.as_str(), "{line}"),
            Of::User => assert!(arn.ends_with(&format!("/{}", stop.name)), "{line}"),
            Of::Role => assert!(arn.contains(&format!(":assumed-role/{}/", stop.name)), "{line}"),
            Of::Root => assert!(arn.ends_with(":root"), "{line}"),
            other => panic!("{other:?}: {line}"),
        }
        let key = identity["accessKeyId"].as_str().filter(|it| it.starts_with("AKIA"));
        assert_eq!(does(&stop).contains(&Does::DeactivateKey), key.is_some() && stop.of == Of::User, "{line}");
    }
    assert!(kinds.len() > 1, "{kinds:?}");
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[A-Za-z0-9_+=,.@-]{1,64}",
        "(evil|[.]|-|example|com|www|@|=|,|[+]|bob|zip){1,8}",
        "(\\$\\(|`|'|\"|;|\\||&&|\\n|https://|[.]|evil|\u{202e}|\u{200b}){1,7}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    /// Whatever somebody is called: each command is `aws` with that very name, runs nothing else, and links nowhere; each
    /// link leads to the console.
    #[test]
    fn no_name_makes_another_command_or_a_link(name in names(), key in names(), kind in 0..5_usize) {
        let identity = match kind {
            0 => with_key(&name, &key),
            1 => user(&name),
            2 => session(&name, "x"),
            3 => session(SSO, &name),
            _ => json!({"type": "FederatedUser", "accountId": "123456789012", "sessionContext": {"sessionIssuer": {"userName": name}}}),
        };
        let notice = about(&[record(&identity, "CreateUser")]);
        let mail = notice.mail(&Style::default());
        for stop in notice.stops().0 {
            for command in stop.steps.iter().filter_map(|it| it.command.as_deref()) {
                prop_assert_eq!(unlinked(command), command);
                prop_assert_eq!(clean(command, usize::MAX), command);
                prop_assert!(mail.contains(command));
                let calls = run(command);
                let words = calls.last().unwrap();
                prop_assert!(["iam", "identitystore", "sts"].contains(&words[0].as_str()), "{:?}", calls);
                let holds = |word: &String| {
                    ["--user-name=", "--role-name="].iter().any(|it| word.strip_prefix(it) == Some(&name))
                        || (word.starts_with("--alternate-identifier=") && word.ends_with(&format!(":\"{name}\"}}}}")))
                };
                prop_assert!(words.iter().any(holds), "{:?} of {:?}", calls, name);
                prop_assert!(calls.len() <= 2, "{:?}", calls);
            }
            for url in [&stop.event_url, &stop.identity_url].into_iter().flatten() {
                let ours = url.starts_with("https://eu-north-1.console.aws.amazon.com/cloudtrailv2/")
                    || url.starts_with("https://us-east-1.console.aws.amazon.com/iam/")
                    || url == "https://console.aws.amazon.com/singlesignon/home";
                let plain = url.bytes().all(|it| it.is_ascii_alphanumeric() || b":/.?=#%_-".contains(&it));
                prop_assert!(ours && plain, "{}", url);
            }
        }
        prop_assert!(Sighting::read(&record(&identity, "X").to_string()).is_ok());
    }
}
