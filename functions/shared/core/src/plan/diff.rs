//! What must change so that an account holds what is wanted.

use std::collections::BTreeSet;

use super::change::{Change, Why};
use super::compare;
use super::hindrance::hindrance;
use super::kind::{Key, Kind};
use super::observed::{Found, Observed};
use super::problem::{Problem, ProblemKind};
use super::resource::{Bucket, Resource};
use super::wanted::{Desired, Want, Wanted};
use crate::names::Name;

/// Things of somebody else's that are to become ours, named as a plan names them: `alarm/yakei-RootUsage`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adopt(BTreeSet<String>);

impl Adopt {
    /// Whether this thing is named.
    pub fn names(&self, key: &Key) -> bool {
        self.0.contains(&key.to_string())
    }

    /// The names that no change adopts: nothing of somebody else's stands there, or it cannot be adopted.
    pub fn left_over<'a>(&'a self, changes: &'a [Change]) -> impl Iterator<Item = &'a str> {
        let adopted = |name: &&String| changes.iter().any(|c| c.why == Why::Adopted && c.key.to_string() == **name);
        self.0.iter().filter(move |name| !adopted(name)).map(String::as_str)
    }

    /// Whether nothing is to be adopted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Into<String>> FromIterator<T> for Adopt {
    fn from_iter<I: IntoIterator<Item = T>>(names: I) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}

/// What must change, in the order of making; things that need no change are in it as well.
pub fn diff(desired: &Desired, observed: &Observed) -> Vec<Change> {
    diff_adopting(desired, observed, &Adopt::default())
}

/// The same, with things of somebody else's that become ours.
pub fn diff_adopting(desired: &Desired, observed: &Observed, adopt: &Adopt) -> Vec<Change> {
    let mut changes: Vec<Change> = desired
        .wanted()
        .map(|wanted| match group_not_ours(desired, observed, &wanted.key, adopt) {
            Some(change) => change,
            None => change(desired, observed, wanted, adopt),
        })
        .collect();
    // Ours, and not wanted any longer. Only what watches is removed, never what keeps.
    for (key, found) in &observed.0 {
        let removable = matches!(key.kind, Kind::MetricFilter | Kind::Alarm | Kind::Schedule);
        let Found::Ours(have) = found else { continue };
        // The toggler's holds come and go by the toggler.
        let kept = is_togglers(desired, have) || desired.contains(key) || desired.is_passing(key);
        if removable && !kept && group_not_ours(desired, observed, key, adopt).is_none() {
            let mut change = Change::new(key.clone(), Why::Unwanted, "the config no longer wants it");
            change.have = Some(have.clone());
            changes.push(change);
        }
    }
    changes.sort_by(|a, b| a.key.cmp(&b.key));
    changes
}

/// Whether it is an alarm in which the toggler keeps something, and which comes and goes by it.
fn is_togglers(desired: &Desired, have: &Resource) -> bool {
    matches!(have, Resource::Alarm(alarm) if desired.name().keeps_for_toggler(&alarm.namespace, &alarm.metric_name, &alarm.tags.0))
}

/// Whether it is an alarm in which the toggler keeps a hold.
pub fn is_hold(desired: &Desired, have: &Resource) -> bool {
    matches!(have, Resource::Alarm(alarm) if desired.name().keeps_hold(&alarm.namespace, &alarm.metric_name, &alarm.tags.0))
}

/// A schedule has no tags, its group is its mark: in a group that is somebody else's, or that could not be read,
/// no schedule is made, changed or removed.
pub(super) fn group_not_ours(desired: &Desired, observed: &Observed, key: &Key, adopt: &Adopt) -> Option<Change> {
    if key.kind != Kind::Schedule {
        return None;
    }
    let group = desired.key(Kind::ScheduleGroup, desired.name().schedule_group());
    match observed.0.get(&group)? {
        Found::Ours(_) => None,
        Found::Foreign(Some(_)) if adopt.names(&group) => None,
        Found::Foreign(_) => {
            let why = if desired.contains(key) { Why::InTheWay } else { Why::NotOurs };
            Some(Change::new(key.clone(), why, format!("{group} is somebody else's: left as it is")))
        }
        Found::Unreadable(problem) => {
            Some(unreadable(key.clone(), &format!("{group} could not be read, left as it is"), problem.clone()))
        }
    }
}

/// An observation that failed is never a reason to write.
pub(super) fn unreadable(key: Key, detail: &str, problem: Problem) -> Change {
    Change { problem: Some(problem), ..Change::new(key, Why::Unreadable, detail) }
}

