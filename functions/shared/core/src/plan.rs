//! The plan: what the account should hold and what it holds in, the changes out.
//!
//! Pure. Deciding happens here and only here: whoever executes a [`Change`] makes no choices.
//! What somebody else made is [`Action::Foreign`] and stays as it is; meaning is compared, not bytes;
//! once all changes are made the next plan is empty.

mod compare;
mod desired;
mod places;
mod resource;
mod schedules;

use std::collections::BTreeMap;
use std::fmt;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

pub use compare::{PatternText, Tags};
pub use desired::{Desired, Facts, Want, Wanted, desired, satellite, satellites};
pub use places::{gaps, left_behind, misplaced};
pub use schedules::is_ours as is_our_schedule;

pub use resource::{
    Alarm, Bucket, Delivery, Encryption, Grant, Holder, Lifecycle, LogGroup, MetricFilter, Permission, Resource, Role,
    Schedule, ScheduleGroup, Subscription, Topic, Trail,
};

/// What sort of thing a resource is.
///
/// The order is the order of making: a thing comes after everything that it refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // each is AWS's own word
pub enum Kind {
    Bucket,
    BucketPolicy,
    LogGroup,
    Role,
    KeyPolicy,
    Topic,
    TopicPolicy,
    ScheduleGroup,
    Trail,
    Delivery,
    MetricFilter,
    Alarm,
    Permission,
    Subscription,
    Schedule,
}

impl Kind {
    /// The word in a plan.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bucket => "bucket",
            Self::BucketPolicy => "bucket-policy",
            Self::KeyPolicy => "key-policy",
            Self::TopicPolicy => "topic-policy",
            Self::LogGroup => "log-group",
            Self::Role => "role",
            Self::Topic => "topic",
            Self::ScheduleGroup => "schedule-group",
            Self::Trail => "trail",
            Self::Delivery => "trail-delivery",
            Self::MetricFilter => "metric-filter",
            Self::Alarm => "alarm",
            Self::Permission => "permission",
            Self::Subscription => "subscription",
            Self::Schedule => "schedule",
        }
    }

    /// The last of [`Kind::step`]'s steps.
    pub const LAST_STEP: u8 = 2;

    /// Things of one step may be made side by side; each refers only to things of earlier steps.
    pub fn step(self) -> u8 {
        match self {
            Self::Bucket | Self::LogGroup | Self::Role | Self::Topic | Self::ScheduleGroup
            // They stand on things that exist already.
            | Self::BucketPolicy | Self::KeyPolicy | Self::TopicPolicy => 0,
            Self::Trail | Self::Delivery | Self::MetricFilter | Self::Alarm | Self::Permission | Self::Schedule => 1,
            // SNS checks that it may invoke the function.
            Self::Subscription => 2,
        }
    }
}

/// One thing in an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// What it is.
    pub kind: Kind,
    /// Where it is; for what has no Region (buckets' names, roles) the home Region.
    pub region: String,
    /// Its name, unique in its kind and Region.
    pub name: String,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.as_str(), self.name)
    }
}

/// What is in the account, as far as it matters to a [`Desired`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed(pub BTreeMap<Key, Found>);

/// One thing that is there.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)] // almost all of them are the large one
pub enum Found {
    /// Made by Yakei, or of a kind that carries no mark.
    Ours(Resource),
    /// Made by somebody else, or named in the config as existing.
    Foreign,
    /// It could not be read.
    Unreadable(Problem),
}

/// Why something could not be read or made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// AWS's error code, such as `AccessDenied`.
    pub code: String,
    /// What AWS said.
    pub message: String,
    /// What to do about it.
    pub mend: String,
}

impl Problem {
    /// Code of a thing that the config names and that does not exist.
    pub const NOT_FOUND: &'static str = "NotFound";
    /// Code of a thing that the config names and that cannot do what it is named for.
    pub const UNFIT: &'static str = "Unfit";
    /// Code of a Region that should be watched and is not on the list.
    pub const NOT_WATCHED: &'static str = "NotWatched";
    /// Code of a Region that holds things of ours and is no longer on the list.
    pub const LEFT_BEHIND: &'static str = "LeftBehind";

    /// Whether it was seen to be wrong; any other could not be seen.
    pub fn is_seen(&self) -> bool {
        [Self::NOT_FOUND, Self::UNFIT, Self::NOT_WATCHED, Self::LEFT_BEHIND].contains(&self.code.as_str())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.code, self.message.trim_end_matches('.'), self.mend)
    }
}

/// What is to be done with one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is not there: make it.
    Create,
    /// It is ours and differs: change it.
    Update,
    /// It is ours and nobody wants it any longer: a control that is skipped, a window that is gone.
    Delete,
    /// Nothing to do.
    None,
    /// It is somebody else's: never touched.
    Foreign,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::None => "none",
            Self::Foreign => "foreign",
        })
    }
}

