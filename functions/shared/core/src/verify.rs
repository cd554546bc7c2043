//! The audit: every link from the trail to a person's mailbox, pass, fail or unknown, each with its mend.
//!
//! Pure. A link is `pass` only when the account showed it; what could not be read, or what AWS has not
//! told yet, is `unknown`, never `pass`.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::plan::{Action, Alarm, Change, Desired, Found, Kind, Observed, Problem, Resource, Want, diff};
use crate::policies::{self, Policy};

/// CloudTrail delivers every five minutes when there is anything; an account is never silent for a day.
const STALE: SignedDuration = SignedDuration::from_hours(24);

/// The toggler runs as often as this.
const TOGGLER: SignedDuration = SignedDuration::from_mins(5);

/// What only an audit asks about.
#[derive(Debug, Clone)]
pub struct Vitals {
    /// When it was asked.
    pub now: Timestamp,
    /// The trail's own settings and state; `None` when there is no trail.
    pub trail: Result<Option<TrailVitals>, Problem>,
    /// When the log group got its newest event; `None` when it has none.
    pub last_event: Result<Option<Timestamp>, Problem>,
    /// Who is subscribed to the notice topic.
    pub subscribers: Result<Subscribers, Problem>,
    /// Native mute rules on alarms of ours.
    pub mute_rules: Result<Vec<MuteRule>, Problem>,
    /// The key that encrypts the alarm topic; `None` when it is not encrypted.
    pub alarm_key: Result<Option<AlarmKey>, Problem>,
    /// The enricher's `NOTIFY_TOPIC_ARN`, empty when it is not set; `None` when there is no enricher.
    pub notify_arn: Result<Option<String>, Problem>,
}

/// The key of an encrypted topic.
#[derive(Debug, Clone, PartialEq)]
pub struct AlarmKey {
    /// Its id, ARN or alias, as the topic names it.
    pub id: String,
    /// Its policy; `None` for an alias or another account's key, which cannot be asked.
    pub policy: Option<Policy>,
}

/// A trail's settings and state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // they are CloudTrail's own switches
pub struct TrailVitals {
    /// Whether it is on.
    pub logging: bool,
    /// Every Region.
    pub multi_region: bool,
    /// IAM, STS and console sign-ins.
    pub global_events: bool,
    /// All management events.
    pub management_events: bool,
    /// The name of the log group it delivers to.
    pub log_group: Option<String>,
    /// The newest delivery to the bucket.
    pub bucket: Delivered,
    /// The newest delivery to the log group.
    pub logs: Delivered,
}

/// What CloudTrail says about its deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivered {
    /// When it last did.
    pub at: Option<Timestamp>,
    /// Why it last could not.
    pub error: Option<String>,
}

/// How many are subscribed to a topic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Subscribers {
    /// Those who get notices.
    pub confirmed: usize,
    /// Those who have not yet followed the link in AWS's mail.
    pub pending: usize,
}

/// A native mute rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MuteRule {
    /// Its name.
    pub name: String,
    /// The alarm it covers.
    pub alarm: String,
}

/// What an audit says about a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Seen to be right.
    Pass,
    /// Seen to be wrong.
    Fail,
    /// Not seen.
    Unknown,
}

impl Verdict {
    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "FAIL",
            Self::Unknown => "unknown",
        }
    }
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Where.
    pub region: String,
    /// Which.
    pub link: String,
    /// What was seen.
    pub verdict: Verdict,
    /// In more words.
    pub detail: String,
    /// What to do; empty where nothing is to be done.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mend: String,
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:7} {}", self.verdict.as_str(), self.link)?;
        for text in [&self.detail, &self.mend].into_iter().filter(|text| !text.is_empty()) {
            write!(f, ": {text}")?;
        }
        Ok(())
    }
}

/// How many links of each verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Right.
    pub pass: usize,
    /// Wrong.
    pub fail: usize,
    /// Not seen.
    pub unknown: usize,
}

impl Tally {
    /// Counts.
    pub fn of(links: &[Link]) -> Self {
        let count = |verdict| links.iter().filter(|link| link.verdict == verdict).count();
        Self { pass: count(Verdict::Pass), fail: count(Verdict::Fail), unknown: count(Verdict::Unknown) }
    }
}

const APPLY: &str = "Run apply";

/// Its Region is told by [`audit`], once for all.
fn link_of(link: impl Into<String>, verdict: Verdict, detail: impl Into<String>, mend: impl Into<String>) -> Link {
    Link { region: String::new(), link: link.into(), verdict, detail: detail.into(), mend: mend.into() }
}

fn pass(link: impl Into<String>, detail: impl Into<String>) -> Link {
    link_of(link, Verdict::Pass, detail, "")
}

