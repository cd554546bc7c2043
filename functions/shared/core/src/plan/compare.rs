//! Comparing what is wanted with what is found, by meaning.
//!
//! Every struct is destructured whole: a new field breaks the build until it is compared.

use std::collections::BTreeSet;
use std::fmt;

use super::resource::{
    AccessLogs, Alarm, Bucket, Delivery, Encryption, Grant, KmsKey, Lifecycle, LogGroup, MetricFilter, PatternText,
    Permission, Resource, Role, Schedule, ScheduleGroup, Subscription, Tags, Topic, Trail, WarmUp,
};
use super::selector::EventSelector;
use crate::policies::Policy;

/// Whether a found value is as good as the wanted one, and how both look to people.
trait Meets {
    fn met_by(&self, found: &Self) -> bool;
    fn show(&self) -> Option<String>;
}

macro_rules! meets_when_equal {
    ($($type:ty),*) => {$(
        impl Meets for $type {
            fn met_by(&self, found: &Self) -> bool {
                self == found
            }
            fn show(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )*};
}
meets_when_equal!(bool, i32, usize, String);

impl Meets for f64 {
    fn met_by(&self, found: &Self) -> bool {
        (self - found).abs() < f64::EPSILON
    }
    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Meets for Policy {
    fn met_by(&self, found: &Self) -> bool {
        self == found
    }
    fn show(&self) -> Option<String> {
        None
    }
}

impl Meets for PatternText {
    fn met_by(&self, found: &Self) -> bool {
        self == found
    }
    fn show(&self) -> Option<String> {
        Some(self.0.clone())
    }
}

impl Meets for Tags {
    fn met_by(&self, found: &Self) -> bool {
        self.missing_in(found).0.is_empty()
    }
    fn show(&self) -> Option<String> {
        Some(self.0.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(","))
    }
}

impl Meets for Encryption {
    /// A customer's key is as good as S3's own, but where S3 itself must write.
    fn met_by(&self, found: &Self) -> bool {
        match self {
            Self::Managed => *found != Self::Off,
            Self::ManagedAlone => matches!(found, Self::Managed | Self::ManagedAlone),
            Self::Off | Self::Key(_) => self == found,
        }
    }
    fn show(&self) -> Option<String> {
        Some(match self {
            Self::Off => "off".to_owned(),
            Self::Managed | Self::ManagedAlone => "AES256".to_owned(),
            Self::Key(key) => key.clone(),
        })
    }
}

impl Meets for Lifecycle {
    fn met_by(&self, found: &Self) -> bool {
        self == found
    }
    fn show(&self) -> Option<String> {
        let narrowed = if self.narrowed.is_empty() { "" } else { ", of " };
        Some(format!("{} days, replaced {} days{narrowed}{}", self.days, self.replaced_days, self.narrowed))
    }
}

impl Meets for AccessLogs {
    fn met_by(&self, found: &Self) -> bool {
        self == found
    }
    fn show(&self) -> Option<String> {
        Some(format!("to {}/{}", self.bucket, self.prefix))
    }
}

/// One that AWS does not show is over or was never needed; another than ours would silence the alarm.
impl Meets for WarmUp {
    fn met_by(&self, found: &Self) -> bool {
        found.0.is_none() || self == found
    }
    fn show(&self) -> Option<String> {
        Some(self.0.map_or_else(|| "none".to_owned(), |minutes| format!("{minutes} minutes")))
    }
}

impl<T: Meets> Meets for Option<T> {
    fn met_by(&self, found: &Self) -> bool {
        match (self, found) {
            (Some(want), Some(have)) => want.met_by(have),
            (None, None) => true,
            _ => false,
        }
    }
    fn show(&self) -> Option<String> {
        self.as_ref().map_or_else(|| Some("none".to_owned()), Meets::show)
    }
}

impl Meets for Vec<EventSelector> {
    fn met_by(&self, found: &Self) -> bool {
        self.iter().collect::<BTreeSet<_>>() == found.iter().collect() && self.len() == found.len()
    }
    fn show(&self) -> Option<String> {
        let all: Vec<String> = self.iter().map(ToString::to_string).collect();
        Some(if all.is_empty() { "none".to_owned() } else { all.join("; ") })
    }
}

/// Lists of actions and dimensions are sets.
impl Meets for Vec<String> {
    fn met_by(&self, found: &Self) -> bool {
        self.iter().all(|item| found.contains(item)) && found.iter().all(|item| self.contains(item))
    }
    fn show(&self) -> Option<String> {
        Some(if self.is_empty() { "none".to_owned() } else { self.join(",") })
    }
}

/// Longer texts are cut in a detail; a pattern has up to 1,024 characters.
const SHOWN: usize = 80;

struct Short(String);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clean = self.0.chars().map(|c| if c.is_control() { ' ' } else { c });
        f.write_str(&clean.clone().take(SHOWN).collect::<String>())?;
        if clean.count() > SHOWN { f.write_str("…") } else { Ok(()) }
    }
}

fn field<T: Meets>(out: &mut Vec<String>, name: &str, want: &T, have: &T) {
    if want.met_by(have) {
        return;
    }
    let name = name.replace('_', " ");
    out.push(match (have.show(), want.show()) {
        (Some(have), Some(want)) => format!("{name} {} → {}", Short(have), Short(want)),
        _ => format!("{name} differs"),
    });
}

/// A field that is not compared when nothing is wanted of it.
fn optional_field<T>(out: &mut Vec<String>, name: &str, want: &T, have: &T)
where
    T: Meets + Default + PartialEq,
{
    if *want != T::default() {
        field(out, name, want, have);
    }
}

/// `compare!(Type, want, have; a, b; optional: c; elsewhere: d)`: destructures `want` whole. What is `elsewhere` is
/// judged by [`super::hindrance`] or by the audit: a change would not mend it.
macro_rules! compare {
    ($type:ident, $want:expr, $have:expr; $($field:ident),* $(; optional: $($maybe:ident),*)? $(; elsewhere: $($not:ident),*)?) => {{
        let $type { $($field),* $(, $($maybe),*)? $(, $($not: _),*)? } = $want;
        let mut out = Vec::new();
        $(field(&mut out, stringify!($field), $field, &$have.$field);)*
        $($(optional_field(&mut out, stringify!($maybe), $maybe, &$have.$maybe);)*)?
        out
    }};
}

/// The statements that are missing or say something else.
fn grant(want: &Grant, have: &Grant) -> Vec<String> {
    // Whose policy is told by the key; whether a statement is ours or another's does not matter here.
    let Grant { on: _, statements, ours: _, denials: _, unfit: _ } = want;
    lacking(statements, &have.statements)
}

fn lacking(want: &[Policy], have: &[Policy]) -> Vec<String> {
    let wrong = want.iter().filter(|statement| !have.contains(statement));
    wrong
        .map(|statement| {
            let there = have.iter().any(|found| found.sid() == statement.sid());
            let sid = statement.sid().unwrap_or_default();
            format!("statement {sid} {}", if there { "differs" } else { "is missing" })
        })
        .collect()
}

/// Whether a found thing is as wanted.
pub fn meets(want: &Resource, have: &Resource) -> bool {
    differences(want, have).is_empty()
}

/// How `have` falls short of `want`, one phrase a field; empty when it does not.
pub(super) fn differences(want: &Resource, have: &Resource) -> Vec<String> {
    match (want, have) {
        (Resource::Bucket(want), Resource::Bucket(have)) => {
            compare!(Bucket, want, have; policy, public_access_blocked, encryption, versioned, lifecycle, tags;
                optional: access_logs; elsewhere: endings)
        }
        (Resource::Grant(want), Resource::Grant(have)) => grant(want, have),
        (Resource::LogGroup(want), Resource::LogGroup(have)) => {
            compare!(LogGroup, want, have; retention_days, tags; optional: kms_key; elsewhere: standard)
        }
        (Resource::Role(want), Resource::Role(have)) => {
            compare!(Role, want, have; trust, policy, tags; elsewhere: path, others, boundary)
        }
        (Resource::KmsKey(want), Resource::KmsKey(have)) => {
            let mut out = lacking(&want.statements, &have.statements);
            out.extend(compare!(KmsKey, want, have; named, rotation, tags; elsewhere: statements, denials, unfit));
            out
        }
        (Resource::Topic(want), Resource::Topic(have)) => compare!(Topic, want, have; policy, kms_key, tags),
        (Resource::ScheduleGroup(want), Resource::ScheduleGroup(have)) => {
            compare!(ScheduleGroup, want, have; tags; elsewhere: deleting)
        }
        (Resource::Trail(want), Resource::Trail(have)) => compare!(Trail, want, have;
            bucket, prefix, log_group_arn, role_arn, multi_region, organization, global_events, file_validation,
            management_events, data_events, logging, tags; optional: kms_key; elsewhere: feeds_itself),
        (Resource::Delivery(want), Resource::Delivery(have)) => compare!(Delivery, want, have; log_group_arn, role_arn),
        (Resource::MetricFilter(want), Resource::MetricFilter(have)) => compare!(MetricFilter, want, have;
            log_group, pattern, metric_name, namespace, value, default_value, dimensions, unit, transformed,
            selection, system_dimensions, transformations),
        (Resource::Alarm(want), Resource::Alarm(have)) => compare!(Alarm, want, have;
            description, metric_name, namespace, dimensions, statistic, unit, period, evaluation_periods,
            datapoints_to_alarm, threshold, comparison, missing_data, alarm_actions, ok_actions,
            insufficient_data_actions, warm_up, others, tags;
            optional: actions_enabled),
        (Resource::Permission(want), Resource::Permission(have)) => compare!(Permission, want, have;
            function, statement_id, topic_arn, statement),
        (Resource::Subscription(want), Resource::Subscription(have)) => compare!(Subscription, want, have;
            topic_arn, protocol, endpoint, filter_policy, filters_body, raw, kept; elsewhere: pending),
        (Resource::Schedule(want), Resource::Schedule(have)) => compare!(Schedule, want, have;
            group, expression, timezone, target_arn, role_arn, input, retries, max_age, dead_letters, enabled,
            starts, ends, deletes_itself, flexible_minutes, kms_key, others),
        _ => vec![format!("is a {}", have.kind().as_str())],
    }
}
