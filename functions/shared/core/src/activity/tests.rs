use std::borrow::Cow;

use super::sighting::SIGN_IN;
use super::*;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Real records; the file names its source.
const REAL: &str = include_str!("../../tests/fixtures/cloudtrail-real.jsonl");

fn real() -> impl Iterator<Item = &'static str> {
    REAL.lines().filter(|line| line.starts_with('{'))
}

fn line(seen: &Sighting<'_>) -> String {
    let mfa = seen.mfa.map_or("?".to_owned(), |mfa| mfa.to_string());
    let time = seen.time.map_or("?".to_owned(), |time| time.to_string());
    format!(
        "{} | {} | {} {} | {} | from {} | {} {} | mfa {mfa} | {time} | {}\n",
        seen.who,
        seen.kind,
        seen.service,
        seen.event,
        seen.outcome,
        seen.source_ip,
        seen.account,
        seen.region,
        seen.event_id
    )
}

#[test]
fn real_records_say_who_what_when_and_where() {
    let lines: String = real().map(|record| line(&Sighting::read(record).unwrap())).collect();
    insta::assert_snapshot!(lines);
}

/// What is no member of these is not looked at: so a query that keeps these alone loses nothing.
#[test]
fn a_record_cut_to_the_members_that_are_read_gives_the_same_sighting() {
    let ways = members();
    assert!(ways.contains(&vec!["userIdentity", "sessionContext", "sessionIssuer", "arn"]), "{ways:?}");
    for record in real() {
        let whole: Value = serde_json::from_str(record).unwrap();
        let mut cut = json!({});
        for way in &ways {
            let found = way.iter().try_fold(&whole, |value, name| value.get(name));
            if let Some(found) = found {
                let last = way.iter().fold(&mut cut, |value, name| &mut value[*name]);
                *last = found.clone();
            }
        }
        let cut = cut.to_string();
        assert_eq!(Sighting::read(&cut).unwrap(), Sighting::read(record).unwrap());
    }
}

#[test]
fn real_records_are_read_without_a_copy() {
    let record = real().find(|record| record.contains("\"eventName\": \"ConsoleLogin\"")).unwrap();
    let seen = Sighting::read(record).unwrap();
    for text in [
        &seen.who,
        &seen.kind,
        &seen.event,
        &seen.service,
        &seen.outcome,
        &seen.source_ip,
        &seen.user_agent,
        &seen.event_id,
    ] {
        assert!(matches!(text, Cow::Borrowed(_)), "{text}");
    }
}

fn who_is(identity: &Value, additional: &Value) -> String {
    let record = json!({"eventName": "X", "userIdentity": identity, "additionalEventData": additional});
    Sighting::read(&record.to_string()).unwrap().who.into_owned()
}

