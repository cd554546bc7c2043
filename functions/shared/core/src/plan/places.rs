//! Which Regions are set up, and what about them is not as it should be.

use super::{Action, Change, Facts, Key, Kind, Problem};
use crate::arns::{self, Place};
use crate::config::Config;

/// The home Region and, in a per-Region set-up, the others.
pub(super) fn places(config: &Config, home: &Place) -> Vec<Place> {
    let others = config.trail.regions.iter().filter(|region| **region != home.region);
    std::iter::once(home.clone()).chain(others.map(|region| home.in_region(region))).collect()
}

/// What in the config belongs to another account or Region than this, each mistake with its mend. Such a thing
/// cannot be used, and nothing should be made beside it.
pub fn misplaced(config: &Config, place: &Place) -> Vec<String> {
    let notify = &config.notify;
    let topics = [("topic", &notify.topic), ("alarm_topic", &notify.alarm_topic)];
    let topics = topics.into_iter().filter_map(|(key, topic)| {
        let topic = topic.as_ref()?;
        let (given, here) = (topic.arn.as_ref()?, place.topic(&topic.name));
        (*given != here).then(|| {
            format!("[notify] {key} is {given}; a topic of this account and Region is expected, such as {here}")
        })
    });
    let region = &place.region;
    let key = notify
        .kms_key
        .as_ref()
        .filter(|key| arns::region(key) != Some(region))
        .map(|key| format!("[notify] kms_key is {key}; SNS takes a key of its own Region only, here {region}"));
    let regions = &config.trail.regions;
    let home = (!regions.is_empty() && !regions.contains(region)).then(|| {
        format!(
            "[trail] regions does not name {region}, the home Region (AWS_REGION), where the functions and the topic for \
             people stand: add it, or set AWS_REGION to one of {}",
            regions.join(", ")
        )
    });
    topics.chain(key).chain(home).collect()
}

/// Regions in which a trail of ours stands that the config does not want there: they were taken off the list.
pub fn left_behind<'f>(config: &Config, facts: &'f Facts) -> impl Iterator<Item = &'f str> {
    let wanted: Vec<String> = places(config, &facts.place).into_iter().map(|place| place.region).collect();
    let found = facts.trail_regions.as_deref().unwrap_or_default();
    found.iter().map(String::as_str).filter(move |region| !wanted.iter().any(|wanted| wanted == region))
}

/// What is wrong with the list of Regions, a line each. Nothing here can be mended by making something.
pub fn gaps(config: &Config, facts: &Facts) -> Vec<Change> {
    let (name, home) = (&config.name, &facts.place);
    let line = |region: &str, detail: &str, problem: Problem| {
        let key = Key { kind: Kind::Trail, region: region.to_owned(), name: name.trail() };
        Change { problem: Some(problem), ..Change::new(key, Action::None, detail) }
    };
    let mut gaps = Vec::new();
    let (regions, global) = (&config.trail.regions, home.global_region());
    if !regions.is_empty() && !regions.iter().any(|region| region == global) {
        let problem = Problem {
            code: Problem::NOT_WATCHED.to_owned(),
            message: format!(
                "[trail] regions lacks {global}, where console sign-ins and the events of IAM and STS are recorded"
            ),
            mend: format!("Add {global:?} to [trail] regions, or leave regions out: then one trail covers them all"),
        };
        gaps.push(line(global, "global services are not watched", problem));
    }
    gaps.extend(left_behind(config, facts).map(|region| {
        let problem = Problem {
            code: Problem::LEFT_BEHIND.to_owned(),
            message: format!("a trail of ours stands in {region}, which the config does not name"),
            mend: format!(
                "Name {region} in [trail] regions again, or remove what stands there: \
                 {{\"action\":\"destroy\",\"confirm\":\"{name}\",\"region\":\"{region}\"}}"
            ),
        };
        line(region, "left behind", problem)
    }));
    if let Err(problem) = &facts.trail_regions {
        gaps.push(line(&home.region, "whether other Regions hold trails of ours is not known", problem.clone()));
    }
    gaps
}
