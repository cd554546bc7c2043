//! What is told: of composite alarms, of ends, of what is agreed upon, and of what is no alarm.

use super::*;

fn composite(name: &str, rule: &str) -> Value {
    json!({"AlarmName": name, "AlarmArn": format!("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}"), "NewStateValue": "ALARM",
        "OldStateValue": "OK", "AlarmRule": rule, "StateChangeTime": "2026-11-21T18:46:12.345+0000", "NewStateReason": "x transitioned to ALARM"})
}

#[tokio::test(start_paused = true)]
async fn composite_alarms_lead_to_their_children() {
    let mut fake = usual(1);
    fake.described
        .insert("middle".into(), described("middle", &composite("middle", "ALARM(leaf) OR ALARM(calm) OR ALARM(top)")));
    fake.described.insert("leaf".into(), described("leaf", &alarm("ALARM", "OK", &breach(1))));
    fake.described.insert("calm".into(), described("calm", &alarm("OK", "ALARM", "")));
    let fake = told(fake, &composite("top", "ALARM(middle) AND NOT ALARM(gone)")).await;
    let notice = fake.notice();
    assert_eq!((&notice["found"], &notice["expected"]), (&json!(1), &json!(1)));
    assert!(
        notice["problems"].to_string().contains("the alarm gone does not exist (any more) in eu-west-1"),
        "{notice}"
    );
    assert!(!notice["problems"].to_string().contains("top"), "{notice}");
    assert_eq!(fake.count("DescribeAlarms"), 2);
}

