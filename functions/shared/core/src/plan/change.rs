//! One line of a plan: what is to be done with a thing, and why.
//!
//! [`Why`] is the meaning, [`Action`] follows from it, and the detail is for people alone: nothing decides by it.

use std::fmt;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::kind::Key;
use super::problem::Problem;
use super::resource::Resource;

/// What is to be done with one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is not there: make it.
    Create,
    /// It is there and differs: change it.
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

/// Why a change is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Wanted, and not there.
    Missing,
    /// Ours, and not as wanted.
    Differs,
    /// Somebody else's until now; its adoption was asked for.
    Adopted,
    /// Ours, and not wanted any longer.
    Unwanted,
    /// Ours, and as wanted.
    Right,
    /// Wanted, but it waits for a function that is not deployed: neither there nor to be made.
    Waits,
    /// The config names it as existing, and it does not exist.
    Absent,
    /// It could not be read: nothing is known of it, and nothing is done.
    Unreadable,
    /// A line about the set-up as a whole, such as a Region that nobody watches.
    Gap,
    /// Everything goes; this stays on purpose.
    Kept,
    /// Somebody else's and as wanted: the config names it as existing.
    Used,
    /// Somebody else's and **not** as wanted: it stands where one of ours must stand. A broken link.
    InTheWay,
    /// Somebody else's, and nothing is wanted of it: everything else goes.
    NotOurs,
    /// Somebody else's, and whether it is as wanted cannot be seen from here.
    OutOfSight,
}

impl Why {
    /// What is to be done.
    pub fn action(self) -> Action {
        match self {
            Self::Missing => Action::Create,
            Self::Differs | Self::Adopted => Action::Update,
            Self::Unwanted => Action::Delete,
            Self::Right | Self::Waits | Self::Absent | Self::Unreadable | Self::Gap | Self::Kept => Action::None,
            Self::Used | Self::InTheWay | Self::NotOurs | Self::OutOfSight => Action::Foreign,
        }
    }
}

/// One line of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The thing.
    pub key: Key,
    /// Why something or nothing is to be done with it.
    pub why: Why,
    /// The same for people.
    pub detail: String,
    /// How it should be; `None` where nothing of ours should be there.
    pub want: Option<Resource>,
    /// How it is, where that was read.
    pub have: Option<Resource>,
    /// What went wrong with it.
    pub problem: Option<Problem>,
}

impl Change {
    /// A line of which neither side is told.
    pub fn new(key: Key, why: Why, detail: impl Into<String>) -> Self {
        Self { key, why, detail: detail.into(), want: None, have: None, problem: None }
    }

    /// What to do with it.
    pub fn action(&self) -> Action {
        self.why.action()
    }

    /// Whether making it changes the account.
    pub fn is_work(&self) -> bool {
        matches!(self.action(), Action::Create | Action::Update | Action::Delete)
    }

    /// Whether it is neither right nor to be set right by an apply: what an exit status tells.
    pub fn is_stuck(&self) -> bool {
        self.problem.is_some() || self.why == Why::InTheWay
    }
}

/// `{"region":…,"resource":"metric-filter/…","change":…,"why":…,"detail":…}`, and `"failed"` where it did.
impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_struct("Change", 5 + usize::from(self.problem.is_some()))?;
        line.serialize_field("region", &self.key.region)?;
        line.serialize_field("resource", &self.key.to_string())?;
        line.serialize_field("change", &self.action())?;
        line.serialize_field("why", &self.why)?;
        line.serialize_field("detail", &self.detail)?;
        if let Some(problem) = &self.problem {
            line.serialize_field("failed", problem)?;
        }
        line.end()
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:7} {}", self.action(), self.key)?;
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
    /// Nothing to do: right already, or kept on purpose.
    pub none: usize,
    /// Waiting for a function that is not deployed; left out of the answer when nothing is.
    #[serde(skip_serializing_if = "is_zero")]
    pub waits: usize,
    /// Warnings about the set-up as a whole; left out of the answer when there is none.
    #[serde(skip_serializing_if = "is_zero")]
    pub warnings: usize,
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
            let count = match (&change.problem, change.why) {
                (Some(_), _) => &mut summary.failed,
                (None, Why::Waits) => &mut summary.waits,
                (None, Why::Gap) => &mut summary.warnings,
                (None, why) => match why.action() {
                    Action::Create => &mut summary.create,
                    Action::Update => &mut summary.update,
                    Action::Delete => &mut summary.delete,
                    Action::None => &mut summary.none,
                    Action::Foreign => &mut summary.foreign,
                },
            };
            *count += 1;
        }
        summary
    }
}
