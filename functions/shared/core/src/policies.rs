//! IAM policy documents: those that Yakei writes, whether two mean the same, and what one allows or denies.
//!
//! `policy` is the value, `statement` weighs permissions, `denial` weighs denials, `documents` holds ours.

mod denial;
mod documents;
mod glob;
mod policy;
mod statement;

pub use denial::Denial;
pub use documents::{
    access_log_bucket, alarm_topic, alarms_publish, alarms_use_key, bucket, invoke_from_topic, notice_topic,
    role_publishes, scheduler_role, scheduler_role_trust, trail_role, trail_role_trust, trail_uses_bucket,
    trail_uses_key,
};
pub use policy::Policy;
