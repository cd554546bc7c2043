//! Makes an account match `infra/yakei.toml`: trail, filters, alarms, topics, subscriptions, schedules.
//!
//! Observe, plan (pure, in `yakei_core::plan`), print, make, observe again. What somebody else made is never
//! changed unless its adoption is asked for; a run that is cut off is continued by the next.

mod apply;
mod aws;
pub mod custom;
mod drill;
mod event;
mod ports;
pub mod reply;
mod report;
mod run;
mod usage;

pub use aws::Aws;
pub use report::Report;
pub use run::{handle, run, without_config, without_region};
pub use usage::USAGE;

#[cfg(test)]
mod tests;
