//! The trail on the wire: what is asked of one of ours, of one of others, and what is written.

use serde_json::{Value, json};

use super::stub::{Call, Reply, account, error, ok, told};
use super::*;

const TRAIL: &str = "[trail]\n";
const ELSEWHERE: &str = "arn:aws:cloudtrail:us-west-2:444455556666:trail/landing-zone";

/// CloudTrail with one trail, that of `answer`, and these selectors.
pub(super) fn cloudtrail(answer: Value, selectors: Value) -> impl Fn(&Call) -> Reply {
    move |call| match call.what.as_str() {
        "cloudtrail GetTrail" => ok(json!({ "Trail": answer }).to_string()),
        "cloudtrail GetTrailStatus" => ok(r#"{"IsLogging":true}"#),
        "cloudtrail GetEventSelectors" => ok(selectors.to_string()),
        "cloudtrail ListTags" if answer["TrailARN"] == ELSEWHERE => error(call, 400, "CloudTrailARNInvalidException"),
        "cloudtrail ListTags" => ok(json!({ "ResourceTagList": [
            { "TagsList": [{ "Key": "managed-by", "Value": "yakei" }] }] })
        .to_string()),
        "cloudtrail PutEventSelectors" | "cloudtrail UpdateTrail" => ok("{}"),
        other => panic!("{other}"),
    }
}

/// Ours as CloudTrail tells of it.
pub(super) fn ours(all: &Desired) -> Value {
    let bucket = all.name().bucket(&all.place().account, &all.place().region);
    let place = all.place();
    json!({
        "Name": "yakei-trail", "TrailARN": place.trail("yakei-trail"), "HomeRegion": place.region, "S3BucketName": bucket,
        "IncludeGlobalServiceEvents": true, "IsMultiRegionTrail": true, "LogFileValidationEnabled": true,
        "IsOrganizationTrail": false, "CloudWatchLogsRoleArn": place.role("yakei-cloudtrail-to-logs"),
        "CloudWatchLogsLogGroupArn": format!("{}:*", place.log_group("/yakei/cloudtrail")),
    })
}

const BASIC: &str = r#"{"EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true,"DataResources":[]}]}"#;

pub(super) fn basic() -> Value {
    serde_json::from_str(BASIC).unwrap()
}

fn body(call: &Call) -> Value {
    serde_json::from_str(&call.body).unwrap()
}

#[tokio::test]
async fn a_trail_of_others_is_asked_by_its_arn_and_never_for_its_tags() {
    let all = wanted(&format!("{CONFIG}{TRAIL}name = \"{ELSEWHERE}\"\n"));
    let group = "arn:aws:logs:us-west-2:444455556666:log-group:landing-zone/trail:*";
    let answer = json!({ "Name": "landing-zone", "TrailARN": ELSEWHERE, "HomeRegion": "us-west-2", "S3BucketName": "b",
        "IsMultiRegionTrail": true, "IncludeGlobalServiceEvents": true, "CloudWatchLogsLogGroupArn": group });
    let (aws, calls) = account(cloudtrail(answer, basic()));
    // The log group is known by its ARN, not by its name: one of this name here is another.
    let found = super::super::cloudtrail::log_group_arn_of(&aws.cloudtrail, ELSEWHERE).await;
    assert_eq!(found, Ok(Some(group.to_owned())));
    let wanted = all.of_kind(Kind::Trail).next().unwrap();
    assert_eq!(super::super::cloudtrail::read(&aws, &all, wanted).await, Ok(Some(Found::FOREIGN)));
    let vitals = super::super::cloudtrail::vitals(&aws.cloudtrail, &all).await.unwrap().unwrap();
    assert_eq!(vitals.log_group_arn.as_deref(), Some(group));
    for call in calls.lock().unwrap().iter() {
        assert_ne!(call.what, "cloudtrail ListTags");
        let asked = body(call);
        assert_eq!(asked.get("Name").or(asked.get("TrailName")), Some(&json!(ELSEWHERE)), "{}", call.what);
    }
}

#[tokio::test]
async fn data_events_are_written_as_advanced_selectors_beside_all_management_events_and_what_others_chose() {
    let all = wanted(&format!("{CONFIG}{TRAIL}data_events = [\"s3\"]\n"));
    let wanted = all.of_kind(Kind::Trail).next().unwrap();
    let lambda = json!({ "Name": "functions", "FieldSelectors": [
        { "Field": "eventCategory", "Equals": ["Data"] }, { "Field": "resources.type", "Equals": ["AWS::Lambda::Function"] }] });
    let some_management = json!({ "FieldSelectors": [
        { "Field": "eventCategory", "Equals": ["Management"] }, { "Field": "readOnly", "Equals": ["false"] }] });
    for (selectors, names) in [
        (basic(), vec!["yakei-management", "yakei-s3-1"]),
        (
            json!({ "AdvancedEventSelectors": [lambda, some_management] }),
            vec!["yakei-management", "functions", "yakei-s3-1"],
        ),
    ] {
        let (aws, calls) = account(cloudtrail(ours(&all), selectors));
        let found = super::super::cloudtrail::read(&aws, &all, wanted).await.unwrap();
        let update = change(&all, Kind::Trail, "", found);
        assert_eq!(update.action(), Action::Update, "{update}");
        calls.lock().unwrap().clear();
        aws.make(&update).await.unwrap();
        assert_eq!(told(&calls), ["cloudtrail GetEventSelectors", "cloudtrail PutEventSelectors"]);
        let put = body(calls.lock().unwrap().last().unwrap());
        assert_eq!(put.get("EventSelectors"), None, "a trail has the one sort or the other");
        let written = put["AdvancedEventSelectors"].as_array().unwrap();
        assert_eq!(written.iter().map(|it| it["Name"].as_str().unwrap()).collect::<Vec<_>>(), names);
        let ours = &written.last().unwrap()["FieldSelectors"];
        let arns = ours.as_array().unwrap().iter().find(|it| it["Field"] == "resources.ARN").unwrap();
        assert!(
            arns["NotStartsWith"]
                .as_array()
                .unwrap()
                .contains(&json!("arn:aws:s3:::yakei-trail-111122223333-eu-west-1/"))
        );

        // What was written is found again as right.
        let (aws, _) = account(cloudtrail(super::trail::ours(&all), json!({ "AdvancedEventSelectors": written })));
        let found = super::super::cloudtrail::read(&aws, &all, wanted).await.unwrap();
        assert_eq!(change(&all, Kind::Trail, "", found).why, Why::Right);
    }
}

#[tokio::test]
async fn a_selector_that_records_the_trails_own_deliveries_is_seen_in_either_sort() {
    let all = wanted(CONFIG);
    let wanted = all.of_kind(Kind::Trail).next().unwrap();
    let everything = json!({ "EventSelectors": [{ "ReadWriteType": "All", "IncludeManagementEvents": true,
        "DataResources": [{ "Type": "AWS::S3::Object", "Values": ["arn:aws:s3"] }] }] });
    let advanced = json!({ "AdvancedEventSelectors": [
        { "FieldSelectors": [{ "Field": "eventCategory", "Equals": ["Management"] }] },
        { "Name": "all of S3", "FieldSelectors": [
            { "Field": "eventCategory", "Equals": ["Data"] }, { "Field": "resources.type", "Equals": ["AWS::S3::Object"] }] }] });
    for (selectors, told) in [(basic(), None), (everything, Some("(unnamed)")), (advanced, Some("all of S3"))] {
        let (aws, _) = account(cloudtrail(ours(&all), selectors));
        let found = super::super::cloudtrail::read(&aws, &all, wanted).await.unwrap();
        let problem = change(&all, Kind::Trail, "", found).problem.map(|it| it.message);
        assert_eq!(problem.is_some(), told.is_some(), "{problem:?}");
        assert!(problem.unwrap_or_default().contains(told.unwrap_or_default()));
    }
}
