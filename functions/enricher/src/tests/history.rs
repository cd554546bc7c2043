//! New or usual: what may be said of it, and how long it may take.

use super::*;
use crate::tests::fake::Fake;
use yakei_core::known::Known;

/// Alice's sign-in in the breaching minutes, others before it, and something old in the log.
fn with_past(earlier: &[(&str, &str, &str)]) -> Fake {
    let mut fake = usual(1);
    fake.log(GROUP, "2026-05-01T00:00:00Z", &json!({"eventName": "Old", "eventSource": "ec2.amazonaws.com"}));
    fake.log(GROUP, "2026-08-01T00:00:00Z", &json!({"eventName": "Old", "eventSource": "ec2.amazonaws.com"}));
    // The first event after the ninety days' beginning.
    fake.log(GROUP, "2026-08-23T20:00:00Z", &json!({"eventName": "Old", "eventSource": "ec2.amazonaws.com"}));
    for (who, time, from) in earlier {
        let mut record = sign_in(who, time);
        record["sourceIPAddress"] = json!(from);
        fake.log(GROUP, time, &record);
    }
    fake
}

fn watching(fake: Fake) -> Enricher<Fake> {
    let source_ip = vec![Source::parse("198.51.100.0/24").unwrap()];
    let known = vec![Known { name: "Osaka VPN".into(), source_ip, accounts: Vec::new() }];
    let settings = Settings { history: true, known, ..settings() };
    Enricher::new(fake, settings, limits(), Some(TOPIC_OUT.into()), Some("us-west-2".into()))
}

async fn answered(fake: Fake) -> Fake {
    let enricher = watching(fake);
    handle(&enricher, &event(&[&alarm("ALARM", "OK", &breach(1)).to_string()])).await.unwrap();
    enricher.into_ports()
}

const VPN: [(&str, &str, &str); 4] = [
    ("alice", "2026-10-01T01:00:00Z", "198.51.100.1"),
    ("alice", "2026-10-02T01:00:00Z", "198.51.100.2"),
    ("alice", "2026-10-03T01:00:00Z", "198.51.100.3"),
    ("bob", "2026-11-20T01:00:00Z", "203.0.113.5"),
];

