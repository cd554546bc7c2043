//! What the account should hold, from the config, the chosen controls and where we are.

mod topics;
mod trail;

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::kind::Kind;
use super::places::places;
use super::resource::{Alarm, MetricFilter, PatternText, Resource, Role, Schedule, ScheduleGroup, Topic, WarmUp};
use super::schedules;
use super::wanted::{Desired, Want, absent, tags};
use crate::arns;
use crate::config::Config;
use crate::controls::{Control, Kept};
use crate::names::Name;
use crate::policies;

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
    // One of another place cannot have filters of ours, and one of its name here is another.
    let existing = existing.filter(|arn| {
        let here = (Some(facts.place.account.as_str()), Some(facts.place.region.as_str()));
        (arns::account(arn), arns::region(arn)) == here
    });
    let existing = existing.and_then(arns::log_group_name).map(ToOwned::to_owned);
    let log_group = config.trail.log_group.clone().or(existing).unwrap_or_else(|| name.log_group());
    let mut all = Desired {
        name: name.clone(),
        place: facts.place.clone(),
        log_group,
        alarm_topic: config.alarm_topic(),
        notice_topic: config.notice_topic(),
        kept: Kept::of(config, &facts.place.account, &facts.place.region),
        offices: config.schedules.clone(),
        wanted: BTreeMap::new(),
        passing: BTreeSet::new(),
    };
    trail::trail(&mut all, config, facts);
    topics::topics(&mut all, config, facts);
    for control in controls {
        watch(&mut all, config, control);
    }
    toggler(&mut all, config, facts);
    all
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
    let (wanted, passing) = (BTreeMap::new(), BTreeSet::new());
    let (name_of_all, kept) = (name.clone(), Kept::of(config, &home.account, &home.region));
    let mut all =
        Desired { name: name_of_all, place, log_group, alarm_topic, notice_topic, kept, offices, wanted, passing };
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

/// A control's filters and its alarm.
fn watch(all: &mut Desired, config: &Config, control: &Control) {
    let (name, alarms) = (&config.name, all.place.topic(&all.alarm_topic));
    let alarm_name = name.alarm(&control.key);
    let references = control.references();
    let about = if references.is_empty() { control.title.clone() } else { format!("{references}: {}", control.title) };

    let control = &control.filled(&all.installation());
    let filter = |pattern: &str| MetricFilter {
        log_group: all.log_group.clone(),
        pattern: PatternText(pattern.to_owned()),
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
    let filters: Vec<MetricFilter> = control.patterns().map(filter).collect();
    for (filter, number) in filters.into_iter().zip(1..) {
        let name = control.filter_name(name, number);
        all.make(name, Resource::MetricFilter(filter), about.clone());
    }

    let tags = [(Name::TAG_KEY, name.as_str()), ("control", &control.key), ("severity", control.severity.as_str())];
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
        actions_enabled: actions_enabled(config, &alarm_name),
        tags: tags.into_iter().collect(),
    };
    all.make(alarm_name, Resource::Alarm(alarm), about);
}

/// Whether an alarm's actions run; `None` where the toggler decides.
fn actions_enabled(config: &Config, alarm: &str) -> Option<bool> {
    let selected = config.schedules.iter().any(|s| s.alarms.iter().any(|a| a.selects(alarm)));
    let toggled = selected && !config.name.never_muted().iter().any(|never| never == alarm);
    (!toggled).then_some(true)
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
        actions_enabled: actions_enabled(config, &alarm_name),
        tags: tags(name),
    };
    all.make(alarm_name, Resource::Alarm(alarm), about);
}

/// The schedules that invoke the toggler.
fn toggler(all: &mut Desired, config: &Config, facts: &Facts) {
    let (name, place) = (config.name.clone(), all.place.clone());
    let group = name.schedule_group();
    let role = Role {
        path: "/".to_owned(),
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

    let timetable = schedules::timetable(config, facts.now);
    let keys = timetable.passing.iter().map(|edge| all.key(Kind::Schedule, format!("{group}/{}", edge.name)));
    all.passing = keys.collect();
    for edge in timetable.weekly.into_iter().chain(timetable.once) {
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
            deletes_itself: edge.once.is_some(),
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
