//! Along the chain: the order in which a record travels.

use jiff::{SignedDuration, Timestamp};

use super::functions::functions;
use super::link::{APPLY, Link, fail, pass, unknown, unread};
use super::topics::{functions_may_publish, key_allows_cloudwatch, subscribers, topic_allows_cloudwatch};
use super::vitals::{Delivered, Vitals};
use crate::arns;
use crate::plan::{
    Alarm, Change, Desired, Found, Kind, Observed, Resource, Subscription, Want, Why, diff, is_hold, ways_out,
};

/// CloudTrail delivers every five minutes when there is anything; an account is never silent for a day.
const STALE: SignedDuration = SignedDuration::from_hours(24);

/// The toggler runs as often as this.
const TOGGLER: SignedDuration = SignedDuration::from_mins(5);

/// Every link, in the order in which a record travels.
pub fn audit(desired: &Desired, observed: &Observed, vitals: &Vitals) -> Vec<Link> {
    let mut links = Vec::new();
    // The toggler's runs are events of the home Region; in another nothing may happen for weeks.
    let quiet = desired.of_kind(Kind::ScheduleGroup).next().is_none();
    let fresh = |link: &str, at, mend: &str| fresh(link, at, vitals.now, quiet, mend);
    trail(&mut links, desired, vitals, &fresh);
    log_group(&mut links, vitals, &fresh);
    let changes = diff(desired, observed);
    for kind in
        [Kind::Bucket, Kind::BucketPolicy, Kind::LogGroup, Kind::Role, Kind::KmsKey, Kind::Trail, Kind::Delivery]
    {
        links.extend(changes.iter().filter(|change| change.key.kind == kind).map(made));
    }
    for kind in [Kind::MetricFilter, Kind::Alarm, Kind::Topic, Kind::TopicPolicy, Kind::KeyPolicy] {
        let of_kind = changes.iter().filter(|change| change.key.kind == kind);
        links
            .extend(of_kind.map(|change| muted(desired, observed, vitals.now, change).unwrap_or_else(|| made(change))));
    }
    links.extend(topic_allows_cloudwatch(desired, observed));
    links.extend(functions_may_publish(desired, observed));
    links.extend(key_allows_cloudwatch(desired, vitals));
    let rest = [Kind::Permission, Kind::Subscription, Kind::ScheduleGroup, Kind::Schedule];
    links.extend(changes.iter().filter(|change| rest.contains(&change.key.kind)).map(made));
    if desired.contains(&desired.key(Kind::Topic, desired.notice_topic())) {
        links.push(subscribers(vitals));
    }
    links.extend(functions(desired, vitals));
    mute_rules(&mut links, vitals);
    for link in &mut links {
        link.region.clone_from(&desired.place().region);
    }
    links
}

/// Lines that no account can be asked about, as links.
pub fn lines(changes: &[Change]) -> Vec<Link> {
    changes.iter().map(|change| Link { region: change.key.region.clone(), ..made(change) }).collect()
}

/// An alarm that is right but muted: right as well while its schedules want that.
fn muted(desired: &Desired, observed: &Observed, now: Timestamp, change: &Change) -> Option<Link> {
    let (Why::Right, None, Some(Resource::Alarm(Alarm { actions_enabled: Some(false), .. }))) =
        (change.why, &change.problem, &change.have)
    else {
        return None;
    };
    let link = change.key.to_string();
    // Or wanted it a moment ago: the toggler runs at the edge, and every five minutes.
    let moments = [Some(now), now.checked_sub(TOGGLER).ok()];
    if moments.into_iter().flatten().any(|at| desired.mutes(&change.key.name, at)) {
        return Some(pass(link, "muted now; the schedule arms it"));
    }
    let mut alarms =
        observed.0.iter().filter(|(_, found)| matches!(found, Found::Ours(found) if is_hold(desired, found)));
    Some(match alarms.next().map(|(key, _)| key) {
        Some(hold) => unknown(
            link,
            format!("muted outside business hours, perhaps by the hold {}", hold.name),
            "See that the hold is meant; invoke the toggler with {\"action\":\"resume\"} to end it",
        ),
        None => fail(link, "muted, though its schedule wants it armed", "Look at the toggler's log; run it by hand"),
    })
}

/// A thing that the plan knows about: right when there is nothing to do.
fn made(change: &Change) -> Link {
    let link = change.key.to_string();
    if let Some(problem) = &change.problem {
        return if problem.is_seen() {
            fail(link, problem.message.clone(), problem.mend.clone())
        } else {
            unread(link, problem)
        };
    }
    match change.why {
        Why::Right => confirmed(link, change),
        Why::Waits => fail(link, change.detail.clone(), "Deploy the function, then run apply"),
        Why::Missing | Why::Absent => fail(link, "is not there", APPLY),
        Why::Differs | Why::Adopted => fail(link, change.detail.clone(), APPLY),
        Why::Unwanted => fail(link, "is ours, but the config no longer wants it", APPLY),
        Why::Used => pass(link, change.detail.clone()),
        Why::InTheWay => {
            let mend = ways_out(change);
            fail(link, change.detail.clone(), mend)
        }
        Why::OutOfSight | Why::NotOurs => unknown(link, change.detail.clone(), "Ask its owner, or look there yourself"),
        Why::Unreadable | Why::Kept => unknown(link, change.detail.clone(), APPLY),
        Why::Gap => {
            let mend = match change.key.kind {
                Kind::Schedule => APPLY,
                _ => "Leave [trail] regions out: then one trail covers all Regions; or name those that are missing",
            };
            unknown(link, change.detail.clone(), mend)
        }
    }
}

