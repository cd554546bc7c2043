//! What the account should hold, from the config, the chosen controls and where we are.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::compare::{PatternText, Tags};
use super::places::places;
use super::resource::{
    Alarm, Bucket, Delivery, Encryption, Grant, Holder, Lifecycle, LogGroup, MetricFilter, Permission, Resource, Role,
    Schedule, ScheduleGroup, Subscription, Topic, Trail,
};
use super::{Key, Kind, Problem, schedules};
use crate::arns::{self, Place};
use crate::config::{Config, ExistingTopic, Schedule as Office};
use crate::controls::Control;
use crate::hours;
use crate::names::Name;
use crate::policies;

/// What must be known about the account before anything can be wanted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The account and the home Region.
    pub place: Place,
    /// Whether the toggler is deployed.
    pub toggler: bool,
    /// The queue that keeps what the toggler could not handle, as its own configuration names it.
    pub dead_letters: Option<String>,
    /// Whether the enricher is deployed.
    pub enricher: bool,
    /// The log group of the trail that `[trail] name` names.
    pub trail_log_group: Option<String>,
    /// The home Regions of the account's trails that bear our name.
    pub trail_regions: Result<Vec<String>, Problem>,
}

/// One thing that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The thing.
    pub key: Key,
    /// In which way.
    pub want: Want,
    /// What it is for, in a phrase.
    pub about: String,
}

/// In which way a thing is wanted.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)] // almost all of them are the large one
pub enum Want {
    /// Made and kept like this.
    Make(Resource),
    /// Used as it is; the text tells the place in the config that names it.
    Use(String),
    /// Not yet possible; the text tells why and what to do.
    Later(String),
}

/// Everything that is wanted.
#[derive(Debug, Clone)]
pub struct Desired {
    name: Name,
    place: Place,
    log_group: String,
    alarm_topic: String,
    notice_topic: String,
    offices: Vec<Office>,
    wanted: BTreeMap<Key, Wanted>,
}

impl Desired {
    /// The prefix of everything, and the value of the tag.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The account and the home Region.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The log group that the metric filters read.
    pub fn log_group(&self) -> &str {
        &self.log_group
    }

    /// The name of the topic that alarms publish to.
    pub fn alarm_topic(&self) -> &str {
        &self.alarm_topic
    }

    /// The name of the topic for people.
    pub fn notice_topic(&self) -> &str {
        &self.notice_topic
    }

    /// The place in the config that names a thing as existing.
    pub fn used(&self, key: &Key) -> Option<&str> {
        match &self.wanted.get(key)?.want {
            Want::Use(place) => Some(place),
            Want::Make(_) | Want::Later(_) => None,
        }
    }

    /// Whether the calendars of all schedules that name an alarm want it muted; holds are not known here.
    pub fn mutes(&self, alarm: &str, at: Timestamp) -> bool {
        let mut naming = self.offices.iter().filter(|o| o.alarms.iter().any(|a| a.selects(alarm))).peekable();
        naming.peek().is_some() && naming.all(|o| o.calendar.decide(at, None).desired == hours::Desired::Muted)
    }

    /// All of it, in the order of making.
    pub fn wanted(&self) -> impl Iterator<Item = &Wanted> {
        self.wanted.values()
    }

    /// Whether the thing is wanted in any way.
    pub fn contains(&self, key: &Key) -> bool {
        self.wanted.contains_key(key)
    }

    /// What is wanted of one sort.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Wanted> {
        self.wanted.values().filter(move |wanted| wanted.key.kind == kind)
    }

    /// A thing's key in the home Region.
    pub fn key(&self, kind: Kind, name: impl Into<String>) -> Key {
        Key { kind, region: self.place.region.clone(), name: name.into() }
    }

    fn want(&mut self, kind: Kind, name: impl Into<String>, want: Want, about: impl Into<String>) {
        let key = self.key(kind, name);
        self.wanted.insert(key.clone(), Wanted { key, want, about: about.into() });
    }

    fn make(&mut self, name: impl Into<String>, resource: Resource, about: impl Into<String>) {
        self.want(resource.kind(), name, Want::Make(resource), about);
    }
}

