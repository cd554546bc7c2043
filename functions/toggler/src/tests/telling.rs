//! What was missed is told once: since the real beginning of each mute, whatever runs were missed or doubled.

use yakei_core::notice::Language;

use super::*;

#[test]
fn a_night_of_missed_runs_is_told_whole() {
    let account = account().at(TOKYO_MORNING);
    reconcile(&account).unwrap();
    // No run at 18:00, none all night: the alarms stay muted.
    for at in ["2026-11-24T12:00:00Z", "2026-11-24T20:00:00Z"] {
        account.advance(at.parse().unwrap());
        account.go_off("yakei-ConsoleLogin");
        account.calm("yakei-ConsoleLogin");
    }
    let account = account.at("2026-11-24T22:00:00Z");
    reconcile(&account).unwrap();
    let digest = &account.digests()[0];
    assert_eq!((digest.times, digest.from.to_string().as_str()), (2, TOKYO_MORNING));
}

#[test]
fn a_window_that_grows_before_it_begins_is_told_from_its_beginning() {
    let by_rule = |end: &str| {
        let window = format!(r#"windows = [{{ days = ["Tue"], start = "09:00", end = "{end}" }}]"#);
        settings(&format!(
            "[[schedule]]\nname = \"tokyo\"\ntimezone = \"Asia/Tokyo\"\nby = \"mute-rule\"\n\
             alarms = [\"yakei-ConsoleLogin\"]\n{window}\n"
        ))
    };
    let account = account().at("2026-11-23T20:00:00Z");
    run(&json!({}), &by_rule("17:00"), &account).unwrap();
    for minutes in [60, 60] {
        account.wait(minutes);
        run(&json!({}), &by_rule("18:00"), &account).unwrap();
    }
    // Within the first rule, and over before the second begins: CloudWatch tells nothing of it.
    account.advance("2026-11-24T01:00:00Z".parse().unwrap());
    account.go_off("yakei-ConsoleLogin");
    account.calm("yakei-ConsoleLogin");
    account.advance("2026-11-24T09:05:00Z".parse().unwrap());
    run(&json!({}), &by_rule("18:00"), &account).unwrap();
    let told: Vec<u64> = account.digests().iter().map(|digest| digest.times).collect();
    assert_eq!(told, [1]);
}

#[test]
fn a_hold_that_is_extended_loses_nothing() {
    let account = account().at(NIGHT);
    run(&json!({"action": "mute", "until": "2026-11-24T21:00:00Z"}), &settings(OFFICES), &account).unwrap();
    account.wait(10);
    account.go_off("yakei-London-1");
    account.wait(20);
    run(&json!({"action": "mute", "until": "2026-11-24T22:00:00Z"}), &settings(OFFICES), &account).unwrap();
    let account = account.at("2026-11-24T22:00:00Z");
    reconcile(&account).unwrap();
    assert_eq!((account.digests().len(), account.digests()[0].times), (1, 1));
}

#[test]
fn what_was_told_live_while_a_person_armed_is_not_told_again() {
    let account = account().at(TOKYO_MORNING);
    reconcile(&account).unwrap();
    account.wait(60);
    run(&json!({"action": "arm"}), &settings(OFFICES), &account).unwrap();
    account.wait(5);
    account.go_off("yakei-ConsoleLogin"); // live
    account.calm("yakei-ConsoleLogin");
    account.wait(5);
    run(&json!({"action": "resume"}), &settings(OFFICES), &account).unwrap();
    let account = account.at("2026-11-24T09:00:00Z");
    reconcile(&account).unwrap();
    assert_eq!(account.digests(), []);
}

#[test]
fn a_reading_that_fails_arms_and_repeats_nothing() {
    let account = account().at(TOKYO_MORNING);
    reconcile(&account).unwrap();
    account.ail(Some(Trouble::ReadNothing), 0);
    account.wait(5);
    reconcile(&account).unwrap_err();
    account.go_off("yakei-ConsoleLogin"); // armed in doubt, so people were told
    account.calm("yakei-ConsoleLogin");
    account.heal();
    account.wait(5);
    reconcile(&account).unwrap();
    account.go_off("yakei-ConsoleLogin");
    account.calm("yakei-ConsoleLogin");
    let account = account.at("2026-11-24T09:00:00Z");
    reconcile(&account).unwrap();
    assert_eq!((account.digests().len(), account.digests()[0].times), (1, 1));
}

#[test]
fn two_runs_at_once_tell_once() {
    for seed in 0..200 {
        let account = account().seeded(seed).at(TOKYO_MORNING);
        reconcile(&account).unwrap();
        account.go_off("yakei-ConsoleLogin");
        let account = account.at("2026-11-24T09:00:00Z");
        account.mingled.set(true);
        let settings = settings(OFFICES);
        let (event, clock) = (json!({}), || account.now());
        let one = |id| Box::pin(crate::handle(&event, &settings, &account, &account, id, &clock));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ended = runtime.block_on(async { tokio::join!(one("a"), one("b")) });
        assert!(ended.0.is_ok() && ended.1.is_ok(), "seed {seed}: {ended:?}");
        assert_eq!(account.digests().len(), 1, "seed {seed}: {:?}", account.calls());
        assert!(!account.kept("Muted")["yakei-muted-1"].contains("ConsoleLogin"), "seed {seed}: {:?}", account.calls());
    }
}

#[test]
fn a_claim_that_came_to_nothing_is_taken_up_under_the_same_id() {
    let account = account().at(TOKYO_MORNING);
    reconcile(&account).unwrap();
    account.go_off("yakei-ConsoleLogin");
    let account = account.at("2026-11-24T09:00:00Z").with(Trouble::RefusePublish);
    assert_eq!(reconcile(&account).unwrap_err().name, Why::DigestNotSent);
    let kept = account.kept("Muted")["yakei-muted-1"].clone();
    account.heal();
    account.wait(1);
    let another = |account: &Account| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (event, settings) = (json!({}), settings(OFFICES));
        runtime.block_on(Box::pin(crate::handle(&event, &settings, account, account, "other", &|| account.now())))
    };
    another(&account).unwrap();
    assert_eq!(account.digests(), [], "the first run may still be about to");
    account.wait(5);
    another(&account).unwrap();
    assert!(kept.contains(&format!("\"id\":\"{}\"", account.digests()[0].id)), "{kept}");
    assert_eq!(account.digests()[0].to.to_string(), "2026-11-24T09:00:00Z");
}

