//! What sorts of things there are, and how one of them is named: `kind/name` in a Region.

use std::fmt;

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
    KmsKey,
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
            Self::KmsKey => "kms-key",
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
            Self::Bucket | Self::LogGroup | Self::Role | Self::KmsKey | Self::Topic | Self::ScheduleGroup
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