/// Days that the bucket keeps logs: CIS asks for a year at hand, with a month for those who come late.
const BUCKET_DAYS: i32 = 400;

/// A run that is late by more than this is worth nothing: the next one is five minutes away.
const SCHEDULE_MAX_AGE: i32 = 300;
const SCHEDULE_RETRIES: i32 = 3;

/// The metric that every run of the toggler writes (`toggler::heartbeat`).
const HEARTBEAT: &str = "TogglerAlarmsArmed";

/// The statement in the enricher's policy that lets the alarm topic invoke it.
const PERMISSION_ID: &str = "alarm-topic";

/// What the account should hold.
pub fn desired(config: &Config, controls: &[Control], facts: &Facts) -> Desired {
    let name = &config.name;
    let existing = facts.trail_log_group.clone().filter(|_| config.trail.name.is_some());
    let log_group = config.trail.log_group.clone().or(existing).unwrap_or_else(|| name.log_group());
    let mut all = Desired {
        name: name.clone(),
        place: facts.place.clone(),
        log_group,
        alarm_topic: named(config.notify.alarm_topic.as_ref(), name.alarm_topic()),
        notice_topic: named(config.notify.topic.as_ref(), name.notice_topic()),
        offices: config.schedules.clone(),
        wanted: BTreeMap::new(),
    };
    trail(&mut all, config, facts);
    topics(&mut all, config, facts);
    for control in controls {
        watch(&mut all, config, control);
    }
    toggler(&mut all, config, facts);
    all
}

/// The name of a topic that exists, else ours.
fn named(existing: Option<&ExistingTopic>, ours: String) -> String {
    existing.map_or(ours, |topic| topic.name.clone())
}

fn tags(name: &Name) -> Tags {
    [(Name::TAG_KEY, name.as_str())].into_iter().collect()
}

