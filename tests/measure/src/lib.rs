//! Runs the built functions, and their peers, as Lambda would: against a stub of its Runtime API and a stub of AWS over
//! TLS, and looks at what they cost.

pub mod counted;
pub mod process;
pub mod run;
pub mod runtime_api;
pub mod stub;
pub mod tls;

/// Any error ends a measurement.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
