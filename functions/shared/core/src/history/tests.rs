use super::*;
use crate::activity::{Group, Groups};
use crate::ignore::Source;
use crate::known::Known;
use filter_pattern::Pattern;
use jiff::ToSpan as _;
use proptest::prelude::*;
use serde_json::{Value, json};

const HERE: &str = "203.0.113.5";
const SSO: &str = "AWSReservedSSO_Admin_0123456789abcdef";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-21T18:41:00Z")
}

fn days_ago(days: i64) -> Timestamp {
    now().checked_sub((24 * days).hours()).unwrap()
}

fn record(identity: &Value, event: &str, time: Timestamp, from: &str) -> Value {
    let id = format!("{}-{time}-{from}", identity["userName"]);
    json!({"eventName": event, "eventSource": "signin.amazonaws.com", "eventTime": time.to_string(), "awsRegion": "us-east-1",
        "userIdentity": identity, "sourceIPAddress": from, "eventID": id, "recipientAccountId": "123456789012",
        "responseElements": {event: "Success"}})
}

fn user(name: &str) -> Value {
    json!({"type": "IAMUser", "userName": name, "accountId": "123456789012"})
}

fn session(role: &str, name: &str) -> Value {
    json!({"type": "AssumedRole", "principalId": format!("AROA1:{name}"), "accountId": "123456789012",
        "arn": format!("arn:aws:sts::123456789012:assumed-role/{role}/{name}")})
}

fn group(record: &Value) -> Group {
    let mut groups = Groups::default();
    groups.add_line(&record.to_string(), now());
    groups.newest_first().remove(0)
}

/// What is said of a sign-in now, after earlier ones, each with its days before and its address.
fn after(identity: &Value, earlier: &[(&Value, i64, &str)], reach: Reach) -> Option<History> {
    let current = group(&record(identity, "ConsoleLogin", now(), HERE));
    let mut past = Past::new(Subject::of(&current)?, now());
    let pattern = Pattern::parse(&past.subject().pattern()).unwrap();
    for (identity, days, from) in earlier {
        let line = record(identity, "ConsoleLogin", days_ago(*days), from).to_string();
        if pattern.matches(&line) {
            past.add(&line, "", now());
            past.add(&line, "", now());
        }
    }
    past.answer(&current, reach, &known())
}

fn known() -> Vec<Known> {
    let source_ip = vec![Source::parse("198.51.100.0/24").unwrap()];
    vec![Known { name: "Osaka VPN".into(), source_ip, accounts: Vec::new() }]
}

fn whole(days: i64) -> Reach {
    Reach::Whole { oldest: days_ago(days) }
}

#[test]
fn first_is_said_of_as_many_days_as_the_log_holds() {
    let alice = user("alice");
    let none = after(&alice, &[], whole(400)).unwrap();
    assert_eq!(
        (none.looked_back_days, none.first_from_address, none.first_since),
        (90, Some(true), Some(days_ago(90)))
    );
    assert_eq!((none.earlier, none.usual, none.complete), (0, None, true));
    let young = after(&alice, &[], whole(7)).unwrap();
    assert_eq!((young.looked_back_days, young.first_since), (7, Some(days_ago(7))));
    assert_eq!(after(&alice, &[], whole(0)), None, "of a log of this day nothing can be said");
    let before = after(&alice, &[(&alice, 20, "198.51.100.1")], whole(90)).unwrap();
    assert_eq!((before.first_from_address, before.first_since), (Some(true), Some(days_ago(20))));
}

#[test]
fn what_was_cut_off_supports_only_what_was_seen() {
    let alice = user("alice");
    let vpn = [(&alice, 1, "198.51.100.1"), (&alice, 2, "198.51.100.2"), (&alice, 3, "198.51.100.3")];
    let cut = after(&alice, &vpn, Reach::CutOff).unwrap();
    assert_eq!((cut.first_from_address, cut.first_since, cut.complete), (None, None, false));
    assert_eq!(cut.usual, Some(Usual::Network("Osaka VPN".into())));
    assert_eq!(after(&alice, &[], Reach::CutOff), None);
    let here = after(&alice, &[(&alice, 4, HERE)], Reach::CutOff).unwrap();
    assert_eq!((here.first_from_address, here.last_from_address), (Some(false), Some(days_ago(4))));
}

