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
pub(crate) use sighting::SIGN_IN;
pub use sighting::{Sighting, Taken, Unreadable};
pub use who::{HIDDEN_USER, Identity, UNKNOWN};
pub(crate) use who::{Part, UNKNOWN_ACCOUNT, parts};

/// The way to each member of a record that is read here: a record cut to these gives the same [`Sighting`].
pub fn members() -> Vec<Vec<&'static str>> {
    let mut found = Vec::new();
    <record::Record<'_> as lax::Members>::add(&mut Vec::new(), &mut found);
    found
}

#[cfg(test)]
mod tests;
