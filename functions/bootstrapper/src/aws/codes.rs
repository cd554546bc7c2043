//! AWS's error codes by sort: which of them end by waiting, and for how long it is worth it.
//!
//! One table for all adapters and for the executor. A code that is not in it is final: it is told at once.

use std::collections::BTreeSet;
use std::time::Duration;

use yakei_core::plan::{Action, Change, Kind};

/// Why a call that failed may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Passing {
    /// Somebody changes the same thing at the same moment: another run, or we ourselves a moment ago.
    Collision,
    /// What was made a moment ago is not known everywhere yet.
    NotYet,
    /// AWS was asked too often, or had a fault of its own.
    Throttled,
}

impl Passing {
    /// How long it is waited for. IAM spreads roles within two minutes; a conflict or a quota that lasts longer than
    /// five has another reason than our own haste.
    pub(crate) fn patience(self) -> Duration {
        match self {
            Self::NotYet => Duration::from_mins(2),
            Self::Collision | Self::Throttled => Duration::from_mins(5),
        }
    }
}

/// Two writes at once. The services in order: CloudWatch Logs, S3 (two), Lambda (three), SNS (three), IAM (four),
/// CloudTrail, EventBridge Scheduler, CloudWatch.
const COLLISIONS: &[&str] = &[
    "OperationAbortedException",
    "OperationAborted",
    "ConditionalRequestConflict",
    "ResourceConflictException",
    "PreconditionFailedException",
    "ResourceInUseException",
    "ConcurrentAccess",
    "ConcurrentAccessException",
    "StaleTag",
    "StaleTagException",
    "ConcurrentModification",
    "ConcurrentModificationException",
    "EntityTemporarilyUnmodifiable",
    "EntityTemporarilyUnmodifiableException",
    "DeleteConflict",
    "DeleteConflictException",
    "ConflictException",
];

/// Too many calls, or a fault on AWS's side. Source: the SDKs' own lists, and SNS (`Throttled`), Lambda, CloudTrail.
const THROTTLES: &[&str] = &[
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "TooManyRequests",
    "PriorRequestNotComplete",
    "BandwidthLimitExceeded",
    "SlowDown",
    "EC2ThrottledException",
    "DependencyTimeoutException",
    "InternalError",
    "InternalErrorException",
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "InternalServiceError",
    "InternalServiceFault",
    "KMSInternalException",
    "KMSThrottling",
    "KMSThrottlingException",
    "DependencyTimeout",
    "ServiceException",
    "ServiceFailure",
    "ServiceFailureException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "RequestTimeout",
];

/// A code that says of a thing of a moment ago that it is not there.
struct NotYet {
    codes: &'static [&'static str],
    /// Where it is met.
    at: &'static [Kind],
    /// What must have been made by this run for the wait to make sense; empty: anything, the code says enough.
    made: &'static [Kind],
}

const NOT_YET: &[NotYet] = &[
    // CloudTrail tries the role and the bucket when it is told of them; policies and roles take a while to be everywhere.
    // The run before this one may have made them.
    NotYet {
        codes: &[
            "InvalidCloudWatchLogsRoleArnException",
            "InvalidCloudWatchLogsLogGroupArnException",
            "InsufficientS3BucketPolicyException",
            "InsufficientEncryptionPolicyException",
        ],
        at: &[Kind::Trail, Kind::Delivery],
        made: &[],
    },
    NotYet {
        codes: &["S3BucketDoesNotExistException", "NoSuchBucket"],
        at: &[Kind::Trail, Kind::Bucket],
        made: &[Kind::Bucket],
    },
    // S3 tries the policy of the bucket for access logs when it is told of it.
    NotYet { codes: &["InvalidTargetBucketForLogging"], at: &[Kind::Bucket], made: &[Kind::Bucket] },
    // The second by ListTags.
    NotYet {
        codes: &["TrailNotFoundException", "ResourceNotFoundException"],
        at: &[Kind::Trail],
        made: &[Kind::Trail],
    },
    // The second while the key is being made.
    NotYet { codes: &["NotFoundException", "KMSInvalidStateException"], at: &[Kind::KmsKey], made: &[Kind::KmsKey] },
    NotYet { codes: &["KmsKeyNotFoundException"], at: &[Kind::Trail], made: &[Kind::KmsKey] },
    NotYet { codes: &["NoSuchEntity", "NoSuchEntityException"], at: &[Kind::Role], made: &[Kind::Role] },
    // A principal that IAM does not know yet makes a policy malformed.
    NotYet {
        codes: &["MalformedPolicyDocument", "MalformedPolicyDocumentException", "MalformedPolicy", "InvalidPrincipal"],
        at: &[Kind::Role, Kind::Bucket, Kind::BucketPolicy, Kind::KeyPolicy],
        made: &[Kind::Role],
    },
    NotYet { codes: &["NotFound", "NotFoundException"], at: &[Kind::Topic, Kind::Subscription], made: &[Kind::Topic] },
    NotYet {
        codes: &["ResourceNotFoundException"],
        at: &[Kind::LogGroup, Kind::MetricFilter],
        made: &[Kind::LogGroup],
    },
    NotYet { codes: &["ResourceNotFoundException", "ResourceNotFound"], at: &[Kind::Alarm], made: &[Kind::Alarm] },
    // A group that is being deleted first conflicts and then is gone.
    NotYet {
        codes: &["ResourceNotFoundException"],
        at: &[Kind::ScheduleGroup, Kind::Schedule],
        made: &[Kind::ScheduleGroup],
    },
    // Scheduler has no code of its own for a role that it cannot take yet.
    NotYet { codes: &["ValidationException"], at: &[Kind::Schedule], made: &[Kind::Role] },
];

/// Whether a change that failed with this code is worth another try. `made` are the sorts of things that this run makes.
pub(crate) fn passing(code: &str, change: &Change, made: &BTreeSet<Kind>) -> Option<Passing> {
    if is_throttle(code) {
        return Some(Passing::Throttled);
    }
    if is_collision(code) {
        return Some(Passing::Collision);
    }
    let at = |line: &&NotYet| line.codes.contains(&code) && line.at.contains(&change.key.kind);
    let of_this_run = |line: &NotYet| line.made.is_empty() || line.made.iter().any(|kind| made.contains(kind));
    let waits = change.action() != Action::Delete && NOT_YET.iter().filter(at).any(of_this_run);
    waits.then_some(Passing::NotYet)
}

/// Codes by which AWS says that somebody changes the same thing.
pub(crate) fn is_collision(code: &str) -> bool {
    COLLISIONS.contains(&code)
}

/// Codes by which AWS asks to come again later.
pub(crate) fn is_throttle(code: &str) -> bool {
    THROTTLES.contains(&code)
}