#[tokio::test(start_paused = true)]
async fn a_sign_in_from_an_address_that_is_new_says_so_and_from_where_it_usually_is() {
    for empty_pages in [false, true] {
        let fake = answered(Fake { empty_pages, page: 1, ..with_past(&VPN) }).await;
        let history = &fake.notice()["activity"][0]["history"];
        assert_eq!(history["first_from_address"], true, "{history}");
        assert_eq!((&history["looked_back_days"], &history["complete"]), (&json!(89), &json!(true)));
        assert_eq!((&history["usual_network"], &history["earlier"]), (&json!("Osaka VPN"), &json!(3)));
        assert_eq!(history["first_since"], "2026-10-03T01:00:00Z");
        let said = "History    first sign-in of alice since 2026-10-03; first time from this address in 89 days of this log; \
                    usually from Osaka VPN\n";
        assert!(fake.mail().contains(said), "{}", fake.mail());
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_from_where_it_usually_is_says_that_it_is_usual() {
    let office = [17, 18, 19].map(|day| format!("2026-11-{day}T01:00:00Z"));
    let office: Vec<_> = office.iter().map(|time| ("alice", time.as_str(), "203.0.113.5")).collect();
    let fake = answered(with_past(&office)).await;
    assert_eq!(fake.notice()["activity"][0]["history"]["first_from_address"], false);
    let said = "History    alice: from this address before, last on 2026-11-19; as usual\n";
    assert!(fake.mail().contains(said), "{}", fake.mail());
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_read_whole_is_never_called_the_first() {
    // The alarm's own search is one call: further ones are of looking back.
    let refused = Fake { refused_after: Some(("FilterLogEvents", 2)), page: 2, ..with_past(&VPN) };
    let oldest_unknown = Fake { refused_after: Some(("Oldest", 0)), ..with_past(&VPN) };
    let oldest_hangs = Fake { hangs: Some("Oldest"), ..with_past(&VPN) };
    for (what, fake) in [("refused", refused), ("oldest unknown", oldest_unknown), ("oldest hangs", oldest_hangs)] {
        let fake = answered(fake).await;
        let notice = fake.notice();
        let history = &notice["activity"][0]["history"];
        assert_eq!((&history["first_from_address"], &history["first_since"]), (&Value::Null, &Value::Null), "{what}");
        assert_eq!(history["complete"], false, "{what}: {history}");
        assert!(!fake.mail().contains("first"), "{what}: {}", fake.mail());
        assert_eq!(
            (&notice["complete"], &notice["problems"]),
            (&json!(true), &json!([])),
            "{what}: of the alarm all is known"
        );
    }
    let nothing = Fake { refused_after: Some(("FilterLogEvents", 1)), ..with_past(&VPN) };
    let fake = answered(nothing).await;
    assert_eq!(fake.notice()["activity"][0]["history"], Value::Null);
    assert!(!fake.mail().contains("History"), "{}", fake.mail());
}

#[tokio::test(start_paused = true)]
async fn looking_back_never_keeps_a_notice_for_longer_than_its_seconds() {
    let hanging = Fake { hangs: Some("Oldest"), ..with_past(&VPN) };
    let began = tokio::time::Instant::now();
    let fake = answered(hanging).await;
    assert!(began.elapsed() <= Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(fake.notices().len(), 1);
    // Slow calls: the search takes its time, and what is left of the notice's is the most.
    for (takes, left) in [(900, 30), (1_900, 30), (500, 3), (200, 1)] {
        let slow = Fake { takes: Duration::from_millis(takes), page: 1, empty_pages: true, ..with_past(&VPN) };
        let without = Fake { takes: Duration::from_millis(takes), page: 1, empty_pages: true, ..with_past(&VPN) };
        let mut took = Vec::new();
        for enricher in [watching(slow), enricher(without)] {
            let began = tokio::time::Instant::now();
            let told = event(&[&alarm("ALARM", "OK", &breach(1)).to_string()]);
            enricher.handle(&told, invoked(Duration::from_secs(left))).await.unwrap();
            assert!(began.elapsed() < Duration::from_secs(left));
            took.push(began.elapsed());
        }
        let more = took[0].saturating_sub(took[1]);
        assert!(more <= Duration::from_secs(3), "{takes} ms a call, {left} s: {more:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_looked_up_when_it_is_switched_off_or_nobody_signed_in() {
    let off = told(with_past(&VPN), &alarm("ALARM", "OK", &breach(1))).await;
    assert_eq!((off.count("FilterLogEvents"), off.count("Oldest")), (1, 0));
    let mut fake = Fake::default();
    fake.filter("eu-west-1", "ConsoleLogin", GROUP, "CreateUser");
    let mut record = sign_in("alice", "2026-11-21T18:41:00Z");
    (record["eventName"], record["eventSource"]) = (json!("CreateUser"), json!("iam.amazonaws.com"));
    fake.log(GROUP, "2026-11-21T18:42:00Z", &record);
    let fake = answered(fake).await;
    assert_eq!((fake.count("FilterLogEvents"), fake.count("Oldest")), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn an_all_clear_looks_back_too() {
    let mut fake = with_past(&VPN);
    fake.transitions.insert(String::new(), Vec::new());
    let enricher = watching(fake);
    handle(&enricher, &event(&[&alarm("OK", "ALARM", &breach(1)).to_string()])).await.unwrap();
    let fake = enricher.into_ports();
    let notice = fake.notice();
    let found = notice["activity"].as_array().unwrap();
    assert!(found.iter().all(|it| it["history"]["first_from_address"] == true), "{found:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_sign_in_says_who_got_in_from_its_address_and_never_asks_by_the_typed_name() {
    let failed = |mut fake: Fake| {
        let mut record = sign_in("alice", "2026-11-21T18:41:00Z");
        (record["eventID"], record["sourceIPAddress"]) = (json!("failed"), json!("192.0.2.44"));
        (record["responseElements"], record["errorMessage"]) =
            (json!({"ConsoleLogin": "Failure"}), json!("Failed authentication"));
        fake.filter("eu-west-1", "ConsoleLogin", GROUP, "ConsoleLogin");
        fake.log(GROUP, "2026-08-23T20:00:00Z", &json!({"eventName": "Old", "eventSource": "ec2.amazonaws.com"}));
        fake.log(GROUP, "2026-11-21T18:42:00Z", &record);
        fake
    };
    let with = |earlier: &[(&str, &str, &str, &str)]| {
        let mut fake = failed(Fake::default());
        for (who, time, from, outcome) in earlier {
            let mut record = sign_in(who, time);
            (record["sourceIPAddress"], record["responseElements"]) = (json!(from), json!({"ConsoleLogin": outcome}));
            fake.log(GROUP, time, &record);
        }
        fake
    };
    let cases = [
        (with(&[]), "nobody signed in from 192.0.2.44 in 89 days of this log"),
        (
            with(&[
                ("alice", "2026-11-01T01:00:00Z", "198.51.100.1", "Success"),
                ("alice", "2026-11-02T01:00:00Z", "192.0.2.44", "Failure"),
            ]),
            "nobody signed in from 192.0.2.44 in 89 days of this log",
        ),
        (
            with(&[("bob", "2026-11-03T01:00:00Z", "192.0.2.44", "Success")]),
            "bob signed in from 192.0.2.44 before, last on 2026-11-03",
        ),
        (
            with(&[
                ("bob", "2026-11-03T01:00:00Z", "192.0.2.44", "Success"),
                ("carol", "2026-11-05T01:00:00Z", "192.0.2.44", "Success"),
                ("carol", "2026-11-04T01:00:00Z", "192.0.2.44", "Success"),
            ]),
            "carol signed in from 192.0.2.44 before, last on 2026-11-05; so did 1 other",
        ),
    ];
    for (fake, expected) in cases {
        let fake = answered(fake).await;
        assert!(fake.mail().contains(&format!("History    {expected}\n")), "{}", fake.mail());
        let notice = fake.notice();
        assert_eq!(notice["activity"][0]["history"], Value::Null, "{notice:#}");
        assert_eq!(notice["activity"][0]["address_history"]["complete"], true);
    }
    let fake = answered(Fake { refused_after: Some(("Oldest", 0)), ..with(&[]) }).await;
    assert!(!fake.mail().contains("History"), "what was not read is not spoken of: {}", fake.mail());
}

#[tokio::test(start_paused = true)]
async fn a_digest_says_of_its_first_people_whether_they_are_new_or_usual_and_what_stops_them() {
    use yakei_core::digest::{Digest, HandedOver, Missed};
    let (from, to) = ("2026-11-21T18:00:00Z".parse().unwrap(), "2026-11-21T19:00:00Z".parse().unwrap());
    let mut digest = Digest::new("d-1".into(), "yakei", from, to);
    let mut missed = Missed::new("yakei-ConsoleLogin", from, to);
    missed.went_off("2026-11-21T18:46:12Z".parse().unwrap(), "x");
    digest.add(missed);
    let mut fake = with_past(&VPN);
    let mut usual = sign_in("bob", "2026-11-21T18:43:00Z");
    usual["eventID"] = json!("bob-again");
    fake.log(GROUP, "2026-11-21T18:44:00Z", &usual);
    fake.described.insert("yakei-ConsoleLogin".into(), described("yakei-ConsoleLogin", &alarm("OK", "ALARM", "x")));
    let enricher = watching(fake);
    handle(&enricher, &event(&[&HandedOver::new(&digest).body()])).await.unwrap();
    let fake = enricher.into_ports();
    let (told, mail) = (fake.notice(), fake.mail());
    let activity = &told["alarms"][0]["activity"];
    // Bob was the last, and yet who is new from there stands first.
    assert_eq!((&activity[0]["who"], &activity[1]["who"]), (&json!("alice"), &json!("bob")), "{mail}");
    assert_eq!(activity[0]["history"]["first_from_address"], true);
    assert_eq!(activity[1]["history"]["first_from_address"], false);
    for part in [
        "first time from this address in 89 days of this log; usually from Osaka VPN\n",
        "bob: from this address before, last on 2026-11-20\n",
        "To stop    IAM user alice;",
        "  aws iam delete-login-profile --user-name='bob'\n",
        "an address not known (203.0.113.5)",
    ] {
        assert!(mail.contains(part), "{part}: {mail}");
    }
    assert_eq!((&told["stop"][0]["name"], &told["stop_more"]), (&json!("alice"), &json!(0)));
}

#[tokio::test(start_paused = true)]
async fn a_digest_is_not_kept_by_looking_back_for_longer_than_a_notice() {
    use yakei_core::digest::{Digest, HandedOver, Missed};
    let (from, to) = ("2026-11-21T18:00:00Z".parse().unwrap(), "2026-11-21T19:00:00Z".parse().unwrap());
    let mut digest = Digest::new("d-1".into(), "yakei", from, to);
    let names = ["yakei-ConsoleLogin", "yakei-Two", "yakei-Three"];
    let mut fake = Fake { hangs: Some("Oldest"), ..with_past(&VPN) };
    for name in names {
        let mut missed = Missed::new(name, from, to);
        missed.went_off("2026-11-21T18:46:12Z".parse().unwrap(), "x");
        digest.add(missed);
        fake.described.insert(name.into(), described(name, &alarm("OK", "ALARM", "x")));
    }
    let enricher = watching(fake);
    let began = tokio::time::Instant::now();
    handle(&enricher, &event(&[&HandedOver::new(&digest).body()])).await.unwrap();
    assert!(began.elapsed() <= Duration::from_secs(4), "{:?}", began.elapsed());
    assert!(!enricher.into_ports().mail().contains("first"));
}
