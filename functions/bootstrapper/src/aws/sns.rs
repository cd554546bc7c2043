//! Topics and subscriptions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_sns::Client;
use aws_sdk_sns::types::Tag;
use yakei_core::plan::{Desired, Found, Kind, Problem, Resource, Subscription, Tags, Topic, Want, Wanted};
use yakei_core::policies::Policy;
use yakei_core::verify::Subscribers;

use super::found::{FoundMap, by_tag};
use super::problem::Said as _;

const ABSENT: &[&str] = &["NotFound", "NotFoundException"];
const POLICY: &str = "Policy";
const KEY: &str = "KmsMasterKeyId";
const FILTER: &str = "FilterPolicy";
const FILTER_SCOPE: &str = "FilterPolicyScope";
const RAW: &str = "RawMessageDelivery";

pub(super) async fn read_topic(client: &Client, desired: &Desired, wanted: &Wanted) -> Result<Option<Found>, Problem> {
    let arn = desired.place().topic(&wanted.key.name);
    let Some(Attributes { policy, kms_key }) = attributes(client, &arn).await? else { return Ok(None) };
    if matches!(wanted.want, Want::Use(_)) {
        let topic = Topic { policy, kms_key, tags: Tags::default() };
        return Ok(Some(Found::Foreign(Some(Resource::Topic(topic)))));
    }
    let listed = client.list_tags_for_resource().resource_arn(&arn).send().await.said("sns:ListTagsForResource")?;
    let tags: Tags = listed.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
    Ok(Some(by_tag(desired.name(), &tags.clone(), || Resource::Topic(Topic { policy, kms_key, tags }))))
}

/// What a topic says of itself.
pub(super) struct Attributes {
    pub(super) policy: Policy,
    pub(super) kms_key: Option<String>,
}

/// `None` when there is no such topic.
pub(super) async fn attributes(client: &Client, arn: &str) -> Result<Option<Attributes>, Problem> {
    let call = client.get_topic_attributes().topic_arn(arn).send().await;
    let Some(answer) = call.unless("sns:GetTopicAttributes", ABSENT)? else { return Ok(None) };
    let attribute = |key: &str| answer.attributes().and_then(|all| all.get(key)).filter(|value| !value.is_empty());
    let policy = Policy::read(attribute(POLICY).map_or("{}", String::as_str));
    Ok(Some(Attributes { policy, kms_key: attribute(KEY).cloned() }))
}

pub(super) async fn set_policy(client: &Client, arn: &str, policy: &Policy) -> Result<(), Problem> {
    let call = client.set_topic_attributes().topic_arn(arn).attribute_name(POLICY).attribute_value(policy.to_json());
    call.send().await.said("sns:SetTopicAttributes").map(drop)
}

pub(super) async fn create_topic(client: &Client, name: &str, want: &Topic) -> Result<(), Problem> {
    let mut attributes = HashMap::from([(POLICY.to_owned(), want.policy.to_json())]);
    attributes.extend(want.kms_key.clone().map(|key| (KEY.to_owned(), key)));
    let call = client.create_topic().name(name).set_attributes(Some(attributes)).set_tags(Some(tags(&want.tags)?));
    call.send().await.said("sns:CreateTopic")?;
    Ok(())
}

pub(super) async fn update_topic(client: &Client, name: &str, want: &Topic, have: &Topic) -> Result<(), Problem> {
    // Asking for the topic again is how its ARN is told without knowing the account.
    let arn = client
        .create_topic()
        .name(name)
        .send()
        .await
        .said("sns:CreateTopic")?
        .topic_arn()
        .unwrap_or_default()
        .to_owned();
    let set = async |key: &str, value: &str| {
        let call = client.set_topic_attributes().topic_arn(&arn).attribute_name(key).attribute_value(value);
        call.send().await.said("sns:SetTopicAttributes").map(drop)
    };
    if want.policy != have.policy {
        set(POLICY, &want.policy.to_json()).await?;
    }
    if want.kms_key != have.kms_key {
        set(KEY, want.kms_key.as_deref().unwrap_or_default()).await?;
    }
    let missing = want.tags.missing_in(&have.tags);
    if !missing.0.is_empty() {
        let call = client.tag_resource().resource_arn(&arn).set_tags(Some(tags(&missing)?));
        call.send().await.said("sns:TagResource")?;
    }
    Ok(())
}

fn tags(tags: &Tags) -> Result<Vec<Tag>, Problem> {
    tags.0.iter().map(|(key, value)| Tag::builder().key(key).value(value).build().said("sns:TagResource")).collect()
}

