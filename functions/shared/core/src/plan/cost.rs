//! What the parts of a config cost that cost more than a few cents, or by what others do: said before they are made.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::config::{Config, TrailKey};
use crate::controls::{Catalogue, Pack};

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
    pub per: Per,
    /// What it depends on.
    pub about: Cow<'static, str>,
    /// Where and when it was the price.
    pub list: &'static str,
}

/// How much of what has a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// A hundred thousand data events.
    DataEvents,
    /// A gigabyte that the log group takes in.
    LogGigabyte,
    /// A key that is there, a month.
    KeyMonth,
    /// Ten thousand requests to a key.
    KeyRequests,
    /// A gigabyte of access logs, a month.
    AccessLogGigabyte,
    /// A month.
    Month,
}

impl fmt::Display for Per {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DataEvents => "100,000 data events that CloudTrail delivers",
            Self::LogGigabyte => "GB that the log group takes in",
            Self::KeyMonth => "month of the key",
            Self::KeyRequests => "10,000 requests to the key",
            Self::AccessLogGigabyte => "GB of access logs kept a month",
            Self::Month => "month",
        })
    }
}

impl Serialize for Per {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The prices of what this config asks for besides the watch itself.
pub fn costs(config: &Config) -> Vec<Cost> {
    costs_of(config, None)
}

/// The same, with a catalogue that was read already.
pub fn costs_of(config: &Config, catalogue: Option<&Catalogue>) -> Vec<Cost> {
    let mut costs = Vec::new();
    let mut add =
        |key, usd, per, about: &'static str| costs.push(Cost { key, usd, per, about: about.into(), list: LIST });
    if !config.trail.data_events.is_empty() {
        let key = "[trail] data_events";
        add(key, 0.10, Per::DataEvents, "every object that anybody reads or writes counts");
        add(
            key,
            0.50,
            Per::LogGigabyte,
            "an event is 1 to 2 KB: 100,000 of them are 0.05 to 0.10 dollars more; the bucket keeps them compressed",
        );
    }
    let trail = &config.trail;
    if trail.kms_key == Some(TrailKey::Make) {
        let about = "and as much again for each of the first two yearly renewals; it stays when everything else goes";
        add("[trail] kms_key", 1.0, Per::KeyMonth, about);
    }
    if trail.kms_key.is_some() {
        add(
            "[trail] kms_key",
            0.03,
            Per::KeyRequests,
            "CloudTrail makes one for each log file, and so does who reads it",
        );
    }
    if trail.access_logs && trail.name.is_none() && trail.bucket.is_none() {
        let about = "one line of half a kilobyte for each file that CloudTrail delivers and each access to it; S3 writes them free";
        add("[trail] access_logs", 0.023, Per::AccessLogGigabyte, about);
    }
    let extra = Pack::ALL.into_iter().filter(|pack| config.controls.extra.contains(pack));
    costs.extend(extra.filter_map(|it| match catalogue {
        Some(catalogue) => pack(config, catalogue, it),
        None => pack(config, &Catalogue::builtin().ok()?, it),
    }));
    costs
}

/// CloudWatch's price of an alarm on a metric, a month.
const ALARM: f64 = 0.10;

/// What a pack adds to the bill: its alarms, in each Region that has alarms.
fn pack(config: &Config, catalogue: &Catalogue, pack: Pack) -> Option<Cost> {
    let controls = catalogue.select(&config.controls).ok()?;
    let alarms = controls.iter().filter(|control| control.pack == Some(pack)).count();
    let everywhere = if config.trail.regions.is_per_region() { " in each Region" } else { "" };
    let about = format!(
        "the pack {} is {alarms} alarms{everywhere} at {ALARM:.2}; the metric of each is 0.30 a month by the hours that had events",
        pack.as_str()
    );
    let usd = ALARM * f64::from(u32::try_from(alarms).ok()?);
    Some(Cost { key: "[controls] extra", usd, per: Per::Month, about: about.into(), list: LIST })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_says_how_many_alarms_it_adds_and_what_they_cost() {
        let told = |controls: &str| {
            let text = format!(
                "[[schedule]]\ntimezone = \"UTC\"\nwindows = []\n{controls}\n[notify]\nemails = [\"a@example.com\"]\n"
            );
            let costs = costs(&Config::parse(&text).unwrap());
            costs
                .into_iter()
                .filter(|cost| cost.key == "[controls] extra")
                .map(|cost| format!("{} {:.2} a {}: {}", cost.key, cost.usd, cost.per, cost.about))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(""), [""; 0]);
        let both = told("[controls]\nextra = [\"attackers\", \"sign-ins\"]\nskip = [\"RoleSwitches\"]");
        assert_eq!(both.len(), 2);
        assert!(
            both[0].starts_with("[controls] extra 0.60 a month: the pack sign-ins is 6 alarms at 0.10;"),
            "{both:?}"
        );
        assert!(
            both[1].starts_with("[controls] extra 0.60 a month: the pack attackers is 6 alarms at 0.10;"),
            "{both:?}"
        );
        let regions = told("[trail]\nregions = [\"eu-west-1\", \"us-east-1\"]\n[controls]\nextra = [\"attackers\"]");
        assert!(regions[0].contains("6 alarms in each Region"), "{regions:?}");
    }
}