#[test]
fn what_was_told_in_one_language_is_not_told_again_because_the_alarm_is_muted_again_at_once() {
    let text = format!("{OFFICES}\n[notify]\nemails = [\"a@example.com\"]\nlanguage = [\"en\", \"ja\"]\n");
    let with = |event: &Value, id: &str, account: &Account| {
        let (runtime, settings) = (tokio::runtime::Builder::new_current_thread().build().unwrap(), settings(&text));
        runtime.block_on(Box::pin(crate::handle(event, &settings, account, account, id, &|| account.now())))
    };
    // Runs may be missed, so that the next comes late.
    for (minutes, next) in [(0, 5), (1, 5), (5, 5), (14, 5), (0, 35), (1, 60), (40, 5)] {
        let account = account().at(TOKYO_MORNING);
        with(&json!({}), "a", &account).unwrap();
        account.go_off("yakei-ConsoleLogin");
        account.wait(60);
        account.ail(Some(Trouble::RefuseJapanese), 0);
        assert_eq!(with(&json!({"action": "arm"}), "b", &account).unwrap_err().name, Why::DigestNotSent);
        account.heal();
        account.wait(minutes);
        with(&json!({"action": "resume"}), "c", &account).unwrap();
        account.wait(next);
        with(&json!({}), "d", &account).unwrap();
        let muted = account.muted().contains(&"yakei-ConsoleLogin".to_owned());
        assert!(muted, "{minutes}, {next}: it is muted when it is told");
        account.go_off("yakei-ConsoleLogin");
        let account = account.at("2026-11-24T09:00:00Z");
        with(&json!({}), "e", &account).unwrap();
        let languages = account.told_in.borrow().clone();
        assert_eq!(languages, [Language::En, Language::Ja, Language::En, Language::Ja], "{minutes}, {next}");
        let ids: std::collections::BTreeSet<String> = account.digests().into_iter().map(|it| it.id).collect();
        assert_eq!((ids.len(), account.digests().iter().map(|it| it.times).max()), (2, Some(1)), "{minutes}, {next}");
    }
}

#[test]
fn the_enricher_is_asked_first_and_the_plain_digest_goes_out_when_nobody_takes_it() {
    for enricher in [true, false] {
        let account = account().at(TOKYO_MORNING);
        account.enricher.set(enricher);
        reconcile(&account).unwrap();
        account.go_off("yakei-ConsoleLogin");
        let account = account.at("2026-11-24T09:00:00Z");
        account.forget_calls();
        reconcile(&account).unwrap();
        let calls = account.calls();
        assert!(calls.contains(&"hand over".to_owned()));
        assert_eq!((calls.contains(&"tell".to_owned()), account.digests().len()), (!enricher, 1));
    }
}

#[test]
fn a_history_that_can_never_be_read_is_said_after_a_day() {
    let account = account().at(TOKYO_MORNING);
    reconcile(&account).unwrap();
    account.go_off("yakei-ConsoleLogin");
    let account = account.at("2026-11-24T09:00:00Z").with(Trouble::RefuseHistory);
    assert_eq!(reconcile(&account).unwrap_err().name, Why::DigestNotSent);
    account.wait(24 * 60 - 10);
    let quiet = OFFICES.replace("windows = [{ days = [\"Mon\", \"Tue\", \"Wed\", ", "windows = [{ days = [");
    assert_eq!(run(&json!({}), &settings(&quiet), &account).unwrap_err().name, Why::DigestNotSent);
    assert_eq!(account.digests(), []);
    account.wait(15);
    run(&json!({}), &settings(&quiet), &account).unwrap_err(); // London's alarms were muted until a moment ago
    assert!(account.told()[0].contains("Not known: what yakei-ConsoleLogin did after"), "{:?}", account.told());
    assert!(!account.kept("Muted")["yakei-muted-1"].contains("ConsoleLogin"));
}