#[test]
fn usual_is_more_than_half_of_at_least_three() {
    let alice = user("alice");
    let (vpn, home) = ("198.51.100.1", "192.0.2.9");
    let usual = |earlier: &[(&Value, i64, &str)]| after(&alice, earlier, whole(90)).unwrap().usual;
    assert_eq!(usual(&[(&alice, 1, vpn), (&alice, 2, vpn)]), None);
    assert_eq!(usual(&[(&alice, 1, vpn), (&alice, 2, vpn), (&alice, 3, home), (&alice, 4, home)]), None);
    let network = Some(Usual::Network("Osaka VPN".into()));
    assert_eq!(usual(&[(&alice, 1, vpn), (&alice, 2, "198.51.100.7"), (&alice, 3, home)]), network);
    let address = Some(Usual::Address(home.into()));
    assert_eq!(usual(&[(&alice, 1, vpn), (&alice, 2, home), (&alice, 3, home)]), address);
}

#[test]
fn the_past_is_that_of_the_person_where_aws_names_one_and_else_of_the_role() {
    let (alice, bob) = (user("alice"), user("bob"));
    let mut elsewhere = user("alice");
    elsewhere["accountId"] = json!("999999999999");
    let first = |of: &Value, earlier: &Value| {
        after(of, &[(earlier, 5, HERE)], whole(90)).map(|it| (it.earlier, it.first_from_address))
    };
    assert_eq!(first(&alice, &alice), Some((1, Some(false))));
    assert_eq!(first(&alice, &bob), Some((0, Some(true))));
    assert_eq!(first(&alice, &elsewhere), Some((0, Some(true))), "another account's alice is somebody else");
    // A role's sessions have any name.
    assert_eq!(first(&session("Admin", "x1"), &session("Admin", "x2")), Some((1, Some(false))));
    assert_eq!(first(&session("Admin", "x1"), &session("Other", "x1")), Some((0, Some(true))));
    // Identity Center's people keep theirs, in each permission set.
    let (bob, eve) = (session(SSO, "bob@example.com"), session(SSO, "eve@example.com"));
    let reader = session("AWSReservedSSO_Read_fedcba9876543210", "bob@example.com");
    assert_eq!(first(&bob, &reader), Some((1, Some(false))));
    assert_eq!(first(&bob, &eve), Some((0, Some(true))));
    assert_eq!(first(&bob, &session("Admin", "bob@example.com")), Some((0, Some(true))), "a name that somebody chose");
    let root = json!({"type": "Root", "accountId": "123456789012"});
    assert_eq!(first(&root, &root), Some((1, Some(false))));
}

#[test]
fn who_switches_a_role_is_the_person_whatever_the_role() {
    let switch = |role: &str, from: &str, time| {
        let mut record = record(&session(role, "any"), "SwitchRole", time, HERE);
        record["additionalEventData"] = json!({"SwitchFrom": from});
        record
    };
    let (anaya, other) = ("arn:aws:iam::999999999999:user/Anaya", "arn:aws:iam::999999999999:user/Bo");
    let current = group(&switch("Admin", anaya, now()));
    for (from, role, earlier) in [(anaya, "Read", 1), (other, "Admin", 0)] {
        let mut past = Past::new(Subject::of(&current).unwrap(), now());
        let line = switch(role, from, days_ago(3)).to_string();
        assert_eq!(Pattern::parse(&past.subject().pattern()).unwrap().matches(&line), earlier == 1);
        past.add(&line, "", now());
        assert_eq!(past.answer(&current, whole(90), &[]).unwrap().earlier, earlier, "{from} {role}");
    }
}

#[test]
fn the_notices_own_events_drills_failures_and_later_ones_are_no_past() {
    let alice = user("alice");
    let current = group(&record(&alice, "ConsoleLogin", now(), HERE));
    let mut past = Past::new(Subject::of(&current).unwrap(), now());
    past.add(&record(&alice, "ConsoleLogin", now(), HERE).to_string(), "", now());
    past.add(&record(&alice, "ConsoleLogin", now().checked_add(1.hour()).unwrap(), HERE).to_string(), "", now());
    past.add("no record", "", now());
    let mut drill = record(&alice, "ConsoleLogin", days_ago(1), HERE);
    drill["yakeiDrill"] = json!(true);
    past.add(&drill.to_string(), "", now());
    let mut failed = record(&alice, "ConsoleLogin", days_ago(1), HERE);
    failed["responseElements"] = json!({"ConsoleLogin": "Failure"});
    past.add(&failed.to_string(), "", now());
    past.add(&record(&alice, "SwitchRole", days_ago(1), HERE).to_string(), "", now());
    assert_eq!(past.answer(&current, whole(90), &[]).unwrap().earlier, 0);
    let of_address = Subject::of(&group(&failed)).unwrap();
    assert!(!of_address.pattern().contains("alice"), "the name was typed by anybody: {}", of_address.pattern());
    failed["sourceIPAddress"] = json!("AWS Internal");
    assert_eq!(Subject::of(&group(&failed)), None, "no address");
    assert_eq!(Subject::of(&group(&drill)), None);
    let call = json!({"eventName": "CreateUser", "eventSource": "iam.amazonaws.com", "userIdentity": alice});
    assert_eq!(Subject::of(&group(&call)), None, "only sign-ins, role switches and root are asked for");
}