fn fail(link: impl Into<String>, detail: impl Into<String>, mend: impl Into<String>) -> Link {
    link_of(link, Verdict::Fail, detail, mend)
}

fn unknown(link: impl Into<String>, detail: impl Into<String>, mend: impl Into<String>) -> Link {
    link_of(link, Verdict::Unknown, detail, mend)
}

fn unread(link: impl Into<String>, problem: &Problem) -> Link {
    unknown(link, format!("{}: {}", problem.code, problem.message), problem.mend.clone())
}

/// Every link, in the order in which a record travels.
pub fn audit(desired: &Desired, observed: &Observed, vitals: &Vitals) -> Vec<Link> {
    let mut links = Vec::new();
    trail(&mut links, desired, vitals);
    log_group(&mut links, vitals);
    let changes = diff(desired, observed);
    for kind in [Kind::Bucket, Kind::BucketPolicy, Kind::LogGroup, Kind::Role, Kind::Trail, Kind::Delivery] {
        links.extend(changes.iter().filter(|change| change.key.kind == kind).map(made));
    }
    for kind in [Kind::MetricFilter, Kind::Alarm, Kind::Topic, Kind::TopicPolicy, Kind::KeyPolicy] {
        let of_kind = changes.iter().filter(|change| change.key.kind == kind);
        links
            .extend(of_kind.map(|change| muted(desired, observed, vitals.now, change).unwrap_or_else(|| made(change))));
    }
    links.extend(topic_allows_cloudwatch(desired, observed));
    links.extend(key_allows_cloudwatch(desired, vitals));
    let rest = [Kind::Permission, Kind::Subscription, Kind::ScheduleGroup, Kind::Schedule];
    links.extend(changes.iter().filter(|change| rest.contains(&change.key.kind)).map(made));
    if desired.contains(&desired.key(Kind::Topic, desired.notice_topic())) {
        links.extend(enricher_publishes(desired, vitals));
        links.push(subscribers(vitals));
    }
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
    let (Action::None, Some(Resource::Alarm(Alarm { actions_enabled: Some(false), .. }))) =
        (change.action, &change.have)
    else {
        return None;
    };
    let link = change.key.to_string();
    // Or wanted it a moment ago: the toggler runs at the edge, and every five minutes.
    let moments = [Some(now), now.checked_sub(TOGGLER).ok()];
    if moments.into_iter().flatten().any(|at| desired.mutes(&change.key.name, at)) {
        return Some(pass(link, "muted now; the schedule arms it"));
    }
    let mut alarms = observed.0.keys().filter(|key| key.kind == Kind::Alarm);
    Some(match alarms.find(|key| desired.name().is_hold_alarm(&key.name)) {
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
    match (change.action, &change.have) {
        (Action::None, None) => fail(link, change.detail.clone(), "Deploy the function, then run apply"),
        (Action::None, Some(_)) => pass(link, ""),
        (Action::Create, _) => fail(link, "is not there", APPLY),
        (Action::Update, _) => fail(link, change.detail.clone(), APPLY),
        (Action::Delete, _) => fail(link, "is ours, but the config no longer wants it", APPLY),
        (Action::Foreign, _) if change.detail.starts_with("named in") => pass(link, change.detail.clone()),
        (Action::Foreign, _) => {
            unknown(link, change.detail.clone(), "Rename or remove it, or choose another `name`, then run apply")
        }
    }
}

fn trail(links: &mut Vec<Link>, desired: &Desired, vitals: &Vitals) {
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
    links.push(delivered("trail delivers to its bucket", &trail.bucket, vitals.now));
    links.push(delivered("trail delivers to its log group", &trail.logs, vitals.now));
    let link = "metric filters stand in the trail's own log group";
    links.push(match &trail.log_group {
        Some(group) if group == desired.log_group() => pass(link, group.clone()),
        Some(group) => fail(
            link,
            format!("the trail delivers to {group}, the filters read {}", desired.log_group()),
            "Name the trail's log group in [trail] log_group, then run apply",
        ),
        None => fail(link, "the trail delivers to no log group", APPLY),
    });
}

fn delivered(link: &str, delivered: &Delivered, now: Timestamp) -> Link {
    let look = "Look at the bucket policy, the role and the KMS key";
    match delivered {
        Delivered { error: Some(error), .. } if !error.is_empty() => fail(link, error.clone(), look),
        Delivered { at: Some(at), .. } => fresh(link, *at, now, look),
        Delivered { at: None, .. } => unknown(link, "nothing was delivered yet", "Look again in fifteen minutes"),
    }
}

fn fresh(link: &str, at: Timestamp, now: Timestamp, mend: &str) -> Link {
    let detail = format!("last {at:.0}");
    if now.duration_since(at) > STALE {
        fail(link, format!("{detail}, more than a day ago"), mend)
    } else {
        pass(link, detail)
    }
}

fn log_group(links: &mut Vec<Link>, vitals: &Vitals) {
    let link = "log group receives events";
    links.push(match &vitals.last_event {
        Ok(Some(at)) => fresh(link, *at, vitals.now, "Look at the trail's role and log group"),
        Ok(None) => unknown(link, "it has no event yet", "Look again in fifteen minutes"),
        Err(problem) => unread(link, problem),
    });
}

/// Whatever the topic's policy is, CloudWatch must be able to publish. An existing topic is told by its grant.
fn topic_allows_cloudwatch(desired: &Desired, observed: &Observed) -> Option<Link> {
    let key = desired.key(Kind::Topic, desired.alarm_topic());
    let link = format!("{key} lets CloudWatch publish");
    if desired.used(&key).is_some() {
        return None;
    }
    Some(match observed.0.get(&key) {
        Some(Found::Ours(Resource::Topic(topic))) => {
            let wanted = policies::alarms_publish(desired.place(), desired.name(), desired.alarm_topic());
            let lets = topic.policy.allows(&wanted);
            if lets { pass(link, "") } else { fail(link, "its policy does not let cloudwatch.amazonaws.com", APPLY) }
        }
        Some(Found::Unreadable(problem)) => unread(link, problem),
        Some(_) => unknown(link, "the topic is somebody else's", "Look at its policy"),
        None => fail(link, "there is no topic", APPLY),
    })
}

/// An encrypted topic takes alarms only when its key does as well; otherwise they vanish without a word.
fn key_allows_cloudwatch(desired: &Desired, vitals: &Vitals) -> Option<Link> {
    let link = "the alarm topic's key lets CloudWatch use it";
    let key = match &vitals.alarm_key {
        Ok(key) => key.as_ref()?,
        Err(problem) => return Some(unread(link, problem)),
    };
    let wanted = policies::alarms_use_key(desired.place(), desired.name());
    let id = &key.id;
    Some(match &key.policy {
        _ if id.ends_with("alias/aws/sns") => {
            fail(link, "CloudWatch cannot use alias/aws/sns: alarms vanish", "Use a customer key, or none")
        }
        Some(policy) if policy.allows(&wanted) => pass(link, id.clone()),
        Some(_) => fail(
            link,
            format!("{id} does not let cloudwatch.amazonaws.com use kms:Decrypt and kms:GenerateDataKey*"),
            "Name the key in [notify] kms_key and run apply, or add that to the key's policy",
        ),
        None => unknown(
            link,
            format!("the policy of {id} cannot be read from here"),
            "See that it gives cloudwatch.amazonaws.com kms:Decrypt and kms:GenerateDataKey*",
        ),
    })
}

/// The enricher is told by its environment where notices go.
fn enricher_publishes(desired: &Desired, vitals: &Vitals) -> Option<Link> {
    let link = "the enricher publishes to the topic for people";
    let wanted = desired.place().topic(desired.notice_topic());
    let mend = format!("Set NOTIFY_TOPIC_ARN of {} to {wanted}", desired.name().enricher());
    match &vitals.notify_arn {
        // The function is not there: told by its subscription.
        Ok(None) => None,
        Ok(Some(arn)) if *arn == wanted => Some(pass(link, "")),
        Ok(Some(arn)) if arn.is_empty() => Some(fail(link, "its NOTIFY_TOPIC_ARN is not set", mend)),
        Ok(Some(arn)) => Some(fail(link, format!("its NOTIFY_TOPIC_ARN is {arn}"), mend)),
        Err(problem) => Some(unread(link, problem)),
    }
}

fn subscribers(vitals: &Vitals) -> Link {
    let link = "somebody gets the notices";
    match &vitals.subscribers {
        Ok(Subscribers { confirmed: 0, pending: 0 }) => {
            fail(link, "nobody is subscribed", "Name addresses in [notify] emails, then run apply")
        }
        Ok(Subscribers { confirmed: 0, pending }) => fail(
            link,
            format!("{pending} subscribed, none confirmed"),
            "Follow the link in the mail from AWS; it is void after 48 hours, then run apply for a new one",
        ),
        Ok(Subscribers { confirmed, pending: 0 }) => pass(link, format!("{confirmed} confirmed")),
        Ok(Subscribers { confirmed, pending }) => pass(link, format!("{confirmed} confirmed, {pending} not yet")),
        Err(problem) => unread(link, problem),
    }
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

#[cfg(test)]
mod tests;
