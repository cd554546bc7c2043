//! The trail's key on the wire.

use serde_json::{Value, json};

use super::stub::{Call, Reply, account, error, ok, told};
use super::*;

const MAKE: &str = "[trail]\nkms_key = \"make\"\n";
const ABOUT: &str = "Encrypts the log files of Yakei's CloudTrail trail";
const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

/// KMS with one key, its policy, its tag and its state; without an alias there is none of our name.
fn kms(alias: bool, policy: String, tag: &'static str, state: &'static str, rotation: bool) -> impl Fn(&Call) -> Reply {
    move |call| match call.what.as_str() {
        "kms ListAliases" if alias => ok(json!({ "Aliases": [
            { "AliasName": "alias/yakei-trail-old", "TargetKeyId": "other" },
            { "AliasName": "alias/yakei-trail", "TargetKeyId": ID }], "Truncated": false })
        .to_string()),
        "kms ListAliases" => ok(r#"{"Aliases":[{"AliasName":"alias/aws/s3"}],"Truncated":false}"#),
        "tagging GetResources" => ok(r#"{"ResourceTagMappingList":[]}"#),
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
    assert_eq!(super::super::kms::read(&aws, &all, wanted_key(&all)).await, Ok(None));
    calls.lock().unwrap().clear();
    aws.make(&change(&all, Kind::KmsKey, "", None)).await.unwrap();
    let asked = "kms ListAliases, tagging GetResources, kms CreateKey, kms CreateAlias, kms EnableKeyRotation, \
                 kms GetKeyPolicy, kms PutKeyPolicy";
    assert_eq!(told(&calls).join(", "), asked);
    let bodies: Vec<Value> = calls.lock().unwrap().iter().map(|it| serde_json::from_str(&it.body).unwrap()).collect();
    let tag = json!([{ "Key": "managed-by", "Values": ["yakei"] }]);
    assert_eq!((&bodies[1]["TagFilters"], &bodies[1]["ResourceTypeFilters"]), (&tag, &json!(["kms:key"])));
    assert_eq!(bodies[2]["Tags"], json!([{ "TagKey": "managed-by", "TagValue": "yakei" }]));
    assert_eq!((&bodies[3]["AliasName"], &bodies[3]["TargetKeyId"]), (&json!("alias/yakei-trail"), &json!(ID)));
    let policy = put_policy(calls.lock().unwrap().last().unwrap(), "Policy");
    for sid in ["Admin", "YakeiCloudTrailEncrypts", "YakeiCloudTrailDescribesKey"] {
        assert!(policy.statement(sid).is_some(), "{sid}: {policy:?}");
    }
    // A second try finds the first one's key: each costs by the month.
    let (aws, calls) = account(kms(true, policy.to_json(), "yakei", "Enabled", true));
    aws.make(&change(&all, Kind::KmsKey, "", None)).await.unwrap();
    assert!(!told(&calls).contains(&"kms CreateKey".to_owned()));
    let found = super::super::kms::read(&aws, &all, wanted_key(&all)).await.unwrap();
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
        let found = super::super::kms::read(&aws, &all, wanted_key(&all)).await.unwrap();
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

/// KMS with two keys of our tag and one that somebody else tagged so, none with an alias; `naming` is what `CreateAlias` answers.
fn unnamed(naming: fn(&Call) -> Reply) -> impl Fn(&Call) -> Reply {
    let keys = kms(false, THEIRS.to_owned(), "yakei", "Enabled", true);
    move |call| {
        let about = |id: &str| call.body.contains(id);
        let arn = |id: &str| json!({ "ResourceARN": format!("arn:aws:kms:eu-west-1:111122223333:key/{id}") });
        match call.what.as_str() {
            "tagging GetResources" => {
                ok(json!({ "ResourceTagMappingList": [arn("theirs"), arn("dying"), arn("newer"), arn("older")] })
                    .to_string())
            }
            "kms DescribeKey" => {
                let id = ["theirs", "dying", "newer", "older"].into_iter().find(|id| about(id)).unwrap();
                let description = if id == "theirs" { "for the topics" } else { ABOUT };
                let state = if id == "dying" { "PendingDeletion" } else { "Enabled" };
                let created = if id == "older" { 1_700_000_000 } else { 1_800_000_000 };
                ok(json!({ "KeyMetadata": { "KeyId": id, "KeyState": state, "Description": description,
                    "CreationDate": created, "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT" } })
                .to_string())
            }
            "kms CreateAlias" => naming(call),
            _ => keys(call),
        }
    }
}

#[tokio::test]
async fn a_key_that_a_run_made_and_did_not_name_is_named_by_the_next() {
    let all = wanted(&format!("{CONFIG}{MAKE}"));
    let (aws, calls) = account(unnamed(|_| ok("{}")));
    let found = super::super::kms::read(&aws, &all, wanted_key(&all)).await.unwrap();
    let change = change(&all, Kind::KmsKey, "", found);
    assert!(change.why == Why::Differs && change.detail.contains("named false → true"), "{change}");
    calls.lock().unwrap().clear();
    aws.make(&change).await.unwrap();
    let all = calls.lock().unwrap();
    assert!(all.iter().all(|it| it.what != "kms CreateKey"), "{all:?}");
    let named = all.iter().find(|it| it.what == "kms CreateAlias").unwrap();
    assert!(named.body.contains("\"older\""), "the oldest of ours: {}", named.body);
}

#[tokio::test]
async fn a_try_whose_key_could_not_be_named_makes_no_second_key() {
    let all = wanted(&format!("{CONFIG}{MAKE}"));
    // The index does not know the new key yet.
    let keys = kms(false, THEIRS.to_owned(), "yakei", "Enabled", true);
    let (aws, calls) = account(move |call| match call.what.as_str() {
        "kms CreateAlias" => error(call, 400, "ThrottlingException"),
        _ => keys(call),
    });
    for _ in 0..3 {
        let failed = aws.make(&change(&all, Kind::KmsKey, "", None)).await.unwrap_err();
        assert_eq!(failed.code, "ThrottlingException");
    }
    let told = told(&calls);
    let times = |what: &str| told.iter().filter(|it| *it == what).count();
    assert_eq!((times("kms CreateKey"), times("kms CreateAlias")), (1, 3));
}

#[tokio::test]
async fn an_existing_key_that_encrypts_nothing_for_others_is_told_with_its_reason() {
    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let all = wanted(&format!("{CONFIG}[trail]\nkms_key = \"{KEY}\"\n"));
    let Want::Make(Resource::Grant(want)) = all.of_kind(Kind::KeyPolicy).next().unwrap().want.clone() else {
        panic!("statements")
    };
    let right = Policy::read(THEIRS).with(&want.statements).unwrap().to_json();
    for (member, value, said) in [
        ("KeyState", "Enabled", None),
        ("KeyState", "Disabled", Some("Disabled")),
        ("KeyState", "PendingDeletion", Some("PendingDeletion")),
        ("KeyState", "PendingImport", Some("PendingImport")),
        ("KeyState", "Unavailable", Some("Unavailable")),
        ("KeySpec", "RSA_4096", Some("RSA_4096")),
        ("KeySpec", "SM2", Some("SM2")),
        ("KeyUsage", "SIGN_VERIFY", Some("SIGN_VERIFY")),
        ("KeyManager", "AWS", Some("managed by AWS")),
    ] {
        let policy = right.clone();
        let (aws, _) = account(move |call| match call.what.as_str() {
            "kms GetKeyPolicy" => ok(json!({ "Policy": policy }).to_string()),
            "kms DescribeKey" => {
                let mut key = json!({ "KeyId": ID, "KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT",
                    "KeySpec": "SYMMETRIC_DEFAULT", "KeyManager": "CUSTOMER" });
                key[member] = json!(value);
                ok(json!({ "KeyMetadata": key }).to_string())
            }
            _ => error(call, 500, "NotAsked"),
        });
        let found = super::super::grant::read(&aws, &all, all.of_kind(Kind::KeyPolicy).next().unwrap()).await.unwrap();
        let change = change(&all, Kind::KeyPolicy, "", found);
        let told = change.problem.as_ref().map(|problem| problem.message.as_str());
        assert_eq!(change.why, Why::Right, "{value}: {change}");
        match said {
            None => assert_eq!(told, None),
            Some(said) => assert!(told.is_some_and(|it| it.contains(said) && it.contains(KEY)), "{value}: {told:?}"),
        }
    }
}
