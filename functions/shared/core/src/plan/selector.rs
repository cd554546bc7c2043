//! Advanced event selectors: which data events a trail records.
//!
//! Ours are known by their names; those of others stay. None of ours records what the trail itself writes.

use std::collections::BTreeSet;
use std::fmt;

use crate::arns::Place;
use crate::config::{DataEvents, ReadWrite};

/// What the names of ours for data events begin with, and that of ours for management events.
const DATA: &str = "yakei-s3-";
const MANAGEMENT: &str = "yakei-management";

/// The resource type of objects in general purpose buckets.
const OBJECT: &str = "AWS::S3::Object";

/// One advanced event selector: an event is recorded when it meets all conditions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventSelector {
    /// Its name; empty for none.
    pub name: String,
    /// What an event must meet.
    pub conditions: BTreeSet<Condition>,
}

/// A value with which a field of an event is compared. The values of one operator are alternatives; what any of the
/// negated ones hits is left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// CloudTrail's name of the field: `resources.ARN`.
    pub field: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub value: String,
}

/// CloudTrail's operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // each is CloudTrail's own word
pub enum Operator {
    Equals,
    NotEquals,
    StartsWith,
    NotStartsWith,
    EndsWith,
    NotEndsWith,
}

impl Condition {
    /// A condition.
    pub fn new(field: &str, operator: Operator, value: impl Into<String>) -> Self {
        Self { field: field.to_owned(), operator, value: value.into() }
    }
}

impl EventSelector {
    /// All management events, by the name under which Yakei writes it.
    pub fn management() -> Self {
        let conditions = [Condition::new("eventCategory", Operator::Equals, "Management")].into();
        Self { name: MANAGEMENT.to_owned(), conditions }
    }

    /// Whether Yakei wrote it for `[trail] data_events`.
    pub fn is_our_data(&self) -> bool {
        self.name.starts_with(DATA)
    }

    /// The selectors of `[trail] data_events`, sorted, without the objects of the trail's own buckets.
    pub fn data_events(place: &Place, wanted: &[DataEvents], own: &[String]) -> Vec<Self> {
        let one = |(number, events): (usize, &DataEvents)| {
            // With the slash: another bucket's name may begin with this one's.
            let objects = |bucket: &String| format!("{}/", place.bucket(bucket));
            let mut conditions: BTreeSet<Condition> = [
                Condition::new("eventCategory", Operator::Equals, "Data"),
                Condition::new("resources.type", Operator::Equals, OBJECT),
            ]
            .into();
            let read_only = match events.read_write {
                ReadWrite::All => None,
                ReadWrite::Read => Some("true"),
                ReadWrite::Write => Some("false"),
            };
            conditions.extend(read_only.map(|value| Condition::new("readOnly", Operator::Equals, value)));
            let (buckets, operator) = match events.buckets.as_slice() {
                [] => (own, Operator::NotStartsWith),
                named => (named, Operator::StartsWith),
            };
            conditions.extend(
                buckets
                    .iter()
                    // The config refuses the trail's own buckets by name.
                    .filter(|bucket| operator == Operator::NotStartsWith || !own.contains(bucket))
                    .map(|bucket| Condition::new("resources.ARN", operator, objects(bucket))),
            );
            Self { name: format!("{DATA}{}", number + 1), conditions }
        };
        let mut all: Vec<Self> = wanted.iter().enumerate().map(one).collect();
        all.sort();
        all
    }

    /// Whether it records that something is written into the bucket of this ARN.
    pub fn records_writes_to(&self, bucket_arn: &str) -> bool {
        let objects = format!("{bucket_arn}/");
        let of = |field: &str, operator| {
            let hits = self.conditions.iter().filter(move |it| it.field == field && it.operator == operator);
            hits.map(|it| it.value.as_str()).collect::<Vec<_>>()
        };
        let is = |field: &str, value: &str| of(field, Operator::Equals).contains(&value);
        let unless_other = |field: &str, value: &str| of(field, Operator::Equals).is_empty() || is(field, value);
        let arns = |operator| of("resources.ARN", operator);
        let included: Vec<&str> = [arns(Operator::StartsWith), arns(Operator::Equals)].concat();
        is("eventCategory", "Data")
            && is("resources.type", OBJECT)
            && unless_other("readOnly", "false")
            && unless_other("eventName", "PutObject")
            && (included.is_empty() || included.iter().any(|it| objects.starts_with(it) || it.starts_with(&objects)))
            && !arns(Operator::NotStartsWith).iter().any(|it| objects.starts_with(it))
            && !of("eventName", Operator::NotEquals).contains(&"PutObject")
    }
}

