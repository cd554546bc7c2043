//! Bad input: each gets a clear error, and no alarm is lost by it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test that cannot go on ends

use local_aws::Mail;
use scenarios::story::{self, NOTICE_LIMIT, Narrator, Office, SIGN_IN, config, sign_in};
use scenarios::world::World;
use serde_json::{Value, json};

async fn publish(world: &World, message: &str) -> Mail {
    let seen = world.mails().len();
    world.sns.publish().topic_arn(world.alarm_topic()).message(message).send().await.unwrap();
    world.mail(seen, NOTICE_LIMIT, |mail| !mail.subject.starts_with("ALARM")).await.unwrap()
}

#[tokio::test]
async fn nothing_is_lost_by_bad_input() {
    let world = World::start().await.unwrap();
    story::set_up(&world, &Narrator::default()).await.unwrap();
    a_broken_config_arms_what_a_good_one_muted(&world).await;
    a_message_that_is_no_alarm_is_sent_on(&world).await;
    a_log_line_that_is_no_json_hides_nothing(&world).await;
    an_account_is_not_touched_by_a_broken_config(&world).await;
    world.stop().await;
}

async fn a_broken_config_arms_what_a_good_one_muted(world: &World) {
    world.deploy(&config(Office::Open), &["toggler"]).await.unwrap();
    world.invoke("toggler", &json!({})).await.unwrap();
    assert!(!world.alarm(SIGN_IN).await.unwrap().1, "muted by the good config");

    let broken = config(Office::Open).replace("Asia/Tokyo", "Asia/Tokio").replace("[notify]", "[notfiy]");
    world.deploy(&broken, &["toggler"]).await.unwrap();
    let error = world.invoke("toggler", &json!({})).await.unwrap_err().to_string();
    for part in ["InvalidConfig", "Asia/Tokio", "Asia/Tokyo", "notfiy", "line"] {
        assert!(error.contains(part), "{part} in {error}");
    }
    assert!(world.alarm(SIGN_IN).await.unwrap().1, "armed without a readable config");
    world.deploy(&config(Office::Closed), &["toggler"]).await.unwrap();
}

async fn a_message_that_is_no_alarm_is_sent_on(world: &World) {
    for (message, told) in [("the disk is full", "the disk is full"), ("{\"a\": [1, 2", "no alarm"), ("[]", "no alarm")]
    {
        let mail = publish(world, message).await;
        assert!(mail.body.contains(told), "{message}: {}", mail.body);
    }
}

async fn a_log_line_that_is_no_json_hides_nothing(world: &World) {
    let seen = world.mails().len();
    let lines =
        ["no JSON", "{\"eventName\": \"ConsoleLogin\"", "[1, 2]", "\u{202e}\u{7}", &sign_in("alice", "203.0.113.5")];
    world.deliver(&lines.map(str::to_owned)).await.unwrap();
    let mail = world.mail(seen, NOTICE_LIMIT, |mail| mail.subject.starts_with("ALARM")).await.unwrap();
    assert!(mail.body.starts_with("alice signed in"), "{}", mail.body);
    let last = publish(world, "all alarms before this").await;
    assert_eq!(world.mails()[seen..], [mail, last], "exactly one notice for one alarm");
}

async fn an_account_is_not_touched_by_a_broken_config(world: &World) {
    let broken = config(Office::Closed).replace("windows ", "widnows ");
    world.deploy(&broken, &["bootstrapper"]).await.unwrap();
    let error = world.invoke("bootstrapper", &json!({"action": "apply"})).await.unwrap_err().to_string();
    assert!(error.contains("widnows") && error.contains("line"), "{error}");

    world.deploy(&config(Office::Closed), &["bootstrapper"]).await.unwrap();
    let plan = world.invoke("bootstrapper", &json!({"action": "plan"})).await.unwrap();
    let changes = |kind: &str| plan.pointer(&format!("/summary/{kind}")).and_then(Value::as_u64);
    assert_eq!((changes("create"), changes("update")), (Some(0), Some(0)), "{plan:#}");
}
