//! Which Regions are set up, and what about them is not as it should be.

use std::collections::BTreeSet;

use super::change::{Change, Why};
use super::facts::Facts;
use super::kind::{Key, Kind};
use super::problem::{Problem, ProblemKind};
use crate::arns::{self, Place};
use crate::config::{Config, Regions, TrailKey};
use crate::controls::Control;
use crate::regions;

/// The home Region and, in a per-Region set-up, the others whose alarms can be told to it.
pub(super) fn places(config: &Config, facts: &Facts) -> Vec<Place> {
    let home = &facts.place;
    let others = others(config, facts).filter(|region| is_heard(region, &home.region));
    std::iter::once(home.clone()).chain(others.map(|region| home.in_region(region))).collect()
}

/// The Regions that the config wants beside the home Region.
fn others<'a>(config: &'a Config, facts: &'a Facts) -> impl Iterator<Item = &'a str> {
    let listed: &[String] = match &config.trail.regions {
        Regions::OneTrail => &[],
        Regions::Enabled => &facts.enabled_regions,
        Regions::Listed(regions) => regions,
    };
    let home = facts.place.region.as_str();
    listed.iter().map(String::as_str).filter(move |region| *region != home && is_of_partition(region, home))
}

/// Whether a Region is of the home Region's partition: an account has no other.
fn is_of_partition(region: &str, home: &str) -> bool {
    regions::partition(region) == regions::partition(home)
}

/// Whether a function at home can be told of an alarm in a Region.
fn is_heard(region: &str, home: &str) -> bool {
    regions::sns_principal(region, home).is_some()
}

/// The Regions that the config wants and that are left out: their alarms would reach nobody.
pub fn left_out<'a>(config: &'a Config, facts: &'a Facts) -> impl Iterator<Item = &'a str> {
    others(config, facts).filter(|region| !is_heard(region, &facts.place.region))
}

/// Those of the wanted Regions that could be the home of all of them.
fn homes<'a>(wanted: &[&'a str]) -> BTreeSet<&'a str> {
    let hears_all = |home: &&&str| wanted.iter().all(|region| is_heard(region, home));
    wanted.iter().filter(hears_all).copied().collect()
}

const ONE_TRAIL: &str = "leave [trail] regions out: then one trail covers them all";

/// The ways out where a home Region cannot be told of the others.
fn other_homes(wanted: &[&str]) -> String {
    let homes: Vec<&str> = homes(wanted).into_iter().collect();
    if homes.is_empty() {
        format!("A Region that must be opted into can be no home of others: {ONE_TRAIL}")
    } else {
        format!("Set AWS_REGION to one of {}, or {ONE_TRAIL}", homes.join(", "))
    }
}

