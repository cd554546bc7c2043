//! An alarm as CloudWatch reports it: its state, what it watches, and when it was breached.
//!
//! Messages from AWS are read tolerantly: any member may be missing, null or of another type. What is
//! no alarm at all is told apart ([`Message`]), so that a notice can still be sent for it.

mod datapoint;
mod evaluation;
mod event;
mod history;
mod json;
mod lines;
mod read;
mod reported;
mod rule;
mod span;
mod state;
mod watches;

pub use datapoint::{Breach, Datapoint, said};
pub use evaluation::{Comparison, Evaluation, Statistic};
pub use history::{Transition, evaluated};
pub use read::{Message, NotAnAlarm, Origin};
pub use reported::Alarm;
pub use rule::{children, name_of};
pub use span::{Span, bridged, merged};
pub use state::State;

pub use crate::regions::is_region;
pub use watches::{LogQuery, Metric, Watches};

#[cfg(test)]
mod tests;
