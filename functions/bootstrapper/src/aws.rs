//! The account as AWS tells it: one module a service, each reading and making its own resources.
//!
//! No SDK type leaves here. Which calls are made is decided by what is wanted and what was found, never by
//! an error's text; errors are told apart by their code.

mod chain;
mod cloudtrail;
mod cloudwatch;
pub(crate) mod codes;
mod grant;
mod iam;
mod kms;
mod lambda;
mod logs;
mod problem;
mod regions;
mod s3;
mod scheduler;
mod sns;
mod sqs;
mod sts;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::{Region, SdkConfig};
use futures_util::future::join_all;
use futures_util::{FutureExt as _, StreamExt as _, join, stream};
use jiff::Timestamp;
use tokio::time::Instant;
use yakei_core::config::{Config, Regions};
use yakei_core::names::Name;
use yakei_core::plan::{
    Action, Change, Desired, Facts, Found, Key, Kind, Observed, Problem, Resource, Tags, Want, Wanted,
};

use yakei_core::verify::{Subscribers, Vitals};

use crate::ports::{Account, Waits};

#[cfg(test)]
pub(crate) use problem::kind;

/// Reads that run side by side; CloudWatch allows ten `ListTagsForResource` a second.
const READS: usize = 8;

/// Tries of one call that is throttled: with the SDK's pauses half a minute.
const TRIES: u32 = 8;

/// One Region of an account.
pub struct Aws {
    config: SdkConfig,
    account: aws_sdk_account::Client,
    cloudtrail: aws_sdk_cloudtrail::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
    iam: aws_sdk_iam::Client,
    kms: aws_sdk_kms::Client,
    lambda: aws_sdk_lambda::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    region: String,
    start: Instant,
    s3: aws_sdk_s3::Client,
    scheduler: aws_sdk_scheduler::Client,
    sns: aws_sdk_sns::Client,
    sqs: aws_sdk_sqs::Client,
    sts: aws_sdk_sts::Client,
}

impl Aws {
    /// Clients for the Region that `config` names; `None` when it names none.
    pub fn new(config: &SdkConfig) -> Option<Self> {
        Some(Self::of(config, config.region()?))
    }

    fn of(config: &SdkConfig, region: &Region) -> Self {
        // An endpoint on this machine has no bucket names in front of it.
        let local = config
            .endpoint_url()
            .is_some_and(|url| ["//127.", "//localhost", "//[::1]", "//0.0.0.0"].iter().any(|host| url.contains(host)));
        // A run asks much at once, and can wait longer than a function that answers an alarm.
        let patient = config.retry_config().filter(|retry| retry.max_attempts() > 1);
        let config = &match patient {
            Some(retry) => config.to_builder().retry_config(retry.clone().with_max_attempts(TRIES)).build(),
            None => config.clone(),
        };
        let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(local).build();
        Self {
            config: config.clone(),
            account: aws_sdk_account::Client::new(config),
            cloudtrail: aws_sdk_cloudtrail::Client::new(config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            kms: aws_sdk_kms::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
            region: region.to_string(),
            start: Instant::now(),
            s3: aws_sdk_s3::Client::from_conf(s3),
            scheduler: aws_sdk_scheduler::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
            sqs: aws_sdk_sqs::Client::new(config),
            sts: aws_sdk_sts::Client::new(config),
        }
    }
}

/// What was found of some things, each with its key.
type FoundMap = BTreeMap<Key, Found>;

impl Waits for Aws {
    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

impl Account for Aws {
    fn in_region(&self, region: &str) -> Self {
        let region = Region::new(region.to_owned());
        Self::of(&self.config.to_builder().region(region.clone()).build(), &region)
    }

    async fn facts(&self, config: &Config) -> Result<Facts, Problem> {
        let (toggler, enricher) = (config.name.toggler(), config.name.enricher());
        let trail = async {
            match &config.trail.name {
                Some(trail) => cloudtrail::log_group_arn_of(&self.cloudtrail, trail).await,
                None => Ok(None),
            }
        };
        let own_trail = config.name.trail();
        let enabled = async {
            // Nobody else needs them, and the right to ask.
            if config.trail.regions == Regions::Enabled {
                regions::enabled(&self.account).await
            } else {
                Ok(Vec::new())
            }
        };
        let (place, toggler, enricher, trail, trails, enabled) = join!(
            sts::place(&self.sts, &self.region).boxed_local(),
            lambda::dead_letters(&self.lambda, &toggler).boxed_local(),
            lambda::exists(&self.lambda, &enricher).boxed_local(),
            trail.boxed_local(),
            cloudtrail::home_regions(&self.cloudtrail, &own_trail).boxed_local(),
            enabled.boxed_local()
        );
        let place = place?;
        let (toggler, dead_letters) = toggler?;
        let ours = |(account, region): (String, String)| (account == place.account).then_some(region);
        Ok(Facts {
            trail_regions: trails.map(|trails| trails.into_iter().filter_map(ours).collect()),
            place,
            toggler,
            dead_letters,
            enricher: enricher?,
            trail_log_group_arn: trail?,
            enabled_regions: enabled?,
        })
    }

