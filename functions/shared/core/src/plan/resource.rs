//! The things in an account, in the domain's own types. The same types hold what is wanted and what is
//! found; a field that AWS leaves out is `None` or empty, as AWS means it.

use std::collections::BTreeMap;

use filter_pattern::Pattern;

use super::kind::Kind;
use super::selector::EventSelector;
use crate::policies::{Denial, Policy};

/// A filter pattern as AWS holds it, compared by meaning: other spacing is the same pattern.
#[derive(Debug, Clone)]
pub struct PatternText(pub String);

impl PartialEq for PatternText {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || matches!((Pattern::parse(&self.0), Pattern::parse(&other.0)), (Ok(a), Ok(b)) if a == b)
    }
}

/// Tags. Wanted tags are there when each is found with its value; others do no harm.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(pub BTreeMap<String, String>);

impl Tags {
    /// The wanted tags that `found` lacks or has with another value.
    #[must_use]
    pub fn missing_in(&self, found: &Self) -> Self {
        let missing = self.0.iter().filter(|(key, value)| found.0.get(*key) != Some(value));
        missing.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Whether the tag is there with this value.
    pub fn has(&self, key: &str, value: &str) -> bool {
        self.0.get(key).is_some_and(|found| found == value)
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Tags {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(tags: I) -> Self {
        Self(tags.into_iter().map(|(k, v)| (k.into(), v.into())).collect())
    }
}

/// Any of them.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // each is its own type, below
pub enum Resource {
    Bucket(Bucket),
    Grant(Grant),
    LogGroup(LogGroup),
    Role(Role),
    KmsKey(KmsKey),
    Topic(Topic),
    ScheduleGroup(ScheduleGroup),
    Trail(Trail),
    Delivery(Delivery),
    MetricFilter(MetricFilter),
    Alarm(Alarm),
    Permission(Permission),
    Subscription(Subscription),
    Schedule(Schedule),
}

impl Resource {
    /// What sort of thing it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Bucket(_) => Kind::Bucket,
            Self::Grant(Grant { on: Holder::Bucket(_), .. }) => Kind::BucketPolicy,
            Self::Grant(Grant { on: Holder::Key(_), .. }) => Kind::KeyPolicy,
            Self::Grant(Grant { on: Holder::Topic(_), .. }) => Kind::TopicPolicy,
            Self::LogGroup(_) => Kind::LogGroup,
            Self::Role(_) => Kind::Role,
            Self::KmsKey(_) => Kind::KmsKey,
            Self::Topic(_) => Kind::Topic,
            Self::ScheduleGroup(_) => Kind::ScheduleGroup,
            Self::Trail(_) => Kind::Trail,
            Self::Delivery(_) => Kind::Delivery,
            Self::MetricFilter(_) => Kind::MetricFilter,
            Self::Alarm(_) => Kind::Alarm,
            Self::Permission(_) => Kind::Permission,
            Self::Subscription(_) => Kind::Subscription,
            Self::Schedule(_) => Kind::Schedule,
        }
    }
}

/// The bucket that the trail writes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    /// The bucket policy.
    pub policy: Option<Policy>,
    /// All four switches of Block Public Access.
    pub public_access_blocked: bool,
    /// Default encryption.
    pub encryption: Encryption,
    /// Versioning enabled.
    pub versioned: bool,
    /// Where S3 writes down who reads and writes it, where that is wanted.
    pub access_logs: Option<AccessLogs>,
    /// When objects end, by the rule that is Yakei's.
    pub lifecycle: Option<Lifecycle>,
    /// The enabled rules of others that remove objects; none in what is wanted. One that removes them before ours
    /// does takes logs away.
    pub endings: Vec<Ending>,
    /// Tags.
    pub tags: Tags,
}

/// A bucket's default encryption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// None is set.
    Off,
    /// With S3's own keys.
    Managed,
    /// With this KMS key.
    Key(String),
    /// Only wanted: with S3's own keys and no others. S3 delivers access logs into no bucket that encrypts with KMS.
    ManagedAlone,
}

/// Where S3 writes the access logs of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLogs {
    /// The bucket, never the same one: each log would be an access.
    pub bucket: String,
    /// What the logs' names begin with.
    pub prefix: String,
}

/// The lifecycle rule that is Yakei's; other rules of the bucket stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifecycle {
    /// Days after which an object ends.
    pub days: i32,
    /// Days after which a replaced version ends.
    pub replaced_days: i32,
    /// What it is narrowed to (a prefix, a tag, a size), as text; empty when it is for every object, as ours is.
    pub narrowed: String,
}

/// A lifecycle rule of somebody else's that removes objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Its id.
    pub rule: String,
    /// Days after which an object or a replaced version ends, whichever comes first; 0 for a date.
    pub days: i32,
}

