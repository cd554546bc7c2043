//! What a trail records: its event selectors, whichever of the two sorts they are of.
//!
//! A trail has event selectors or advanced ones. They are read alike, as advanced ones, and written as advanced ones alone,
//! for only these can leave a bucket out; those of others go back as they came.

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::types::{AdvancedEventSelector, AdvancedFieldSelector, EventSelector as Basic, ReadWriteType};
use yakei_core::plan::{Condition, EventSelector, Operator, Problem, Trail};

use super::problem::Said as _;

const PUT: &str = "cloudtrail:PutEventSelectors";

/// What was found, each selector as an advanced one.
pub(super) struct Selectors(Vec<EventSelector>);

pub(super) async fn read(client: &Client, trail: &str) -> Result<Selectors, Problem> {
    let answer = client.get_event_selectors().trail_name(trail).send().await.said("cloudtrail:GetEventSelectors")?;
    Ok(Selectors::of(&answer))
}

impl Selectors {
    fn of(answer: &GetEventSelectorsOutput) -> Self {
        let advanced = answer.advanced_event_selectors().iter().map(of_advanced);
        Self(answer.event_selectors().iter().flat_map(of_basic).chain(advanced).collect())
    }

    /// Whether one of them takes every management event: it asks for the category and nothing else.
    pub(super) fn management_events(&self) -> bool {
        self.0.iter().any(|selector| {
            let mut conditions = selector.conditions.iter();
            let first = conditions.next();
            conditions.next().is_none() && first.is_some_and(is_management)
        })
    }

    /// Those of ours for data events.
    pub(super) fn data_events(&self) -> Vec<EventSelector> {
        self.0.iter().filter(|it| it.is_our_data()).cloned().collect()
    }

    /// The others, ours for management events among them.
    pub(super) fn others(&self) -> impl Iterator<Item = &EventSelector> {
        self.0.iter().filter(|it| !it.is_our_data())
    }
}

fn is_management(condition: &Condition) -> bool {
    condition.field == "eventCategory" && condition.operator == Operator::Equals && condition.value == "Management"
}

/// Makes a trail record what is wanted; whatever others record besides stays.
pub(super) async fn put(client: &Client, trail: &str, want: &Trail) -> Result<(), Problem> {
    let there = read(client, trail).await?;
    let management = EventSelector::management();
    // One for all management events makes those for some of them needless.
    let kept = there.others().filter(|it| !want.management_events || !it.conditions.iter().any(is_management));
    let mut call = client.put_event_selectors().trail_name(trail);
    for selector in want.management_events.then_some(&management).into_iter().chain(kept).chain(&want.data_events) {
        call = call.advanced_event_selectors(to_advanced(selector)?);
    }
    call.send().await.said(PUT).map(drop)
}

const OPERATORS: [Operator; 6] = [
    Operator::Equals,
    Operator::NotEquals,
    Operator::StartsWith,
    Operator::NotStartsWith,
    Operator::EndsWith,
    Operator::NotEndsWith,
];

fn of_advanced(found: &AdvancedEventSelector) -> EventSelector {
    let conditions = found.field_selectors().iter().flat_map(|field| {
        OPERATORS.into_iter().flat_map(move |operator| {
            let values = match operator {
                Operator::Equals => field.equals(),
                Operator::NotEquals => field.not_equals(),
                Operator::StartsWith => field.starts_with(),
                Operator::NotStartsWith => field.not_starts_with(),
                Operator::EndsWith => field.ends_with(),
                Operator::NotEndsWith => field.not_ends_with(),
            };
            values.iter().map(move |value| Condition::new(field.field(), operator, value))
        })
    });
    EventSelector { name: found.name().unwrap_or_default().to_owned(), conditions: conditions.collect() }
}

fn to_advanced(selector: &EventSelector) -> Result<AdvancedEventSelector, Problem> {
    let name = Some(selector.name.clone()).filter(|name| !name.is_empty());
    let mut built = AdvancedEventSelector::builder().set_name(name);
    let mut fields: Vec<&str> = selector.conditions.iter().map(|it| it.field.as_str()).collect();
    fields.dedup(); // they are sorted
    for field in fields {
        let values = |operator| {
            let hits = selector.conditions.iter().filter(|it| it.field == field && it.operator == operator);
            Some(hits.map(|it| it.value.clone()).collect::<Vec<_>>()).filter(|all| !all.is_empty())
        };
        let field = AdvancedFieldSelector::builder()
            .field(field)
            .set_equals(values(Operator::Equals))
            .set_not_equals(values(Operator::NotEquals))
            .set_starts_with(values(Operator::StartsWith))
            .set_not_starts_with(values(Operator::NotStartsWith))
            .set_ends_with(values(Operator::EndsWith))
            .set_not_ends_with(values(Operator::NotEndsWith));
        built = built.field_selectors(field.build().said(PUT)?);
    }
    built.build().said(PUT)
}

