//! The ports: what an account can be asked and told, in the domain's types.

use std::time::Duration;

use jiff::Timestamp;
use yakei_core::config::Config;
use yakei_core::plan::{Change, Desired, Facts, Observed, Problem};
use yakei_core::verify::Vitals;

/// Whatever can wait; where no time passes, nothing has to.
#[allow(async_fn_in_trait)] // one thread, no Send needed
pub trait Waits {
    /// Waits.
    async fn pause(&self, time: Duration);
}

/// One Region of an account.
#[allow(async_fn_in_trait)] // one thread, no Send needed
pub trait Account: Waits {
    /// The same account in another Region.
    #[must_use]
    fn in_region(&self, region: &str) -> Self
    where
        Self: Sized;

    /// Where we are, and what is deployed.
    async fn facts(&self, config: &Config) -> Result<Facts, Problem>;

    /// What is there of what is wanted, and what else of ours there is. What cannot be read is in it as unreadable.
    async fn observe(&self, desired: &Desired) -> Observed;

    /// Makes one change. Making it again does no harm.
    async fn make(&self, change: &Change) -> Result<(), Problem>;

    /// What only an audit asks about.
    async fn vitals(&self, desired: &Desired) -> Vitals;

    /// The time since some moment; it only goes forward. What a wait is measured by.
    fn uptime(&self) -> Duration;
}

/// An alarm as a drill sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlarmNow {
    /// Whether it is in ALARM.
    pub in_alarm: bool,
    /// Whether its actions run.
    pub enabled: bool,
}

/// The chain from a log record to a notice, as a drill writes to it and follows it.
#[allow(async_fn_in_trait)] // one thread, no Send needed
pub trait Chain: Waits {
    /// The time.
    fn now(&self) -> Timestamp;

    /// An alarm's state; `None` when there is no such alarm.
    async fn alarm_now(&self, alarm: &str) -> Result<Option<AlarmNow>, Problem>;

    /// The sum of a metric since the minute of `since`.
    async fn metric_sum(&self, namespace: &str, metric: &str, since: Timestamp) -> Result<f64, Problem>;

    /// Writes events into a log stream of their own.
    async fn write_records(&self, log_group: &str, stream: &str, records: &[String]) -> Result<(), Problem>;

    /// Removes that log stream.
    async fn remove_record(&self, log_group: &str, stream: &str) -> Result<(), Problem>;

    /// What the enricher logged of a notice on this alarm since then; `None` when nothing yet.
    async fn told(&self, function: &str, alarm: &str, since: Timestamp) -> Result<Option<String>, Problem>;
}
