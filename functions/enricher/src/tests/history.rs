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
