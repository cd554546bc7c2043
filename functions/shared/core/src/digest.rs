//! What was missed: one message, when alarms are armed again, about what went off while they were muted.
//!
//! The toggler knows which alarms were muted, since when, and how often they went off: a [`Digest`] without anybody's
//! name. It hands that to the enricher as a [`HandedOver`] on the alarm topic; the enricher, which may read the trail,
//! adds who, and publishes. A digest can be published at any stage: what is not known is said or left out, the counts
//! are the real ones however little room there is, and its `id` is the same each time the same thing is told.

mod chat;
mod handed_over;
mod mail;
mod model;
mod outgoing;
mod unknown;

pub use handed_over::{HANDED_OVER, HandedOver};
pub use model::{Digest, Missed, SCHEMA};
pub use unknown::Unknown;

#[cfg(test)]
mod tests;
