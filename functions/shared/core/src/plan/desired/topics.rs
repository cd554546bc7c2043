//! The two topics, who is subscribed to them, and who may publish and invoke.

use super::super::facts::Facts;
use super::super::kind::Kind;
use super::super::places::places;
use super::super::resource::{Grant, Holder, Permission, Resource, Subscription, Topic};
use super::super::wanted::{Desired, Want, absent, tags};
use crate::arns;
use crate::config::Config;
use crate::policies;
use crate::regions;

/// The statement in the enricher's policy that lets the alarm topic invoke it.
const PERMISSION_ID: &str = "alarm-topic";

/// The alarm topic of this Region tells the enricher at home.
pub(super) fn subscribe_enricher(all: &mut Desired, config: &Config, facts: &Facts) {
    let (alarms, function) = (all.alarm_topic.clone(), config.name.enricher());
    let subscription = Subscription {
        topic_arn: all.place.topic(&alarms),
        protocol: "lambda".to_owned(),
        endpoint: facts.place.function(&function),
        filter_policy: String::new(),
        filters_body: false,
        raw: false,
        pending: false,
        kept: false,
    };
    let key = format!("{alarms}/lambda/{function}");
    let subscription = Resource::Subscription(subscription);
    let want = if facts.enricher { Want::Make(subscription) } else { Want::Later(absent(&function)) };
    all.want(Kind::Subscription, key, want, "alarms become notices");
}

/// The alarm topics of all Regions may invoke the enricher.
fn permit_topics(all: &mut Desired, config: &Config, facts: &Facts) {
    let function = config.name.enricher();
    let home = all.place.clone();
    for place in places(config, facts) {
        // Told as a gap; nothing is set up there.
        let Some(principal) = regions::sns_principal(&place.region, &home.region) else { continue };
        let statement_id =
            if place == home { PERMISSION_ID.to_owned() } else { format!("{PERMISSION_ID}-{}", place.region) };
        let topic_arn =
            if place == home { home.topic(&all.alarm_topic) } else { place.topic(&config.name.alarm_topic()) };
        let permission = Permission {
            function: function.clone(),
            statement: policies::invoke_from_topic(&home, &principal, &function, &topic_arn, &statement_id),
            statement_id: statement_id.clone(),
            topic_arn,
        };
        let permission = Resource::Permission(permission);
        let want = if facts.enricher { Want::Make(permission) } else { Want::Later(absent(&function)) };
        all.want(Kind::Permission, format!("{function}/{statement_id}"), want, "the alarm topic may invoke it");
    }
}

/// Both topics, the people on the one and the enricher on the other.
pub(super) fn topics(all: &mut Desired, config: &Config, facts: &Facts) {
    let (name, place) = (config.name.clone(), all.place.clone());
    let (alarms, notices) = (all.alarm_topic.clone(), all.notice_topic.clone());
    let kms_key = config.notify.kms_key.clone();
    let topic = |policy| Resource::Topic(Topic { policy, kms_key: kms_key.clone(), tags: tags(&name) });
    if config.notify.alarm_topic.is_some() {
        all.want(Kind::Topic, &alarms, Want::Use("[notify] alarm_topic".to_owned()), "");
        let statements = vec![policies::alarms_publish(&place, &name, &alarms)];
        let on = Holder::Topic(place.topic(&alarms));
        let grant = Grant { on, statements, ours: true, denials: Vec::new(), unfit: None };
        all.make(&alarms, Resource::Grant(grant), "alarms publish to it");
    } else {
        all.make(&alarms, topic(policies::alarm_topic(&place, &alarms)), "alarms publish to it, the enricher reads it");
    }
    if config.notify.topic.is_some() {
        all.want(Kind::Topic, &notices, Want::Use("[notify] topic".to_owned()), "");
    } else {
        all.make(&notices, topic(policies::notice_topic(&place, &notices)), "notices for people");
    }
    // The policy of another account's key cannot be read from here.
    if let Some(key) = kms_key.clone().filter(|key| arns::account(key) == Some(&place.account)) {
        let statements = vec![policies::alarms_use_key(&place, &name)];
        all.use_key(&key, statements, "CloudWatch uses the key when an alarm publishes");
    }

    for email in &config.notify.emails {
        let subscription = Subscription {
            topic_arn: place.topic(&notices),
            protocol: "email".to_owned(),
            endpoint: email.address.clone(),
            filter_policy: crate::notice::mail_policy(&email.languages),
            filters_body: false,
            raw: false,
            pending: false,
            kept: config.notify.topic.is_some(),
        };
        all.make(
            format!("{notices}/email/{}", email.address),
            Resource::Subscription(subscription),
            "AWS sends a mail with a link that must be confirmed",
        );
    }

    permit_topics(all, config, facts);
    subscribe_enricher(all, config, facts);
}
