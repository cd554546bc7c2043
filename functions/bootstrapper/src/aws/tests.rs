//! The adapters against AWS's own protocols: what is asked for, and what is made of the answers.

mod bucket;
mod key;
mod stub;
mod trail;

use yakei_core::controls::Catalogue;
use yakei_core::plan::{Grant, Holder, ProblemKind, Why, desired, diff};
use yakei_core::policies::{self, Policy};

use self::stub::{Call, Reply, account, error, ok, told};
use super::*;
use crate::apply::{Order, apply};
use crate::tests::facts;

const CONFIG: &str = r#"
schedule = [{ timezone = "UTC", windows = [] }]
[notify]
emails = ["security@example.com"]
[controls]
only = ["RootUsage"]
"#;

fn wanted(config: &str) -> Desired {
    let config = Config::parse(config).unwrap();
    let controls = Catalogue::builtin().unwrap().select(&config.controls).unwrap();
    desired(&config, &controls, &facts())
}

/// The change of one thing of this sort, as planned on an account that shows `have` of it.
fn change(all: &Desired, kind: Kind, part: &str, have: Option<Found>) -> Change {
    let key = all.of_kind(kind).find(|wanted| wanted.key.name.contains(part)).unwrap().key.clone();
    let observed = Observed(have.map(|have| (key.clone(), have)).into_iter().collect());
    diff(all, &observed).into_iter().find(|change| change.key == key).unwrap()
}

const SUBSCRIPTION: &str = "arn:aws:sns:eu-west-1:111122223333:yakei-notices:4b1f";