/// Statements of ours in the policy of something that exists already. The rest of that policy is never touched.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// Whose policy.
    pub on: Holder,
    /// The statements, each with its `Sid`.
    pub statements: Vec<Policy>,
    /// Whether a statement of ours is in it; what others allow already needs none.
    pub ours: bool,
    /// The statements of others that deny what these allow; none in what is wanted. A denial wins over every
    /// permission, and is not ours to remove.
    pub denials: Vec<Denial>,
    /// Why nothing can be encrypted with the key, in KMS's words, such as `PendingDeletion`; none in what is wanted, and
    /// where the policy is no key's.
    pub unfit: Option<String>,
}

/// What carries the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// The bucket of this name.
    Bucket(String),
    /// The KMS key of this ARN.
    Key(String),
    /// The topic of this ARN.
    Topic(String),
}

impl Grant {
    /// What a policy holds of these statements: ours as they stand, and those that others make needless.
    #[must_use]
    pub fn found_in(&self, policy: &Policy) -> Self {
        let on = self.on.clone();
        let mut found = Self { on, statements: Vec::new(), ours: false, denials: Vec::new(), unfit: None };
        for wanted in &self.statements {
            found.denials.extend(policy.denies(wanted));
            if let Some(ours) = wanted.sid().and_then(|sid| policy.statement(sid)) {
                found.statements.push(ours);
                found.ours = true;
            } else if policy.of_strangers(wanted).allows(wanted) {
                found.statements.push(wanted.clone());
            }
        }
        found
    }
}

/// A log group.
#[derive(Debug, Clone, PartialEq)]
pub struct LogGroup {
    /// Days that events are kept; `None` is for ever.
    pub retention_days: Option<i32>,
    /// The KMS key, where one is wanted.
    pub kms_key: Option<String>,
    /// Whether it is of the Standard class: no other takes metric filters, and a class cannot be changed.
    pub standard: bool,
    /// Tags.
    pub tags: Tags,
}

/// A role with one inline policy of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// The path before its name, `/` for ours: it is part of the ARN by which services take the role.
    pub path: String,
    /// Who may take it.
    pub trust: Policy,
    /// What it may do.
    pub policy: Option<Policy>,
    /// Every other policy on it, inline or attached; none in what is wanted. What they allow does no harm, what they
    /// deny wins.
    pub others: Vec<Attached>,
    /// The permissions boundary: what it does not allow the role cannot do.
    pub boundary: Option<Attached>,
    /// Tags.
    pub tags: Tags,
}

/// A policy of somebody else's on a role.
#[derive(Debug, Clone, PartialEq)]
pub struct Attached {
    /// Its name or ARN.
    pub name: String,
    /// What it says.
    pub policy: Policy,
}

/// The key that encrypts the trail's log files, known by its alias.
#[derive(Debug, Clone, PartialEq)]
pub struct KmsKey {
    /// Statements of ours in its policy, each with its `Sid`; all others are its owner's and stay.
    pub statements: Vec<Policy>,
    /// The statements of others that deny what these allow; none in what is wanted.
    pub denials: Vec<Denial>,
    /// Whether the alias is there and is its: by that everybody finds it. A run that ended between making the key and
    /// naming it left one without.
    pub named: bool,
    /// Whether KMS renews its material every year.
    pub rotation: bool,
    /// Why nothing can be encrypted with it, in KMS's words, such as `PendingDeletion`; none in what is wanted.
    pub unfit: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// A topic.
#[derive(Debug, Clone, PartialEq)]
pub struct Topic {
    /// Who may do what with it.
    pub policy: Policy,
    /// The KMS key, where one is wanted.
    pub kms_key: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// An EventBridge Scheduler group.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleGroup {
    /// Whether Scheduler is deleting it: its schedules no longer run, and a new one cannot be made until it is gone.
    pub deleting: bool,
    /// Tags.
    pub tags: Tags,
}

/// A trail.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // they are CloudTrail's own switches
pub struct Trail {
    /// Where it writes.
    pub bucket: String,
    /// The prefix under which it writes there; the bucket's policy lets it write without one.
    pub prefix: Option<String>,
    /// The log group's ARN with `:*`, as CloudTrail wants it.
    pub log_group_arn: Option<String>,
    /// The role by which it writes there.
    pub role_arn: Option<String>,
    /// Every Region.
    pub multi_region: bool,
    /// Every account of the organization.
    pub organization: bool,
    /// IAM, STS and console sign-ins.
    pub global_events: bool,
    /// Digests that prove that no file was changed.
    pub file_validation: bool,
    /// All management events, read and write.
    pub management_events: bool,
    /// What it records of data events by selectors of ours.
    pub data_events: Vec<EventSelector>,
    /// The selector of somebody else's by which it records its own deliveries, each an event of the next; none in what
    /// is wanted.
    pub feeds_itself: Option<String>,
    /// Whether it is on.
    pub logging: bool,
    /// The KMS key, where one is wanted.
    pub kms_key: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// An existing trail's way to a log group, added where it had none.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The log group's ARN with `:*`.
    pub log_group_arn: Option<String>,
    /// The role by which the trail writes there.
    pub role_arn: Option<String>,
}

/// A metric filter.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricFilter {
    /// The log group that it reads.
    pub log_group: String,
    /// What it counts.
    pub pattern: PatternText,
    /// Where it counts.
    pub metric_name: String,
    /// The metric's namespace.
    pub namespace: String,
    /// What one event counts for.
    pub value: String,
    /// What a minute with other events counts for.
    pub default_value: Option<f64>,
    /// Dimensions, `name=selector`; an alarm without them would not see the metric.
    pub dimensions: Vec<String>,
    /// The unit of what it counts; an alarm of another unit would not see the metric. Empty for none.
    pub unit: String,
    /// Whether it reads transformed events, which `FilterLogEvents` cannot find again.
    pub transformed: bool,
    /// `fieldSelectionCriteria`: the accounts and Regions to which it is narrowed; empty for all.
    pub selection: String,
    /// `emitSystemFieldDimensions`: dimensions of the account and Region, which an alarm without them would not see.
    pub system_dimensions: Vec<String>,
    /// How many metrics it counts into; a second one is not ours.
    pub transformations: usize,
}