    async fn observe(&self, desired: &Desired) -> Observed {
        // Boxed: an SDK call is a deep type and a large one.
        let readers = [
            each(desired, Kind::Bucket, |wanted| s3::read(&self.s3, desired, wanted)).boxed_local(),
            each(desired, Kind::BucketPolicy, |wanted| grant::read(self, desired, wanted)).boxed_local(),
            each(desired, Kind::KeyPolicy, |wanted| grant::read(self, desired, wanted)).boxed_local(),
            each(desired, Kind::TopicPolicy, |wanted| grant::read(self, desired, wanted)).boxed_local(),
            each(desired, Kind::LogGroup, |wanted| logs::read_group(&self.logs, desired, wanted)).boxed_local(),
            each(desired, Kind::Role, |wanted| iam::read(&self.iam, desired.name(), wanted)).boxed_local(),
            each(desired, Kind::Topic, |wanted| sns::read_topic(&self.sns, desired, wanted)).boxed_local(),
            each(desired, Kind::ScheduleGroup, |wanted| scheduler::read_group(&self.scheduler, desired, wanted))
                .boxed_local(),
            each(desired, Kind::Trail, |wanted| cloudtrail::read(&self.cloudtrail, desired, wanted)).boxed_local(),
            each(desired, Kind::Delivery, |wanted| cloudtrail::read_delivery(&self.cloudtrail, wanted)).boxed_local(),
            whole(desired, Kind::MetricFilter, logs::read_filters(&self.logs, desired)).boxed_local(),
            whole(desired, Kind::Alarm, cloudwatch::read(&self.cloudwatch, desired)).boxed_local(),
            whole(desired, Kind::Permission, lambda::read(&self.lambda, desired)).boxed_local(),
            whole(desired, Kind::Subscription, sns::read_subscriptions(&self.sns, desired)).boxed_local(),
            whole(desired, Kind::Schedule, scheduler::read(&self.scheduler, desired)).boxed_local(),
        ];
        Observed(join_all(readers).await.into_iter().flatten().collect())
    }

    async fn make(&self, change: &Change) -> Result<(), Problem> {
        let name = &change.key.name;
        match (change.action(), &change.want, &change.have) {
            (Action::Create | Action::Update, Some(want), have) => {
                self.put(name, want, have.as_ref()).boxed_local().await
            }
            (Action::Delete, _, Some(have)) => self.delete(&change.key, have).boxed_local().await,
            _ => Ok(()),
        }
    }

    async fn vitals(&self, desired: &Desired) -> Vitals {
        let notices = desired.place().topic(desired.notice_topic());
        // The topic for people stands in the home Region alone.
        let subscribers = async {
            let there = desired.contains(&desired.key(Kind::Topic, desired.notice_topic()));
            if there { sns::subscribers(&self.sns, &notices).await } else { Ok(Subscribers::default()) }
        };
        let (trail, last_event, subscribers, mute_rules, alarm_key, functions) = join!(
            cloudtrail::vitals(&self.cloudtrail, desired).boxed_local(),
            logs::last_event(&self.logs, desired.log_group()).boxed_local(),
            subscribers.boxed_local(),
            cloudwatch::foreign_mute_rules(&self.cloudwatch, desired).boxed_local(),
            grant::alarm_key(self, desired).boxed_local(),
            lambda::vitals(&self.lambda, &self.sqs, desired).boxed_local(),
        );
        Vitals { now: Timestamp::now(), trail, last_event, subscribers, mute_rules, alarm_key, functions }
    }

