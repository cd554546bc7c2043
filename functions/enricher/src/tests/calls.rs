//! Calls that fail for a while: each is made again as long as there is time, and a notice is published once.

use super::*;

const CALLS: [&str; 4] = ["DescribeMetricFilters", "FilterLogEvents", "DescribeAlarmHistory", "DescribeAlarms"];

fn body_that_needs(call: &str) -> Value {
    match call {
        "DescribeAlarmHistory" => alarm("OK", "ALARM", "x"),
        "DescribeAlarms" => {
            json!({"AlarmName": "yakei-ConsoleLogin", "NewStateValue": "ALARM", "NewStateReason": breach(1), "Region": "eu-west-1",
            "StateChangeTime": "2026-11-21T18:46:12.345+0000"})
        }
        _ => alarm("ALARM", "OK", &breach(1)),
    }
}

async fn in_a_minute(fake: Fake, body: &Value) -> (Fake, Duration) {
    let (enricher, began) = (enricher(fake), tokio::time::Instant::now());
    enricher.handle(&event(&[&body.to_string()]), invoked(Duration::from_mins(1))).await.unwrap();
    (enricher.into_ports(), began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn throttled_cut_and_hanging_calls_are_made_again_and_who_did_it_is_told() {
    for call in CALLS {
        for (times, code) in [(9, "ThrottlingException"), (5, "DispatchFailure"), (1, "hang")] {
            let mut fake = usual(1);
            let at = "2026-11-21T18:45:30Z".parse().unwrap();
            let start = "2026-11-21T18:40:00Z".parse().unwrap();
            let began =
                Transition { at, to: State::Alarm, datapoints: vec![Datapoint { value: 1.0, start }], said: Some(1) };
            fake.transitions.insert("yakei-ConsoleLogin".into(), vec![began]);
            fake.described.insert(
                "yakei-ConsoleLogin".into(),
                described("yakei-ConsoleLogin", &alarm("ALARM", "OK", &breach(1))),
            );
            fake.first.borrow_mut().insert(call, (times, code));
            let (fake, took) = in_a_minute(fake, &body_that_needs(call)).await;
            let notice = fake.notice();
            assert_eq!(
                (&notice["activity"][0]["who"], &notice["complete"]),
                (&json!("alice"), &json!(true)),
                "{call} {code}: {notice}"
            );
            assert!(took < Duration::from_secs(45), "{call} {code}: {took:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_passes_ends_with_the_time_and_is_said() {
    for call in ["DescribeMetricFilters", "FilterLogEvents"] {
        let fake = usual(1);
        fake.first.borrow_mut().insert(call, (usize::MAX, "ThrottlingException"));
        let (fake, took) = in_a_minute(fake, &body_that_needs(call)).await;
        assert!(took > Duration::from_secs(30) && took < Duration::from_secs(45), "{took:?}");
        let notice = fake.notice();
        assert!(
            notice["problems"].to_string().contains(&format!("{call} failed with ThrottlingException")),
            "{notice}"
        );
        assert!(fake.count(call) > 8, "{}", fake.count(call));
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_topic_gets_one_long_attempt_and_a_throttling_one_another() {
    let mut fake = usual(1);
    fake.takes = Duration::from_secs(12);
    let (fake, _) = in_a_minute(fake, &body_that_needs("Publish")).await;
    assert_eq!(fake.count("Publish"), 1);

    let fake = usual(1);
    fake.first.borrow_mut().insert("Publish", (6, "Throttled"));
    let (fake, _) = in_a_minute(fake, &body_that_needs("Publish")).await;
    assert_eq!((fake.count("Publish"), fake.notices().len()), (7, 1));
    assert_eq!(fake.notice()["problems"], json!([]), "a throttled publish did not arrive");
}

#[tokio::test(start_paused = true)]
async fn a_notice_that_may_have_arrived_already_says_so() {
    let fake = usual(1);
    fake.first.borrow_mut().insert("Publish", (1, "DispatchFailure"));
    let (fake, _) = in_a_minute(fake, &body_that_needs("Publish")).await;
    assert_eq!(
        fake.notice()["problems"],
        json!(["an earlier try to publish this notice may have arrived: two with the id m-0 are one"])
    );

    // One that hangs has most of the time, and leaves enough for another.
    let fake = usual(1);
    fake.first.borrow_mut().insert("Publish", (1, "hang"));
    let (fake, took) = in_a_minute(fake, &body_that_needs("Publish")).await;
    assert!(fake.notice()["problems"].to_string().contains("may have arrived"));
    assert!(took > Duration::from_secs(30) && took < Duration::from_secs(45), "{took:?}");

    // When none answers, Lambda delivers the event again, and that notice says it.
    let fake = usual(1);
    fake.first.borrow_mut().insert("Publish", (50, "hang"));
    let enricher = enricher(fake);
    let event = event(&[&body_that_needs("Publish").to_string()]);
    assert_eq!(enricher.handle(&event, invoked(Duration::from_mins(1))).await.unwrap_err().name, Why::PublishFailed);
    enricher.ports().first.borrow_mut().clear();
    enricher.handle(&event, invoked(Duration::from_mins(1))).await.unwrap();
    assert!(enricher.into_ports().notice()["problems"].to_string().contains("may have arrived"));
}

#[tokio::test(start_paused = true)]
async fn three_alarms_of_one_environment_cost_two_listings_of_filters_at_most() {
    for (warm_up, group, most) in [(true, GROUP, 1), (false, GROUP, 1), (true, "another", 2)] {
        let mut fake = Fake::default();
        for metric in ["ConsoleLogin", "RootUsage", "UnauthorizedAPICalls"] {
            fake.filter("us-west-2", metric, GROUP, &format!("\"eventID\":\"{metric}\""));
            let mut record = sign_in("alice", "2026-11-21T18:41:00Z");
            record["eventName"] = json!(metric);
            record["eventID"] = json!(metric);
            fake.log(GROUP, "2026-11-21T18:42:00Z", &record);
        }
        let settings = Settings { log_group: Some(group.into()), ..settings() };
        let enricher = Enricher::new(fake, settings, limits(), Some(TOPIC_OUT.into()), Some("us-west-2".into()));
        if warm_up {
            enricher.warm_up().await;
        }
        for (n, metric) in ["ConsoleLogin", "RootUsage", "UnauthorizedAPICalls"].into_iter().enumerate() {
            tokio::time::advance(Duration::from_secs(1)).await;
            let mut body = alarm("ALARM", "OK", &breach(1));
            body["AlarmArn"] = json!(format!("arn:aws:cloudwatch:us-west-2:123456789012:alarm:yakei-{metric}"));
            body["Trigger"]["MetricName"] = json!(metric);
            let mut event = event(&[&body.to_string()]);
            event["Records"][0]["Sns"]["MessageId"] = json!(format!("m-{n}"));
            handle(&enricher, &event).await.unwrap();
        }
        let fake = enricher.into_ports();
        assert!(fake.notices().iter().all(|it| it["activity"][0]["who"] == "alice"));
        assert_eq!(fake.count("DescribeMetricFilters"), most, "warmed up: {warm_up}, {group}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_a_page_does_not_list_all_filters_the_metric_is_asked_for() {
    let mut fake = usual(1);
    fake.many_filters = true;
    let fake = told(fake, &alarm("ALARM", "OK", &breach(1))).await;
    assert_eq!(fake.notice()["activity"][0]["who"], "alice");
    assert_eq!(
        fake.calls.borrow()[..2],
        ["DescribeMetricFilters eu-west-1 all", "DescribeMetricFilters eu-west-1 ConsoleLogin"]
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_toggler_hands_over_becomes_one_digest_that_says_who() {
    use yakei_core::digest::{Digest, HandedOver, Missed};
    let (from, to) = ("2026-11-21T18:00:00Z".parse().unwrap(), "2026-11-21T19:00:00Z".parse().unwrap());
    let mut digest = Digest::new("d-1".into(), "yakei", from, to);
    for name in ["yakei-ConsoleLogin", "yakei-gone"] {
        let mut missed = Missed::new(name, from, to);
        missed.went_off("2026-11-21T18:46:12Z".parse().unwrap(), "x");
        digest.add(missed);
    }
    let mut fake = usual(3);
    fake.described.insert("yakei-ConsoleLogin".into(), described("yakei-ConsoleLogin", &alarm("OK", "ALARM", "x")));
    let enricher = enricher(fake);
    let event = event(&[&HandedOver::new(&digest).body()]);
    handle(&enricher, &event).await.unwrap();
    assert_eq!(handle(&enricher, &event).await.unwrap()["notices"][0]["repeated"], true);
    let fake = enricher.into_ports();
    let told = fake.notice();
    assert_eq!((&told["schema"], &told["id"]), (&json!("yakei.digest/1"), &json!("d-1")));
    let of = |name: &str| told["alarms"].as_array().unwrap().iter().find(|it| it["name"] == name).unwrap().clone();
    let login = of("yakei-ConsoleLogin");
    assert_eq!(
        (&login["activity"][0]["who"], &login["activity"][0]["count"], &login["complete"]),
        (&json!("alice"), &json!(3), &json!(true))
    );
    assert_eq!(of("yakei-gone")["complete"], false);
    assert!(fake.mail().lines().next().unwrap().contains("alice ×3 from 203.0.113.5"), "{}", fake.mail());

    // When nothing can be asked, the digest goes out as it is.
    let fake = usual(3);
    fake.faults.borrow_mut().insert("DescribeAlarms", "AccessDenied");
    let enricher = super::enricher(fake);
    handle(&enricher, &event).await.unwrap();
    assert!(enricher.into_ports().notice()["problems"].to_string().contains("AccessDenied"));
}