/// An alarm on one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// What the mail says.
    pub description: String,
    /// The metric.
    pub metric_name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its dimensions, `name=value`.
    pub dimensions: Vec<String>,
    /// `Sum`; empty for a percentile or an expression.
    pub statistic: String,
    /// The unit to which it is narrowed, empty for none: datapoints of another unit it does not see.
    pub unit: String,
    /// Seconds.
    pub period: i32,
    /// Periods that are looked at.
    pub evaluation_periods: i32,
    /// Of these, how many must breach; `None` is all.
    pub datapoints_to_alarm: Option<i32>,
    /// The threshold.
    pub threshold: f64,
    /// `GreaterThanOrEqualToThreshold`.
    pub comparison: String,
    /// `notBreaching`.
    pub missing_data: String,
    /// What happens on ALARM.
    pub alarm_actions: Vec<String>,
    /// What happens on OK.
    pub ok_actions: Vec<String>,
    /// What happens when data is insufficient.
    pub insufficient_data_actions: Vec<String>,
    /// Whether actions run. `None` in what is wanted: the toggler decides; a change keeps what it finds.
    pub actions_enabled: Option<bool>,
    /// The time after it is made in which it does not ring.
    pub warm_up: WarmUp,
    /// Members that Yakei never sets and that change when it rings (a percentile, an expression, an evaluation
    /// window), as `Name=value`; none in what is wanted.
    pub others: Vec<String>,
    /// Tags.
    pub tags: Tags,
}

/// Minutes for which an alarm that was made or changed stays silent; `None` for none. It ends sooner where there is
/// data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WarmUp(pub Option<i32>);

/// A statement in a function's policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Permission {
    /// The function's name.
    pub function: String,
    /// The statement's id.
    pub statement_id: String,
    /// The topic that may invoke it.
    pub topic_arn: String,
    /// The whole statement.
    pub statement: Policy,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // they are SNS's own switches
pub struct Subscription {
    /// The topic.
    pub topic_arn: String,
    /// `email`, `lambda`.
    pub protocol: String,
    /// The address or ARN.
    pub endpoint: String,
    /// The filter policy as JSON without blanks; empty when everything is delivered.
    pub filter_policy: String,
    /// Whether the filter policy is over the message's body and not its attributes.
    pub filters_body: bool,
    /// Whether the message comes without its envelope: the enricher would not know whence.
    pub raw: bool,
    /// Whether it waits for its confirmation: nothing is delivered until then, and nobody but the addressee can give
    /// it. False in what is wanted, and no reason for a change.
    pub pending: bool,
    /// Whether one that is there stays as it is, also when everything of ours goes: on a topic that is not ours nobody
    /// can tell who subscribed an address, and what other senders rely on.
    pub kept: bool,
}

/// A schedule that invokes the toggler.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Its group.
    pub group: String,
    /// `cron(…)`, `rate(…)`, or `at(…)` for one run.
    pub expression: String,
    /// The zone in which `expression` is meant.
    pub timezone: String,
    /// The function.
    pub target_arn: String,
    /// The role by which Scheduler invokes it.
    pub role_arn: String,
    /// The event.
    pub input: String,
    /// How often a failed invocation is tried again.
    pub retries: i32,
    /// Seconds after which it is given up.
    pub max_age: i32,
    /// The queue that keeps what was given up, where the toggler has one.
    pub dead_letters: Option<String>,
    /// Whether it is on.
    pub enabled: bool,
    /// When it begins to run, where it is told; ours run always.
    pub starts: Option<String>,
    /// When it ceases to run.
    pub ends: Option<String>,
    /// Whether Scheduler removes it after its last run.
    pub deletes_itself: bool,
    /// Minutes of its flexible window; 0 for none.
    pub flexible_minutes: i32,
    /// The KMS key that encrypts it: without the key it cannot run.
    pub kms_key: Option<String>,
    /// Members that Yakei never sets and that change what is invoked, as `Name=value`; none in what is wanted.
    pub others: Vec<String>,
}
