//! Who did what, when, from where and with which outcome, read from CloudTrail's records and counted.
//!
//! Every log line leads either to a [`Sighting`] or to a reason why not: nothing is dropped silently.

mod group;
mod handle;
mod lax;
mod record;
mod sighting;
mod who;

pub use group::{Group, Groups, Place};
pub use handle::Handle;
pub(crate) use sighting::is_account;
pub use sighting::{Sighting, Unreadable};
pub use who::{HIDDEN_USER, Identity, UNKNOWN};

#[cfg(test)]
mod tests;
