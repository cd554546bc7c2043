//! The account as AWS tells it: one module a service, each reading and making its own resources.
//!
//! No SDK type leaves here. Which calls are made is decided by what is wanted and what was found, never by
//! an error's text; errors are told apart by their code.

mod chain;
mod clients;
mod cloudtrail;
mod cloudwatch;
pub(crate) mod codes;
mod found;
mod grant;
mod iam;
mod kms;
mod lambda;
mod logs;
mod problem;
mod regions;
mod s3;
mod scheduler;
mod selectors;
mod sns;
mod sqs;
mod sts;
mod tags;

use std::time::Duration;

use aws_types::region::Region;
use futures_util::future::join_all;
use futures_util::{FutureExt as _, StreamExt as _, join, stream};
use jiff::Timestamp;
use yakei_core::arns::Place;
use yakei_core::config::{Config, Regions};
use yakei_core::plan::{
    Action, Change, Desired, Facts, Found, Key, Kind, Observed, Problem, Resource, Want, Wanted, misplaced,
};
use yakei_core::verify::{Subscribers, Vitals};

use self::found::{FoundMap, READS};
use crate::ports::{Account, Waits};

pub use self::clients::Aws;

#[cfg(test)]
pub(crate) use problem::kind;

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
            self.place().boxed_local(),
            lambda::dead_letters(&self.lambda, &toggler).boxed_local(),
            lambda::exists(&self.lambda, &enricher).boxed_local(),
            trail.boxed_local(),
            cloudtrail::home_regions(&self.cloudtrail, &own_trail).boxed_local(),
            enabled.boxed_local()
        );
        let place = place?;
        // Another place's trail may tell us nothing; that it is another's its ARN says already.
        let trail = trail.or_else(|problem| {
            let elsewhere = misplaced(config, &place, None).iter().any(|line| line.key.kind == Kind::Trail);
            if elsewhere { Ok(None) } else { Err(problem) }
        });
        let (toggler, dead_letters) = toggler?;
        let ours = |(account, region): (String, String)| (account == place.account).then_some(region);
        Ok(Facts {
            now: Timestamp::now(),
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
            each(desired, Kind::KmsKey, |wanted| kms::read(self, desired, wanted)).boxed_local(),
            each(desired, Kind::KeyPolicy, |wanted| grant::read(self, desired, wanted)).boxed_local(),
            each(desired, Kind::TopicPolicy, |wanted| grant::read(self, desired, wanted)).boxed_local(),
            each(desired, Kind::LogGroup, |wanted| logs::read_group(&self.logs, desired, wanted)).boxed_local(),
            each(desired, Kind::Role, |wanted| iam::read(&self.iam, desired.name(), wanted)).boxed_local(),
            each(desired, Kind::Topic, |wanted| sns::read_topic(&self.sns, desired, wanted)).boxed_local(),
            each(desired, Kind::ScheduleGroup, |wanted| scheduler::read_group(&self.scheduler, desired, wanted))
                .boxed_local(),
            each(desired, Kind::Trail, |wanted| cloudtrail::read(self, desired, wanted)).boxed_local(),
            each(desired, Kind::Delivery, |wanted| cloudtrail::read_delivery(&self.cloudtrail, wanted)).boxed_local(),
            whole(desired, Kind::MetricFilter, logs::read_filters(&self.logs, desired)).boxed_local(),
            whole(desired, Kind::Alarm, cloudwatch::read(&self.cloudwatch, &self.tagging, desired)).boxed_local(),
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
    /// Where we are.
    async fn place(&self) -> Result<Place, Problem> {
        if let Some(place) = self.place.get() {
            return Ok(place.clone());
        }
        let place = sts::place(&self.sts, &self.region).await?;
        Ok(self.place.get_or_init(|| place).clone())
    }

    /// Makes what is not there, changes what is.
    async fn put(&self, name: &str, want: &Resource, have: Option<&Resource>) -> Result<(), Problem> {
        match (want, have) {
            (Resource::Bucket(want), Some(Resource::Bucket(have))) => s3::update(&self.s3, name, want, have).await,
            (Resource::Bucket(want), _) => s3::create(&self.s3, &self.region, name, want).await,
            (Resource::Grant(want), _) => grant::add(self, want).await,
            (Resource::LogGroup(want), Some(Resource::LogGroup(have))) => {
                let arn = self.place().await?.log_group(name);
                logs::update_group(&self.logs, (name, &arn), want, have).await
            }
            (Resource::LogGroup(want), _) => logs::create_group(&self.logs, name, want).await,
            (Resource::Role(want), Some(Resource::Role(have))) => iam::update(&self.iam, name, want, have).await,
            (Resource::Role(want), _) => iam::create(&self.iam, name, want).await,
            (Resource::KmsKey(want), have) => {
                // `name` is the trail's, and the alias follows from it.
                let id = kms::create(self, &format!("alias/{name}"), want).await?;
                let have = have.and_then(|have| if let Resource::KmsKey(have) = have { Some(have) } else { None });
                kms::update(&self.kms, &id, want, have).await?;
                grant::add(self, &kms::grant_on(&id, want)).await
            }
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

    /// Removes a thing; never a bucket, a log group or a key, whatever is asked.
    async fn delete(&self, key: &Key, have: &Resource) -> Result<(), Problem> {
        let name = &key.name;
        match have {
            Resource::Bucket(_) | Resource::LogGroup(_) | Resource::Delivery(_) | Resource::KmsKey(_) => Ok(()),
            Resource::Grant(have) => grant::remove(self, have).await,
            Resource::Role(_) => iam::delete(&self.iam, name).await,
            Resource::Topic(_) => {
                let arn = self.place().await?.topic(name);
                sns::delete_topic(&self.sns, &arn).await
            }
            Resource::ScheduleGroup(_) => scheduler::delete_group(&self.scheduler, name).await,
            Resource::Trail(_) => cloudtrail::delete(&self.cloudtrail, name).await,
            Resource::MetricFilter(have) => logs::delete_filter(&self.logs, name, have).await,
            Resource::Alarm(have) => {
                let arn = self.place().await?.alarm(name);
                cloudwatch::delete(&self.cloudwatch, name, &arn, have).await
            }
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

#[cfg(test)]
mod tests;