#[tokio::test(start_paused = true)]
async fn composite_alarms_are_not_followed_for_ever() {
    let mut fake = Fake::default();
    for n in 0..20 {
        fake.described
            .insert(format!("c{n}"), described(&format!("c{n}"), &composite("x", &format!("ALARM(c{})", n + 1))));
    }
    let fake = told(fake, &composite("top", "ALARM(c0)")).await;
    assert_eq!(fake.count("DescribeAlarms"), 4);
    assert!(fake.notice()["problems"].to_string().contains("4 deep"));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_an_alarm_tells_what_the_first_notice_could_not_know() {
    let began = Transition {
        at: "2026-11-21T18:31:00Z".parse().unwrap(),
        to: State::Alarm,
        datapoints: vec![Datapoint { value: 1.0, start: "2026-11-21T18:25:00Z".parse().unwrap() }],
        said: None,
    };
    let mut fake = usual(0);
    fake.transitions.entry(String::new()).or_default().push(began.clone());
    fake.log(GROUP, "2026-11-21T18:26:00Z", &sign_in("alice", "2026-11-21T18:20:00Z"));
    let quiet = told(fake, &alarm("OK", "ALARM", "x")).await;
    let notice = quiet.notice();
    assert_eq!((&notice["activity"][0]["who"], &notice["activity"][0]["new"]), (&json!("alice"), &json!(false)));
    assert_eq!((&notice["complete"], &notice["found"]), (&json!(true), &json!(1)));
    insta::assert_snapshot!(quiet.mail().lines().next().unwrap(), @"yakei-ConsoleLogin is OK again at 2026-11-21 18:46 UTC (2026-11-22 03:46 JST), nothing new since it went off: alice signed in to the console (no MFA) from 203.0.113.5 at 2026-11-21 18:20 UTC (2026-11-22 03:20 JST)");

    let mut fake = usual(0);
    fake.transitions.entry(String::new()).or_default().push(began);
    fake.log(GROUP, "2026-11-21T18:26:00Z", &sign_in("alice", "2026-11-21T18:20:00Z"));
    fake.log(GROUP, "2026-11-21T18:36:00Z", &sign_in("mallory", "2026-11-21T18:33:00Z"));
    // Logged in the first window, but taken in after the first notice had gone.
    fake.log(GROUP, "2026-11-21T18:29:00Z", &sign_in("late", "2026-11-21T18:21:00Z"));
    fake.logs.get_mut(GROUP).unwrap()[2].ingested_at = Some("2026-11-21T18:33:00Z".parse().unwrap());
    let fake = told(fake, &alarm("OK", "ALARM", "x")).await;
    let who: Vec<_> =
        fake.notice()["activity"].as_array().unwrap().iter().map(|it| (it["who"].clone(), it["new"].clone())).collect();
    let [mallory, late, alice] = ["mallory", "late", "alice"].map(|it| json!(it));
    assert_eq!(who, [(mallory, json!(true)), (late, json!(true)), (alice, json!(false))]);
    assert!(
        fake.mail().starts_with("also during this alarm: mallory signed in to the console (no MFA)"),
        "{}",
        fake.mail()
    );
}

fn ignoring(who: &str, until: &str) -> Ignore {
    Ignore {
        who: Wildcard::parse(who),
        source_ip: Source::parse("203.0.113.0/24").ok(),
        until: until.parse().ok(),
        reason: "penetration test".into(),
        ..Ignore::default()
    }
}

async fn told_ignoring(fake: Fake, ignore: Vec<Ignore>, body: &Value) -> Fake {
    let settings = Settings { ignore, ..settings() };
    let enricher = Enricher::new(fake, settings, limits(), Some(TOPIC_OUT.into()), None);
    handle(&enricher, &event(&[&body.to_string()])).await.unwrap();
    enricher.into_ports()
}

fn suppressed(fake: &Fake) -> String {
    let published = fake.published.borrow();
    published[0].attributes.iter().find(|it| it.name == "suppressed").unwrap().value.clone()
}

#[tokio::test(start_paused = true)]
async fn what_is_agreed_upon_wakes_nobody() {
    let body = alarm("ALARM", "OK", &breach(2));
    let fake = told_ignoring(usual(2), vec![ignoring("al*", "2026-11-30")], &body).await;
    let notice = fake.notice();
    assert_eq!((&notice["suppressed"], &notice["ignored"], &notice["activity"]), (&json!(true), &json!(2), &json!([])));
    assert_eq!((suppressed(&fake), &notice["ignored_because"]), ("true".to_owned(), &json!(["penetration test"])));

    let mut fake = usual(1);
    fake.log(GROUP, "2026-11-21T18:43:00Z", &sign_in("mallory", "2026-11-21T18:41:00Z"));
    let fake = told_ignoring(fake, vec![ignoring("alice", "2026-11-30")], &body).await;
    assert_eq!((suppressed(&fake), &fake.notice()["activity"][0]["who"]), ("false".to_owned(), &json!("mallory")));

    // One event that the alarm counted was not found: nobody agreed upon that one.
    let fake = told_ignoring(usual(1), vec![ignoring("alice", "2026-11-30")], &body).await;
    assert_eq!((suppressed(&fake), &fake.notice()["ignored"]), ("false".to_owned(), &json!(1)));
}

/// Whoever is agreed upon elsewhere is told all the same where the watch itself was changed.
#[tokio::test(start_paused = true)]
async fn nothing_of_the_watch_itself_is_ignored() {
    let named = |text: &str| text.replace("ConsoleLogin", "MonitoringChanges");
    let body: Value = serde_json::from_str(&named(&alarm("ALARM", "OK", &breach(1)).to_string())).unwrap();
    let ended: Value =
        serde_json::from_str(&named(&alarm("OK", "ALARM", "no datapoints were received").to_string())).unwrap();
    for (body, filters) in
        [(&body, ["DisableAlarmActions", "DeleteTopic"]), (&ended, ["DeleteTopic", "DisableAlarmActions"])]
    {
        let mut fake = Fake::default();
        // Several filters count into its metric; one of them found something.
        for filter in filters {
            fake.filter("eu-west-1", "MonitoringChanges", GROUP, filter);
        }
        let mut record = sign_in("alice", "2026-11-21T18:41:00Z");
        record["eventSource"] = json!("monitoring.amazonaws.com");
        record["eventName"] = json!("DisableAlarmActions");
        fake.log(GROUP, "2026-11-21T18:42:00Z", &record);
        let fake = told_ignoring(fake, vec![ignoring("alice", "2026-11-30")], body).await;
        let notice = fake.notice();
        assert_eq!((suppressed(&fake).as_str(), &notice["ignored"]), ("false", &json!(0)), "{notice}");
        assert_eq!((&notice["activity"][0]["who"], &notice["found"]), (&json!("alice"), &json!(1)));
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_an_agreed_alarm_wakes_nobody_either() {
    let at = "2026-11-21T18:46:00.5Z".parse().unwrap();
    let datapoints = vec![Datapoint { value: 1.0, start: "2026-11-21T18:40:00Z".parse().unwrap() }];
    for (ignore, expected) in [(vec![ignoring("alice", "2026-11-30")], "true"), (Vec::new(), "false")] {
        let mut fake = usual(1);
        fake.transitions.entry(String::new()).or_default().push(Transition {
            at,
            to: State::Alarm,
            datapoints: datapoints.clone(),
            said: None,
        });
        let fake = told_ignoring(fake, ignore, &alarm("OK", "ALARM", "no datapoints were received")).await;
        assert_eq!(suppressed(&fake), expected, "{}", fake.mail());
        assert_eq!(fake.count("DescribeAlarmHistory"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_without_a_known_beginning_tells_rather_twice_than_not() {
    for denied in [false, true] {
        let fake = usual(1);
        if denied {
            fake.faults.borrow_mut().insert("DescribeAlarmHistory", "AccessDenied");
        }
        let fake = told(fake, &alarm("OK", "ALARM", "x")).await;
        assert_eq!(
            (&fake.notice()["activity"][0]["who"], &fake.notice()["complete"]),
            (&json!("alice"), &json!(false))
        );
        assert!(fake.notice()["problems"].to_string().contains("may repeat the first notice"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_agreement_that_is_over_is_reported() {
    let fake = told_ignoring(usual(1), vec![ignoring("alice", "2026-11-20")], &alarm("ALARM", "OK", &breach(1))).await;
    assert_eq!((suppressed(&fake), &fake.notice()["ignored"]), ("false".to_owned(), &json!(0)));
    let problem = "an entry of [[notify.ignore]] ended on 2026-11-20: penetration test; extend or remove it";
    assert_eq!(fake.notice()["problems"], json!([problem]));
}

#[tokio::test(start_paused = true)]
async fn the_catalogue_says_how_bad_it_is_and_what_to_do() {
    let settings = Settings::from_loaded(Ok(Config::parse(include_str!("../../../../infra/yakei.toml")).unwrap()));
    let enricher = Enricher::new(usual(1), settings, limits(), Some(TOPIC_OUT.into()), None);
    handle(&enricher, &event(&[&alarm("ALARM", "OK", &breach(1)).to_string()])).await.unwrap();
    let fake = enricher.into_ports();
    assert_eq!((&fake.notice()["control"], &fake.notice()["severity"]), (&json!("ConsoleLogin"), &json!("medium")));
    assert!(fake.mail().contains("Next       Ask the person whether it was them"), "{}", fake.mail());
    assert!(fake.mail().contains(" JST)"));
}

#[tokio::test(start_paused = true)]
async fn a_companion_alarm_says_what_its_control_says() {
    let settings = Settings::from_loaded(Ok(Config::parse(include_str!("../../../../infra/yakei.toml")).unwrap()));
    let mut body = alarm("ALARM", "OK", &breach(1));
    body["AlarmName"] = json!("yakei-SecurityGroupChanges-companion");
    let enricher = Enricher::new(usual(1), settings, limits(), Some(TOPIC_OUT.into()), None);
    handle(&enricher, &event(&[&body.to_string()])).await.unwrap();
    let next = enricher.settings().control("yakei-SecurityGroupChanges").unwrap().next.clone();
    let fake = enricher.into_ports();
    assert_eq!(fake.notice()["control"], "SecurityGroupChanges");
    assert!(fake.notice()["severity"].is_string() && fake.mail().contains(&next), "{}", fake.mail());
}

#[tokio::test(start_paused = true)]
async fn other_changes_of_state_are_forwarded_without_a_search() {
    for (state, previous) in [("INSUFFICIENT_DATA", "OK"), ("OK", "INSUFFICIENT_DATA"), ("OK", "OK")] {
        let fake = told(usual(1), &alarm(state, previous, "x")).await;
        assert_eq!((fake.calls.borrow().len(), &fake.notice()["complete"]), (1, &json!(true)), "{state}");
        assert_eq!(suppressed(&fake), (state == "OK").to_string(), "{state} after {previous}");
        let watching = fake.mail().starts_with("yakei-ConsoleLogin is watching now at 2026-11-21 18:46 UTC");
        assert_eq!(watching, state == "OK", "{}", fake.mail());
    }
    let fake = told(usual(1), &alarm("OK", "?", "x")).await;
    assert_eq!(suppressed(&fake), "false", "an alarm may be over: {}", fake.mail());
}

#[tokio::test(start_paused = true)]
async fn whatever_is_no_alarm_is_forwarded_for_what_it_is() {
    let hostile = "\u{202e}x\n".repeat(100_000);
    for body in ["", "hello", "{", "[]", "{\"detail-type\":\"x\"}", hostile.as_str()] {
        let enricher = enricher(Fake::default());
        handle(&enricher, &event(&[body])).await.unwrap();
        let fake = enricher.into_ports();
        assert_eq!(fake.notice()["alarm"]["name"], Value::Null);
        assert!(fake.published.borrow()[0].bytes() <= LIMIT_BYTES);
    }
    let enricher = enricher(Fake::default());
    handle(&enricher, &json!({"Records": [{"s3": {}}]})).await.unwrap();
    assert!(enricher.into_ports().notice()["problems"].to_string().contains("not from SNS"));
}

#[tokio::test(start_paused = true)]
async fn log_lines_that_are_no_records_are_counted() {
    let mut fake = usual(1);
    let event = crate::ports::LogEvent {
        id: "x".into(),
        message: "ConsoleLogin, but no JSON".into(),
        ..fake.logs[GROUP][0].clone()
    };
    fake.logs.get_mut(GROUP).unwrap().push(event);
    let notice = told(fake, &alarm("ALARM", "OK", &breach(2))).await.notice();
    assert_eq!((&notice["found"], &notice["activity"][0]["count"]), (&json!(2), &json!(1)));
    assert_eq!(notice["problems"], json!(["1 matching log line(s) could not be read: not JSON, or cut off"]));
}

#[tokio::test(start_paused = true)]
async fn the_alarms_own_region_is_asked() {
    let mut body = alarm("ALARM", "OK", &breach(1));
    body["AlarmArn"] = json!("arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:yakei-ConsoleLogin");
    let fake = told(usual(1), &body).await;
    assert_eq!(fake.calls.borrow()[0], "DescribeMetricFilters ap-northeast-1 all");
}

#[tokio::test(start_paused = true)]
async fn a_broken_configuration_is_told_and_keeps_nothing_back() {
    let errors = Config::parse("name = \"yakei\"\nnmae = 1").unwrap_err();
    let settings = Settings::from_loaded(Err(LoadError::Invalid { path: "yakei.toml".into(), errors }));
    let enricher = Enricher::new(usual(1), settings, limits(), Some(TOPIC_OUT.into()), None);
    handle(&enricher, &event(&[&alarm("ALARM", "OK", &breach(1)).to_string()])).await.unwrap();
    let fake = enricher.into_ports();
    assert_eq!((&fake.notice()["found"], &fake.notice()["control"]), (&json!(1), &json!("ConsoleLogin")));
    assert!(
        fake.notice()["problems"][0].as_str().unwrap().contains("yakei.toml has mistakes: line 1"),
        "{}",
        fake.notice()
    );
    assert!(
        fake.mail().lines().next().unwrap().ends_with("from 203.0.113.5 at 2026-11-21 18:30 UTC"),
        "{}",
        fake.mail()
    );
}

#[tokio::test(start_paused = true)]
async fn only_a_failed_publish_fails_the_run_and_the_next_delivery_tells_again() {
    let enricher = enricher(usual(1));
    let event = event(&[&alarm("ALARM", "OK", &breach(1)).to_string(), "hello"]);
    enricher.ports().faults.borrow_mut().insert("Publish", "KMSAccessDenied");
    let failure = handle(&enricher, &event).await.unwrap_err();
    assert_eq!(failure.name, Why::PublishFailed);
    assert!(failure.message.contains("KMSAccessDenied"), "{failure}");
    assert_eq!(enricher.ports().count("Publish"), 2, "every message is tried");
    enricher.ports().faults.borrow_mut().clear();
    handle(&enricher, &event).await.unwrap();
    assert_eq!(enricher.into_ports().notices().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_same_message_twice_is_one_notice() {
    let enricher = enricher(usual(1));
    let event = event(&[&alarm("ALARM", "OK", &breach(1)).to_string()]);
    handle(&enricher, &event).await.unwrap();
    let again = handle(&enricher, &event).await.unwrap();
    assert_eq!(again, json!({"notices": [{"id": "m-0", "repeated": true}]}));
    assert_eq!(enricher.into_ports().notice()["id"], "m-0");
}

#[tokio::test(start_paused = true)]
async fn the_same_alarm_sent_by_hand_twice_is_two_notices() {
    let enricher = enricher(usual(1));
    let body = alarm("ALARM", "OK", &breach(1));
    let without_id = json!({"Records": [{"Sns": {"Message": body.to_string()}}]});
    for event in [&body, &body, &without_id, &without_id] {
        handle(&enricher, event).await.unwrap();
    }
    assert_eq!(enricher.into_ports().notices().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_work_is_refused_by_name() {
    let one = event(&["hello"]);
    let with_topic =
        |topic: Option<&str>| Enricher::new(Fake::default(), settings(), limits(), topic.map(str::to_owned), None);
    let cases = [
        (with_topic(None), &one, Why::NoNotifyTopic),
        (with_topic(Some(" ")), &one, Why::NoNotifyTopic),
        (with_topic(Some(TOPIC_IN)), &one, Why::SameTopic),
        (with_topic(Some(TOPIC_OUT)), &json!({"action": "plan"}), Why::InvalidEvent),
    ];
    for (enricher, event, name) in cases {
        assert_eq!(handle(&enricher, event).await.unwrap_err().name, name);
        assert_eq!(enricher.into_ports().calls.borrow().len(), 0, "{name}");
    }
}
