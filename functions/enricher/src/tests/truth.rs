//! Nobody missing, nobody blamed: every breaching minute, the right events, all of an alarm at its end.

use std::collections::BTreeSet;

use super::*;

/// What a case changes of an account and a message.
type Change = fn(&mut Fake, &mut Value);

fn who(notice: &Value) -> BTreeSet<String> {
    let groups = notice["activity"].as_array().unwrap();
    groups.iter().map(|it| it["who"].as_str().unwrap().to_owned()).collect()
}

fn gaps(notice: &Value) -> Vec<&str> {
    notice["gaps"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

fn point(minute: usize) -> Datapoint {
    Datapoint { value: 1.0, start: format!("2026-11-21T18:{minute}:00Z").parse().unwrap() }
}

/// Eight minutes breached, 18:34 to 18:41: alice in the first three, bob in the others. AWS names the five newest.
fn eight_minutes() -> (Fake, Value) {
    let mut fake = usual(0);
    for minute in 34..42 {
        let who = if minute < 37 { "alice" } else { "bob" };
        fake.log(GROUP, &format!("2026-11-21T18:{minute}:30Z"), &sign_in(who, &format!("2026-11-21T18:{minute}:00Z")));
    }
    let named: Vec<_> = (37..42).rev().map(|minute| format!("1.0 (21/11/26 18:{minute}:00)")).collect();
    let reason = format!(
        "Threshold Crossed: 8 datapoints were greater than or equal to the threshold (1.0). The most recent datapoints which \
         crossed the threshold: [{}] (minimum 1 datapoint for OK -> ALARM transition).",
        named.join(", ")
    );
    let mut body = alarm("ALARM", "OK", &reason);
    body["Trigger"]["Period"] = json!(60);
    body["Trigger"]["EvaluationPeriods"] = json!(12);
    (fake, body)
}

fn all_eight() -> Vec<Datapoint> {
    (34..42).map(point).chain([Datapoint { value: 0.0, ..point(33) }]).collect()
}

#[tokio::test(start_paused = true)]
async fn every_breaching_minute_is_searched_though_aws_names_five() {
    let (mut fake, body) = eight_minutes();
    let at = "2026-11-21T18:46:12.345Z".parse().unwrap();
    let change = Transition { at, to: State::Alarm, datapoints: all_eight(), said: Some(8) };
    fake.transitions.insert("yakei-ConsoleLogin".into(), vec![change]);
    let notice = told(fake, &body).await.notice();
    assert_eq!(
        (who(&notice), &notice["expected"], &notice["complete"]),
        (set(&["alice", "bob"]), &json!(8), &json!(true))
    );

    // The history does not answer: the alarm as it stands has the same data.
    let (mut fake, body) = eight_minutes();
    fake.faults.borrow_mut().insert("DescribeAlarmHistory", "AccessDenied");
    let standing = described("yakei-ConsoleLogin", &body);
    fake.described.insert("yakei-ConsoleLogin".into(), Alarm { evaluated: all_eight(), ..standing });
    let notice = told(fake, &body).await.notice();
    assert_eq!((who(&notice), &notice["expected"], &notice["found"]), (set(&["alice", "bob"]), &json!(8), &json!(8)));
}

#[tokio::test(start_paused = true)]
async fn minutes_that_nobody_names_are_searched_as_a_whole_and_nothing_is_expected() {
    for denied in [true, false] {
        let (fake, body) = eight_minutes();
        if denied {
            fake.faults.borrow_mut().insert("DescribeAlarmHistory", "AccessDenied");
        }
        let notice = told(fake, &body).await.notice();
        assert_eq!(who(&notice), set(&["alice", "bob"]));
        assert_eq!((&notice["expected"], &notice["complete"]), (&Value::Null, &json!(false)));
        assert!(gaps(&notice).contains(&"SomeDatapoints"), "{notice}");
        assert!(notice["problems"].to_string().contains("names only the newest 5"), "{notice}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_composite_alarms_child_is_searched_in_every_minute_too() {
    let (mut fake, body) = eight_minutes();
    fake.described.insert("leaf".into(), Alarm { evaluated: all_eight(), ..described("leaf", &body) });
    let composite = json!({"AlarmName": "top", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:top", "NewStateValue": "ALARM",
        "OldStateValue": "OK", "AlarmRule": "ALARM(leaf)", "StateChangeTime": "2026-11-21T18:46:12.345+0000"});
    let notice = told(fake, &composite).await.notice();
    assert_eq!((who(&notice), &notice["expected"]), (set(&["alice", "bob"]), &json!(8)));
}

#[tokio::test(start_paused = true)]
async fn who_acted_in_an_unnamed_minute_is_not_ignored_with_the_others() {
    let (fake, body) = eight_minutes();
    let ignore = Ignore { who: Wildcard::parse("bob"), reason: "agreed".into(), ..Ignore::default() };
    let settings = Settings { ignore: vec![ignore], ..settings() };
    let enricher = Enricher::new(fake, settings, limits(), Some(TOPIC_OUT.into()), None);
    handle(&enricher, &event(&[&body.to_string()])).await.unwrap();
    let notice = enricher.into_ports().notice();
    assert_eq!((who(&notice), &notice["suppressed"]), (set(&["alice"]), &json!(false)));
}

#[tokio::test(start_paused = true)]
async fn the_heartbeats_alarm_has_a_sentence_of_its_own() {
    let mut body = alarm("ALARM", "OK", "no datapoints were received");
    body["AlarmName"] = json!("yakei-TogglerHeartbeat");
    let fake = told(usual(1), &body).await;
    assert!(fake.mail().starts_with("yakei-TogglerHeartbeat went to ALARM"), "{}", fake.mail());
    assert!(fake.mail().lines().next().unwrap().contains("the toggler has not told that it ran"), "{}", fake.mail());
    assert!(!fake.mail().contains("was searched") && !fake.mail().contains("not known"), "{}", fake.mail());
    assert_eq!((fake.calls.borrow().len(), &fake.notice()["complete"]), (1, &json!(true)));
}

#[tokio::test(start_paused = true)]
async fn what_was_not_searched_is_not_said_to_have_been() {
    let notice = told(Fake::default(), &alarm("ALARM", "OK", "Threshold Crossed")).await.notice();
    assert!(!notice["problems"].to_string().contains("was searched"), "{notice}");
}

#[tokio::test(start_paused = true)]
async fn what_was_found_stays_found_when_a_later_look_fails() {
    for (call, before) in [("FilterLogEvents", 0), ("DescribeMetricFilters", 1)] {
        let mut fake = usual(3);
        fake.refused_after = Some((call, 1));
        let enricher = enricher(fake);
        let mut events: Vec<_> = [3, 4].map(|count| event(&[&alarm("ALARM", "OK", &breach(count)).to_string()])).into();
        events[1]["Records"][0]["Sns"]["MessageId"] = json!("m-1");
        for event in &events[1 - before..] {
            handle(&enricher, event).await.unwrap();
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let fake = enricher.into_ports();
        let notice = fake.notices().pop().unwrap();
        assert_eq!(
            (who(&notice), &notice["found"], &notice["complete"]),
            (set(&["alice"]), &json!(3), &json!(false)),
            "{call}"
        );
        assert!(notice["problems"].to_string().contains(&format!("{call} failed with AccessDenied")), "{notice}");
        let outgoing = fake.published.borrow().last().unwrap().message.clone();
        let mail: Value = serde_json::from_str(&outgoing).unwrap();
        assert!(mail["email"].as_str().unwrap().starts_with("alice signed in"), "{mail}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_alarm_on_a_dimension_names_whom_the_dimension_means() {
    for (value, expected) in [("bob", set(&["bob"])), ("nobody", set(&[]))] {
        let mut fake = usual(0);
        fake.filters[0].1.dimensions = vec![("User".into(), "$.userIdentity.userName".into())];
        fake.log(GROUP, "2026-11-21T18:42:00Z", &sign_in("bob", "2026-11-21T18:41:00Z"));
        fake.log(GROUP, "2026-11-21T18:43:00Z", &sign_in("alice", "2026-11-21T18:42:00Z"));
        let mut body = alarm("ALARM", "OK", &breach(1));
        body["Trigger"]["Dimensions"] = json!([{"name": "User", "value": value}]);
        let notice = told(fake, &body).await.notice();
        assert_eq!((who(&notice), &notice["complete"]), (expected, &json!(value == "bob")), "{notice}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_search_cannot_ask_for_is_said_and_names_nobody() {
    let cases: [(&str, Change); 3] = [
        ("SelectionCriteria", |fake, _| fake.filters[0].1.criteria = Some("@aws.account = \"123456789012\"".into())),
        ("Dimension", |fake, body| {
            fake.filters[0].1.system_dimensions = vec!["@aws.account".into()];
            body["Trigger"]["Dimensions"] = json!([{"name": "@aws.account", "value": "123456789012"}]);
        }),
        ("NoMetricFilter", |_, body| body["Trigger"]["Dimensions"] = json!([{"name": "User", "value": "bob"}])),
    ];
    for (gap, change) in cases {
        let (mut fake, mut body) = (usual(1), alarm("ALARM", "OK", &breach(1)));
        change(&mut fake, &mut body);
        let fake = told(fake, &body).await;
        let notice = fake.notice();
        assert!(gaps(&notice).contains(&gap), "{gap}: {notice}");
        assert_eq!(
            (who(&notice), &notice["complete"], &notice["suppressed"]),
            (set(&[]), &json!(false), &json!(false))
        );
        assert!(!fake.mail().contains("alice") && fake.count("FilterLogEvents") == 0, "{}", fake.mail());
    }
}

#[tokio::test(start_paused = true)]
async fn another_accounts_alarm_or_metric_blames_nobody_of_our_own() {
    let by_arn = |body: &mut Value| {
        body["AlarmArn"] = json!("arn:aws:cloudwatch:eu-west-1:444455556666:alarm:yakei-ConsoleLogin");
    };
    let metric = json!({"Id": "m1", "AccountId": "444455556666", "ReturnData": true, "MetricStat": {"Period": 300, "Stat": "Sum",
        "Metric": {"Namespace": "yakei", "MetricName": "ConsoleLogin", "Dimensions": []}}});
    let by_metric = |body: &mut Value| body["Trigger"] = json!({"Metrics": [metric], "Threshold": 1.0});
    for change in [&by_arn as &dyn Fn(&mut Value), &by_metric] {
        for (state, previous) in [("ALARM", "OK"), ("OK", "ALARM")] {
            let mut body = alarm(state, previous, &breach(1));
            change(&mut body);
            let fake = told(usual(1), &body).await;
            let notice = fake.notice();
            assert!(gaps(&notice).contains(&"OtherAccount") && !fake.mail().contains("alice"), "{}", fake.mail());
            assert_eq!((fake.count("FilterLogEvents"), &notice["complete"]), (0, &json!(false)));
            assert!(notice["problems"].to_string().contains("444455556666"), "{notice}");
        }
    }
    // One's own account by name is one's own.
    let mut own = alarm("ALARM", "OK", &breach(1));
    own["Trigger"] =
        json!({"Metrics": [{"Id": "m1", "AccountId": "123456789012", "MetricStat": metric["MetricStat"]}]});
    assert_eq!(who(&told(usual(1), &own).await.notice()), set(&["alice"]));
}

#[tokio::test(start_paused = true)]
async fn one_act_is_one_act_however_often_it_is_logged_or_counted() {
    // One record twice in the group: the metric counted two.
    let mut fake = usual(1);
    fake.log(GROUP, "2026-11-21T18:43:00Z", &{
        let mut same = sign_in("alice", "2026-11-21T18:30:00Z");
        same["eventID"] = json!("alice-0");
        same
    });
    let fake = told(fake, &alarm("ALARM", "OK", &breach(2))).await;
    let notice = fake.notice();
    assert_eq!((&notice["activity"][0]["count"], &notice["complete"]), (&json!(1), &json!(true)));
    assert!(fake.mail().starts_with("alice signed in to the console (no MFA) from"), "{}", fake.mail());
    assert!(!fake.mail().contains("twice"));

    // Two identical filters count one event twice: one search, and nothing is waited for.
    let mut fake = usual(1);
    fake.filter("eu-west-1", "ConsoleLogin", GROUP, "ConsoleLogin");
    let began = tokio::time::Instant::now();
    let fake = told(fake, &alarm("ALARM", "OK", &breach(2))).await;
    let notice = fake.notice();
    assert_eq!((&notice["activity"][0]["count"], &notice["problems"]), (&json!(1), &json!([])));
    assert_eq!((fake.count("FilterLogEvents"), began.elapsed()), (1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn overlapping_windows_are_searched_once() {
    let mut fake = usual(1);
    for (name, from) in [("a", "18:40:00"), ("b", "18:42:00")] {
        let mut body = alarm("ALARM", "OK", &format!("[1.0 (21/11/26 {from})]"));
        body["Trigger"]["Dimensions"] = json!([]);
        fake.described.insert(name.into(), described(name, &body));
    }
    let composite = json!({"AlarmName": "top", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:top", "NewStateValue": "ALARM",
        "OldStateValue": "OK", "AlarmRule": "ALARM(a) AND ALARM(b)", "StateChangeTime": "2026-11-21T18:46:12.345+0000"});
    let fake = told(fake, &composite).await;
    let searches: Vec<_> = fake.calls.borrow().iter().filter(|it| it.starts_with("FilterLogEvents")).cloned().collect();
    assert_eq!(searches.len(), 1, "{searches:?}");
    assert!(searches[0].ends_with("2026-11-21T18:40:00Z..2026-11-21T18:47:00Z"), "{searches:?}");
    assert_eq!((&fake.notice()["found"], &fake.notice()["activity"][0]["count"]), (&json!(1), &json!(1)));
}

fn rang(at: &str, minute: &str) -> Transition {
    let start = format!("2026-11-21T{minute}:00Z").parse().unwrap();
    let datapoints = vec![Datapoint { value: 1.0, start }];
    Transition { at: format!("2026-11-21T{at}Z").parse().unwrap(), to: State::Alarm, datapoints, said: Some(1) }
}

#[tokio::test(start_paused = true)]
async fn an_end_tells_who_set_off_a_child_that_rang_long_before() {
    let mut fake = usual(0);
    fake.log(GROUP, "2026-11-21T16:01:00Z", &sign_in("alice", "2026-11-21T15:55:00Z"));
    fake.log(GROUP, "2026-11-21T18:41:00Z", &sign_in("bob", "2026-11-21T18:35:00Z"));
    fake.log(GROUP, "2026-11-21T18:44:30Z", &sign_in("eve", "2026-11-21T18:42:00Z"));
    fake.log(GROUP, "2026-11-21T14:00:00Z", &sign_in("unrelated", "2026-11-21T13:55:00Z"));
    fake.described.insert("first".into(), described("first", &alarm("OK", "ALARM", "over")));
    fake.described.insert("second".into(), described("second", &alarm("ALARM", "OK", "[1.0 (21/11/26 18:40:00)]")));
    fake.transitions.insert("first".into(), vec![rang("16:06:00", "16:00")]);
    fake.transitions.insert("second".into(), vec![rang("18:43:00", "18:40")]);
    fake.transitions.insert("top".into(), vec![rang("18:43:30", "18:40")]);
    let composite = json!({"AlarmName": "top", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:top", "NewStateValue": "OK",
        "OldStateValue": "ALARM", "AlarmRule": "ALARM(first) AND ALARM(second)", "StateChangeTime": "2026-11-21T18:46:12.345+0000"});
    let notice = told(fake, &composite).await.notice();
    assert_eq!(who(&notice), set(&["alice", "bob", "eve"]), "{notice}");
    let new: Vec<_> =
        notice["activity"].as_array().unwrap().iter().map(|it| (it["who"].clone(), it["new"].clone())).collect();
    assert_eq!(new[0], (json!("eve"), json!(true)), "{new:?}");
    assert_eq!((&notice["found"], &notice["complete"]), (&json!(3), &json!(true)));
}

#[tokio::test(start_paused = true)]
async fn an_alarm_that_ends_without_data_has_ended() {
    let mut fake = usual(0);
    fake.transitions.insert("yakei-ConsoleLogin".into(), vec![rang("18:31:00", "18:25")]);
    fake.log(GROUP, "2026-11-21T18:36:00Z", &sign_in("mallory", "2026-11-21T18:33:00Z"));
    let fake = told(fake, &alarm("INSUFFICIENT_DATA", "ALARM", "no datapoints were received")).await;
    assert_eq!(who(&fake.notice()), set(&["mallory"]));
    assert!(fake.mail().contains("mallory signed in"), "{}", fake.mail());
}

#[tokio::test(start_paused = true)]
async fn an_end_looks_again_as_the_alarm_does() {
    let mut fake = usual(0);
    fake.transitions.insert("yakei-ConsoleLogin".into(), vec![rang("18:45:30", "18:40")]);
    fake.log(GROUP, "2026-11-21T18:42:00Z", &sign_in("alice", "2026-11-21T18:41:00Z"));
    fake.blind.set(2);
    let notice = told(fake, &alarm("OK", "ALARM", "x")).await.notice();
    assert_eq!((who(&notice), &notice["complete"]), (set(&["alice"]), &json!(true)));
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_what_is_known_does_not_hide_who_is_new_at_the_end() {
    let mut fake = usual(5000);
    fake.page = 100;
    fake.transitions.insert("yakei-ConsoleLogin".into(), vec![rang("18:45:30", "18:40")]);
    for logged in fake.logs.get_mut(GROUP).unwrap() {
        logged.ingested_at = Some("2026-11-21T18:42:00Z".parse().unwrap());
    }
    fake.log(GROUP, "2026-11-21T18:46:00Z", &sign_in("eve", "2026-11-21T18:45:50Z"));
    fake.takes = Duration::from_secs(2);
    let notice = told(fake, &alarm("OK", "ALARM", "x")).await.notice();
    assert_eq!(notice["activity"][0]["who"], "eve", "{}", notice["activity"]);
}

#[tokio::test(start_paused = true)]
async fn a_composite_alarm_of_more_than_49_children_says_that_it_stops_there() {
    for (children, stops) in [(49, false), (60, true)] {
        let mut fake = usual(1);
        for n in 0..children {
            fake.described.insert(format!("c{n}"), described(&format!("c{n}"), &alarm("OK", "ALARM", "")));
        }
        let rule: Vec<_> = (0..children).map(|n| format!("ALARM(c{n})")).collect();
        let composite = json!({"AlarmName": "top", "NewStateValue": "ALARM", "OldStateValue": "OK", "AlarmRule": rule.join(" OR "),
            "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:top"});
        let notice = told(fake, &composite).await.notice();
        assert_eq!(gaps(&notice).contains(&"TooManyAlarms"), stops, "{notice}");
        assert_eq!(notice["problems"].to_string().contains("49"), stops, "{notice}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_child_that_rang_and_is_calm_again_still_leads_to_who_did_it() {
    let mut fake = usual(1);
    fake.described.insert("leaf".into(), described("leaf", &alarm("OK", "ALARM", "over")));
    fake.transitions.insert("leaf".into(), vec![rang("18:46:00", "18:40")]);
    let composite = json!({"AlarmName": "top", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:top", "NewStateValue": "ALARM",
        "OldStateValue": "OK", "AlarmRule": "ALARM(leaf)", "StateChangeTime": "2026-11-21T18:46:12.345+0000",
        "TriggeringChildren": [{"Arn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:leaf"}]});
    assert_eq!(who(&told(fake, &composite).await.notice()), set(&["alice"]));
}

#[tokio::test(start_paused = true)]
async fn an_alarm_behind_a_queue_and_cloudwatchs_own_event_are_alarms() {
    let body = alarm("ALARM", "OK", &breach(1)).to_string();
    let notification = json!({"Type": "Notification", "MessageId": "m-9", "TopicArn": TOPIC_IN, "Message": body});
    let queue = json!({"Records": [{"messageId": "q1", "eventSource": "aws:sqs", "body": notification.to_string()}]});
    let metric = json!({"namespace": "yakei", "name": "ConsoleLogin", "dimensions": {}});
    let data = json!({"period": 300, "statistic": "Sum", "threshold": 1.0,
        "evaluatedDatapoints": [{"timestamp": "2026-11-21T18:40:00.000+0000", "value": 1.0}]});
    let direct = json!({"source": "aws.cloudwatch", "alarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:yakei-ConsoleLogin",
        "accountId": "123456789012", "region": "eu-west-1", "time": "2026-11-21T18:46:12.345+0000", "alarmData": {
            "alarmName": "yakei-ConsoleLogin", "state": {"value": "ALARM", "reason": breach(1), "reasonData": data.to_string(),
            "timestamp": "2026-11-21T18:46:12.345+0000"}, "previousState": {"value": "OK"},
            "configuration": {"metrics": [{"id": "m1", "metricStat": {"metric": metric, "period": 300, "stat": "Sum"}, "returnData": true}]}}});
    for event in [queue, direct] {
        let enricher = enricher(usual(1));
        handle(&enricher, &event).await.unwrap();
        let again = handle(&enricher, &event).await.unwrap();
        assert_eq!(again["notices"][0]["repeated"], true);
        let notice = enricher.into_ports().notice();
        assert_eq!(
            (who(&notice), &notice["expected"], &notice["complete"]),
            (set(&["alice"]), &json!(1), &json!(true))
        );
        assert_eq!(notice["alarm"]["region"], "eu-west-1");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sample_count_is_a_count_whatever_an_event_adds() {
    let mut fake = usual(2);
    (fake.filters[0].1.counts_events, fake.filters[0].1.counts_samples) = (false, true);
    let mut body = alarm("ALARM", "OK", &breach(3));
    body["Trigger"]["Statistic"] = json!("SAMPLE_COUNT");
    let notice = told(fake, &body).await.notice();
    assert_eq!((&notice["expected"], &notice["found"], &notice["complete"]), (&json!(3), &json!(2), &json!(false)));
}

#[tokio::test(start_paused = true)]
async fn a_log_alarm_is_told_by_its_own_lines_and_is_never_missing() {
    let lines: Vec<_> = (0..2).map(|n| sign_in("alice", &format!("2026-11-21T18:4{n}:00Z")).to_string()).collect();
    let mut body = alarm("ALARM", "OK", "2 > 0");
    body["Trigger"] = json!({"ScheduledQueryConfiguration": {"QueryString": "filter x", "LogGroupIdentifiers": [GROUP]}, "ActionLogLineCount": 5, "ActionLogLines": lines});
    let fake = told(Fake::default(), &body).await;
    let notice = fake.notice();
    assert_eq!((who(&notice), &notice["found"], &notice["complete"]), (set(&["alice"]), &json!(2), &json!(true)));
    assert_eq!(fake.calls.borrow().len(), 1, "nothing but the notice");

    // As many lines as it sends: there may be more. No lines at all: said.
    body["Trigger"]["ActionLogLineCount"] = json!(2);
    let notice = told(Fake::default(), &body).await.notice();
    assert_eq!((who(&notice), gaps(&notice), &notice["at_least"]), (set(&["alice"]), vec!["SomeLines"], &json!(true)));
    body["Trigger"]["ActionLogLines"] = Value::Null;
    assert_eq!(gaps(&told(Fake::default(), &body).await.notice()), ["NoLines"]);

    // Its message says nothing of it, or it is a composite one's child: it is described, and is there.
    let mut fake = usual(1);
    body["Trigger"]["ActionLogLines"] = json!([]);
    fake.described.insert("logs".into(), described("logs", &body));
    let bare = json!({"AlarmName": "logs", "NewStateValue": "ALARM", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:logs"});
    let composite = json!({"AlarmName": "top", "NewStateValue": "ALARM", "AlarmRule": "ALARM(logs)",
        "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:top"});
    let enricher = enricher(fake);
    handle(&enricher, &event(&[&bare.to_string(), &composite.to_string()])).await.unwrap();
    for notice in enricher.into_ports().notices() {
        assert!(!notice.to_string().contains("does not exist"), "{notice}");
        assert_eq!(notice["complete"], false);
    }
}

#[tokio::test(start_paused = true)]
async fn years_that_are_no_date_reach_no_notice() {
    let mut fake = usual(0);
    for year in ["-009999", "0000", "99999", "1"] {
        let mut record = sign_in(&format!("y{year}"), "2026-11-21T18:41:00Z");
        record["eventTime"] = json!(format!("{year}-01-01T00:00:00Z"));
        fake.log(GROUP, "2026-11-21T18:42:00Z", &record);
    }
    let mut body = alarm("ALARM", "OK", &breach(4));
    body["StateChangeTime"] = json!("-009999-01-01T00:00:00Z");
    let notice = told(fake, &body).await.notice();
    let times = notice["activity"].as_array().unwrap().iter().flat_map(|it| [it["first"].clone(), it["last"].clone()]);
    let all: Vec<_> = times.chain([notice["alarm"]["changed_at"].clone()]).collect();
    assert!(all.iter().all(|it| it.as_str().is_none_or(|it| it.starts_with("2026-"))), "{all:?}");
}
