//! What only an audit asks about: states that no change sets.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::plan::Problem;
use crate::policies::Policy;

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
    /// The toggler and the enricher, by name; none in a Region other than the home Region, where there are none.
    pub functions: BTreeMap<String, Result<Option<FunctionVitals>, Problem>>,
}

/// Whether a function can do its work; `None` beside it where it is not deployed.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionVitals {
    /// Whether Lambda runs it.
    pub state: FunctionState,
    /// How its last update went: after one that failed it runs what was there before.
    pub last_update: FunctionState,
    /// Invocations at a time that are reserved for it; `None` when it shares the account's. 0 is none at all.
    pub reserved_concurrency: Option<i32>,
    /// `NOTIFY_TOPIC_ARN`; `None` when it is not set.
    pub notify_arn: Option<String>,
    /// Where events go that it could not handle; `None` when nowhere.
    pub dead_letters: Option<DeadLetters>,
}

/// What Lambda says of a function, or of its last update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionState {
    /// It is as it should be.
    Good,
    /// It will be or may be, in Lambda's words.
    NotYet(String),
    /// It cannot be invoked, or was not updated, in Lambda's words.
    Failed(String),
}

/// A function's dead-letter queue or on-failure destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetters {
    /// Its ARN.
    pub arn: String,
    /// Whether it is there.
    pub exists: Result<bool, Problem>,
}

/// The key of an encrypted topic.
#[derive(Debug, Clone, PartialEq)]
pub struct AlarmKey {
    /// Its id, ARN or alias, as the topic names it.
    pub id: String,
    /// Its policy; `None` for an alias or another account's key, which cannot be asked.
    pub policy: Option<Policy>,
    /// Its state in KMS's words where it is not `Enabled`, such as `PendingDeletion`: nothing is decrypted with it.
    /// `None` where it is enabled or could not be asked.
    pub unusable: Option<String>,
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
    /// The ARN of the log group it delivers to: a name would be the same in every account and Region.
    pub log_group_arn: Option<String>,
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