/// What in the config belongs to another account or Region than this, a line each, with its mend. Such a thing
/// cannot be used, and nothing should be made beside it. `delivers_to` is the ARN of the log group of the trail that
/// `[trail] name` names, where it is known ([`Facts::trail_log_group_arn`]).
pub fn misplaced(config: &Config, place: &Place, delivers_to: Option<&str>) -> Vec<Change> {
    let notify = &config.notify;
    let region = &place.region;
    let line = |kind: Kind, name: &str, message: String, mend: String| {
        let key = Key { kind, region: region.clone(), name: name.to_owned() };
        let problem = Problem::new(ProblemKind::WrongPlace, message, mend);
        Change { problem: Some(problem), ..Change::new(key, Why::Gap, "of another place") }
    };
    let topics = [("topic", &notify.topic), ("alarm_topic", &notify.alarm_topic)];
    let topics = topics.into_iter().filter_map(|(key, topic)| {
        let topic = topic.as_ref()?;
        let (given, here) = (topic.arn.as_ref()?, place.topic(&topic.name));
        let message = format!("[notify] {key} is {given}; a topic of this account and Region is expected");
        (*given != here).then(|| line(Kind::Topic, &topic.name, message, format!("Name one such as {here}")))
    });
    let key = notify.kms_key.as_ref().filter(|key| arns::region(key) != Some(region)).map(|key| {
        let message = format!("[notify] kms_key is {key}; SNS takes a key of its own Region only");
        line(Kind::KeyPolicy, key, message, format!("Name a key of {region}"))
    });
    // An existing bucket may be of another Region, and its key with it.
    let trail_key = config.trail.kms_key.as_ref().filter(|_| config.trail.bucket.is_none()).and_then(|key| match key {
        TrailKey::Existing(arn) if arns::region(arn) != Some(region) => {
            let message = format!("[trail] kms_key is {arn}; CloudTrail takes a key of the bucket's own Region only");
            Some(line(Kind::KeyPolicy, arn, message, format!("Name a key of {region}, or \"make\"")))
        }
        TrailKey::Make | TrailKey::Existing(_) => None,
    });
    let listed = match &config.trail.regions {
        Regions::Listed(listed) => Some(listed),
        // Whatever Region the account has is among all of them.
        Regions::OneTrail | Regions::Enabled => None,
    };
    let strange: Vec<&str> =
        listed.into_iter().flatten().map(String::as_str).filter(|it| !is_of_partition(it, region)).collect();
    let partitions = (!strange.is_empty()).then(|| {
        let message = format!(
            "[trail] regions names {}, of another partition than {region}: an account has Regions of one partition alone",
            strange.join(", ")
        );
        let mend = "Take it out, and run a Yakei of its own in an account of that partition".to_owned();
        line(Kind::Trail, &format!("{} of {}", config.name.trail(), strange.join(", ")), message, mend)
    });
    let home = listed.filter(|listed| !listed.contains(region)).map(|regions| {
        let message = format!(
            "[trail] regions does not name {region}, the home Region (AWS_REGION), where the functions and the topic for \
             people stand"
        );
        // Advice that is followed must not be refused in its turn.
        let all: Vec<&str> = regions.iter().map(String::as_str).collect();
        let fits = all.iter().all(|other| is_heard(other, region));
        let mend = if fits {
            format!("Add it, or set AWS_REGION to one of {}", regions.join(", "))
        } else {
            other_homes(&all)
        };
        line(Kind::Trail, &config.name.trail(), message, mend)
    });
    let trail = config.trail.name.as_ref().and_then(|name| {
        let (message, mend) = trail_elsewhere(name, place, delivers_to)?;
        Some(line(Kind::Trail, name, message, mend))
    });
    topics.chain(key).chain(trail_key).chain(partitions).chain(home).chain(trail).collect()
}

/// A trail delivers to a log group of its own account and home Region, and filters and alarms stand where the log
/// group is: a group here of the same name is another one.
fn trail_elsewhere(name: &str, place: &Place, delivers_to: Option<&str>) -> Option<(String, String)> {
    let given = [delivers_to, Some(name)].into_iter().flatten();
    let mut there = given.filter_map(|arn| Some((arn, arns::account(arn)?, arns::region(arn)?)));
    let Place { account, region, .. } = place;
    let (arn, its_account, its_region) = there.find(|(_, a, r)| a != account || r != region)?;
    let message = format!(
        "[trail] name is {name}: {arn} stands in account {its_account}, Region {its_region}; this is account {account}, \
         Region {region}, and filters and alarms must stand where the trail's log group is"
    );
    let mend = if its_account == account {
        format!("Set AWS_REGION to {its_region} and run it again, or leave [trail] name out and a trail is made here")
    } else {
        format!(
            "Run Yakei in account {its_account}, Region {its_region}, or leave [trail] name out and a trail is made here"
        )
    };
    Some((message, mend))
}

/// A line where the config leaves the watch of the watch out. It is the user's word, and no mistake.
pub fn unwatched(config: &Config, controls: &[Control], facts: &Facts) -> Option<Change> {
    let alarm = config.name.changes_alarm();
    if controls.iter().any(|control| config.name.alarm(&control.key) == alarm) {
        return None;
    }
    let key = Key { kind: Kind::Alarm, region: facts.place.region.clone(), name: alarm };
    let detail = "[controls] leaves MonitoringChanges out: nobody is told when somebody changes alarms, filters, topics, the \
                  trail or Yakei itself";
    Some(Change::new(key, Why::Gap, detail))
}