/// One line of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The thing.
    pub key: Key,
    /// What to do with it.
    pub action: Action,
    /// Why, for people.
    pub detail: String,
    /// How it should be; `None` for [`Action::Delete`] and [`Action::Foreign`].
    pub want: Option<Resource>,
    /// How it is, where it is ours.
    pub have: Option<Resource>,
    /// What went wrong with it.
    pub problem: Option<Problem>,
}

impl Change {
    fn new(key: Key, action: Action, detail: impl Into<String>) -> Self {
        Self { key, action, detail: detail.into(), want: None, have: None, problem: None }
    }

    /// Whether making it changes the account.
    pub fn is_work(&self) -> bool {
        matches!(self.action, Action::Create | Action::Update | Action::Delete)
    }
}

/// `{"region":…,"resource":"metric-filter/…","change":…,"detail":…}`, and `"failed"` where it did.
impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_struct("Change", 4 + usize::from(self.problem.is_some()))?;
        line.serialize_field("region", &self.key.region)?;
        line.serialize_field("resource", &self.key.to_string())?;
        line.serialize_field("change", &self.action)?;
        line.serialize_field("detail", &self.detail)?;
        if let Some(problem) = &self.problem {
            line.serialize_field("failed", problem)?;
        }
        line.end()
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:7} {}", self.action, self.key)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        self.problem.as_ref().map_or(Ok(()), |problem| write!(f, " FAILED {problem}"))
    }
}

/// How many lines of each sort. What failed is counted under `failed` alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Made, or to be made.
    pub create: usize,
    /// Changed, or to be changed.
    pub update: usize,
    /// Removed, or to be removed; left out of the answer when nothing is.
    #[serde(skip_serializing_if = "is_zero")]
    pub delete: usize,
    /// Right already.
    pub none: usize,
    /// Somebody else's.
    pub foreign: usize,
    /// Could not be read or made.
    pub failed: usize,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Summary {
    /// Counts.
    pub fn of(changes: &[Change]) -> Self {
        let mut summary = Self::default();
        for change in changes {
            let count = match (&change.problem, change.action) {
                (Some(_), _) => &mut summary.failed,
                (None, Action::Create) => &mut summary.create,
                (None, Action::Update) => &mut summary.update,
                (None, Action::Delete) => &mut summary.delete,
                (None, Action::None) => &mut summary.none,
                (None, Action::Foreign) => &mut summary.foreign,
            };
            *count += 1;
        }
        summary
    }
}

/// What must change, in the order of making; things that need no change are in it as well.
pub fn diff(desired: &Desired, observed: &Observed) -> Vec<Change> {
    let mut changes: Vec<Change> = desired
        .wanted()
        .map(|wanted| match group_not_ours(desired, observed, &wanted.key) {
            Some(change) => change,
            None => change(desired, wanted, observed.0.get(&wanted.key)),
        })
        .collect();
    // Ours, and not wanted any longer. Only what watches is removed, never what keeps.
    for (key, found) in &observed.0 {
        let removable = matches!(key.kind, Kind::MetricFilter | Kind::Alarm | Kind::Schedule);
        // The toggler's holds come and go by the toggler.
        let hold = key.kind == Kind::Alarm && desired.name().is_togglers_alarm(&key.name);
        let kept = hold || desired.contains(key) || group_not_ours(desired, observed, key).is_some();
        if let (Found::Ours(have), true, false) = (found, removable, kept) {
            let mut change = Change::new(key.clone(), Action::Delete, "the config no longer wants it");
            change.have = Some(have.clone());
            changes.push(change);
        }
    }
    changes.sort_by(|a, b| a.key.cmp(&b.key));
    changes
}

/// What removing everything of ours means, in the order of making: the executor goes backwards.
///
/// Logs stay: buckets and log groups are never removed, nor what somebody else made.
pub fn teardown(desired: &Desired, observed: &Observed) -> Vec<Change> {
    let strangers = observed.0.iter().any(|(key, found)| key.kind == Kind::Schedule && *found == Found::Foreign);
    let found = observed.0.iter();
    let mut changes: Vec<Change> = found
        .map(|(key, found)| match group_not_ours(desired, observed, key) {
            Some(change) => change,
            // Removing a group removes every schedule in it.
            None if key.kind == Kind::ScheduleGroup && strangers => {
                Change::new(key.clone(), Action::None, "kept: it holds schedules of somebody else")
            }
            None => removal(desired, key.clone(), found),
        })
        .collect();
    changes.sort_by(|a, b| a.key.cmp(&b.key));
    changes
}