#[test]
fn a_computer_that_changes_its_version_6_address_within_its_network_is_not_new() {
    let alice = user("alice");
    let current = group(&record(&alice, "ConsoleLogin", now(), "2001:db8:1:2::aaaa"));
    for (from, first) in [("2001:db8:1:2::bbbb", false), ("2001:db8:1:3::aaaa", true)] {
        let mut past = Past::new(Subject::of(&current).unwrap(), now());
        past.add(&record(&alice, "ConsoleLogin", days_ago(3), from).to_string(), "", now());
        assert_eq!(past.answer(&current, whole(90), &[]).unwrap().first_from_address, Some(first), "{from}");
    }
}

proptest! {
    /// Against a plain count: an answer is never *first* when an earlier one is from here, and says first only when all was read.
    #[test]
    fn no_answer_is_wrong(
        earlier in prop::collection::vec((1..200_i64, 0..4_u8, 0..3_u8), 0..12), oldest in 0..200_i64, cut in any::<bool>()
    ) {
        let name = |n: u8| ["alice", "alice", "bob"][usize::from(n)];
        let from = |n: u8| format!("203.0.113.{}", 5 + n);
        let (alice, identities): (Value, Vec<Value>) = (user("alice"), earlier.iter().map(|it| user(name(it.2))).collect());
        let addresses: Vec<String> = earlier.iter().map(|it| from(it.1)).collect();
        let read: Vec<_> = (0..earlier.len()).map(|n| (&identities[n], earlier[n].0, addresses[n].as_str())).collect();
        let reach = if cut { Reach::CutOff } else { whole(oldest) };
        let Some(said) = after(&alice, &read, reach) else { return Ok(()) };
        let hers: Vec<_> = read.iter().filter(|it| it.0["userName"] == "alice").collect();
        let here = hers.iter().any(|it| it.2 == HERE);
        match said.first_from_address {
            Some(true) => prop_assert!(!here && !cut),
            Some(false) => prop_assert!(here),
            None => prop_assert!(!here),
        }
        if let Some(since) = said.first_since {
            prop_assert!(!cut && hers.iter().all(|it| days_ago(it.1) <= since));
        }
        prop_assert!(said.looked_back_days <= 90 && (cut || said.looked_back_days <= oldest));
    }
}

#[test]
fn only_who_got_in_from_the_very_address_is_named_for_a_failed_sign_in() {
    let mut failed = record(&user("typed"), "ConsoleLogin", now(), HERE);
    failed["responseElements"] = json!({"ConsoleLogin": "Failure"});
    let mut current = group(&failed);
    let mut past = Past::new(Subject::of(&current).unwrap(), now());
    let pattern = Pattern::parse(&past.subject().pattern()).unwrap();
    let mut earlier_failure = record(&user("eve"), "ConsoleLogin", days_ago(1), HERE);
    earlier_failure["responseElements"] = json!({"ConsoleLogin": "Failure"});
    let mut portal = record(&json!({"type": "Unknown", "userName": "carol"}), "UserAuthentication", days_ago(4), HERE);
    portal["serviceEventDetails"] = json!({"UserAuthentication": "Success"});
    let mut elsewhere = record(&user("dave"), "ConsoleLogin", days_ago(2), "198.51.100.1");
    elsewhere["userAgent"] = json!(HERE);
    let mut foreign = record(&user("mallory"), "ConsoleLogin", days_ago(1), HERE);
    foreign["eventSource"] = json!("evil.example");
    for earlier in [
        record(&user("bob"), "ConsoleLogin", days_ago(3), HERE),
        record(&user("bob"), "SwitchRole", days_ago(1), HERE),
        earlier_failure,
        portal,
        elsewhere,
        foreign,
    ] {
        if pattern.matches(&earlier.to_string()) {
            past.add(&earlier.to_string(), "", now());
        }
    }
    past.tell(&mut current, whole(90), &known());
    assert_eq!(current.history, None);
    let told = current.address_history.clone().unwrap();
    assert_eq!((told.sign_ins, told.last_who.as_str(), told.others), (2, "bob", 1));
    assert_eq!((told.last, told.looked_back_days), (Some(days_ago(3)), 90));
    past.tell(&mut current, Reach::CutOff, &known());
    let cut = current.address_history.clone().unwrap();
    assert_eq!((cut.complete, cut.looked_back_days), (false, 4));
    Past::new(Subject::of(&group(&failed)).unwrap(), now()).tell(&mut current, Reach::CutOff, &known());
    assert_eq!(current.address_history, None, "nothing read, nothing said");
}
