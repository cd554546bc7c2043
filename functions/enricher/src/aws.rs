//! Asking AWS: the ports on the SDK, one client a Region, made when it is first needed.
//!
//! The SDK itself retries nothing here: who asks knows how much time there is (`patience`). Its own retries draw on a
//! bucket that a warm process empties, and do not know SNS's `Throttled`.

mod alarms;
mod failed;
mod logs;
mod topic;

use std::cell::{LazyCell, RefCell};
use std::collections::HashMap;

use aws_sdk_sns::config::Region;
use aws_sdk_sns::config::retry::RetryConfig;
use aws_sdk_sns::config::timeout::TimeoutConfig;
use aws_types::SdkConfig;

/// The ports on AWS.
#[derive(Debug)]
pub struct Aws {
    sdk: SdkConfig,
    topic: String,
    logs: RefCell<HashMap<String, aws_sdk_cloudwatchlogs::Client>>,
    alarms: RefCell<HashMap<String, aws_sdk_cloudwatch::Client>>,
    sns: LazyCell<aws_sdk_sns::Client, Box<dyn FnOnce() -> aws_sdk_sns::Client>>,
}

impl Aws {
    /// On these settings, publishing to this topic, in the topic's own Region.
    pub fn new(sdk: &SdkConfig, topic: &str) -> Self {
        let sdk = once(sdk);
        let there = yakei_host::sdk::in_region_of(&sdk, topic);
        // A notice that is published twice is two mails: an attempt may take as long as there is time.
        let patient = TimeoutConfig::builder().disable_operation_attempt_timeout().disable_operation_timeout();
        let patient = patient.disable_read_timeout().build();
        let sns = move || {
            let config = aws_sdk_sns::config::Builder::from(&there).timeout_config(patient);
            aws_sdk_sns::Client::from_conf(config.build())
        };
        let sns = LazyCell::new(Box::new(sns) as Box<dyn FnOnce() -> aws_sdk_sns::Client>);
        Self { sdk, topic: topic.to_owned(), logs: RefCell::default(), alarms: RefCell::default(), sns }
    }

    fn logs(&self, region: &str) -> aws_sdk_cloudwatchlogs::Client {
        let make = || {
            let config =
                aws_sdk_cloudwatchlogs::config::Builder::from(&self.sdk).region(Region::new(region.to_owned()));
            aws_sdk_cloudwatchlogs::Client::from_conf(config.build())
        };
        self.logs.borrow_mut().entry(region.to_owned()).or_insert_with(make).clone()
    }

    fn alarms(&self, region: &str) -> aws_sdk_cloudwatch::Client {
        let make = || {
            let config = aws_sdk_cloudwatch::config::Builder::from(&self.sdk).region(Region::new(region.to_owned()));
            aws_sdk_cloudwatch::Client::from_conf(config.build())
        };
        self.alarms.borrow_mut().entry(region.to_owned()).or_insert_with(make).clone()
    }
}

/// The same settings with one attempt a call.
fn once(sdk: &SdkConfig) -> SdkConfig {
    sdk.to_builder().retry_config(RetryConfig::disabled()).build()
}

#[cfg(test)]
mod tests;