/// A subscription that nobody confirmed is there, and delivers nothing.
fn confirmed(link: String, change: &Change) -> Link {
    match &change.have {
        Some(Resource::Subscription(Subscription { pending: true, endpoint, .. })) => unknown(
            link,
            format!("{endpoint} has not confirmed it, so nothing is delivered there"),
            "Follow the link in the mail from AWS; it is void after 48 hours, then run apply for a new one",
        ),
        _ => pass(link, ""),
    }
}

/// Judges when something last came.
type Fresh<'a> = dyn Fn(&str, Timestamp, &str) -> Link + 'a;

fn trail(links: &mut Vec<Link>, desired: &Desired, vitals: &Vitals, fresh: &Fresh<'_>) {
    let trail = match &vitals.trail {
        Ok(Some(trail)) => trail,
        Ok(None) => {
            links.push(fail("trail exists", "there is none of this name", APPLY));
            return;
        }
        Err(problem) => {
            links.push(unread("trail exists", problem));
            return;
        }
    };
    let yes_no = |link: &str, yes: bool, why: &str| {
        let mend = "Run apply; if the trail is your own, change it there";
        if yes { pass(link, "") } else { fail(link, why, mend) }
    };
    links.push(yes_no("trail is logging", trail.logging, "it is stopped: nothing is recorded"));
    // In a per-Region set-up a trail covers its Region, and one of them has the global events.
    let wanted = desired.of_kind(Kind::Trail).find_map(|wanted| match &wanted.want {
        Want::Make(Resource::Trail(wanted)) => Some((wanted.multi_region, wanted.global_events)),
        _ => None,
    });
    let (all_regions, global) = wanted.unwrap_or((true, true));
    if all_regions {
        links.push(yes_no("trail covers all Regions", trail.multi_region, "other Regions are not watched"));
    }
    if global {
        let silent = "IAM, STS and console sign-ins are never delivered";
        links.push(yes_no("trail has global service events", trail.global_events, silent));
    }
    links.push(yes_no("trail has all management events", trail.management_events, "some are left out"));
    links.push(delivered("trail delivers to its bucket", &trail.bucket, fresh));
    links.push(delivered("trail delivers to its log group", &trail.logs, fresh));
    let link = "metric filters stand in the trail's own log group";
    let ours = desired.place().log_group(desired.log_group());
    links.push(match trail.log_group_arn.as_deref().map(arns::log_group) {
        Some(group) if group == ours => pass(link, desired.log_group()),
        Some(group) => fail(
            link,
            format!("the trail delivers to {group}, the filters read {ours}"),
            "Name the trail's log group in [trail] log_group, then run apply",
        ),
        None => fail(link, "the trail delivers to no log group", APPLY),
    });
}

fn delivered(link: &str, delivered: &Delivered, fresh: &Fresh<'_>) -> Link {
    let look = "Look at the bucket policy, the role and the KMS key";
    match delivered {
        Delivered { error: Some(error), .. } if !error.is_empty() => fail(link, error.clone(), look),
        Delivered { at: Some(at), .. } => fresh(link, *at, look),
        Delivered { at: None, .. } => unknown(link, "nothing was delivered yet", "Look again in fifteen minutes"),
    }
}

fn fresh(link: &str, at: Timestamp, now: Timestamp, quiet: bool, mend: &str) -> Link {
    let detail = format!("last {at:.0}");
    if now.duration_since(at) <= STALE {
        pass(link, detail)
    } else if quiet {
        let again = "Look again in fifteen minutes: this look is an event of this Region itself";
        unknown(link, format!("{detail}: nothing happens here, or nothing arrives"), again)
    } else {
        fail(link, format!("{detail}, more than a day ago"), mend)
    }
}

fn log_group(links: &mut Vec<Link>, vitals: &Vitals, fresh: &Fresh<'_>) {
    let link = "log group receives events";
    links.push(match &vitals.last_event {
        Ok(Some(at)) => fresh(link, *at, "Look at the trail's role and log group"),
        Ok(None) => unknown(link, "it has no event yet", "Look again in fifteen minutes"),
        Err(problem) => unread(link, problem),
    });
}

fn mute_rules(links: &mut Vec<Link>, vitals: &Vitals) {
    let link = "no foreign mute rule";
    match &vitals.mute_rules {
        Ok(rules) if rules.is_empty() => links.push(pass(link, "")),
        Ok(rules) => links.extend(rules.iter().map(|rule| {
            fail(
                link,
                format!("the mute rule {:?} covers {}", rule.name, rule.alarm),
                "Remove the rule, or the alarm from it",
            )
        })),
        Err(problem) => links.push(unread(link, problem)),
    }
}