#[test]
fn every_identity_type_has_a_name() {
    let sso = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_Access_0123456789abcdef/bob@example.com";
    let cases = [
        (json!({"type": "IAMUser", "userName": "alice"}), "alice"),
        (json!({"type": "IAMUser", "userName": HIDDEN_USER, "accountId": "123456789012"}), HIDDEN_USER),
        (json!({"type": "IAMUser", "principalId": "AIDA1", "accountId": "1"}), "AIDA1"),
        (
            json!({"type": "IAMUser", "userName": "alice", "invokedBy": "rds.amazonaws.com"}),
            "alice (via rds.amazonaws.com)",
        ),
        (json!({"type": "Root", "accountId": "123456789012", "userName": "an-alias"}), "root of 123456789012"),
        (
            json!({"type": "Root", "accountId": "123456789012", "sessionContext": {"assumedRoot": "true"}}),
            "root of 123456789012 (central root access)",
        ),
        (json!({"type": "AssumedRole", "arn": "arn:aws:sts::123456789012:assumed-role/Admin/alice"}), "Admin/alice"),
        (json!({"type": "AssumedRole", "arn": sso}), "bob@example.com via SSO Admin_Access"),
        (
            json!({"type": "AssumedRole", "principalId": "AROA1:i-0abc", "sessionContext": {"sessionIssuer": {"userName": "Web"}}}),
            "Web/i-0abc",
        ),
        (json!({"type": "AssumedRole", "principalId": "AROA1:i-0abc"}), "AROA1:i-0abc"),
        (
            json!({"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/Ci/run-7", "sessionContext": {"sourceIdentity": "alice"}}),
            "Ci/run-7 (source identity alice)",
        ),
        (
            json!({"type": "FederatedUser", "arn": "arn:aws:sts::1:federated-user/carol",
                   "sessionContext": {"sessionIssuer": {"type": "IAMUser", "userName": "broker"}}}),
            "carol (federated by broker)",
        ),
        (json!({"type": "FederatedUser", "arn": "arn:aws:sts::1:federated-user/carol"}), "carol (federated)"),
        (json!({"type": "FederatedUser", "principalId": "1:carol"}), "1:carol"),
        (
            json!({"type": "SAMLUser", "userName": "dave", "identityProvider": "arn:aws:iam::1:saml-provider/idp"}),
            "dave @ arn:aws:iam::1:saml-provider/idp",
        ),
        (
            json!({"type": "WebIdentityUser", "userName": "eve", "identityProvider": "accounts.google.com"}),
            "eve @ accounts.google.com",
        ),
        (
            json!({"type": "WebIdentityUser", "principalId": "accounts.google.com:app:eve"}),
            "accounts.google.com:app:eve",
        ),
        (
            json!({"type": "IdentityCenterUser", "accountId": "1", "onBehalfOf": {"userId": "544894e8", "identityStoreArn": "x"}}),
            "544894e8",
        ),
        (
            json!({"type": "AWSAccount", "accountId": "999999999999", "principalId": "AIDA9"}),
            "account 999999999999, AIDA9",
        ),
        (json!({"type": "AWSAccount", "accountId": "999999999999"}), "account 999999999999"),
        (json!({"type": "AWSService", "invokedBy": "config.amazonaws.com"}), "config.amazonaws.com"),
        (json!({"type": "AWSService"}), "unknown"),
        (json!({"type": "Directory", "userName": "frank"}), "frank"),
        (json!({"type": "Unknown", "principalId": "p", "accountId": "1"}), "p"),
        (
            json!({"accountId": "123456789012", "invokedBy": "ec2.amazonaws.com"}),
            "123456789012 (via ec2.amazonaws.com)",
        ),
        (json!({"type": "Tomorrow", "arn": "arn:aws:x"}), "arn:aws:x"),
        (
            json!({"type": 7, "userName": {"a": [1]}, "principalId": ["x"], "accountId": 123_456_789_012_u64}),
            "123456789012",
        ),
        (json!(null), "unknown"),
        (json!("alice"), "unknown"),
        (json!([{}]), "unknown"),
    ];
    for (identity, expected) in cases {
        assert_eq!(who_is(&identity, &Value::Null), expected, "{identity}");
    }
    let center = json!({"type": "IdentityCenterUser", "onBehalfOf": {"userId": "544894e8"}});
    assert_eq!(who_is(&center, &json!({"UserName": "grace"})), "grace");
    let role = json!({"type": "AssumedRole", "arn": "arn:aws:sts::123456789012:assumed-role/Admin/alice"});
    let from = json!({"SwitchFrom": "arn:aws:iam::999999999999:user/Anaya"});
    assert_eq!(who_is(&role, &from), "Admin/alice (switched from user/Anaya of 999999999999)");
}

