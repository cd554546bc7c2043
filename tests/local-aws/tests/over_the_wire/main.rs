//! What the local AWS answers to the SDKs that the functions use.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on ends")]

mod alarms;
mod logs;
mod mail;

use local_aws::{LocalAws, Options};

/// Some AWS of our own, and clients for it.
struct Aws {
    local: LocalAws,
    logs: aws_sdk_cloudwatchlogs::Client,
    metrics: aws_sdk_cloudwatch::Client,
    topics: aws_sdk_sns::Client,
}

async fn aws() -> Aws {
    let local = LocalAws::start(Options::default()).await.unwrap_or_else(|error| panic!("{error}"));
    let config = local.sdk_config();
    Aws {
        logs: aws_sdk_cloudwatchlogs::Client::new(&config),
        metrics: aws_sdk_cloudwatch::Client::new(&config),
        topics: aws_sdk_sns::Client::new(&config),
        local,
    }
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}
