//! Bucket, log group, role and trail.

use super::super::facts::Facts;
use super::super::kind::Kind;
use super::super::places::places;
use super::super::resource::{
    AccessLogs, Bucket, Delivery, Encryption, Grant, Holder, KmsKey, Lifecycle, LogGroup, Resource, Role, Trail,
};
use super::super::selector::EventSelector;
use super::super::wanted::{Desired, Want, tags};
use crate::config::{Config, TrailKey};
use crate::names::Name;
use crate::policies::{self, Policy};

/// Days that the bucket keeps logs: CIS asks for a year at hand, with a month for those who come late.
const BUCKET_DAYS: i32 = 400;

/// Bucket, log group, role and trail, or those of them that the config does not name.
pub(super) fn trail(all: &mut Desired, config: &Config, facts: &Facts) {
    let (name, place) = (config.name.clone(), all.place.clone());
    let log_group = all.log_group.clone();
    let log_group_arn = Some(format!("{}:*", place.log_group(&log_group)));
    let role_arn = Some(place.role(&name.trail_role()));
    let trail_name = config.trail.name.clone().unwrap_or_else(|| name.trail());
    let places = places(config, facts);
    let trail_arns: Vec<String> = places.iter().map(|place| place.trail(&trail_name)).collect();

    if config.trail.log_group.is_some() {
        all.want(Kind::LogGroup, &log_group, Want::Use("[trail] log_group".to_owned()), "");
    } else if log_group == name.log_group() {
        own_log_group(all, config);
    } else {
        all.want(Kind::LogGroup, &log_group, Want::Use("[trail] name".to_owned()), "");
    }

    let complete = config.trail.name.is_some() && facts.trail_log_group_arn.is_some();
    if !complete {
        let role = Role {
            path: "/".to_owned(),
            trust: policies::trail_role_trust(),
            policy: Some(policies::trail_role(&places, &log_group, config.trail.organization.as_deref())),
            others: Vec::new(),
            boundary: None,
            tags: tags(&name),
        };
        all.make(name.trail_role(), Resource::Role(role), "CloudTrail writes to the log group by it");
    }

    if let Some(trail) = &config.trail.name {
        all.want(Kind::Trail, trail, Want::Use("[trail] name".to_owned()), "");
        if !complete {
            let delivery = Delivery { log_group_arn, role_arn };
            all.make(trail, Resource::Delivery(delivery), format!("to {log_group}"));
        }
        return;
    }

    match &config.trail.kms_key {
        None => {}
        Some(TrailKey::Make) => {
            let statements = policies::trail_uses_key(&place, &name, &trail_arns).to_vec();
            let key =
                KmsKey { statements, denials: Vec::new(), named: true, rotation: true, unfit: None, tags: tags(&name) };
            all.make(name.trail(), Resource::KmsKey(key), "encrypts the trail's log files, renewed every year");
        }
        Some(TrailKey::Existing(key)) => {
            let statements = policies::trail_uses_key(&place, &name, &trail_arns).to_vec();
            all.use_key(key, statements, "CloudTrail encrypts log files with it");
        }
    }
    let bucket = config.trail.bucket.clone().unwrap_or_else(|| name.bucket(&place.account, &place.region));
    if config.trail.bucket.is_some() {
        all.want(Kind::Bucket, &bucket, Want::Use("[trail] bucket".to_owned()), "");
        let organization = config.trail.organization.as_deref();
        let statements = policies::trail_uses_bucket(&place, &name, &bucket, &trail_arns, organization).to_vec();
        let on = Holder::Bucket(bucket.clone());
        let grant = Grant { on, statements, ours: true, denials: Vec::new(), unfit: None };
        all.make(&bucket, Resource::Grant(grant), format!("CloudTrail writes to it for {}", trail_arns.join(", ")));
    } else {
        let policy = policies::bucket(&place, &bucket, &trail_arns, config.trail.organization.as_deref());
        let access_logs = config.trail.access_logs.then(|| access_log_bucket(all, &name, &bucket));
        let wanted = Bucket { access_logs, ..own_bucket(&name, policy) };
        all.make(
            &bucket,
            Resource::Bucket(wanted),
            format!("private, TLS only, encrypted, versioned, {BUCKET_DAYS} days"),
        );
    }
    own_trail(all, config, &place.region, bucket, log_group_arn, role_arn);
}

/// A bucket for logs, as every one of ours is.
fn own_bucket(name: &Name, policy: Policy) -> Bucket {
    Bucket {
        policy: Some(policy),
        public_access_blocked: true,
        encryption: Encryption::Managed,
        versioned: true,
        access_logs: None,
        lifecycle: Some(Lifecycle { days: BUCKET_DAYS, replaced_days: BUCKET_DAYS, narrowed: String::new() }),
        endings: Vec::new(),
        tags: tags(name),
    }
}

/// The bucket into which S3 writes the accesses to `source`: another one, for each log would be an access to it.
fn access_log_bucket(all: &mut Desired, name: &Name, source: &str) -> AccessLogs {
    let place = all.place.clone();
    let (bucket, prefix) = (name.access_log_bucket(&place.account, &place.region), "trail/".to_owned());
    let policy = policies::access_log_bucket(&place, &bucket, source, &prefix);
    let wanted = Bucket { encryption: Encryption::ManagedAlone, ..own_bucket(name, policy) };
    all.make(&bucket, Resource::Bucket(wanted), format!("who reads and writes {source}, {BUCKET_DAYS} days"));
    AccessLogs { bucket, prefix }
}

pub(super) fn own_log_group(all: &mut Desired, config: &Config) {
    let retention_days = Some(i32::from(config.trail.retention_days));
    let group = LogGroup { retention_days, kms_key: None, standard: true, tags: tags(&config.name) };
    let about = format!("keeps events {} days", config.trail.retention_days);
    all.make(config.name.log_group(), Resource::LogGroup(group), about);
}

pub(super) fn own_trail(
    all: &mut Desired,
    config: &Config,
    home_region: &str,
    bucket: String,
    log_group_arn: Option<String>,
    role_arn: Option<String>,
) {
    let everywhere = !config.trail.regions.is_per_region();
    // Global services record in one Region; a second trail with them would tell everything twice.
    let global = all.place.global_region().unwrap_or(home_region);
    let global_events = everywhere || all.place.region == global;
    let (name, account) = (&config.name, &all.place.account);
    let own = [bucket.clone(), name.access_log_bucket(account, home_region)];
    let data_events = EventSelector::data_events(&all.place, &config.trail.data_events, &own);
    // One key beside the one bucket: KMS and S3 must be of one Region.
    let kms_key = config.trail.kms_key.as_ref().map(|key| match key {
        TrailKey::Make => all.place.in_region(home_region).key_alias(&name.trail_key_alias()),
        TrailKey::Existing(arn) => arn.clone(),
    });
    let wanted = Trail {
        bucket,
        prefix: None,
        log_group_arn,
        role_arn,
        multi_region: everywhere,
        organization: config.trail.organization.is_some(),
        global_events,
        file_validation: true,
        management_events: true,
        data_events,
        feeds_itself: None,
        logging: true,
        kms_key,
        tags: tags(&config.name),
    };
    let about = match (everywhere, global_events) {
        (true, _) => "all Regions, global events, log file validation",
        (false, true) => "this Region, global events, log file validation",
        (false, false) => "this Region, log file validation",
    };
    all.make(config.name.trail(), Resource::Trail(wanted), about);
}