    fn uptime(&self) -> Duration {
        self.start.elapsed()
    }
}

impl Aws {
    /// Makes what is not there, changes what is.
    async fn put(&self, name: &str, want: &Resource, have: Option<&Resource>) -> Result<(), Problem> {
        match (want, have) {
            (Resource::Bucket(want), Some(Resource::Bucket(have))) => s3::update(&self.s3, name, want, have).await,
            (Resource::Bucket(want), _) => s3::create(&self.s3, &self.region, name, want).await,
            (Resource::Grant(want), _) => grant::add(self, want).await,
            (Resource::LogGroup(want), Some(Resource::LogGroup(have))) => {
                logs::update_group(&self.logs, name, want, have).await
            }
            (Resource::LogGroup(want), _) => logs::create_group(&self.logs, name, want).await,
            (Resource::Role(want), Some(Resource::Role(have))) => iam::update(&self.iam, name, want, have).await,
            (Resource::Role(want), _) => iam::create(&self.iam, name, want).await,
            (Resource::Topic(want), Some(Resource::Topic(have))) => {
                sns::update_topic(&self.sns, name, want, have).await
            }
            (Resource::Topic(want), _) => sns::create_topic(&self.sns, name, want).await,
            (Resource::ScheduleGroup(want), Some(Resource::ScheduleGroup(have))) => {
                scheduler::tag_group(&self.scheduler, name, &want.tags.missing_in(&have.tags)).await
            }
            (Resource::ScheduleGroup(want), _) => scheduler::create_group(&self.scheduler, name, want).await,
            (Resource::Trail(want), Some(Resource::Trail(have))) => {
                cloudtrail::update(&self.cloudtrail, name, want, have).await
            }
            (Resource::Trail(want), _) => cloudtrail::create(&self.cloudtrail, name, want).await,
            (Resource::Delivery(want), _) => cloudtrail::deliver(&self.cloudtrail, name, want).await,
            (Resource::MetricFilter(want), _) => logs::put_filter(&self.logs, name, want).await,
            (Resource::Alarm(want), Some(Resource::Alarm(have))) => {
                cloudwatch::put(&self.cloudwatch, name, want, Some(have)).await
            }
            (Resource::Alarm(want), _) => cloudwatch::put(&self.cloudwatch, name, want, None).await,
            (Resource::Permission(want), have) => lambda::permit(&self.lambda, want, have.is_some()).await,
            (Resource::Subscription(want), Some(Resource::Subscription(have))) => {
                sns::filter(&self.sns, want, have).await
            }
            (Resource::Subscription(want), _) => sns::subscribe(&self.sns, want).await,
            (Resource::Schedule(want), have) => scheduler::put(&self.scheduler, name, want, have.is_some()).await,
        }
    }

    /// Removes a thing; never a bucket or a log group, whatever is asked.
    async fn delete(&self, key: &Key, have: &Resource) -> Result<(), Problem> {
        let name = &key.name;
        match have {
            Resource::Bucket(_) | Resource::LogGroup(_) | Resource::Delivery(_) => Ok(()),
            Resource::Grant(have) => grant::remove(self, have).await,
            Resource::Role(_) => iam::delete(&self.iam, name).await,
            Resource::Topic(_) => {
                let arn = sts::place(&self.sts, &key.region).await?.topic(name);
                sns::delete_topic(&self.sns, &arn).await
            }
            Resource::ScheduleGroup(_) => scheduler::delete_group(&self.scheduler, name).await,
            Resource::Trail(_) => cloudtrail::delete(&self.cloudtrail, name).await,
            Resource::MetricFilter(have) => logs::delete_filter(&self.logs, name, have).await,
            Resource::Alarm(_) => cloudwatch::delete(&self.cloudwatch, name).await,
            Resource::Permission(have) => lambda::forbid(&self.lambda, have).await,
            Resource::Subscription(have) => sns::unsubscribe(&self.sns, have).await,
            Resource::Schedule(have) => scheduler::delete(&self.scheduler, name, have).await,
        }
    }
}

/// Reads each wanted thing of one sort by itself.
async fn each<'d, F, Fut>(desired: &'d Desired, kind: Kind, read: F) -> FoundMap
where
    F: Fn(&'d Wanted) -> Fut,
    Fut: Future<Output = Result<Option<Found>, Problem>>,
{
    let reads = desired.of_kind(kind).filter(|w| !matches!(w.want, Want::Later(_))).map(|wanted| {
        let found = read(wanted);
        async move { (wanted.key.clone(), found.await.unwrap_or_else(|problem| Some(Found::Unreadable(problem)))) }
    });
    let found: Vec<_> = stream::iter(reads).buffer_unordered(READS).collect().await;
    found.into_iter().filter_map(|(key, found)| Some((key, found?))).collect()
}

/// Reads a sort with one listing; when that fails, nothing of the sort is known.
async fn whole(desired: &Desired, kind: Kind, read: impl Future<Output = Result<FoundMap, Problem>>) -> FoundMap {
    read.await.unwrap_or_else(|problem| {
        desired.of_kind(kind).map(|wanted| (wanted.key.clone(), Found::Unreadable(problem.clone()))).collect()
    })
}

/// Ours when it carries our tag, somebody else's when not.
fn by_tag(name: &Name, tags: &Tags, resource: impl FnOnce() -> Resource) -> Found {
    if tags.has(Name::TAG_KEY, name.as_str()) { Found::Ours(resource()) } else { Found::Foreign(Some(resource())) }
}

#[cfg(test)]
mod tests;
