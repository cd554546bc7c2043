//! The two buckets on the wire: which comes first, and what each is told.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::stub::{Call, Reply, account, error, ok, told};
use super::*;

/// What S3 answers of a bucket of which nothing was set.
fn nothing_set(call: &Call) -> Reply {
    let root = match call.what.as_str() {
        "s3 GET /?tagging" => return ok("<Tagging><TagSet></TagSet></Tagging>"),
        "s3 GET /?lifecycle" => "LifecycleConfiguration",
        "s3 GET /?publicAccessBlock" => "PublicAccessBlockConfiguration",
        "s3 GET /?versioning" => "VersioningConfiguration",
        "s3 GET /?logging" => "BucketLoggingStatus",
        "s3 GET /?policy" => return ok("{}"),
        what if what.starts_with("s3 GET") => panic!("{what}"),
        _ => return ok(""),
    };
    ok(format!("<{root}></{root}>"))
}

/// S3 tries the policy of the target when it is told of it, and policies take a while.
#[tokio::test(start_paused = true)]
async fn the_bucket_for_access_logs_is_made_before_the_trails_which_waits_until_s3_may_write_there() {
    let all = wanted(CONFIG);
    let tries = AtomicUsize::new(0);
    let (aws, calls) = account(move |call| match call.what.as_str() {
        "s3 PUT /?logging" if tries.fetch_add(1, Ordering::Relaxed) < 2 => {
            error(call, 400, "InvalidTargetBucketForLogging")
        }
        _ => nothing_set(call),
    });
    let changes = diff(&all, &Observed::default()).into_iter().filter(|it| it.key.kind == Kind::Bucket).collect();
    let made = apply(&aws, changes, Order::Making).await;
    assert_eq!(made.iter().filter_map(|it| it.problem.clone()).collect::<Vec<_>>(), []);
    let asked = told(&calls);
    let logging: Vec<_> = calls.lock().unwrap().iter().filter(|it| it.what == "s3 PUT /?logging").cloned().collect();
    assert_eq!(logging.len(), 3, "{asked:?}");
    for part in ["<TargetBucket>yakei-access-111122223333-eu-west-1<", "<TargetPrefix>trail/<"] {
        assert!(logging[0].body.contains(part), "{}", logging[0].body);
    }
    // Every other setting of both comes first: what S3 refuses last keeps nothing from being made.
    let first = asked.iter().position(|it| it == "s3 PUT /?logging").unwrap();
    assert_eq!(asked[..first].iter().filter(|it| *it == "s3 PUT /?policy").count(), 2, "{asked:?}");
    // The target is encrypted with S3's own keys as it is made.
    assert!(!asked.iter().any(|it| it.contains("encryption")), "{asked:?}");
}

#[tokio::test]
async fn a_bucket_for_access_logs_that_somebody_encrypted_with_kms_is_set_right() {
    let all = wanted(CONFIG);
    let wanted = all.of_kind(Kind::Bucket).find(|it| it.key.name.contains("-access-")).unwrap();
    let (aws, calls) = account(|call| match call.what.as_str() {
        "s3 GET /?tagging" => {
            ok("<Tagging><TagSet><Tag><Key>managed-by</Key><Value>yakei</Value></Tag></TagSet></Tagging>")
        }
        "s3 GET /?encryption" => ok(
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>\
             </ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
        ),
        _ => nothing_set(call),
    });
    let found = s3::read(&aws.s3, &all, wanted).await.unwrap();
    let update = change(&all, Kind::Bucket, "-access-", found);
    assert!(update.detail.contains("encryption aws/s3 → AES256"), "{}", update.detail);
    aws.make(&update).await.unwrap();
    let put = calls.lock().unwrap().iter().find(|it| it.what == "s3 PUT /?encryption").cloned().unwrap();
    assert!(put.body.contains("<SSEAlgorithm>AES256</SSEAlgorithm>"), "{}", put.body);
    // Nobody logs the accesses to the logs.
    assert!(!told(&calls).iter().any(|it| it == "s3 PUT /?logging"));
}