/// Bucket, log group, role and trail, or those of them that the config does not name.
fn trail(all: &mut Desired, config: &Config, facts: &Facts) {
    let (name, place) = (config.name.clone(), all.place.clone());
    let log_group = all.log_group.clone();
    let log_group_arn = Some(format!("{}:*", place.log_group(&log_group)));
    let role_arn = Some(place.role(&name.trail_role()));
    let trail_name = config.trail.name.clone().unwrap_or_else(|| name.trail());
    let places = places(config, &place);
    let trail_arns: Vec<String> = places.iter().map(|place| place.trail(&trail_name)).collect();

    if config.trail.log_group.is_some() {
        all.want(Kind::LogGroup, &log_group, Want::Use("[trail] log_group".to_owned()), "");
    } else if log_group == name.log_group() {
        own_log_group(all, config);
    } else {
        all.want(Kind::LogGroup, &log_group, Want::Use("[trail] name".to_owned()), "");
    }

    let complete = config.trail.name.is_some() && facts.trail_log_group.is_some();
    if !complete {
        let role = Role {
            trust: policies::trail_role_trust(),
            policy: Some(policies::trail_role(&places, &log_group, config.trail.organization.as_deref())),
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

    let bucket = config.trail.bucket.clone().unwrap_or_else(|| name.bucket(&place.account, &place.region));
    if config.trail.bucket.is_some() {
        all.want(Kind::Bucket, &bucket, Want::Use("[trail] bucket".to_owned()), "");
        let organization = config.trail.organization.as_deref();
        let statements = policies::trail_uses_bucket(&place, &name, &bucket, &trail_arns, organization).to_vec();
        let grant = Grant { on: Holder::Bucket(bucket.clone()), statements, ours: true };
        all.make(&bucket, Resource::Grant(grant), format!("CloudTrail writes to it for {}", trail_arns.join(", ")));
    } else {
        let wanted = Bucket {
            policy: Some(policies::bucket(&place, &bucket, &trail_arns, config.trail.organization.as_deref())),
            public_access_blocked: true,
            encryption: Encryption::Managed,
            versioned: true,
            lifecycle: Some(Lifecycle { days: BUCKET_DAYS, replaced_days: BUCKET_DAYS }),
            tags: tags(&name),
        };
        all.make(
            &bucket,
            Resource::Bucket(wanted),
            format!("private, TLS only, encrypted, versioned, {BUCKET_DAYS} days"),
        );
    }
    own_trail(all, config, bucket, log_group_arn, role_arn);
}

fn own_log_group(all: &mut Desired, config: &Config) {
    let retention_days = Some(i32::from(config.trail.retention_days));
    let group = LogGroup { retention_days, kms_key: None, tags: tags(&config.name) };
    let about = format!("keeps events {} days", config.trail.retention_days);
    all.make(config.name.log_group(), Resource::LogGroup(group), about);
}

fn own_trail(
    all: &mut Desired,
    config: &Config,
    bucket: String,
    log_group_arn: Option<String>,
    role_arn: Option<String>,
) {
    let everywhere = config.trail.regions.is_empty();
    // Global services record in one Region; a second trail with them would tell everything twice.
    let global_events = everywhere || all.place.region == all.place.global_region();
    let wanted = Trail {
        bucket,
        log_group_arn,
        role_arn,
        multi_region: everywhere,
        organization: config.trail.organization.is_some(),
        global_events,
        file_validation: true,
        management_events: true,
        logging: true,
        kms_key: None,
        tags: tags(&config.name),
    };
    let about = match (everywhere, global_events) {
        (true, _) => "all Regions, global events, log file validation",
        (false, true) => "this Region, global events, log file validation",
        (false, false) => "this Region, log file validation",
    };
    all.make(config.name.trail(), Resource::Trail(wanted), about);
}

/// What the other Regions of a per-Region set-up should hold: a log group, a trail of that Region, filters, alarms
/// and their topic, all told to the enricher at home. They refer to things of the home Region, which is made first.
pub fn satellites(config: &Config, controls: &[Control], facts: &Facts) -> Vec<Desired> {
    let others = places(config, &facts.place).into_iter().skip(1);
    others.map(|place| satellite(config, controls, facts, &place.region)).collect()
}

/// What one other Region should hold.
pub fn satellite(config: &Config, controls: &[Control], facts: &Facts, region: &str) -> Desired {
    let (name, home) = (&config.name, &facts.place);
    let place = home.in_region(region);
    let log_group = name.log_group();
    let offices = config.schedules.clone();
    let (alarm_topic, notice_topic) = (name.alarm_topic(), name.notice_topic());
    let wanted = BTreeMap::new();
    let mut all = Desired { name: name.clone(), place, log_group, alarm_topic, notice_topic, offices, wanted };
    let place = all.place.clone();
    own_log_group(&mut all, config);
    let bucket = config.trail.bucket.clone().unwrap_or_else(|| name.bucket(&home.account, &home.region));
    let log_group_arn = Some(format!("{}:*", place.log_group(&all.log_group)));
    own_trail(&mut all, config, bucket, log_group_arn, Some(place.role(&name.trail_role())));
    let alarms = name.alarm_topic();
    let policy = policies::alarm_topic(&place, &alarms);
    let topic = Resource::Topic(Topic { policy, kms_key: None, tags: tags(name) });
    all.make(&alarms, topic, "alarms publish to it, the enricher at home reads it");
    subscribe_enricher(&mut all, config, facts);
    for control in controls {
        watch(&mut all, config, control);
    }
    all
}

/// The alarm topic of this Region tells the enricher at home.
fn subscribe_enricher(all: &mut Desired, config: &Config, facts: &Facts) {
    let (alarms, function) = (all.alarm_topic.clone(), config.name.enricher());
    let subscription = Subscription {
        topic_arn: all.place.topic(&alarms),
        protocol: "lambda".to_owned(),
        endpoint: facts.place.function(&function),
        filter_policy: String::new(),
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
    for place in places(config, &home) {
        let statement_id =
            if place == home { PERMISSION_ID.to_owned() } else { format!("{PERMISSION_ID}-{}", place.region) };
        let topic_arn =
            if place == home { home.topic(&all.alarm_topic) } else { place.topic(&config.name.alarm_topic()) };
        let permission = Permission {
            function: function.clone(),
            statement: policies::invoke_from_topic(&home, &function, &topic_arn, &statement_id),
            statement_id: statement_id.clone(),
            topic_arn,
        };
        let permission = Resource::Permission(permission);
        let want = if facts.enricher { Want::Make(permission) } else { Want::Later(absent(&function)) };
        all.want(Kind::Permission, format!("{function}/{statement_id}"), want, "the alarm topic may invoke it");
    }
}

/// Both topics, the people on the one and the enricher on the other.
fn topics(all: &mut Desired, config: &Config, facts: &Facts) {
    let (name, place) = (config.name.clone(), all.place.clone());
    let (alarms, notices) = (all.alarm_topic.clone(), all.notice_topic.clone());
    let kms_key = config.notify.kms_key.clone();
    let topic = |policy| Resource::Topic(Topic { policy, kms_key: kms_key.clone(), tags: tags(&name) });
    if config.notify.alarm_topic.is_some() {
        all.want(Kind::Topic, &alarms, Want::Use("[notify] alarm_topic".to_owned()), "");
        let statements = vec![policies::alarms_publish(&place, &name, &alarms)];
        let grant = Grant { on: Holder::Topic(place.topic(&alarms)), statements, ours: true };
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
        let id = key.rsplit('/').next().unwrap_or_default().to_owned();
        let statements = vec![policies::alarms_use_key(&place, &name)];
        let grant = Grant { on: Holder::Key(key), statements, ours: true };
        all.make(id, Resource::Grant(grant), "CloudWatch uses the key when an alarm publishes");
    }

    for email in &config.notify.emails {
        let subscription = Subscription {
            topic_arn: place.topic(&notices),
            protocol: "email".to_owned(),
            endpoint: email.clone(),
            filter_policy: Subscription::NOT_SUPPRESSED.to_owned(),
            kept: config.notify.topic.is_some(),
        };
        all.make(
            format!("{notices}/email/{email}"),
            Resource::Subscription(subscription),
            "AWS sends a mail with a link that must be confirmed",
        );
    }

    permit_topics(all, config, facts);
    subscribe_enricher(all, config, facts);
}

fn absent(function: &str) -> String {
    format!("waits for the function {function}: deploy it, then apply again")
}

/// A control's filter and alarm.
fn watch(all: &mut Desired, config: &Config, control: &Control) {
    let (name, alarms) = (&config.name, all.place.topic(&all.alarm_topic));
    let alarm_name = name.alarm(&control.key);
    let references = control.references();
    let about = if references.is_empty() { control.title.clone() } else { format!("{references}: {}", control.title) };

    let filter = MetricFilter {
        log_group: all.log_group.clone(),
        pattern: PatternText(control.pattern.clone()),
        metric_name: control.key.clone(),
        namespace: name.metric_namespace().to_owned(),
        value: "1".to_owned(),
        // None: with Sum and 1 an event, the sum is the number of events, and an idle metric costs nothing.
        default_value: None,
        dimensions: Vec::new(),
        transformed: false,
    };
    all.make(&alarm_name, Resource::MetricFilter(filter), about.clone());

    let tags = [(Name::TAG_KEY, name.as_str()), ("control", &control.key), ("severity", control.severity.as_str())];
    let muted_by_schedule = config.schedules.iter().any(|s| s.alarms.iter().any(|a| a.selects(&alarm_name)));
    let alarm = Alarm {
        description: description(control, &references),
        metric_name: control.key.clone(),
        namespace: name.metric_namespace().to_owned(),
        dimensions: Vec::new(),
        statistic: "Sum".to_owned(),
        period: control.period,
        evaluation_periods: 1,
        datapoints_to_alarm: None,
        threshold: control.threshold,
        comparison: "GreaterThanOrEqualToThreshold".to_owned(),
        missing_data: "notBreaching".to_owned(),
        alarm_actions: vec![alarms.clone()],
        // OK is told too: with it the whole ALARM interval can be searched for a second actor.
        ok_actions: vec![alarms],
        actions_enabled: if muted_by_schedule { None } else { Some(true) },
        tags: tags.into_iter().collect(),
    };
    all.make(alarm_name, Resource::Alarm(alarm), about);
}

/// What the alarm's mail says, without the next step: the notice has a line of its own for that.
/// `AlarmDescription` takes 1,024 characters.
fn description(control: &Control, references: &str) -> String {
    let mut text = format!("{}.", control.notice);
    if !references.is_empty() {
        text = format!("{text} ({references})");
    }
    text.chars().take(1024).collect()
}

/// Rings when the toggler has not run for a while: each run writes this metric, three of them are due in a period.
fn heartbeat(all: &mut Desired, config: &Config, facts: &Facts) {
    let (name, alarms) = (&config.name, all.place.topic(&all.alarm_topic));
    let alarm_name = name.heartbeat_alarm();
    let about = "rings when the toggler has not run for 15 minutes";
    if !facts.toggler {
        all.want(Kind::Alarm, alarm_name, Want::Later(absent(&name.toggler())), about);
        return;
    }
    let selected = config.schedules.iter().any(|s| s.alarms.iter().any(|a| a.selects(&alarm_name)));
    let alarm = Alarm {
        description: format!(
            "The toggler {} has not run for 15 minutes. Next: look at its log group and at the schedules of the group \
             {}; alarms stay muted or armed as they are until it runs.",
            name.toggler(),
            name.schedule_group()
        ),
        metric_name: HEARTBEAT.to_owned(),
        namespace: name.metric_namespace().to_owned(),
        dimensions: Vec::new(),
        statistic: "SampleCount".to_owned(),
        period: 900,
        evaluation_periods: 1,
        datapoints_to_alarm: None,
        threshold: 1.0,
        comparison: "LessThanThreshold".to_owned(),
        missing_data: "breaching".to_owned(),
        alarm_actions: vec![alarms.clone()],
        ok_actions: vec![alarms],
        actions_enabled: if selected { None } else { Some(true) },
        tags: tags(name),
    };
    all.make(alarm_name, Resource::Alarm(alarm), about);
}

/// The schedules that invoke the toggler.
fn toggler(all: &mut Desired, config: &Config, facts: &Facts) {
    let (name, place) = (config.name.clone(), all.place.clone());
    let group = name.schedule_group();
    let role = Role {
        trust: policies::scheduler_role_trust(&place, &group),
        policy: Some(policies::scheduler_role(&place, &name, facts.dead_letters.as_deref())),
        tags: tags(&name),
    };
    all.make(name.scheduler_role(), Resource::Role(role), "Scheduler invokes the toggler by it");
    all.make(&group, Resource::ScheduleGroup(ScheduleGroup { tags: tags(&name) }), "holds the toggler's schedules");

    heartbeat(all, config, facts);

    for edge in schedules::edges(config) {
        let key = format!("{group}/{}", edge.name);
        let about = format!("{} {}", edge.expression, edge.timezone);
        let schedule = Schedule {
            group: group.clone(),
            expression: edge.expression,
            timezone: edge.timezone,
            target_arn: place.function(&name.toggler()),
            role_arn: place.role(&name.scheduler_role()),
            input: "{}".to_owned(),
            retries: SCHEDULE_RETRIES,
            max_age: SCHEDULE_MAX_AGE,
            dead_letters: facts.dead_letters.clone(),
            enabled: true,
        };
        if facts.toggler {
            all.make(key, Resource::Schedule(schedule), about);
        } else {
            all.want(Kind::Schedule, key, Want::Later(absent(&name.toggler())), about);
        }
    }
}
