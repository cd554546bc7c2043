//! The domain of Yakei, pure: no AWS SDK, no async runtime, no clock, no environment.
//!
//! `now` is always an argument. What comes from users is parsed strictly, what comes from AWS tolerantly.

pub mod activity;
pub mod alarm;
pub mod arns;
pub mod config;
pub mod controls;
pub mod digest;
pub mod drill;
pub mod history;
pub mod hours;
pub mod ignore;
pub mod known;
pub mod names;
pub mod notice;
pub mod plan;
pub mod policies;
pub mod regions;
pub mod report;
mod spelling;
pub mod text;
pub mod time;
pub mod verify;
