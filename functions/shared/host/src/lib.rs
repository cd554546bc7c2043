//! What each function does the same way at start: logging, SDK settings, reading the config file,
//! and taking events, from Lambda or from a person at a terminal.
//!
//! A function's `main` reads: [`log::init`], [`config::load`], [`sdk::config`], [`run::run`].

pub mod config;
mod failure;
mod http;
pub mod log;
mod roots;
pub mod run;
pub mod sdk;
