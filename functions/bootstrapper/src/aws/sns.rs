//! Topics and subscriptions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_sns::Client;
use aws_sdk_sns::types::Tag;
use yakei_core::plan::{Desired, Found, Kind, Problem, Resource, Subscription, Tags, Topic, Want, Wanted};
use yakei_core::policies::Policy;
use yakei_core::verify::Subscribers;

use super::problem::Said as _;
use super::{FoundMap, by_tag};

const ABSENT: &[&str] = &["NotFound", "NotFoundException"];
const POLICY: &str = "Policy";
const KEY: &str = "KmsMasterKeyId";

pub(super) async fn read_topic(client: &Client, desired: &Desired, wanted: &Wanted) -> Result<Option<Found>, Problem> {
    let arn = desired.place().topic(&wanted.key.name);
    let call = client.get_topic_attributes().topic_arn(&arn).send().await;
    let Some(answer) = call.unless("sns:GetTopicAttributes", ABSENT)? else { return Ok(None) };
    let attribute = |key: &str| answer.attributes().and_then(|all| all.get(key)).filter(|value| !value.is_empty());
    let listed = client.list_tags_for_resource().resource_arn(&arn).send().await.said("sns:ListTagsForResource")?;
    let tags: Tags = listed.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
    let policy = Policy::read(attribute(POLICY).map_or("{}", String::as_str));
    let kms_key = attribute(KEY).cloned();
    Ok(Some(by_tag(desired.name(), &tags.clone(), || Resource::Topic(Topic { policy, kms_key, tags }))))
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
    let mut there = BTreeSet::new();
    for topic in topics {
        let mut pages = client.list_subscriptions_by_topic().topic_arn(topic).into_paginator().send();
        while let Some(page) = pages.next().await {
            let Some(page) = page.unless("sns:ListSubscriptionsByTopic", ABSENT)? else { break };
            for found in page.subscriptions().iter().filter(|s| s.subscription_arn() != Some("Deleted")) {
                let part = |text: Option<&str>| text.unwrap_or_default().to_owned();
                there.insert((topic.to_owned(), part(found.protocol()), part(found.endpoint())));
            }
        }
    }
    let is_there = |s: &Subscription| there.contains(&(s.topic_arn.clone(), s.protocol.clone(), s.endpoint.clone()));
    let found = wanted.into_iter().filter(|(_, subscription)| is_there(subscription));
    Ok(found.map(|(key, s)| (key.clone(), Found::Ours(Resource::Subscription(s.clone())))).collect::<BTreeMap<_, _>>())
}

pub(super) async fn subscribe(client: &Client, want: &Subscription) -> Result<(), Problem> {
    let call = client.subscribe().topic_arn(&want.topic_arn).protocol(&want.protocol).endpoint(&want.endpoint);
    call.return_subscription_arn(true).send().await.said("sns:Subscribe")?;
    Ok(())
}

pub(super) async fn delete_topic(client: &Client, arn: &str) -> Result<(), Problem> {
    client.delete_topic().topic_arn(arn).send().await.unless("sns:DeleteTopic", ABSENT)?;
    Ok(())
}

/// Ends a subscription. One that waits for its confirmation has no ARN yet: it ends with its topic.
pub(super) async fn unsubscribe(client: &Client, have: &Subscription) -> Result<(), Problem> {
    let mut pages = client.list_subscriptions_by_topic().topic_arn(&have.topic_arn).into_paginator().send();
    while let Some(page) = pages.next().await {
        let Some(page) = page.unless("sns:ListSubscriptionsByTopic", ABSENT)? else { break };
        let ours = page
            .subscriptions()
            .iter()
            .filter(|found| found.protocol() == Some(&have.protocol) && found.endpoint() == Some(&have.endpoint));
        for arn in ours.filter_map(|found| found.subscription_arn()).filter(|arn| arn.starts_with("arn:")) {
            client.unsubscribe().subscription_arn(arn).send().await.unless("sns:Unsubscribe", ABSENT)?;
        }
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
