//! What removing everything of ours means.

use super::change::{Change, Why};
use super::diff::{Adopt, group_not_ours, unreadable};
use super::kind::{Key, Kind};
use super::observed::{Found, Observed};
use super::resource::{Grant, Resource, Subscription};
use super::wanted::Desired;
use crate::names::Name;

/// What removing everything of ours means, in the order of making: the executor goes backwards.
///
/// Logs stay: buckets and log groups are never removed, nor what somebody else made.
pub fn teardown(desired: &Desired, observed: &Observed) -> Vec<Change> {
    let strangers = observed.0.iter().any(|(key, found)| key.kind == Kind::Schedule && found.is_foreign());
    let found = observed.0.iter();
    let mut changes: Vec<Change> = found
        .map(|(key, found)| match group_not_ours(desired, observed, key, &Adopt::default()) {
            Some(change) if change.why == Why::InTheWay => Change { why: Why::NotOurs, ..change },
            Some(change) => change,
            // Removing a group removes every schedule in it.
            None if key.kind == Kind::ScheduleGroup && strangers => {
                kept(key.clone(), "kept: it holds schedules of somebody else")
            }
            None => removal(desired, key.clone(), found),
        })
        .collect();
    changes.sort_by(|a, b| a.key.cmp(&b.key));
    changes
}

fn kept(key: Key, detail: &str) -> Change {
    Change::new(key, Why::Kept, detail)
}

fn delete(key: Key, have: &Resource, detail: &str) -> Change {
    Change { have: Some(have.clone()), ..Change::new(key, Why::Unwanted, detail) }
}

fn removal(desired: &Desired, key: Key, found: &Found) -> Change {
    if let Some(place) = desired.used(&key).filter(|_| !matches!(found, Found::Unreadable(_))) {
        return Change::new(key.clone(), Why::Used, format!("named in {place}: left as it is"));
    }
    match found {
        Found::Unreadable(problem) => unreadable(key, "could not be read, left as it is", problem.clone()),
        Found::Foreign(_) => {
            let tag = format!("{}={}", Name::TAG_KEY, desired.name());
            Change::new(key, Why::NotOurs, format!("not made with the tag {tag}: left as it is"))
        }
        Found::Ours(Resource::Grant(Grant { ours: false, .. })) => kept(key, "no statement of ours is in it"),
        Found::Ours(have @ Resource::Grant(_)) => delete(key, have, "our statements alone"),
        Found::Ours(Resource::Subscription(Subscription { kept: true, .. })) => kept(key, "kept: the topic is yours"),
        Found::Ours(_) if matches!(key.kind, Kind::Bucket | Kind::LogGroup) => kept(key, "kept: it holds logs"),
        Found::Ours(_) if key.kind == Kind::KmsKey => {
            kept(key, "kept: without it the logs in the bucket cannot be read")
        }
        // An existing trail keeps what it was given: without it its events would reach no log group.
        Found::Ours(_) if key.kind == Kind::Delivery => kept(key, "kept: the trail is yours"),
        Found::Ours(_) if key.kind == Kind::Role && trail_keeps(desired, &key) => {
            kept(key, "kept: your trail writes by it")
        }
        Found::Ours(have) => delete(key, have, ""),
    }
}

/// Whether an existing trail was given this role.
fn trail_keeps(desired: &Desired, role: &Key) -> bool {
    role.name == desired.name().trail_role() && desired.of_kind(Kind::Delivery).next().is_some()
}
