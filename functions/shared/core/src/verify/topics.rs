//! The topics: whether CloudWatch may publish, and whether anybody is listening.

use super::link::{APPLY, Link, fail, pass, unknown, unread};
use super::vitals::{Subscribers, Vitals};
use crate::plan::{Desired, Found, Kind, Observed, Resource};
use crate::policies::{self, Denial, Policy};

/// The denial that matters most: a certain one before one that cannot be decided.
fn denied(policy: &Policy, wanted: &Policy) -> Option<Denial> {
    policy.denies(wanted).into_iter().max_by_key(|denial| denial.certain)
}

impl Denial {
    fn told(&self, link: impl Into<String>, place: &str) -> Link {
        let Self { statement, action, certain } = self;
        let mend = format!("Narrow or remove {statement} of {place}: a denial wins over every permission");
        if *certain {
            fail(link, format!("{statement} of {place} denies {action}"), mend)
        } else {
            let detail =
                format!("whether {statement} of {place}, which denies {action}, hits it cannot be told from here");
            unknown(link, detail, mend)
        }
    }
}

/// Whatever the topic's policy is, CloudWatch must be able to publish. An existing topic is told by its grant.
pub(super) fn topic_allows_cloudwatch(desired: &Desired, observed: &Observed) -> Option<Link> {
    let key = desired.key(Kind::Topic, desired.alarm_topic());
    let link = format!("{key} lets CloudWatch publish");
    if desired.used(&key).is_some() {
        return None;
    }
    let wanted = policies::alarms_publish(desired.place(), desired.name(), desired.alarm_topic());
    Some(match observed.0.get(&key) {
        Some(Found::Ours(Resource::Topic(topic))) => match denied(&topic.policy, &wanted) {
            Some(denial) => denial.told(link, "the topic's policy"),
            None if topic.policy.allows(&wanted) => pass(link, ""),
            None => fail(link, "its policy does not let cloudwatch.amazonaws.com", APPLY),
        },
        Some(Found::Foreign(Some(Resource::Topic(topic)))) => match denied(&topic.policy, &wanted) {
            None if topic.policy.allows(&wanted) => pass(link, "by a policy that is somebody else's"),
            Some(denial) => denial.told(link, "the topic's policy"),
            None => {
                fail(link, "its policy does not let cloudwatch.amazonaws.com", "Adopt the topic, or mend its policy")
            }
        },
        Some(Found::Unreadable(problem)) => unread(link, problem),
        Some(_) => unknown(link, "the topic is somebody else's, and its policy cannot be read", "Look at its policy"),
        None => fail(link, "there is no topic", APPLY),
    })
}

/// Of an existing topic for people: its policy must not deny what the functions' own policies allow. That nothing does is
/// no link of its own.
pub(super) fn functions_may_publish(desired: &Desired, observed: &Observed) -> Vec<Link> {
    let (key, name) = (desired.key(Kind::Topic, desired.notice_topic()), desired.name());
    let Some(Found::Foreign(Some(Resource::Topic(topic)))) = desired.used(&key).and_then(|_| observed.0.get(&key))
    else {
        return Vec::new();
    };
    let of = |role: String| {
        let wanted = policies::role_publishes(desired.place(), &role, desired.notice_topic());
        let denial = denied(&topic.policy, &wanted)?;
        Some(denial.told(format!("{key} lets {role} publish"), "the topic's policy"))
    };
    [name.enricher(), name.toggler()].into_iter().filter_map(of).collect()
}

/// An encrypted topic takes alarms only when its key does as well; otherwise they vanish without a word.
pub(super) fn key_allows_cloudwatch(desired: &Desired, vitals: &Vitals) -> Option<Link> {
    let link = "the alarm topic's key lets CloudWatch use it";
    let key = match &vitals.alarm_key {
        Ok(key) => key.as_ref()?,
        Err(problem) => return Some(unread(link, problem)),
    };
    let wanted = policies::alarms_use_key(desired.place(), desired.name());
    let id = &key.id;
    Some(match &key.policy {
        _ if id.ends_with("alias/aws/sns") => {
            fail(link, "CloudWatch cannot use alias/aws/sns: alarms vanish", "Use a customer key, or none")
        }
        _ if key.unusable.is_some() => {
            let state = key.unusable.as_deref().unwrap_or_default();
            fail(link, format!("{id} is {state}: nothing is decrypted with it"), "Enable the key, or choose another")
        }
        Some(policy) if policy.allows(&wanted) => match denied(policy, &wanted) {
            Some(denial) => denial.told(link, "the key's policy"),
            None => pass(link, id.clone()),
        },
        Some(_) => fail(
            link,
            format!("{id} does not let cloudwatch.amazonaws.com use kms:Decrypt and kms:GenerateDataKey*"),
            "Name the key in [notify] kms_key and run apply, or add that to the key's policy",
        ),
        None => unknown(
            link,
            format!("the policy of {id} cannot be read from here"),
            "See that it gives cloudwatch.amazonaws.com kms:Decrypt and kms:GenerateDataKey*",
        ),
    })
}

pub(super) fn subscribers(vitals: &Vitals) -> Link {
    let link = "somebody gets the notices";
    match &vitals.subscribers {
        Ok(Subscribers { confirmed: 0, pending: 0 }) => {
            fail(link, "nobody is subscribed", "Name addresses in [notify] emails, then run apply")
        }
        Ok(Subscribers { confirmed: 0, pending }) => fail(
            link,
            format!("{pending} subscribed, none confirmed"),
            "Follow the link in the mail from AWS; it is void after 48 hours, then run apply for a new one",
        ),
        Ok(Subscribers { confirmed, pending: 0 }) => pass(link, format!("{confirmed} confirmed")),
        Ok(Subscribers { confirmed, pending }) => pass(link, format!("{confirmed} confirmed, {pending} not yet")),
        Err(problem) => unread(link, problem),
    }
}