fn mail_service(filter: &'static str) -> impl Fn(&Call) -> Reply {
    move |call| match call.what.as_str() {
        "sns ListSubscriptionsByTopic" if call.body.contains("yakei-notices") => ok(format!(
            "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions><member>\
             <SubscriptionArn>{SUBSCRIPTION}</SubscriptionArn><Protocol>email</Protocol>\
             <Endpoint>security@example.com</Endpoint></member></Subscriptions>\
             </ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"
        )),
        "sns ListSubscriptionsByTopic" => {
            ok("<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult/></ListSubscriptionsByTopicResponse>")
        }
        "sns GetSubscriptionAttributes" => ok(format!(
            "<GetSubscriptionAttributesResponse><GetSubscriptionAttributesResult><Attributes><entry>\
             <key>FilterPolicy</key><value>{filter}</value></entry></Attributes>\
             </GetSubscriptionAttributesResult></GetSubscriptionAttributesResponse>"
        )),
        "sns SetSubscriptionAttributes" => {
            ok("<SetSubscriptionAttributesResponse></SetSubscriptionAttributesResponse>")
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_subscription_with_another_filter_policy_gets_ours() {
    let all = wanted(CONFIG);
    let (aws, calls) = account(mail_service(r#"{"suppressed": ["true"]}"#));
    let found = sns::read_subscriptions(&aws.sns, &all).await.unwrap();
    assert_eq!(found.len(), 1);
    let update = change(&all, Kind::Subscription, "email", found.into_values().next());
    assert_eq!(update.action(), Action::Update);
    calls.lock().unwrap().clear();
    aws.make(&update).await.unwrap();
    assert_eq!(told(&calls), ["sns ListSubscriptionsByTopic", "sns SetSubscriptionAttributes"]);
    let set = calls.lock().unwrap()[1].body.clone();
    for part in [SUBSCRIPTION, "AttributeName=FilterPolicy", r#"{"suppressed":["false"]}"#] {
        assert!(set.contains(part), "{part}: {set}");
    }
    // The same policy with other blanks is the same.
    let (aws, _) = account(mail_service(r#"{ "suppressed" : ["false"] }"#));
    let found = sns::read_subscriptions(&aws.sns, &all).await.unwrap();
    assert_eq!(change(&all, Kind::Subscription, "email", found.into_values().next()).action(), Action::None);
}

#[tokio::test]
async fn a_bucket_of_another_region_or_account_is_somebody_elses() {
    let all = wanted(CONFIG);
    for (status, header, expected) in [
        (301, ("x-amz-bucket-region", "us-west-2"), Some(Found::FOREIGN)),
        (400, ("x-amz-bucket-region", "us-west-2"), Some(Found::FOREIGN)),
        (403, ("x-nothing", ""), Some(Found::FOREIGN)),
        (404, ("x-nothing", ""), None),
    ] {
        let (aws, _) = account(move |_| Reply(status, header, Vec::new()));
        let bucket = all.of_kind(Kind::Bucket).next().unwrap();
        assert_eq!(s3::read(&aws.s3, &all, bucket).await, Ok(expected), "{status}");
    }
    let (aws, _) = account(|_| Reply(400, ("x-nothing", ""), Vec::new()));
    assert!(s3::read(&aws.s3, &all, all.of_kind(Kind::Bucket).next().unwrap()).await.is_err());
}

#[tokio::test]
async fn a_schedule_group_without_our_tag_is_somebody_elses() {
    let all = wanted(CONFIG);
    let group = all.of_kind(Kind::ScheduleGroup).next().unwrap();
    for (tags, foreign) in [
        ("", true),
        (r#"{"Key":"managed-by","Value":"other"}"#, true),
        (r#"{"Key":"managed-by","Value":"yakei"}"#, false),
    ] {
        let (aws, calls) = account(move |call| match call.what.as_str() {
            "scheduler GET /schedule-groups/yakei" => ok(r#"{"Name":"yakei"}"#),
            _ => ok(format!(r#"{{"Tags":[{tags}]}}"#)),
        });
        let found = scheduler::read_group(&aws.scheduler, &all, group).await.unwrap();
        assert_eq!(found.is_some_and(|found| found.is_foreign()), foreign, "{tags}");
        assert_eq!(told(&calls).len(), 2);
    }
}

/// An answer that was lost on the way leaves a schedule behind; the next try finds it.
#[tokio::test]
async fn a_schedule_that_is_there_already_is_updated() {
    let (aws, calls) =
        account(
            |call| {
                if call.what.starts_with("scheduler POST") { error(call, 409, "ConflictException") } else { ok("{}") }
            },
        );
    let all = wanted(CONFIG);
    aws.make(&change(&all, Kind::Schedule, "every-5-minutes", None)).await.unwrap();
    assert_eq!(told(&calls), ["scheduler POST /schedules/every-5-minutes", "scheduler PUT /schedules/every-5-minutes"]);
}

/// A date's edge has a schedule that removes itself after its run, whether it is made or set right; one that recurs stays.
#[tokio::test]
async fn a_schedule_that_runs_once_removes_itself() {
    let all =
        wanted(&CONFIG.replace(
            "windows = []",
            r#"windows = [], dates = { "2000-01-08" = [{ start = "09:00", end = "12:00" }] }"#,
        ));
    for (part, expression, after) in [
        ("once-UTC-20000108-1200", "at(2000-01-08T12:00:00)", "DELETE"),
        ("every-5-minutes", "rate(5 minutes)", "NONE"),
    ] {
        let (aws, calls) = account(|call| {
            if call.what.starts_with("scheduler POST") { error(call, 409, "ConflictException") } else { ok("{}") }
        });
        aws.make(&change(&all, Kind::Schedule, part, None)).await.unwrap();
        for call in calls.lock().unwrap().iter() {
            let body: serde_json::Value = serde_json::from_str(&call.body).unwrap();
            let told =
                [&body["ScheduleExpression"], &body["ScheduleExpressionTimezone"], &body["ActionAfterCompletion"]];
            assert_eq!(told, [expression, "UTC", after]);
        }
        assert_eq!(calls.lock().unwrap().len(), 2);
    }
}

/// AWS says the same of a statement that is there and of two calls at once: only the policy tells.
#[tokio::test]
async fn a_conflict_over_a_permission_counts_as_done_only_when_the_statement_is_there() {
    let all = wanted(CONFIG);
    let create = change(&all, Kind::Permission, "alarm-topic", None);
    let Some(Resource::Permission(want)) = create.want.clone() else { panic!("a permission") };
    let right = want.statement.document().to_string();
    let other = right.replace("yakei-alarms", "somebodys");
    for (statements, done, calls_expected) in [
        (format!("[{right}]"), true, 2),
        ("[]".to_owned(), false, 2),
        // It is in the way and goes; the next try adds ours.
        (format!("[{other}]"), false, 3),
    ] {
        let policy = serde_json::json!({ "Policy": format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#) });
        let (aws, calls) = account(move |call| match call.what.split(' ').nth(1).unwrap() {
            "POST" => error(call, 409, "ResourceConflictException"),
            "GET" => ok(policy.to_string()),
            _ => Reply(204, ("x-nothing", ""), Vec::new()),
        });
        let made = aws.make(&create).await;
        assert_eq!((made.is_ok(), told(&calls).len()), (done, calls_expected), "{statements}: {:?}", told(&calls));
        if let Err(problem) = made {
            assert_eq!(problem.code, "ResourceConflictException");
        }
    }
}

/// A group that is being deleted conflicts with its successor and takes no schedules.
#[tokio::test(start_paused = true)]
async fn a_schedule_group_that_is_being_deleted_is_waited_for() {
    let all = wanted(CONFIG);
    let group = all.of_kind(Kind::ScheduleGroup).next().unwrap();
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let (aws, calls) = account(move |call| match call.what.as_str() {
        "scheduler GET /schedule-groups/yakei" => ok(r#"{"Name":"yakei","State":"DELETING"}"#),
        "scheduler POST /schedule-groups/yakei" if asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 3 => {
            error(call, 409, "ConflictException")
        }
        _ => ok("{}"),
    });
    assert_eq!(scheduler::read_group(&aws.scheduler, &all, group).await, Ok(None));
    assert!(scheduler::read(&aws.scheduler, &all).await.unwrap().is_empty());
    let made = apply(&aws, vec![change(&all, Kind::ScheduleGroup, "", None)], Order::Making).await;
    assert_eq!(made[0].problem, None);
    let creates = told(&calls).iter().filter(|call| call.starts_with("scheduler POST")).count();
    assert_eq!(creates, 4);
}

#[tokio::test(start_paused = true)]
async fn a_trail_waits_until_iam_has_spread_its_role() {
    let tries = std::sync::atomic::AtomicUsize::new(0);
    let (aws, calls) = account(move |call| match call.what.as_str() {
        "cloudtrail CreateTrail" if tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 2 => {
            error(call, 400, "InvalidCloudWatchLogsRoleArnException")
        }
        "cloudtrail GetTrail" => error(call, 404, "TrailNotFoundException"),
        _ => ok("{}"),
    });
    let create = change(&wanted(CONFIG), Kind::Trail, "", None);
    let made = apply(&aws, vec![create], Order::Making).await;
    assert_eq!(made[0].problem, None);
    let told = told(&calls);
    assert_eq!(told.iter().filter(|call| *call == "cloudtrail CreateTrail").count(), 3, "{told:?}");
    assert_eq!(told.last().map(String::as_str), Some("cloudtrail StartLogging"));
}

#[tokio::test]
async fn every_change_that_fails_carries_the_code_the_call_and_the_mend() {
    let all = wanted(&format!("{CONFIG}[trail]\nbucket = \"logs\"\n"));
    let (aws, _) = account(|call| error(call, 403, "AccessDenied"));
    let mut changes = diff(&all, &Observed::default());
    changes.retain(Change::is_work);
    let kinds = changes.len();
    let made = apply(&aws, changes, Order::Making).await;
    assert_eq!(made.len(), kinds);
    for change in &made {
        let problem = change.problem.as_ref().unwrap_or_else(|| panic!("{change}"));
        assert_eq!(problem.kind, ProblemKind::Denied, "{change}");
        let (call, said) = problem.message.split_once(": ").unwrap();
        assert!(call.split_once(':').is_some(), "{change}");
        assert!(!said.is_empty(), "{change}");
        // A bucket that cannot be read is its owner's.
        let mend = match change.key.kind {
            Kind::BucketPolicy => "Ask its owner to let CloudTrail write for this trail".to_owned(),
            _ => format!("Allow {call} to whoever runs this, then run it again"),
        };
        assert_eq!(problem.mend, mend);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_unreadable_with_its_mend() {
    let all = wanted(CONFIG);
    let (aws, _) = account(|call| error(call, 403, "AccessDenied"));
    let observed = aws.observe(&all).await;
    for wanted in all.wanted().filter(|wanted| wanted.key.kind != Kind::Bucket) {
        let Some(Found::Unreadable(problem)) = observed.0.get(&wanted.key) else { panic!("{}", wanted.key) };
        assert!(problem.mend.starts_with("Allow "), "{problem}");
    }
}

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234";
const THEIRS: &str = r#"{"Version":"2012-10-17","Id":"k","Statement":[{"Sid":"Admin","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#;

fn key_service(policy: String) -> impl Fn(&Call) -> Reply {
    move |call| match call.what.as_str() {
        "kms GetKeyPolicy" => ok(serde_json::json!({ "Policy": policy, "PolicyName": "default" }).to_string()),
        "kms PutKeyPolicy" => ok("{}"),
        "kms DescribeKey" => ok(serde_json::json!({ "KeyMetadata": { "KeyId": "1234", "KeyState": "Enabled",
            "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT", "KeyManager": "CUSTOMER" } })
        .to_string()),
        other => panic!("{other}"),
    }
}

fn put_policy(call: &Call, member: &str) -> Policy {
    let body: serde_json::Value = serde_json::from_str(&call.body).unwrap();
    Policy::read(body[member].as_str().unwrap())
}

#[tokio::test]
async fn a_key_gets_our_statement_and_keeps_all_others() {
    let all = wanted(&CONFIG.replace("emails", &format!("kms_key = \"{KEY}\"\nemails")));
    let wanted = all.of_kind(Kind::KeyPolicy).next().unwrap();
    let statement = policies::alarms_use_key(all.place(), all.name());

    let (aws, calls) = account(key_service(THEIRS.into()));
    let update = change(&all, Kind::KeyPolicy, "1234", grant::read(&aws, &all, wanted).await.unwrap());
    assert_eq!(
        (update.action(), update.detail.as_str()),
        (Action::Update, "statement YakeiCloudWatchAlarms is missing")
    );
    aws.make(&update).await.unwrap();
    let put = put_policy(calls.lock().unwrap().last().unwrap(), "Policy");
    assert_eq!(Some(&put), Policy::read(THEIRS).with(std::slice::from_ref(&statement)).as_ref());

    // The same policy the other way: nothing is left to do, and removing takes ours alone.
    let (aws, calls) = account(key_service(put.to_json()));
    let found = grant::read(&aws, &all, wanted).await.unwrap();
    assert_eq!(change(&all, Kind::KeyPolicy, "1234", found.clone()).action(), Action::None);
    assert_eq!(told(&calls), ["kms GetKeyPolicy", "kms DescribeKey"]);
    let Some(Found::Ours(have)) = found else { panic!("it is ours") };
    let mut removal = update;
    (removal.why, removal.have) = (Why::Unwanted, Some(have));
    aws.make(&removal).await.unwrap();
    assert_eq!(put_policy(calls.lock().unwrap().last().unwrap(), "Policy"), Policy::read(THEIRS));
}

#[tokio::test]
async fn a_policy_that_is_no_policy_is_never_overwritten() {
    let (aws, calls) = account(key_service("nonsense".into()));
    let all = wanted(&CONFIG.replace("emails", &format!("kms_key = \"{KEY}\"\nemails")));
    let problem = aws.make(&change(&all, Kind::KeyPolicy, "1234", None)).await.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Unfit);
    assert_eq!(told(&calls), ["kms GetKeyPolicy"]);
}

fn bucket_grant() -> (Desired, Grant) {
    let all = wanted(&format!("{CONFIG}[trail]\nbucket = \"logs\"\n"));
    let Some(Want::Make(Resource::Grant(grant))) = all.of_kind(Kind::BucketPolicy).next().map(|it| it.want.clone())
    else {
        panic!("there is one");
    };
    (all, grant)
}

#[tokio::test]
async fn an_existing_bucket_gets_what_cloudtrail_needs() {
    let (all, grant) = bucket_grant();
    let wanted = all.of_kind(Kind::BucketPolicy).next().unwrap();
    let (aws, calls) = account(|call| match call.what.as_str() {
        "s3 GET /?policy" => error(call, 404, "NoSuchBucketPolicy"),
        _ => Reply(204, ("x-nothing", ""), Vec::new()),
    });
    let update = change(&all, Kind::BucketPolicy, "logs", grant::read(&aws, &all, wanted).await.unwrap());
    assert_eq!(update.action(), Action::Update);
    aws.make(&update).await.unwrap();
    let put = calls.lock().unwrap().last().cloned().unwrap();
    assert_eq!(
        (put.what.as_str(), Policy::read(&put.body)),
        ("s3 PUT /?policy", Policy::empty().with(&grant.statements).unwrap())
    );

    // Ours alone was in it: S3 takes no policy without statements.
    let text = put.body.clone();
    let (aws, calls) = account(move |call| match call.what.as_str() {
        "s3 GET /?policy" => ok(text.clone()),
        _ => Reply(204, ("x-nothing", ""), Vec::new()),
    });
    grant::remove(&aws, &grant).await.unwrap();
    assert_eq!(told(&calls), ["s3 GET /?policy", "s3 DELETE /?policy"]);
}

#[tokio::test]
async fn a_bucket_of_another_account_is_left_to_its_owner() {
    let (all, _) = bucket_grant();
    let wanted = all.of_kind(Kind::BucketPolicy).next().unwrap();
    for (status, code) in [(403, "AccessDenied"), (405, "MethodNotAllowed"), (301, "PermanentRedirect")] {
        let (aws, calls) = account(move |call| match (call.what.starts_with("s3 HEAD"), status) {
            (true, 403) => Reply(403, ("x-nothing", ""), Vec::new()),
            (true, 301) => Reply(301, ("x-amz-bucket-region", "us-west-2"), Vec::new()),
            (true, _) => ok(""),
            (false, _) => error(call, status, code),
        });
        let found = grant::read(&aws, &all, wanted).await.unwrap();
        assert_eq!(found, Some(Found::FOREIGN), "{code}");
        // A call that S3 would deny is recorded, and rings: it is not made.
        assert_eq!(told(&calls).len(), if status == 405 { 2 } else { 1 }, "{code}");
        let change = change(&all, Kind::BucketPolicy, "logs", found);
        assert_eq!(change.action(), Action::Foreign);
        assert!(change.detail.contains("see that it allows this: CloudTrail writes to it"), "{}", change.detail);
    }
}

#[tokio::test]
async fn an_existing_topic_is_looked_at_with_its_key() {
    let all = wanted(&CONFIG.replace("emails", "alarm_topic = \"company\"\nemails"));
    let attributes = |policy: &str, key: &str| {
        let entry = |key: &str, value: &str| {
            format!("<entry><key>{key}</key><value>{}</value></entry>", value.replace('"', "&quot;"))
        };
        format!(
            "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes>{}{}</Attributes>\
             </GetTopicAttributesResult></GetTopicAttributesResponse>",
            entry("Policy", policy),
            entry("KmsMasterKeyId", key)
        )
    };
    let answer = attributes(THEIRS, KEY);
    let (aws, calls) = account(move |call| match call.what.as_str() {
        "sns GetTopicAttributes" => ok(answer.clone()),
        "sns SetTopicAttributes" => ok("<SetTopicAttributesResponse></SetTopicAttributesResponse>"),
        _ => key_service(THEIRS.into())(call),
    });
    let topic = all.of_kind(Kind::Topic).find(|wanted| wanted.key.name == "company").unwrap();
    let found = sns::read_topic(&aws.sns, &all, topic).await.unwrap();
    assert!(
        matches!(found, Some(Found::Foreign(Some(Resource::Topic(topic)))) if topic.policy == Policy::read(THEIRS))
    );
    let policy = all.of_kind(Kind::TopicPolicy).next().unwrap();
    let update = change(&all, Kind::TopicPolicy, "company", grant::read(&aws, &all, policy).await.unwrap());
    aws.make(&update).await.unwrap();
    let set = calls.lock().unwrap().last().unwrap().body.clone();
    for part in ["AttributeName=Policy", "\"Sid\":\"Admin\"", "\"Sid\":\"YakeiCloudWatchAlarms\""] {
        assert!(set.contains(part), "{part}: {set}");
    }
    // The key is one that the config does not name: it is not asked, for that would be denied.
    let key = grant::alarm_key(&aws, &all).await.unwrap().unwrap();
    assert_eq!((key.id.as_str(), key.policy), (KEY, None));
    assert!(!told(&calls).iter().any(|call| call.starts_with("kms")));
}

#[tokio::test]
async fn what_is_named_but_does_not_exist_says_where_it_is_named() {
    let (aws, _) =
        account(|call| error(call, 404, if call.what.starts_with("kms") { "NotFoundException" } else { "NotFound" }));
    for (on, place) in
        [(Holder::Key(KEY.into()), "[notify] kms_key"), (Holder::Topic("arn:t".into()), "[notify] alarm_topic")]
    {
        let grant = Grant { on, statements: Vec::new(), ours: true, denials: Vec::new(), unfit: None };
        let problem = grant::add(&aws, &grant).await.unwrap_err();
        assert_eq!(problem.kind, ProblemKind::NotFound);
        assert!(problem.mend.contains(place), "{problem}");
    }
}

#[tokio::test]
async fn trails_of_our_name_are_found_in_every_region() {
    let (aws, _) = account(|_| {
        ok(r#"{"Trails":[
            {"TrailARN":"arn:aws:cloudtrail:eu-west-3:111122223333:trail/yakei-trail","Name":"yakei-trail","HomeRegion":"eu-west-3"},
            {"TrailARN":"arn:aws:cloudtrail:us-east-1:999999999999:trail/yakei-trail","Name":"yakei-trail","HomeRegion":"us-east-1"},
            {"TrailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/other","Name":"other","HomeRegion":"eu-west-1"}]}"#)
    });
    let found = cloudtrail::home_regions(&aws.cloudtrail, "yakei-trail").await.unwrap();
    let expected = [("111122223333", "eu-west-3"), ("999999999999", "us-east-1")];
    assert_eq!(found, expected.map(|(account, region)| (account.to_owned(), region.to_owned())));
}

#[tokio::test]
async fn an_existing_log_group_must_take_metric_filters() {
    let all = wanted(&format!("{CONFIG}[trail]\nlog_group = \"/company\"\n"));
    let wanted = all.of_kind(Kind::LogGroup).next().unwrap();
    for (class, fits) in
        [("", true), (r#","logGroupClass":"STANDARD""#, true), (r#","logGroupClass":"INFREQUENT_ACCESS""#, false)]
    {
        // Another group whose name begins alike comes first.
        let (aws, _) = account(move |_| {
            ok(format!(r#"{{"logGroups":[{{"logGroupName":"/company-old"}},{{"logGroupName":"/company"{class}}}]}}"#))
        });
        match logs::read_group(&aws.logs, &all, wanted).await {
            Ok(found) => assert_eq!((fits, found), (true, Some(Found::FOREIGN)), "{class}"),
            Err(problem) => assert_eq!((fits, problem.is_seen()), (false, true), "{problem}"),
        }
    }
}
