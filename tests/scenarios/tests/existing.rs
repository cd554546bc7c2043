//! What exists is used as it is: topics and a key that others made get what is missing, and nothing else of them changes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test that cannot go on ends

use scenarios::world::{BINARIES, World};
use serde_json::{Value, json};

/// What the key's owner wrote, and nobody else touches.
const OWNER: &str = r#"{"Sid":"Owner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"kms:*","Resource":"*"}"#;

async fn key(world: &World) -> String {
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{OWNER}]}}"#);
    let key = world.kms.create_key().policy(policy).send().await.unwrap();
    key.key_metadata().unwrap().arn().unwrap().to_owned()
}

/// The `Sid`s of the key's policy, its owner's statement unchanged.
async fn statements(world: &World, key: &str) -> Vec<String> {
    let answer = world.kms.get_key_policy().key_id(key).policy_name("default").send().await.unwrap();
    let policy: Value = serde_json::from_str(answer.policy().unwrap()).unwrap();
    let all = policy["Statement"].as_array().unwrap();
    assert!(all.contains(&serde_json::from_str(OWNER).unwrap()), "{policy}");
    all.iter().map(|statement| statement["Sid"].as_str().unwrap().to_owned()).collect()
}

async fn subscribers(world: &World, topic: &str) -> Vec<String> {
    let answer = world.sns.list_subscriptions_by_topic().topic_arn(topic).send().await.unwrap();
    answer.subscriptions().iter().map(|it| format!("{} {}", it.protocol().unwrap(), it.endpoint().unwrap())).collect()
}

fn changes(answer: &Value, change: &str) -> Vec<String> {
    let all = answer["changes"].as_array().unwrap().iter();
    all.filter(|line| line["change"] == change).map(|line| line["resource"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn existing_topics_and_a_key_get_what_is_missing_and_keep_the_rest() {
    let world = World::start().await.unwrap();
    let key = key(&world).await;
    let topic =
        async |name: &str| world.sns.create_topic().name(name).send().await.unwrap().topic_arn().unwrap().to_owned();
    let (people, company) = (topic("people").await, topic("company").await);
    // Somebody subscribed this address long ago, and wants every message of the topic.
    let mail = world.sns.subscribe().topic_arn(&people).protocol("email").endpoint("boss@example.com");
    mail.send().await.unwrap();
    let config = format!(
        "schedule = [{{ timezone = \"UTC\", windows = [] }}]\n[notify]\ntopic = \"{people}\"\nalarm_topic = \"company\"\n\
         emails = [\"boss@example.com\", \"security@example.com\"]\nkms_key = \"{key}\"\n"
    );
    world.deploy(&config, &BINARIES).await.unwrap();
    let bootstrapper = async |event: Value| world.invoke("bootstrapper", &event).await.unwrap();

    let plan = bootstrapper(json!({})).await;
    let id = key.rsplit('/').next().unwrap();
    assert_eq!(changes(&plan, "update"), [format!("key-policy/{id}")]);
    assert_eq!(changes(&plan, "foreign"), ["topic/company", "topic/people"]);
    bootstrapper(json!({"action": "apply"})).await;
    let again = bootstrapper(json!({"action": "apply"})).await;
    assert_eq!((changes(&again, "create"), changes(&again, "update")), (vec![], vec![]), "{again:#}");
    assert_eq!(statements(&world, &key).await, ["Owner", "YakeiCloudWatchAlarms"]);
    assert_eq!(subscribers(&world, &people).await, ["email boss@example.com", "email security@example.com"]);
    let alarm = world.cloudwatch.describe_alarms().alarm_names("yakei-RootUsage").send().await.unwrap();
    assert_eq!(alarm.metric_alarms()[0].alarm_actions(), std::slice::from_ref(&company));

    // The functions were deployed for the topic that is not used: the audit says so, with the mend.
    let audit = bootstrapper(json!({"action": "verify"})).await;
    let link =
        |text: &str| audit["links"].as_array().unwrap().iter().find(|link| link["link"] == text).unwrap().clone();
    assert_eq!(link(&format!("key-policy/{id}"))["verdict"], "pass");
    let told = link("yakei-enricher publishes to the topic for people");
    assert_eq!(told["verdict"], "fail");
    assert_eq!(told["mend"], format!("Set NOTIFY_TOPIC_ARN of yakei-enricher to {people}"));

    bootstrapper(json!({"action": "destroy", "confirm": "yakei"})).await;
    assert_eq!(statements(&world, &key).await, ["Owner"]);
    assert_eq!(subscribers(&world, &people).await.len(), 2);
    assert_eq!(subscribers(&world, &company).await, [""; 0]);
    world.stop().await;
}
