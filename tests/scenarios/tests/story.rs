//! The demo's story is true: every step of it happens, with the real binaries; and no mail of it says that anything is not
//! known, for the local AWS sends what AWS sends.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test that cannot go on ends

use std::collections::BTreeMap;

use scenarios::story::{self, Narrator};
use scenarios::world::World;
use serde_json::Value;

#[tokio::test]
async fn a_sign_in_is_told_by_night_and_not_by_day_and_nothing_is_unknown() {
    let world = World::start().await.unwrap();
    let tell = Narrator::default();
    story::set_up(&world, &tell).await.unwrap();
    for topic in [world.alarm_topic(), world.notice_topic()] {
        world.read_along(&topic).await.unwrap();
    }
    story::night_and_day(&world, &tell).await.unwrap();
    alarms_have_the_shape_of_what_aws_sends(&world);
    notices_know_everything(&world);
    mails_name_no_unknown(&world);
    world.stop().await;
}

/// What the alarms have sent, field by field beside a message in the shape of AWS's.
fn alarms_have_the_shape_of_what_aws_sends(world: &World) {
    let expected: Value = serde_json::from_str(include_str!("../../local-aws/fixtures/alarm-message.json")).unwrap();
    let expected = fields(&expected);
    let messages: Vec<Value> = parsed(&world.received(&world.alarm_topic()));
    let alarms: Vec<&Value> = messages.iter().filter(|it| it.get("NewStateReason").is_some()).collect();
    assert!(alarms.len() >= 4, "{messages:#?}");
    for alarm in alarms {
        assert_eq!(fields(alarm), expected, "{alarm:#}");
        let reason = alarm["NewStateReason"].as_str().unwrap();
        let data = reason.contains("1 datapoint [");
        let quiet = alarm["NewStateValue"] == "OK" && reason.ends_with("treated as [NonBreaching].");
        assert!(reason.starts_with("Threshold Crossed: ") && (data || quiet), "{reason}");
    }
}

/// What programs get says of itself that it is complete, and which minutes were searched.
fn notices_know_everything(world: &World) {
    let notices = parsed(&world.received(&world.notice_topic()));
    let notices: Vec<&Value> = notices.iter().filter(|it| it["schema"] == "yakei.notice/1").collect();
    let raised = |notice: &&&Value| notice["alarm"]["state"] == "ALARM";
    assert!(notices.iter().filter(raised).count() >= 3, "{notices:#?}");
    for notice in &notices {
        assert_eq!((&notice["complete"], &notice["problems"]), (&true.into(), &Value::Array(vec![])), "{notice:#}");
    }
    for notice in notices.iter().filter(raised) {
        assert!(!notice["search"].as_array().unwrap().is_empty(), "{notice:#}");
        assert_eq!(notice["expected"], notice["found"], "{notice:#}");
    }
}

fn mails_name_no_unknown(world: &World) {
    for mail in world.mails() {
        // What nobody named a network is said to be none; that is known.
        let text = format!("{}\n{}", mail.subject, mail.body).replace("from an address not known (", "from (");
        let text = text.to_lowercase();
        for word in [
            "不明",
            "not known",
            "unknown",
            "incomplete",
            "not complete",
            "names no datapoint",
            "not read",
            "could not",
        ] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
}

fn parsed(messages: &[String]) -> Vec<Value> {
    messages.iter().filter_map(|message| serde_json::from_str(message).ok()).collect()
}

/// The fields of a message with the kind of each.
fn fields(value: &Value) -> BTreeMap<String, &'static str> {
    let mut found = BTreeMap::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        let kind = match value {
            Value::Object(_) => "object",
            Value::Array(_) => "list",
            Value::String(_) => "text",
            Value::Number(number) => {
                if number.is_f64() {
                    "decimal"
                } else {
                    "whole"
                }
            }
            Value::Bool(_) => "truth",
            Value::Null => "null",
        };
        found.insert(name.clone(), kind);
        found.extend(fields(value).into_iter().map(|(inner, kind)| (format!("{name}.{inner}"), kind)));
    }
    found
}
