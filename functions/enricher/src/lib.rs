//! The enricher: for every alarm in, exactly one notice out, whatever goes wrong on the way.
//!
//! [`handle`] decides what to do with an event, [`enrich`] what to ask for one alarm, [`search`] how to
//! search; [`aws`] asks. Only a notice that cannot be published fails a run, so that Lambda tries again.

pub mod aws;
pub mod enrich;
pub mod event;
pub mod handle;
pub mod ports;
pub mod search;
pub mod settings;
mod targets;

pub use handle::Enricher;
pub use settings::{Limits, Settings};

#[cfg(test)]
mod tests;