/// The same as advanced selectors: one for management events, one for each sort of data. CloudTrail takes every management
/// event where nothing is said of them.
fn of_basic(found: &Basic) -> Vec<EventSelector> {
    let direction = match found.read_write_type() {
        Some(ReadWriteType::ReadOnly) => Some(Condition::new("readOnly", Operator::Equals, "true")),
        Some(ReadWriteType::WriteOnly) => Some(Condition::new("readOnly", Operator::Equals, "false")),
        _ => None,
    };
    let excluded = found.exclude_management_event_sources();
    let excluded = excluded.iter().map(|source| Condition::new("eventSource", Operator::NotEquals, source));
    let category = |category| Condition::new("eventCategory", Operator::Equals, category);
    let management = found.include_management_events().unwrap_or(true).then(|| EventSelector {
        name: String::new(),
        conditions: [category("Management")].into_iter().chain(direction.clone()).chain(excluded).collect(),
    });
    let data = found.data_resources().iter().map(|resource| {
        let sort = Condition::new("resources.type", Operator::Equals, resource.r#type().unwrap_or_default());
        // An ARN without a name is all of them: arn:aws:s3, arn:aws:lambda.
        let all = resource
            .values()
            .iter()
            .any(|arn| arn.trim_end_matches(':').matches(':').count() < 5 && !arn.contains('/'));
        let named = resource.values().iter().filter(|_| !all);
        let named = named.map(|arn| Condition::new("resources.ARN", Operator::StartsWith, arn));
        let conditions = [category("Data"), sort].into_iter().chain(direction.clone()).chain(named).collect();
        EventSelector { name: String::new(), conditions }
    });
    management.into_iter().chain(data).collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudtrail::types::DataResource;

    use super::*;

    fn basic(read_write: ReadWriteType, management: bool, excluded: Option<&str>, objects: &[&str]) -> Selectors {
        let data = DataResource::builder()
            .r#type("AWS::S3::Object")
            .set_values(Some(objects.iter().map(ToString::to_string).collect()));
        let selector = Basic::builder()
            .read_write_type(read_write)
            .include_management_events(management)
            .set_exclude_management_event_sources(excluded.map(|it| vec![it.to_owned()]));
        let selector = if objects.is_empty() { selector } else { selector.data_resources(data.build()) };
        Selectors::of(&GetEventSelectorsOutput::builder().event_selectors(selector.build()).build())
    }

    #[test]
    fn all_management_events_are_those_of_one_selector_without_conditions_of_either_sort() {
        for (selectors, expected) in [
            (basic(ReadWriteType::All, true, None, &[]), true),
            (basic(ReadWriteType::All, true, None, &["arn:aws:s3"]), true),
            (basic(ReadWriteType::WriteOnly, true, None, &[]), false),
            (basic(ReadWriteType::All, false, None, &["arn:aws:s3"]), false),
            (basic(ReadWriteType::All, true, Some("kms.amazonaws.com"), &[]), false),
            (Selectors(Vec::new()), false),
            (Selectors(vec![EventSelector::management()]), true),
        ] {
            assert_eq!(selectors.management_events(), expected, "{:?}", selectors.0);
        }
    }

    #[test]
    fn a_selector_goes_there_and_back_and_a_basic_one_says_what_it_records() {
        for (objects, expected) in [
            (&["arn:aws:s3"][..], true),
            (&["arn:aws:s3:::"], true),
            (&["arn:aws:s3:::logs/"], true),
            (&["arn:aws:s3:::other/"], false),
            (&["arn:aws:s3:::other/", "arn:aws:s3:::logs/AWSLogs"], true),
        ] {
            let selectors = basic(ReadWriteType::All, true, None, objects);
            let records = |selector: &EventSelector| selector.records_writes_to("arn:aws:s3:::logs");
            assert_eq!(selectors.0.iter().any(records), expected, "{objects:?}");
            for selector in &selectors.0 {
                assert_eq!(of_advanced(&to_advanced(selector).unwrap()), *selector);
            }
        }
    }
}