impl fmt::Display for EventSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        let told = self.conditions.iter().filter(|it| it.field != "eventCategory");
        for (index, Condition { field, operator, value }) in told.enumerate() {
            write!(f, "{}{field} {operator:?} {value}", if index == 0 { ": " } else { ", " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place { partition: "aws".into(), account: "111122223333".into(), region: "eu-west-1".into() }
    }

    fn selectors(wanted: &[DataEvents]) -> Vec<EventSelector> {
        let own = ["logs".to_owned(), "access".to_owned()];
        EventSelector::data_events(&place(), wanted, &own)
    }

    #[test]
    fn each_form_is_a_selector_that_never_records_the_trails_own_buckets() {
        let named = DataEvents { buckets: vec!["data".into()], read_write: ReadWrite::Write };
        let reads = DataEvents { buckets: Vec::new(), read_write: ReadWrite::Read };
        let all = selectors(&[DataEvents::default(), named, reads]);
        let told: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "yakei-s3-1: resources.ARN NotStartsWith arn:aws:s3:::access/, resources.ARN NotStartsWith \
                 arn:aws:s3:::logs/, resources.type Equals AWS::S3::Object",
                "yakei-s3-2: readOnly Equals false, resources.ARN StartsWith arn:aws:s3:::data/, resources.type Equals \
                 AWS::S3::Object",
                "yakei-s3-3: readOnly Equals true, resources.ARN NotStartsWith arn:aws:s3:::access/, resources.ARN \
                 NotStartsWith arn:aws:s3:::logs/, resources.type Equals AWS::S3::Object",
            ]
        );
        for selector in &all {
            assert!(
                !selector.records_writes_to("arn:aws:s3:::logs") && !selector.records_writes_to("arn:aws:s3:::access")
            );
        }
        assert!(
            all[0].records_writes_to("arn:aws:s3:::logs-of-others"),
            "only the bucket of this very name is left out"
        );
        assert!(all[1].records_writes_to("arn:aws:s3:::data") && !all[1].records_writes_to("arn:aws:s3:::data2"));
        assert!(!all[2].records_writes_to("arn:aws:s3:::data"), "reads alone");
    }

    #[test]
    fn what_feeds_the_trail_with_its_own_deliveries_is_known() {
        let data = [("eventCategory", Operator::Equals, "Data"), ("resources.type", Operator::Equals, OBJECT)];
        for (more, expected) in [
            (&[][..], true),
            (&[("resources.ARN", Operator::StartsWith, "arn:aws:s3:::lo")], true),
            (&[("resources.ARN", Operator::StartsWith, "arn:aws:s3:::logs/AWSLogs/")], true),
            (&[("resources.ARN", Operator::StartsWith, "arn:aws:s3:::logs-2/")], false),
            (&[("resources.ARN", Operator::NotStartsWith, "arn:aws:s3:::logs/")], false),
            (&[("resources.ARN", Operator::NotStartsWith, "arn:aws:s3:::logs/x")], true),
            (&[("readOnly", Operator::Equals, "true")], false),
            (&[("readOnly", Operator::Equals, "false")], true),
            (&[("eventName", Operator::Equals, "GetObject")], false),
            (&[("eventName", Operator::NotEquals, "PutObject")], false),
        ] {
            let conditions =
                data.iter().chain(more).map(|(field, operator, value)| Condition::new(field, *operator, *value));
            let selector = EventSelector { name: String::new(), conditions: conditions.collect() };
            assert_eq!(selector.records_writes_to("arn:aws:s3:::logs"), expected, "{more:?}");
        }
        let management = EventSelector::management();
        assert!(!management.records_writes_to("arn:aws:s3:::logs"));
    }
}
