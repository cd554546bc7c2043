//! Settings that every SDK client shares.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};

/// One shared configuration from the SDK's own environment (`AWS_REGION`, `AWS_ENDPOINT_URL`, …).
///
/// TLS is rustls on ring: a first handshake with aws-lc gathers jitter entropy, some 36 ms of CPU,
/// which at 128 MB of Lambda memory is half a second of the first invocation (aws-lc-rs #1140).
/// Calls that are throttled or fail with 5xx are tried four times in all.
pub async fn config() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(10))
        .build();
    let loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client())
        .retry_config(RetryConfig::standard().with_max_attempts(4))
        .timeout_config(timeouts);
    // Lambda gives credentials by the environment and by nothing else: no other place is prepared for.
    let loader = if crate::run::in_lambda() {
        loader.credentials_provider(EnvironmentVariableCredentialsProvider::new())
    } else {
        loader
    };
    loader.load().await
}

/// The SDK's own HTTP connector, made when the first call needs it, and once for all clients with the same timeouts.
///
/// The SDK's own client makes one more for each service client and throws it away, and with each reads the machine's
/// 150 root certificates anew: that was the larger part of a start.
fn http_client() -> SharedHttpClient {
    let made: Mutex<Vec<(HttpConnectorSettings, SharedHttpConnector)>> = Mutex::default();
    http_client_fn(move |settings, components| {
        let same = |other: &HttpConnectorSettings| {
            other.connect_timeout() == settings.connect_timeout() && other.read_timeout() == settings.read_timeout()
        };
        let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, connector)) = made.iter().find(|(settings, _)| same(settings)) {
            return connector.clone();
        }
        let mut builder = Connector::builder().connector_settings(settings.clone());
        builder.set_sleep_impl(components.sleep_impl());
        let connector = SharedHttpConnector::new(builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build());
        made.push((settings.clone(), connector.clone()));
        connector
    })
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
