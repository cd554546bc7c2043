//! The trail's key on the wire.

use serde_json::{Value, json};

use super::stub::{Call, Reply, account, error, ok, told};
use super::*;

const MAKE: &str = "[trail]\nkms_key = \"make\"\n";
const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

/// KMS with one key, its policy, its tag and its state; without an alias there is none of our name.
fn kms(alias: bool, policy: String, tag: &'static str, state: &'static str, rotation: bool) -> impl Fn(&Call) -> Reply {
    move |call| match call.what.as_str() {
        "kms ListAliases" if alias => ok(json!({ "Aliases": [
            { "AliasName": "alias/yakei-trail-old", "TargetKeyId": "other" },
            { "AliasName": "alias/yakei-trail", "TargetKeyId": ID }], "Truncated": false })
        .to_string()),
        "kms ListAliases" => ok(r#"{"Aliases":[{"AliasName":"alias/aws/s3"}],"Truncated":false}"#),
        "kms DescribeKey" | "kms CreateKey" => ok(json!({ "KeyMetadata": { "KeyId": ID, "KeyState": state,
            "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT" } })
        .to_string()),
        "kms ListResourceTags" => ok(json!({ "Tags": [{ "TagKey": "managed-by", "TagValue": tag }] }).to_string()),
        "kms GetKeyPolicy" => ok(json!({ "Policy": policy, "PolicyName": "default" }).to_string()),
        "kms GetKeyRotationStatus" => ok(json!({ "KeyRotationEnabled": rotation }).to_string()),
        "kms CreateAlias" | "kms EnableKeyRotation" | "kms PutKeyPolicy" | "kms TagResource" => ok("{}"),
        _ => error(call, 500, "NotAsked"),
    }
}

fn wanted_key(all: &Desired) -> &Wanted {
    all.of_kind(Kind::KmsKey).next().unwrap()
}

#[tokio::test]
async fn a_key_is_made_with_its_tag_and_named_at_once_and_keeps_the_accounts_own_statement() {
    let all = wanted(&format!("{CONFIG}{MAKE}"));
    let (aws, calls) = account(kms(false, THEIRS.to_owned(), "yakei", "Enabled", false));
    assert_eq!(super::super::kms::read(&aws.kms, &all, wanted_key(&all)).await, Ok(None));
    calls.lock().unwrap().clear();
    aws.make(&change(&all, Kind::KmsKey, "", None)).await.unwrap();
    let asked = ["ListAliases", "CreateKey", "CreateAlias", "EnableKeyRotation", "GetKeyPolicy", "PutKeyPolicy"];
    assert_eq!(told(&calls), asked.map(|it| format!("kms {it}")));
    let bodies: Vec<Value> = calls.lock().unwrap().iter().map(|it| serde_json::from_str(&it.body).unwrap()).collect();
    assert_eq!(bodies[1]["Tags"], json!([{ "TagKey": "managed-by", "TagValue": "yakei" }]));
    assert_eq!((&bodies[2]["AliasName"], &bodies[2]["TargetKeyId"]), (&json!("alias/yakei-trail"), &json!(ID)));
    let policy = put_policy(calls.lock().unwrap().last().unwrap(), "Policy");
    for sid in ["Admin", "YakeiCloudTrailEncrypts", "YakeiCloudTrailDescribesKey"] {
        assert!(policy.statement(sid).is_some(), "{sid}: {policy:?}");
    }
    // A second try finds the first one's key: each costs by the month.
    let (aws, calls) = account(kms(true, policy.to_json(), "yakei", "Enabled", true));
    aws.make(&change(&all, Kind::KmsKey, "", None)).await.unwrap();
    assert!(!told(&calls).contains(&"kms CreateKey".to_owned()));
    let found = super::super::kms::read(&aws.kms, &all, wanted_key(&all)).await.unwrap();
    assert_eq!(change(&all, Kind::KmsKey, "", found).why, Why::Right);
}

#[tokio::test]
async fn a_key_that_is_not_renewed_not_ours_or_about_to_go_is_seen() {
    let all = wanted(&format!("{CONFIG}{MAKE}"));
    let Want::Make(Resource::KmsKey(want)) = wanted_key(&all).want.clone() else { panic!("a key") };
    let right = Policy::read(THEIRS).with(&want.statements).unwrap().to_json();
    for (policy, tag, state, rotation, why, problem) in [
        (right.clone(), "yakei", "Enabled", true, Why::Right, false),
        (right.clone(), "yakei", "Enabled", false, Why::Differs, false),
        (THEIRS.to_owned(), "yakei", "Enabled", true, Why::Differs, false),
        (right.clone(), "other", "Enabled", true, Why::InTheWay, false),
        (right.clone(), "yakei", "PendingDeletion", true, Why::Right, true),
        (right, "yakei", "Disabled", true, Why::Right, true),
    ] {
        let (aws, _) = account(kms(true, policy, tag, state, rotation));
        let found = super::super::kms::read(&aws.kms, &all, wanted_key(&all)).await.unwrap();
        let change = change(&all, Kind::KmsKey, "", found);
        assert_eq!((change.why, change.problem.is_some()), (why, problem), "{tag} {state} {rotation}: {change}");
    }
}

#[tokio::test]
async fn a_trail_is_encrypted_with_the_key_of_our_alias_or_differs() {
    let all = wanted(&format!("{CONFIG}{MAKE}"));
    let wanted = all.of_kind(Kind::Trail).next().unwrap();
    for (key, right) in [
        (Some(format!("arn:aws:kms:eu-west-1:111122223333:key/{ID}")), true),
        // Emulators tell what they were told.
        (Some("arn:aws:kms:eu-west-1:111122223333:alias/yakei-trail".to_owned()), true),
        (Some("arn:aws:kms:eu-west-1:111122223333:key/other".to_owned()), false),
        (Some(format!("arn:aws:kms:us-east-1:111122223333:key/{ID}")), false),
        (None, false),
    ] {
        let mut answer = super::trail::ours(&all);
        answer["KmsKeyId"] = json!(key);
        let cloudtrail = super::trail::cloudtrail(answer, super::trail::basic());
        let keys = kms(true, THEIRS.to_owned(), "yakei", "Enabled", true);
        let (aws, _) = account(move |call| if call.what.starts_with("kms") { keys(call) } else { cloudtrail(call) });
        let found = super::super::cloudtrail::read(&aws, &all, wanted).await.unwrap();
        assert_eq!(change(&all, Kind::Trail, "", found).why == Why::Right, right, "{key:?}");
    }
}
