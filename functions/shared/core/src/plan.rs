//! The plan: what the account should hold and what it holds in, the changes out.
//!
//! Pure. Deciding happens here and only here: whoever executes a [`Change`] makes no choices.
//! What somebody else made stays as it is unless its adoption is asked for; meaning is compared, not bytes;
//! once all changes are made the next plan is empty.
//!
//! From the ground up: `kind`, `resource` and `problem` are the words, `desired` says what is wanted, `observed` what
//! was found, `compare` and `hindrance` hold one against the other, `diff` and `teardown` make `change`s of it.

mod change;
mod compare;
mod cost;
mod desired;
mod diff;
mod facts;
mod hindrance;
mod kind;
mod observed;
mod places;
mod problem;
mod resource;
mod schedules;
mod selector;
mod teardown;
mod wanted;

pub use change::{Action, Change, Summary, Why};
pub use compare::meets;
pub use cost::{Cost, Per, costs, costs_of};
pub use desired::{SCHEDULE_INPUT, desired, satellite, satellites};
pub use diff::{Adopt, diff, diff_adopting, is_hold, ways_out};
pub use facts::Facts;
pub use kind::{Key, Kind};
pub use observed::{Found, Observed};
pub use places::{gaps, left_behind, left_out, misplaced, unwatched};
pub use problem::{Problem, ProblemKind};
pub use resource::{
    AccessLogs, Alarm, Attached, Bucket, Delivery, Encryption, Ending, Grant, Holder, KmsKey, Lifecycle, LogGroup,
    MetricFilter, PatternText, Permission, Resource, Role, Schedule, ScheduleGroup, Subscription, Tags, Topic, Trail,
    WarmUp,
};
pub use schedules::{is_ours as is_our_schedule, not_yet as schedules_not_yet};
pub use selector::{Condition, EventSelector, Operator};
pub use teardown::teardown;
pub use wanted::{Desired, Want, Wanted};

#[cfg(test)]
mod partition_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trail_tests;
