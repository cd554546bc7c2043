//! The clients of one Region, and how patient they are.
//!
//! A leaf: whoever asks AWS takes its client from here, so that no service's file leans on the file that composes them.

use std::sync::OnceLock;

use aws_types::SdkConfig;
use aws_types::region::Region;
use tokio::time::Instant;
use yakei_core::arns::Place;

/// Tries of one call that is throttled: with the SDK's pauses half a minute.
const TRIES: u32 = 8;

/// One Region of an account.
pub struct Aws {
    pub(super) config: SdkConfig,
    pub(super) account: aws_sdk_account::Client,
    pub(super) cloudtrail: aws_sdk_cloudtrail::Client,
    pub(super) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) kms: aws_sdk_kms::Client,
    pub(super) lambda: aws_sdk_lambda::Client,
    pub(super) logs: aws_sdk_cloudwatchlogs::Client,
    /// The key that this run made, until it has its alias.
    pub(super) new_key: OnceLock<String>,
    /// Once it has been asked for.
    pub(super) place: OnceLock<Place>,
    pub(super) region: String,
    pub(super) start: Instant,
    pub(super) tagging: aws_sdk_resourcegroupstagging::Client,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) scheduler: aws_sdk_scheduler::Client,
    pub(super) sns: aws_sdk_sns::Client,
    pub(super) sqs: aws_sdk_sqs::Client,
    pub(super) sts: aws_sdk_sts::Client,
}

impl Aws {
    /// Clients for the Region that `config` names; `None` when it names none.
    pub fn new(config: &SdkConfig) -> Option<Self> {
        Some(Self::of(config, config.region()?))
    }

    /// Clients for this Region, whichever `config` names.
    pub(super) fn of(config: &SdkConfig, region: &Region) -> Self {
        // An endpoint on this machine has no bucket names in front of it.
        let local = config
            .endpoint_url()
            .is_some_and(|url| ["//127.", "//localhost", "//[::1]", "//0.0.0.0"].iter().any(|host| url.contains(host)));
        // A run asks much at once, and can wait longer than a function that answers an alarm.
        let patient = config.retry_config().filter(|retry| retry.max_attempts() > 1);
        let config = &match patient {
            Some(retry) => config.to_builder().retry_config(retry.clone().with_max_attempts(TRIES)).build(),
            None => config.clone(),
        };
        let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(local).build();
        Self {
            config: config.clone(),
            account: aws_sdk_account::Client::new(config),
            cloudtrail: aws_sdk_cloudtrail::Client::new(config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            kms: aws_sdk_kms::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
            new_key: OnceLock::new(),
            place: OnceLock::new(),
            region: region.to_string(),
            start: Instant::now(),
            tagging: aws_sdk_resourcegroupstagging::Client::new(config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            scheduler: aws_sdk_scheduler::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
            sqs: aws_sdk_sqs::Client::new(config),
            sts: aws_sdk_sts::Client::new(config),
        }
    }
}