#[test]
fn what_stands_when_a_rule_ends_is_sent_by_cloudwatch_and_told_by_nobody_else() {
    let by_rule = settings(&OFFICES.replace("[[schedule]]", "[[schedule]]\nby = \"mute-rule\""));
    let account = account().at("2026-11-23T23:50:00Z");
    run(&json!({}), &by_rule, &account).unwrap();
    let account = account.at("2026-11-24T02:00:00Z");
    account.go_off("yakei-ConsoleLogin");
    let account = account.at("2026-11-24T09:00:00Z");
    assert_eq!(account.told_live().len(), 1);
    run(&json!({}), &by_rule, &account).unwrap();
    assert!(account.digests().iter().all(|digest| digest.times == 0), "{:?}", account.digests());
}

#[test]
fn each_language_is_told_once_whatever_fails_in_between() {
    let both = settings(&format!("{OFFICES}\n[notify]\nlanguage = [\"en\", \"ja\"]\nemails = [\"a@example.com\"]"));
    let account = account().at(TOKYO_MORNING);
    run(&json!({}), &both, &account).unwrap();
    account.go_off("yakei-ConsoleLogin");
    let account = account.at("2026-11-24T09:00:00Z").with(Trouble::RefuseJapanese);
    assert_eq!(run(&json!({}), &both, &account).unwrap_err().name, Why::DigestNotSent);
    account.wait(5);
    assert_eq!(run(&json!({}), &both, &account).unwrap_err().name, Why::DigestNotSent);
    account.heal();
    // Somebody who could tell in all languages is not asked any more.
    account.enricher.set(true);
    account.wait(5);
    run(&json!({}), &both, &account).unwrap();
    assert_eq!(*account.told_in.borrow(), [Language::En, Language::Ja]);
    let ids: Vec<String> = account.digests().into_iter().map(|it| it.id).collect();
    assert_eq!((ids.len(), ids.first()), (2, ids.last()), "both are one digest");
    account.wait(5);
    run(&json!({}), &both, &account).unwrap();
    assert_eq!(account.told_in.borrow().len(), 2);
}

/// Also where the file has a slip, in which the function arms everything.
#[test]
fn chat_applications_see_the_digest_that_the_toggler_publishes_itself() {
    let https = |notify: &str| {
        let account = account().at(TOKYO_MORNING);
        reconcile(&account).unwrap();
        account.go_off("yakei-ConsoleLogin");
        let account = account.at("2026-11-24T09:00:00Z");
        // With a slip the answer is a failure, and the digest is sent all the same.
        let _ = run(&json!({}), &settings(&format!("{OFFICES}\n[notify]\n{notify}")), &account);
        let published = account.published.borrow().clone();
        let message: Value = serde_json::from_str(published.first().unwrap()).unwrap();
        serde_json::from_str::<Value>(message["https"].as_str().unwrap()).unwrap()
    };
    for chat in ["https = \"chat\"\nemails = [\"a@example.com\"]", "https = \"chat\"\nemails = [\"nobody\"]"] {
        let seen = https(chat);
        assert_eq!(
            (&seen["source"], &seen["metadata"]["eventType"]),
            (&json!("custom"), &json!("yakei.digest")),
            "{chat}"
        );
        assert!(seen["content"]["description"].as_str().unwrap().contains("yakei-ConsoleLogin"), "{seen}");
    }
    assert_eq!(https("emails = [\"a@example.com\"]")["schema"], "yakei.digest/1");
}

#[test]
fn a_claim_from_a_time_to_come_is_believed_no_longer_than_any_other() {
    let account = account().at(TOKYO_MORNING);
    reconcile(&account).unwrap();
    account.go_off("yakei-ConsoleLogin");
    let text = r#"{"muted":[{"since":"2026-11-24T00:00:00Z","claim":{"id":"0f","run":"x","at":"2030-01-01T00:00:00Z"},"names":["yakei-ConsoleLogin"]}]}"#;
    account.plant("yakei-muted-1", "Muted", text, true);
    let account = account.at("2026-11-24T09:00:00Z");
    reconcile(&account).unwrap();
    assert_eq!(account.digests().len(), 1);
}

#[test]
fn a_beginning_in_a_time_to_come_is_not_believed_of_what_stands_muted() {
    let account = account().at(TOKYO_MORNING);
    reconcile(&account).unwrap();
    let text = r#"{"muted":[{"since":"2030-01-01T00:00:00Z","names":["yakei-ConsoleLogin"]}]}"#;
    account.plant("yakei-muted-1", "Muted", text, true);
    account.go_off("yakei-ConsoleLogin");
    let account = account.at("2026-11-24T01:00:00Z");
    reconcile(&account).unwrap();
    let account = account.at("2026-11-24T09:00:00Z");
    reconcile(&account).unwrap();
    assert_eq!(account.digests().len(), 1);
}
