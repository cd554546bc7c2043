//! What the parts of a config cost that cost more than a few cents, or by what others do: said before they are made.

use serde::Serialize;

use crate::config::{Config, TrailKey};

/// Where and when a price was one. AWS's own price pages decide.
const LIST: &str = "us-east-1 list price, November 2026";

/// One price.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// The key of the config that brings it.
    pub key: &'static str,
    /// US dollars.
    pub usd: f64,
    /// For how much of what.
    pub per: &'static str,
    /// What it depends on.
    pub about: &'static str,
    /// Where and when it was the price.
    pub list: &'static str,
}

/// The prices of what this config asks for besides the watch itself.
pub fn costs(config: &Config) -> Vec<Cost> {
    let mut costs = Vec::new();
    let mut add = |key, usd, per, about| costs.push(Cost { key, usd, per, about, list: LIST });
    if !config.trail.data_events.is_empty() {
        let key = "[trail] data_events";
        add(
            key,
            0.10,
            "100,000 data events that CloudTrail delivers",
            "every object that anybody reads or writes counts",
        );
        add(
            key,
            0.50,
            "GB that the log group takes in",
            "an event is 1 to 2 KB: 100,000 of them are 0.05 to 0.10 dollars more; the bucket keeps them compressed",
        );
    }
    let trail = &config.trail;
    if trail.kms_key == Some(TrailKey::Make) {
        let about = "and as much again for each of the first two yearly renewals; it stays when everything else goes";
        add("[trail] kms_key", 1.0, "month of the key", about);
    }
    if trail.kms_key.is_some() {
        add(
            "[trail] kms_key",
            0.03,
            "10,000 requests to the key",
            "CloudTrail makes one for each log file, and so does who reads it",
        );
    }
    if trail.access_logs && trail.name.is_none() && trail.bucket.is_none() {
        let about = "one line of half a kilobyte for each file that CloudTrail delivers and each access to it; S3 writes them free";
        add("[trail] access_logs", 0.023, "GB of access logs kept a month", about);
    }
    costs
}