/// A schedule has no tags, its group is its mark: in a group that is somebody else's, or that could not be read,
/// no schedule is made, changed or removed.
fn group_not_ours(desired: &Desired, observed: &Observed, key: &Key) -> Option<Change> {
    if key.kind != Kind::Schedule {
        return None;
    }
    let group = desired.key(Kind::ScheduleGroup, desired.name().schedule_group());
    match observed.0.get(&group)? {
        Found::Ours(_) => None,
        Found::Foreign => {
            Some(Change::new(key.clone(), Action::Foreign, format!("{group} is somebody else's: left as it is")))
        }
        Found::Unreadable(problem) => {
            let mut change =
                Change::new(key.clone(), Action::None, format!("{group} could not be read, left as it is"));
            change.problem = Some(problem.clone());
            Some(change)
        }
    }
}

fn removal(desired: &Desired, key: Key, found: &Found) -> Change {
    match found {
        Found::Unreadable(problem) => {
            let mut change = Change::new(key, Action::None, "could not be read, left as it is");
            change.problem = Some(problem.clone());
            change
        }
        _ if desired.used(&key).is_some() => {
            let place = desired.used(&key).unwrap_or_default();
            Change::new(key, Action::Foreign, format!("named in {place}: left as it is"))
        }
        Found::Foreign => {
            let tag = format!("{}={}", crate::names::Name::TAG_KEY, desired.name());
            Change::new(key, Action::Foreign, format!("not made with the tag {tag}: left as it is"))
        }
        Found::Ours(Resource::Grant(Grant { ours: false, .. })) => {
            Change::new(key, Action::None, "no statement of ours is in it")
        }
        Found::Ours(have @ Resource::Grant(_)) => {
            let mut change = Change::new(key, Action::Delete, "our statements alone");
            change.have = Some(have.clone());
            change
        }
        Found::Ours(Resource::Subscription(Subscription { kept: true, .. })) => {
            Change::new(key, Action::None, "kept: the topic is yours")
        }
        Found::Ours(_) if matches!(key.kind, Kind::Bucket | Kind::LogGroup) => {
            Change::new(key, Action::None, "kept: it holds logs")
        }
        // An existing trail keeps what it was given: without it its events would reach no log group.
        Found::Ours(_) if key.kind == Kind::Delivery => Change::new(key, Action::None, "kept: the trail is yours"),
        Found::Ours(_) if key.kind == Kind::Role && trail_keeps(desired, &key) => {
            Change::new(key, Action::None, "kept: your trail writes by it")
        }
        Found::Ours(have) => {
            let mut change = Change::new(key, Action::Delete, "");
            change.have = Some(have.clone());
            change
        }
    }
}

/// Whether an existing trail was given this role.
fn trail_keeps(desired: &Desired, role: &Key) -> bool {
    role.name == desired.name().trail_role() && desired.of_kind(Kind::Delivery).next().is_some()
}

fn change(desired: &Desired, wanted: &Wanted, found: Option<&Found>) -> Change {
    let key = wanted.key.clone();
    if let Some(Found::Unreadable(problem)) = found {
        let mut change = Change::new(key, Action::None, "could not be read, left as it is");
        change.problem = Some(problem.clone());
        return change;
    }
    match (&wanted.want, found) {
        (Want::Later(reason), _) => Change::new(key, Action::None, reason),
        (Want::Use(place), Some(_)) => Change::new(key, Action::Foreign, format!("named in {place}: used as it is")),
        (Want::Use(place), None) => {
            let mut change = Change::new(key.clone(), Action::None, format!("named in {place}, but it does not exist"));
            change.problem = Some(Problem {
                code: Problem::NOT_FOUND.to_owned(),
                message: format!("{key} is named in {place}, but it does not exist"),
                mend: format!("Correct the name, or remove it from {place} and one is made"),
            });
            change
        }
        (Want::Make(Resource::Grant(_)), Some(Found::Foreign)) => Change::new(
            key,
            Action::Foreign,
            format!("its policy cannot be read from here; see that it allows this: {}", wanted.about),
        ),
        (Want::Make(_), Some(Found::Foreign)) => Change::new(
            key,
            Action::Foreign,
            format!("exists without the tag {}={}: left as it is", crate::names::Name::TAG_KEY, desired.name()),
        ),
        (Want::Make(want), None) => {
            let mut change = Change::new(key, Action::Create, &wanted.about);
            change.want = Some(want.clone());
            change
        }
        (Want::Make(want), Some(Found::Ours(have))) => {
            let differences = compare::differences(want, have);
            let action = if differences.is_empty() { Action::None } else { Action::Update };
            let mut change = Change::new(key, action, differences.join("; "));
            change.want = Some(want.clone());
            change.have = Some(have.clone());
            change
        }
        // Handled above; an observation that failed is never a reason to write.
        (Want::Make(_), Some(Found::Unreadable(_))) => Change::new(key, Action::None, "could not be read"),
    }
}

#[cfg(test)]
mod tests;
