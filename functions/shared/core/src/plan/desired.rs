//! What the account should hold, from the config, the chosen controls and where we are.

mod topics;
mod trail;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::kind::{Key, Kind};
use super::places::places;
use super::problem::Problem;
use super::resource::{Alarm, MetricFilter, PatternText, Resource, Role, Schedule, ScheduleGroup, Tags, Topic, WarmUp};
use super::schedules;
use crate::arns::{self, Place};
use crate::config::{Config, Schedule as Office};
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
    /// The ARN of the log group to which the trail delivers that `[trail] name` names.
    pub trail_log_group_arn: Option<String>,
    /// The home Regions of the account's trails that bear our name.
    pub trail_regions: Result<Vec<String>, Problem>,
    /// The Regions that the account has enabled; empty when the config does not need them.
    pub enabled_regions: Vec<String>,
}

#[cfg(test)]
impl Facts {
    /// Both functions deployed, nothing else there: where most tests of plan and audit begin.
    pub(crate) fn deployed_in(region: &str) -> Self {
        let place = Place { partition: "aws".into(), account: "111122223333".into(), region: region.into() };
        Self {
            place,
            toggler: true,
            dead_letters: None,
            enricher: true,
            trail_log_group_arn: None,
            trail_regions: Ok(Vec::new()),
            enabled_regions: Vec::new(),
        }
    }
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
        naming.peek().is_some() && naming.all(|o| o.calendar.decide(at, None).desired == hours::Mode::Muted)
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

/// A run that is late by more than this is worth nothing: the next one is five minutes away.
const SCHEDULE_MAX_AGE: i32 = 300;
const SCHEDULE_RETRIES: i32 = 3;

/// What a schedule sends: no action, so the toggler reconciles, and when the run was due, which EventBridge Scheduler puts
/// in as `2022-03-22T18:59:43Z` (EventBridge Scheduler user guide: "Adding context attributes").
pub const SCHEDULE_INPUT: &str = r#"{"time":"<aws.scheduler.scheduled-time>"}"#;

/// What the account should hold.
pub fn desired(config: &Config, controls: &[Control], facts: &Facts) -> Desired {
    let name = &config.name;
    let existing = facts.trail_log_group_arn.as_deref().filter(|_| config.trail.name.is_some());
    let existing = existing.and_then(arns::log_group_name).map(ToOwned::to_owned);
    let log_group = config.trail.log_group.clone().or(existing).unwrap_or_else(|| name.log_group());
    let mut all = Desired {
        name: name.clone(),
        place: facts.place.clone(),
        log_group,
        alarm_topic: config.alarm_topic(),
        notice_topic: config.notice_topic(),
        offices: config.schedules.clone(),
        wanted: BTreeMap::new(),
    };
    trail::trail(&mut all, config, facts);
    topics::topics(&mut all, config, facts);
    for control in controls {
        watch(&mut all, config, control);
    }
    toggler(&mut all, config, facts);
    all
}

fn tags(name: &Name) -> Tags {
    [(Name::TAG_KEY, name.as_str())].into_iter().collect()
}

/// What the other Regions of a per-Region set-up should hold: a log group, a trail of that Region, filters, alarms
/// and their topic, all told to the enricher at home. They refer to things of the home Region, which is made first.
pub fn satellites(config: &Config, controls: &[Control], facts: &Facts) -> Vec<Desired> {
    let others = places(config, facts).into_iter().skip(1);
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
    trail::own_log_group(&mut all, config);
    let bucket = config.trail.bucket.clone().unwrap_or_else(|| name.bucket(&home.account, &home.region));
    let log_group_arn = Some(format!("{}:*", place.log_group(&all.log_group)));
    trail::own_trail(&mut all, config, &home.region, bucket, log_group_arn, Some(place.role(&name.trail_role())));
    let alarms = name.alarm_topic();
    let policy = policies::alarm_topic(&place, &alarms);
    let topic = Resource::Topic(Topic { policy, kms_key: None, tags: tags(name) });
    all.make(&alarms, topic, "alarms publish to it, the enricher at home reads it");
    topics::subscribe_enricher(&mut all, config, facts);
    for control in controls {
        watch(&mut all, config, control);
    }
    all
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
        unit: String::new(),
        transformed: false,
        selection: String::new(),
        system_dimensions: Vec::new(),
        transformations: 1,
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
        unit: String::new(),
        period: control.period,
        evaluation_periods: 1,
        datapoints_to_alarm: None,
        threshold: control.threshold,
        comparison: "GreaterThanOrEqualToThreshold".to_owned(),
        missing_data: "notBreaching".to_owned(),
        alarm_actions: vec![alarms.clone()],
        // OK is told too: with it the whole ALARM interval can be searched for a second actor.
        ok_actions: vec![alarms],
        insufficient_data_actions: Vec::new(),
        warm_up: WarmUp(None),
        others: Vec::new(),
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

/// Seconds without a run after which the heartbeat's alarm rings.
const HEARTBEAT_PERIOD: i32 = 900;

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
        metric_name: Name::HEARTBEAT_METRIC.to_owned(),
        namespace: name.metric_namespace().to_owned(),
        dimensions: Vec::new(),
        statistic: "SampleCount".to_owned(),
        unit: String::new(),
        period: HEARTBEAT_PERIOD,
        evaluation_periods: 1,
        datapoints_to_alarm: None,
        threshold: 1.0,
        comparison: "LessThanThreshold".to_owned(),
        missing_data: "breaching".to_owned(),
        alarm_actions: vec![alarms.clone()],
        ok_actions: vec![alarms],
        insufficient_data_actions: Vec::new(),
        // The toggler's first run is minutes away: until then there is no data, which is not yet a reason to ring.
        warm_up: WarmUp(Some(HEARTBEAT_PERIOD / 60)),
        others: Vec::new(),
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
        others: Vec::new(),
        boundary: None,
        tags: tags(&name),
    };
    all.make(name.scheduler_role(), Resource::Role(role), "Scheduler invokes the toggler by it");
    all.make(
        &group,
        Resource::ScheduleGroup(ScheduleGroup { deleting: false, tags: tags(&name) }),
        "holds the toggler's schedules",
    );

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
            input: SCHEDULE_INPUT.to_owned(),
            retries: SCHEDULE_RETRIES,
            max_age: SCHEDULE_MAX_AGE,
            dead_letters: facts.dead_letters.clone(),
            enabled: true,
            starts: None,
            ends: None,
            flexible_minutes: 0,
            kms_key: None,
            others: Vec::new(),
        };
        if facts.toggler {
            all.make(key, Resource::Schedule(schedule), about);
        } else {
            all.want(Kind::Schedule, key, Want::Later(absent(&name.toggler())), about);
        }
    }
}
