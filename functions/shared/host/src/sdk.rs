//! Settings that every SDK client shares.

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use std::time::Duration;

/// One shared configuration from the SDK's own environment (`AWS_REGION`, `AWS_ENDPOINT_URL`, …).
///
/// TLS is rustls on ring: a first handshake with aws-lc gathers jitter entropy, some 36 ms of CPU,
/// which at 128 MB of Lambda memory is half a second of the first invocation (aws-lc-rs #1140).
/// Calls that are throttled or fail with 5xx are tried four times in all.
pub async fn config() -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(10))
        .build();
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(4))
        .timeout_config(timeouts)
        .load()
        .await
}

/// The same settings in the Region of an ARN, which may be another than the function's; a text that names no Region
/// changes nothing.
pub fn in_region_of(sdk: &SdkConfig, arn: &str) -> SdkConfig {
    let region = yakei_core::arns::region(arn).filter(|it| yakei_core::alarm::is_region(it));
    region.map_or_else(|| sdk.clone(), |region| sdk.to_builder().region(Region::new(region.to_owned())).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_s_region_wins() {
        let sdk = SdkConfig::builder().region(Region::new("eu-west-1")).build();
        for (arn, expected) in
            [("arn:aws:sns:us-east-1:123456789012:t", "us-east-1"), ("", "eu-west-1"), ("a:b:c:x/y:d:e", "eu-west-1")]
        {
            assert_eq!(in_region_of(&sdk, arn).region().map(AsRef::as_ref), Some(expected), "{arn}");
        }
    }
}