#[test]
fn outcomes() {
    let signin = |response: Value, message: Value| json!({"eventSource": SIGN_IN, "eventName": "ConsoleLogin", "responseElements": response, "errorMessage": message});
    let cases = [
        (signin(json!({"ConsoleLogin": "Success"}), Value::Null), "Success"),
        (signin(json!({"ConsoleLogin": "Failure"}), json!("Failed authentication")), "Failure: Failed authentication"),
        (signin(json!({"ConsoleLogin": "Failure"}), Value::Null), "Failure"),
        (
            signin(Value::Null, json!("No username found in supplied account")),
            "Failure: No username found in supplied account",
        ),
        (
            json!({"eventSource": SIGN_IN, "eventName": "SwitchRole", "responseElements": {"SwitchRole": "Success"}}),
            "Success",
        ),
        (
            json!({"eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "errorCode": "AccessDenied", "errorMessage": "x"}),
            "AccessDenied",
        ),
        (json!({"eventName": "CreateUser", "errorCode": null}), "Success"),
        (json!({"eventName": "X", "responseElements": {"ConsoleLogin": "not a sign-in"}}), "Success"),
    ];
    for (record, expected) in cases {
        assert_eq!(Sighting::read(&record.to_string()).unwrap().outcome, expected, "{record}");
    }
}

#[test]
fn a_second_factor_is_known_when_the_record_says_so() {
    let cases = [
        (json!({"additionalEventData": {"MFAUsed": "Yes"}}), Some(true)),
        (json!({"additionalEventData": {"MFAUsed": "No"}}), Some(false)),
        (json!({"additionalEventData": {"MfaType": "Virtual MFA"}}), Some(true)),
        (json!({"userIdentity": {"sessionContext": {"attributes": {"mfaAuthenticated": "true"}}}}), Some(true)),
        (json!({"userIdentity": {"sessionContext": {"attributes": {"mfaAuthenticated": false}}}}), Some(false)),
        (json!({}), None),
    ];
    for (mut record, expected) in cases {
        record["eventName"] = json!("X");
        assert_eq!(Sighting::read(&record.to_string()).unwrap().mfa, expected, "{record}");
    }
}

#[test]
fn the_account_is_where_it_happened() {
    let record = json!({"eventName": "X", "recipientAccountId": "222222222222", "userIdentity": {"type": "AWSAccount", "accountId": "111111111111"}});
    let record = record.to_string();
    let seen = Sighting::read(&record).unwrap();
    assert_eq!((seen.account.as_ref(), seen.actor_account.as_deref()), ("222222222222", Some("111111111111")));
}

#[test]
fn lines_that_are_no_records_are_counted() {
    let mut groups = Groups::default();
    let now = Timestamp::UNIX_EPOCH;
    for line in ["", "START RequestId: 1", "{\"eventName\":\"ConsoleLo", "{} {}", "7", "[]", "{\"level\":\"info\"}"] {
        groups.add_line(line, now);
    }
    groups.add_line(r#"{"eventName":"X","userIdentity":{"type":"IAMUser","userName":"a\ud83d"}}"#, now);
    insta::assert_snapshot!(groups.problems().join("\n"), @r"
    4 matching log line(s) could not be read: not JSON, or cut off
    3 matching log line(s) could not be read: JSON, but no CloudTrail record
    ");
    let groups = groups.newest_first();
    assert_eq!((groups.len(), groups[0].who.as_str(), groups[0].last), (1, "a�", now));
}

#[test]
fn what_the_same_actor_did_alike_is_one_group() {
    let mut groups = Groups::default();
    let mut add = |who: &str, minute: u32, outcome: &str, mfa: &str| {
        let record = json!({"eventName": "ConsoleLogin", "eventSource": SIGN_IN, "eventTime": format!("2026-11-21T18:{minute:02}:00Z"),
            "userIdentity": {"type": "IAMUser", "userName": who}, "sourceIPAddress": "203.0.113.5", "eventID": format!("id-{who}-{minute}"),
            "userAgent": format!("agent {minute}"), "responseElements": {"ConsoleLogin": outcome}, "additionalEventData": {"MFAUsed": mfa}});
        groups.add_line(&record.to_string(), Timestamp::UNIX_EPOCH);
    };
    for minute in [43, 41, 42] {
        add("alice", minute, "Failure", if minute == 41 { "No" } else { "Yes" });
    }
    for minute in 0..30 {
        add("bob", minute, "Success", "Yes");
    }
    add("alice", 10, "Success", "Yes");
    let groups = groups.newest_first();
    let brief: Vec<_> = groups.iter().map(|it| (it.who.as_str(), it.outcome.as_str(), it.count, it.mfa)).collect();
    assert_eq!(
        brief,
        [("alice", "Failure", 3, Some(false)), ("bob", "Success", 30, Some(true)), ("alice", "Success", 1, Some(true))]
    );
    assert_eq!(
        (groups[0].first.to_string(), groups[0].last.to_string()),
        ("2026-11-21T18:41:00Z".into(), "2026-11-21T18:43:00Z".into())
    );
    assert_eq!((groups[0].user_agent.as_str(), groups[1].event_ids.len()), ("agent 43", 10));
}

#[test]
fn one_event_id_is_one_act_however_often_it_is_found() {
    let line = |id: &str, who: &str| {
        json!({"eventName": "X", "eventTime": "2026-11-21T18:41:00Z", "eventID": id,
            "userIdentity": {"type": "IAMUser", "userName": who}})
        .to_string()
    };
    let now = Timestamp::UNIX_EPOCH;
    let mut groups = Groups::default();
    // Two trails write the same record into two log groups, and two filters find it in each.
    assert!(groups.add_event(&line("e1", "alice"), "log-1", now, true));
    for log_id in ["log-1", "log-2", "log-3"] {
        assert!(!groups.add_event(&line("e1", "alice"), log_id, now, true));
    }
    assert!(groups.add_event(&line("e2", "alice"), "log-4", now, true));
    // Records without an id are told apart by the log event; without that, each counts.
    assert!(groups.add_event(&line("", "bob"), "log-5", now, true));
    assert!(!groups.add_event(&line("", "bob"), "log-5", now, true));
    assert!(groups.add_event(&line("", "bob"), "", now, true) && groups.add_event(&line("", "bob"), "", now, true));
    // A log event's id is no event's id.
    assert!(groups.add_event(&line("log-5", "carol"), "log-9", now, true));
    assert_eq!(groups.acts(), 6);
    // So are lines that are no records.
    assert!(groups.add_event("cut off", "log-6", now, true) && !groups.add_event("cut off", "log-6", now, true));
    assert_eq!(groups.unread(), [(1, Unreadable::NotJson)]);
    let counts: Vec<_> = groups.newest_first().into_iter().map(|it| (it.who, it.count)).collect();
    assert_eq!(counts, [("alice".into(), 2), ("bob".into(), 3), ("carol".into(), 1)]);
}

#[test]
fn what_the_first_notice_could_know_is_not_new_in_whichever_order_it_is_found() {
    let line = json!({"eventName": "X", "eventTime": "2026-11-21T18:41:00Z", "eventID": "e1",
        "userIdentity": {"type": "IAMUser", "userName": "alice"}})
    .to_string();
    for order in [[true, false], [false, true]] {
        let mut groups = Groups::default();
        for new in order {
            groups.add_event(&line, "", Timestamp::UNIX_EPOCH, new);
        }
        let groups = groups.newest_first();
        assert_eq!((groups.len(), groups[0].new, groups[0].count), (1, false, 1), "{order:?}");
        assert_eq!(groups[0].event_ids, ["e1"]);
    }
}

#[test]
fn what_differs_in_its_origin_is_never_one_group() {
    let base = json!({"eventName": "X", "eventSource": "iam.amazonaws.com", "sourceIPAddress": "10.0.0.5", "recipientAccountId": "111111111111",
        "userIdentity": {"type": "IAMUser", "userName": "alice", "accountId": "111111111111"}});
    let mut groups = Groups::default();
    groups.add_line(&base.to_string(), Timestamp::UNIX_EPOCH);
    for (pointer, value) in [
        ("/userIdentity", json!({"type": "IAMUser", "principalId": "alice", "accountId": "111111111111"})),
        ("/userIdentity", json!({"type": "AWSService", "invokedBy": "alice", "accountId": "111111111111"})),
        ("/userIdentity", json!({"type": "IAMUser", "userName": "alice", "accountId": "222222222222"})),
        ("/userIdentity", json!({"type": "IAMUser", "userName": "alice"})),
        ("/vpcEndpointAccountId", json!("222222222222")),
        ("/yakeiDrill", json!(true)),
        ("/eventSource", json!("sts.amazonaws.com")),
    ] {
        let mut other = base.clone();
        other[&pointer[1..]] = value;
        groups.add_line(&other.to_string(), Timestamp::UNIX_EPOCH);
    }
    assert_eq!(groups.len(), 8);
}

#[test]
fn strangers_text_is_cleaned_and_bounded() {
    let record = json!({"eventName": "ConsoleLogin\u{202e}", "userAgent": "x\nSubject: all clear\u{0}".repeat(1000),
        "userIdentity": {"type": "IAMUser", "userName": format!("{}\r\nbob", "a".repeat(5000))}});
    let record = record.to_string();
    let seen = Sighting::read(&record).unwrap();
    assert_eq!(seen.event, "ConsoleLogin�");
    assert_eq!((seen.who.chars().count(), seen.user_agent.chars().count()), (200, 256));
    assert!(!seen.user_agent.contains(['\n', '\0']));
}

#[test]
fn secrets_do_not_come_out() {
    let record = json!({"eventName": "AssumeRole", "eventSource": "sts.amazonaws.com", "userIdentity": {"type": "IAMUser", "userName": "a", "accessKeyId": "AKIASECRET"},
        "requestParameters": {"password": "hunter2"}, "responseElements": {"credentials": {"sessionToken": "TOKENTOKEN", "secretAccessKey": "SECRETKEY"}}});
    let mut groups = Groups::default();
    groups.add_line(&record.to_string(), Timestamp::UNIX_EPOCH);
    let out = serde_json::to_string(&groups.newest_first()).unwrap();
    for secret in ["AKIASECRET", "hunter2", "TOKENTOKEN", "SECRETKEY"] {
        assert!(!out.contains(secret), "{out}");
    }
}

#[test]
fn depth_and_repeats_do_not_stop_reading() {
    let deep =
        format!(r#"{{"eventName":"A","requestParameters":{}1{},"eventName":"B"}}"#, "[".repeat(5000), "]".repeat(5000));
    assert_eq!(Sighting::read(&deep).unwrap().event, "B");
}

proptest! {
    #[test]
    fn no_text_panics(line in any::<String>()) {
        Groups::default().add_line(&line, Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn no_mangled_record_panics(at in 0..40_usize, cut in 0..3000_usize, insert in "[\\\\\"{}\\[\\]u0-9a-f:,dD]{0,8}") {
        let record = real().nth(at % real().count()).unwrap();
        let cut = (0..=cut.min(record.len())).rev().find(|at| record.is_char_boundary(*at)).unwrap();
        let mangled = format!("{}{insert}{}", &record[..cut], &record[cut..]);
        let mut groups = Groups::default();
        groups.add_line(&mangled, Timestamp::UNIX_EPOCH);
        let problems = groups.problems().len();
        prop_assert_eq!(groups.newest_first().len() + problems, 1);
    }
}

/// A step of a sign-in at AWS sign-in, as the user guide of IAM Identity Center shows them.
fn step(event: &str, workflow: &str, verdict: &str, id: &str) -> Value {
    json!({
        "eventSource": SIGN_IN, "eventName": event, "eventID": id, "eventTime": "2026-11-21T18:41:00Z",
        "userIdentity": {"type": "Unknown", "accountId": "111122223333", "userName": "alice"},
        "sourceIPAddress": "203.0.113.5", "recipientAccountId": "111122223333", "responseElements": null,
        "additionalEventData": {
            "AuthWorkflowID": workflow, "CredentialType": "PASSWORD", "LoginTo": "https://example.awsapps.com/start/",
        },
        "serviceEventDetails": {event: verdict},
    })
}

fn gathered(records: &[Value]) -> Vec<(String, String, u64)> {
    let mut groups = Groups::default();
    for record in records {
        groups.add_line(&record.to_string(), Timestamp::UNIX_EPOCH);
    }
    let mut told: Vec<_> =
        groups.newest_first().into_iter().map(|group| (group.event, group.outcome, group.count)).collect();
    told.sort();
    told
}

#[test]
fn the_steps_of_one_sign_in_are_one_act_in_whatever_order_they_come() {
    let steps = [
        step("CredentialChallenge", "w-1", "Success", "1"),
        step("CredentialVerification", "w-1", "Failure", "2"),
        step("CredentialVerification", "w-1", "Success", "3"),
        step("CredentialChallenge", "w-1", "Success", "4"),
        step("CredentialVerification", "w-1", "Success", "5"),
        step("UserAuthentication", "w-1", "Success", "6"),
    ];
    // What failed is told, each time that it did.
    let expected = [
        ("CredentialVerification".to_owned(), "Failure".to_owned(), 1),
        ("UserAuthentication".to_owned(), "Success".to_owned(), 1),
    ];
    for rotated in 0..steps.len() {
        let mut steps = steps.to_vec();
        steps.rotate_left(rotated);
        assert_eq!(gathered(&steps), expected, "{rotated}");
        steps.reverse();
        // Seen twice, by two filters, it is still one.
        steps.extend(steps.clone());
        assert_eq!(gathered(&steps), expected, "{rotated} backwards");
    }
    let begun = gathered(&steps[..1]);
    assert_eq!(begun, [("CredentialChallenge".to_owned(), "Success".to_owned(), 1)]);
    let two = [&steps[5], &step("UserAuthentication", "w-2", "Success", "7")].map(Clone::clone);
    assert_eq!(gathered(&two), [("UserAuthentication".to_owned(), "Success".to_owned(), 2)]);
}

#[test]
fn both_steps_of_aws_login_are_one_act_of_one_person_at_one_address() {
    let oauth = |event: &str, time: &str, address: &str| {
        json!({
            "eventSource": SIGN_IN, "eventName": event, "eventID": format!("{event}{time}{address}"), "eventTime": time,
            "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/Admin/alice"},
            "sourceIPAddress": address, "recipientAccountId": "111122223333",
            "additionalEventData": {"success": "true"},
        })
    };
    let (asked, took) = ("AuthorizeOAuth2Access", "CreateOAuth2Token");
    let at = ["2026-11-21T18:41:00Z", "2026-11-21T18:41:20Z", "2026-11-21T19:00:00Z"];
    let whole = [oauth(asked, at[0], "203.0.113.5"), oauth(took, at[1], "203.0.113.5")];
    assert_eq!(gathered(&whole), [(asked.to_owned(), "Success".to_owned(), 1)]);
    // A code that another address redeems was stolen on its way.
    let elsewhere = [oauth(asked, at[0], "203.0.113.5"), oauth(took, at[1], "198.51.100.7")];
    assert_eq!(gathered(&elsewhere).len(), 2);
    let later = [oauth(asked, at[0], "203.0.113.5"), oauth(took, at[2], "203.0.113.5")];
    assert_eq!(gathered(&later).len(), 2);
    let mut refused = oauth(took, at[1], "203.0.113.5");
    refused["additionalEventData"]["success"] = json!("false");
    assert_eq!(Sighting::read(&refused.to_string()).unwrap().outcome, "Failure");
}

#[test]
fn a_sign_in_to_a_portal_is_known_by_its_host_and_a_second_factor_by_its_name() {
    for (address, portal) in [
        ("https://example.awsapps.com/start/", true),
        ("https://ssoins-1234.portal.eu-west-1.app.aws/", true),
        ("https://clients.amazonaws.com/workspaces", false),
        ("https://evil.example/https://example.awsapps.com/start", false),
        ("https://evil.example?x=.awsapps.com", false),
        ("http://example.awsapps.com/start", false),
        ("", false),
    ] {
        let mut record = step("UserAuthentication", "w", "Success", "1");
        record["additionalEventData"]["LoginTo"] = json!(address);
        assert_eq!(Sighting::read(&record.to_string()).unwrap().portal, portal, "{address}");
    }
    for (credential, mfa) in
        [("PASSWORD", None), ("EXTERNAL_IDP", None), ("PASSWORD,TOTP", Some(true)), ("WEBAUTHN", Some(true))]
    {
        let mut record = step("UserAuthentication", "w", "Success", "1");
        record["additionalEventData"]["CredentialType"] = json!(credential);
        assert_eq!(Sighting::read(&record.to_string()).unwrap().mfa, mfa, "{credential}");
    }
}
