//! Settings that every SDK client shares.

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
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