/// Regions in which a trail of ours stands that the config does not want there: they were taken off the list.
pub fn left_behind<'f>(config: &Config, facts: &'f Facts) -> impl Iterator<Item = &'f str> {
    let wanted: Vec<String> = places(config, facts).into_iter().map(|place| place.region).collect();
    let found = facts.trail_regions.as_deref().unwrap_or_default();
    found.iter().map(String::as_str).filter(move |region| !wanted.iter().any(|wanted| wanted == region))
}

/// What is wrong with the list of Regions, a line each. Nothing here can be mended by making something; a line without
/// a problem is a warning.
pub fn gaps(config: &Config, facts: &Facts) -> Vec<Change> {
    let (name, home) = (&config.name, &facts.place);
    let key = |region: &str| Key { kind: Kind::Trail, region: region.to_owned(), name: name.trail() };
    let line = |region: &str, detail: &str, problem: Problem| Change {
        problem: Some(problem),
        ..Change::new(key(region), Why::Gap, detail)
    };
    let mut gaps = Vec::new();
    let left_out: Vec<&str> = left_out(config, facts).collect();
    if config.trail.regions.is_per_region() {
        let watched = places(config, facts);
        let unwatched = |region: &str| !watched.iter().any(|place| place.region == region);
        let all: Vec<&str> = others(config, facts).chain([home.region.as_str()]).collect();
        if let Some(global) = regions::global_region(&home.partition).filter(|it| unwatched(it)) {
            let (told, mend) = if is_heard(global, &home.region) {
                let told = format!("[trail] regions lacks {global}");
                (told, format!("Add {global:?} to [trail] regions, or {ONE_TRAIL}"))
            } else {
                (format!("[trail] regions cannot have {global}"), other_homes(&[&all[..], &[global]].concat()))
            };
            let problem = Problem::new(
                ProblemKind::NotWatched,
                format!("{told}, where console sign-ins and the events of IAM and STS are recorded"),
                mend,
            );
            gaps.push(line(global, "global services are not watched", problem));
        }
        let sign_ins = regions::sign_in_regions(&home.partition).iter();
        // Where they cannot be had, that is told already.
        for region in sign_ins.filter(|it| unwatched(it) && is_heard(it, &home.region)) {
            let detail = format!(
                "[trail] regions lacks {region}, where sign-ins of IAM users may be recorded that begin at the console's \
                 global address: they are lost"
            );
            gaps.push(Change::new(key(region), Why::Gap, detail));
        }
        let detail =
            "no trail covers all Regions, so the checks that ask for one (CIS, Security Hub CloudWatch.1 to .14) fail";
        gaps.push(Change::new(key(&home.region), Why::Gap, detail));
        if !left_out.is_empty() {
            let problem = Problem::new(
                ProblemKind::Unfit,
                format!(
                    "SNS cannot tell a function in {} of an alarm in {}: nothing is set up there",
                    home.region,
                    left_out.join(", ")
                ),
                other_homes(&all),
            );
            gaps.push(line(&home.region, "Regions are left out", problem));
        }
    }
    gaps.extend(left_behind(config, facts).map(|region| {
        let remove = format!("{{\"action\":\"destroy\",\"confirm\":\"{name}\",\"region\":\"{region}\"}}");
        let problem = Problem::new(
            ProblemKind::LeftBehind,
            if left_out.contains(&region) {
                format!("a trail of ours stands in {region}, which the home Region cannot be told of")
            } else {
                format!("a trail of ours stands in {region}, which the config does not name")
            },
            if left_out.contains(&region) {
                format!("Remove what stands there, its alarms reach nobody: {remove}")
            } else {
                format!("Name {region} in [trail] regions again, or remove what stands there: {remove}")
            },
        );
        line(region, "left behind", problem)
    }));
    if let Err(problem) = &facts.trail_regions {
        gaps.push(line(&home.region, "whether other Regions hold trails of ours is not known", problem.clone()));
    }
    gaps
}