/// What is wanted of a bucket while the bucket for its access logs is somebody else's or could not be read: no logs, for
/// they would go to whom we do not know.
fn with_own_target(desired: &Desired, observed: &Observed, adopt: &Adopt, want: &Want) -> Option<Want> {
    let Want::Make(Resource::Bucket(bucket)) = want else { return None };
    let target = desired.key(Kind::Bucket, &bucket.access_logs.as_ref()?.bucket);
    let own = match observed.0.get(&target) {
        None | Some(Found::Ours(_)) => true,
        Some(Found::Foreign(Some(_))) => adopt.names(&target),
        Some(Found::Foreign(None) | Found::Unreadable(_)) => false,
    };
    (!own).then(|| Want::Make(Resource::Bucket(Bucket { access_logs: None, ..bucket.clone() })))
}

fn change(desired: &Desired, observed: &Observed, wanted: &Wanted, adopt: &Adopt) -> Change {
    let (key, found) = (wanted.key.clone(), observed.0.get(&wanted.key));
    let narrowed = with_own_target(desired, observed, adopt, &wanted.want);
    match (narrowed.as_ref().unwrap_or(&wanted.want), found) {
        (_, Some(Found::Unreadable(problem))) => unreadable(key, "could not be read, left as it is", problem.clone()),
        (Want::Later(reason), _) => Change::new(key, Why::Waits, reason),
        (Want::Use(place), Some(_)) => Change::new(key, Why::Used, format!("named in {place}: used as it is")),
        (Want::Use(place), None) => absent(key, place),
        (Want::Make(want), None) => {
            Change { want: Some(want.clone()), ..Change::new(key, Why::Missing, &wanted.about) }
        }
        (Want::Make(want), Some(Found::Ours(have))) => ours(key, want, have),
        (Want::Make(Resource::Grant(_)), Some(Found::Foreign(_))) => Change::new(
            key,
            Why::OutOfSight,
            format!("its policy cannot be read from here; see that it allows this: {}", wanted.about),
        ),
        (Want::Make(want), Some(Found::Foreign(Some(have)))) if adopt.names(&key) => Change {
            want: Some(want.clone()),
            have: Some(have.clone()),
            ..Change::new(key, Why::Adopted, "adopted, as was asked")
        },
        (Want::Make(want), Some(Found::Foreign(have))) => in_the_way(desired, key, want, have.as_ref()),
    }
}

fn absent(key: Key, place: &str) -> Change {
    let detail = format!("named in {place}, but it does not exist");
    let problem = Problem::new(
        ProblemKind::NotFound,
        format!("{key} is {detail}"),
        format!("Correct the name, or remove it from {place} and one is made"),
    );
    Change { problem: Some(problem), ..Change::new(key, Why::Absent, detail) }
}

fn ours(key: Key, want: &Resource, have: &Resource) -> Change {
    let differences = compare::differences(want, have);
    let why = if differences.is_empty() { Why::Right } else { Why::Differs };
    Change {
        want: Some(want.clone()),
        have: Some(have.clone()),
        problem: hindrance(want, have),
        ..Change::new(key, why, differences.join("; "))
    }
}

/// The two ways out where something of somebody else's stands in the way.
pub fn ways_out(change: &Change) -> String {
    let key = &change.key;
    match (&change.have, key.kind) {
        (_, Kind::Schedule) => "Adopt its group, or choose another `name`".to_owned(),
        (Some(_), _) => format!(
            "Adopt it (make apply ADOPT={key}, or {{\"action\":\"apply\",\"adopt\":[\"{key}\"]}}), or remove it and run \
             apply"
        ),
        (None, _) => "It cannot be adopted: remove it and run apply, or choose another `name`".to_owned(),
    }
}

/// Somebody else's where one of ours must stand: what is wrong with it.
fn in_the_way(desired: &Desired, key: Key, want: &Resource, have: Option<&Resource>) -> Change {
    let tag = format!("{}={}", Name::TAG_KEY, desired.name());
    let differences = have.map(|have| compare::differences(want, have)).unwrap_or_default();
    let detail = if differences.is_empty() {
        format!("it is there without the tag {tag}, so it is somebody else's: left as it is")
    } else {
        format!(
            "it is there without the tag {tag}, so it is somebody else's: left as it is ({})",
            differences.join("; ")
        )
    };
    let mut change = Change::new(key, Why::InTheWay, detail);
    change.have = have.cloned();
    change
}
