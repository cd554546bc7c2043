//! Of a sign-in that failed: who signed in from the same address before.
//!
//! The name of a failed sign-in is what somebody typed, and CloudTrail hides it where no such user exists: nothing is
//! asked by it. The address is AWS's own word, and so are the names of those who got in from there.

use jiff::Timestamp;
use serde::Serialize;

use super::time_or_null;
use crate::text::serialize_unlinked;

/// The answer. Serialises as `address_history` of an entry of `activity`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FromAddress {
    /// Of how many days before it the log was read.
    pub looked_back_days: i64,
    /// How many sign-ins from this very address succeeded.
    pub sign_ins: u64,
    /// Who made the last of them; empty where there is none.
    #[serde(serialize_with = "serialize_unlinked")]
    pub last_who: String,
    /// The account whose root user that is; none where it is somebody else.
    #[serde(skip)]
    pub last_root: Option<String>,
    /// When that was.
    #[serde(serialize_with = "time_or_null")]
    pub last: Option<Timestamp>,
    /// How many others signed in from there.
    pub others: u64,
    /// Whether all of those days was read.
    pub complete: bool,
}
