//! The watch watches itself: who changes it is told, whatever else is muted, held or ignored.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test that cannot go on ends

use jiff::{Timestamp, ToSpan as _};
use scenarios::story::{self, NOTICE_LIMIT, Narrator, Office, SIGN_IN, changed, config, sign_in};
use scenarios::world::{ACCOUNT, World};
use serde_json::{Value, json};
use yakei_core::controls::{Catalogue, Installation};

const CHANGES: &str = "yakei-MonitoringChanges";

#[tokio::test]
async fn somebody_disables_an_alarm_and_the_mail_arrives_although_everything_else_is_muted() {
    let world = World::start().await.unwrap();
    story::set_up(&world, &Narrator::default()).await.unwrap();
    every_control_counts_its_samples_and_no_others(&world).await;

    // Business hours, a schedule that names everything, a hold besides, and an agreement about mallory.
    let everything = config(Office::Open).replace("[\"yakei-ConsoleLogin\"]", "[\"yakei-*\"]");
    let ignored = "\n[[notify.ignore]]\nwho = \"mallory\"\nreason = \"penetration test\"\n";
    world.deploy(&(everything + ignored), &["toggler", "enricher"]).await.unwrap();
    let until = Timestamp::now().checked_add(1.hour()).unwrap();
    let hold = json!({"action": "mute", "until": until.to_string(), "reason": "quiet"});
    world.invoke("toggler", &hold).await.unwrap();
    assert_eq!(enabled(&world).await, [CHANGES, "yakei-TogglerHeartbeat"]);

    let seen = world.mails().len();
    let names = json!({"alarmNames": ["yakei-RootUsage"]});
    let disabled = changed("mallory", "198.51.100.7", "monitoring", "DisableAlarmActions", &names);
    world.deliver(&[sign_in("alice", "203.0.113.5"), disabled]).await.unwrap();
    let mail = world.mail(seen, NOTICE_LIMIT, |_| true).await.unwrap();
    assert!(mail.subject.starts_with(&format!("ALARM {CHANGES}")), "{}", mail.subject);
    let first = "mallory called monitoring:DisableAlarmActions from an address not known (198.51.100.7)";
    assert!(mail.body.starts_with(first), "{}", mail.body);
    assert!(mail.body.contains("1 matching event, as many as the alarm counted"), "{}", mail.body);
    assert!(world.alarm(SIGN_IN).await.unwrap().0, "the sign-in was counted, and its alarm is muted");
    world.sns.publish().topic_arn(world.alarm_topic()).message("all alarms before this").send().await.unwrap();
    let last = world.mail(seen, NOTICE_LIMIT, |mail| mail.body.contains("all alarms before this")).await.unwrap();
    assert_eq!(world.mails()[seen..], [mail, last], "and nothing else was told");

    // The toggler's own doing is no news.
    world.let_time_pass().await.unwrap();
    assert!(!world.alarm(CHANGES).await.unwrap().0);
    let mut own: Value =
        serde_json::from_str(&changed("x", "AWS Internal", "monitoring", "EnableAlarmActions", &names)).unwrap();
    let role = format!("arn:aws:iam::{ACCOUNT}:role/yakei-toggler");
    own["userIdentity"] =
        json!({"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"type": "Role", "arn": role}}});
    world.deliver(&[own.to_string()]).await.unwrap();
    assert!(!world.alarm(CHANGES).await.unwrap().0);
    // Of anybody else it is.
    own["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] = json!(role.replace("toggler", "enricher"));
    world.deliver(&[own.to_string()]).await.unwrap();
    assert!(world.alarm(CHANGES).await.unwrap().0);
    world.stop().await;
}

/// The alarms that would tell somebody.
async fn enabled(world: &World) -> Vec<String> {
    let alarms = world.cloudwatch.describe_alarms().alarm_name_prefix("yakei-").send().await.unwrap();
    // In these the toggler keeps holds, and what it has muted; nothing rings them.
    let kept = |name: &str| name.starts_with("yakei-hold") || name.starts_with("yakei-muted-");
    let enabled = alarms.metric_alarms().iter().filter(|alarm| alarm.actions_enabled() == Some(true));
    enabled.filter_map(|alarm| alarm.alarm_name()).filter(|name| !kept(name)).map(ToOwned::to_owned).collect()
}

/// So many messages `TestMetricFilter` takes (CloudWatch Logs API reference).
const AT_ONCE: usize = 50;

/// By `TestMetricFilter`, each pattern of the catalogue as it would be written to AWS.
async fn every_control_counts_its_samples_and_no_others(world: &World) {
    for control in Catalogue::builtin().unwrap().controls() {
        let control = control.filled(&Installation::EXAMPLE);
        let mut counted = vec![0; control.must_match.len()];
        let samples: Vec<_> = control.must_match.iter().chain(&control.must_not_match).cloned().collect();
        for pattern in control.patterns() {
            for (chunk, samples) in samples.chunks(AT_ONCE).enumerate() {
                let test = world.logs.test_metric_filter().filter_pattern(pattern);
                let answer = test.set_log_event_messages(Some(samples.to_vec())).send().await.unwrap();
                for found in answer.matches() {
                    let at = chunk * AT_ONCE + usize::try_from(found.event_number()).unwrap() - 1;
                    assert!(at < counted.len(), "{} counts {:?}", control.key, found.event_message());
                    counted[at] += 1;
                }
            }
        }
        assert_eq!(counted, vec![1; control.must_match.len()], "{}", control.key);
    }
}
