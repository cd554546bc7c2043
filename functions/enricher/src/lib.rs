//! The enricher: for every alarm in, exactly one notice out, whatever goes wrong on the way.
//!
//! [`handle`] decides what to do with an event, [`enrich`] what to ask for one alarm, [`search`] how to
//! search; [`aws`] asks. Only a notice that cannot be published fails a run, so that Lambda tries again.

pub mod aws;
mod digest;
pub mod enrich;
pub mod event;
pub mod filters;
mod gathered;
pub mod handle;
mod history;
pub mod patience;
mod plan;
pub mod ports;
pub mod search;
pub mod settings;
mod targets;

pub use handle::{Enricher, Invoked};
pub use settings::{Limits, Settings};

#[cfg(test)]
mod tests;