/// Which of the wanted subscriptions are there, confirmed or waiting for it.
pub(super) async fn read_subscriptions(client: &Client, desired: &Desired) -> Result<FoundMap, Problem> {
    let wanted: Vec<_> = desired
        .of_kind(Kind::Subscription)
        .filter_map(|wanted| match &wanted.want {
            Want::Make(Resource::Subscription(subscription)) => Some((&wanted.key, subscription)),
            _ => None,
        })
        .collect();
    let topics: BTreeSet<&str> = wanted.iter().map(|(_, subscription)| subscription.topic_arn.as_str()).collect();
    let mut there = BTreeMap::new();
    for topic in topics {
        let mut pages = client.list_subscriptions_by_topic().topic_arn(topic).into_paginator().send();
        while let Some(page) = pages.next().await {
            let Some(page) = page.unless("sns:ListSubscriptionsByTopic", ABSENT)? else { break };
            for found in page.subscriptions().iter().filter(|s| s.subscription_arn() != Some("Deleted")) {
                let part = |text: Option<&str>| text.unwrap_or_default().to_owned();
                let key = (topic.to_owned(), part(found.protocol()), part(found.endpoint()));
                there.insert(key, part(found.subscription_arn()));
            }
        }
    }
    let mut found = FoundMap::new();
    for (key, subscription) in wanted {
        let wanted = subscription.clone();
        let Some(arn) = there.get(&(wanted.topic_arn, wanted.protocol, wanted.endpoint)) else { continue };
        let mut subscription = subscription.clone();
        subscription.pending = arn == "PendingConfirmation";
        // One that waits for its confirmation has no ARN to ask by, and cannot be changed; one that stays as it is
        // need not be asked.
        if arn.starts_with("arn:") && !subscription.kept {
            let attributes = subscription_attributes(client, arn).await?;
            let attribute = |key: &str| attributes.get(key).map(String::as_str).unwrap_or_default();
            subscription.filter_policy = compact(attribute(FILTER));
            subscription.filters_body = attribute(FILTER_SCOPE) == "MessageBody";
            subscription.raw = attribute(RAW) == "true";
        }
        found.insert(key.clone(), Found::Ours(Resource::Subscription(subscription)));
    }
    Ok(found)
}

/// Empty for one that has gone since it was listed.
async fn subscription_attributes(client: &Client, arn: &str) -> Result<HashMap<String, String>, Problem> {
    let call = client.get_subscription_attributes().subscription_arn(arn).send().await;
    let answer = call.unless("sns:GetSubscriptionAttributes", ABSENT)?;
    Ok(answer.and_then(|answer| answer.attributes).unwrap_or_default())
}

/// SNS keeps a filter policy as it was written; blanks do not matter.
fn compact(text: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
    value.map_or_else(|| text.to_owned(), |policy| policy.to_string())
}

pub(super) async fn subscribe(client: &Client, want: &Subscription) -> Result<(), Problem> {
    let mut call = client.subscribe().topic_arn(&want.topic_arn).protocol(&want.protocol).endpoint(&want.endpoint);
    if !want.filter_policy.is_empty() {
        call = call.attributes(FILTER, &want.filter_policy);
    }
    call.return_subscription_arn(true).send().await.said("sns:Subscribe")?;
    Ok(())
}

/// Gives the subscriptions of this endpoint the wanted filter policy, over attributes, and messages as they are.
pub(super) async fn filter(client: &Client, want: &Subscription, have: &Subscription) -> Result<(), Problem> {
    let scope = if want.filters_body { "MessageBody" } else { "MessageAttributes" };
    let raw = want.raw.to_string();
    let all = [
        (FILTER_SCOPE, scope, want.filters_body != have.filters_body),
        (FILTER, want.filter_policy.as_str(), want.filter_policy != have.filter_policy),
        (RAW, raw.as_str(), want.raw != have.raw),
    ];
    for arn in arns(client, want).await? {
        for (name, value, differs) in all {
            if differs {
                let call = client.set_subscription_attributes().subscription_arn(&arn).attribute_name(name);
                call.attribute_value(value).send().await.said("sns:SetSubscriptionAttributes")?;
            }
        }
    }
    Ok(())
}

/// The confirmed subscriptions of this endpoint. One that waits for its confirmation has no ARN yet.
async fn arns(client: &Client, subscription: &Subscription) -> Result<Vec<String>, Problem> {
    let (protocol, endpoint) = (Some(subscription.protocol.as_str()), Some(subscription.endpoint.as_str()));
    let mut arns = Vec::new();
    let mut pages = client.list_subscriptions_by_topic().topic_arn(&subscription.topic_arn).into_paginator().send();
    while let Some(page) = pages.next().await {
        let Some(page) = page.unless("sns:ListSubscriptionsByTopic", ABSENT)? else { break };
        let ours = page.subscriptions().iter().filter(|s| s.protocol() == protocol && s.endpoint() == endpoint);
        arns.extend(ours.filter_map(|s| s.subscription_arn()).filter(|arn| arn.starts_with("arn:")).map(str::to_owned));
    }
    Ok(arns)
}

pub(super) async fn delete_topic(client: &Client, arn: &str) -> Result<(), Problem> {
    client.delete_topic().topic_arn(arn).send().await.unless("sns:DeleteTopic", ABSENT)?;
    Ok(())
}

/// Ends a subscription. One that waits for its confirmation ends with its topic.
pub(super) async fn unsubscribe(client: &Client, have: &Subscription) -> Result<(), Problem> {
    for arn in arns(client, have).await? {
        client.unsubscribe().subscription_arn(arn).send().await.unless("sns:Unsubscribe", ABSENT)?;
    }
    Ok(())
}

/// Who is subscribed to a topic.
pub(super) async fn subscribers(client: &Client, topic_arn: &str) -> Result<Subscribers, Problem> {
    let mut subscribers = Subscribers::default();
    let mut pages = client.list_subscriptions_by_topic().topic_arn(topic_arn).into_paginator().send();
    while let Some(page) = pages.next().await {
        let Some(page) = page.unless("sns:ListSubscriptionsByTopic", ABSENT)? else { break };
        for found in page.subscriptions() {
            match found.subscription_arn() {
                Some("Deleted") | None => {}
                Some("PendingConfirmation") => subscribers.pending += 1,
                Some(_) => subscribers.confirmed += 1,
            }
        }
    }
    Ok(subscribers)
}
