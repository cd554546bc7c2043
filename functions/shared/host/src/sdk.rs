//! Settings that every SDK client shares.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::attributes::AccountId;
use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::app_name::AppName;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::http;

/// The SDK's variable for an address of AWS; followed by a service's name, for that service alone.
const ENDPOINT: &str = "AWS_ENDPOINT_URL";

/// One shared configuration from the environment, with the SDK's own names: `AWS_REGION`, `AWS_ACCESS_KEY_ID`,
/// `AWS_ENDPOINT_URL`, `AWS_USE_FIPS_ENDPOINT`, … Lambda tells everything there; no file and no service is asked, and what
/// would ask them is not part of the programs.
///
/// TLS is rustls on ring: a first handshake with aws-lc gathers jitter entropy, some 36 ms of CPU,
/// which at 128 MB of Lambda memory is half a second of the first invocation (aws-lc-rs #1140).
/// Calls that are throttled or fail with 5xx are tried four times in all.
pub fn config() -> SdkConfig {
    of(variable)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The configuration of an environment.
fn of(variable: fn(&str) -> Option<String>) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(10))
        .build();
    let credentials = provide_credentials_fn(move || async move { credentials(variable) });
    let endpoints = Endpoints(variable);
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(http::client())
        .retry_config(RetryConfig::standard().with_max_attempts(4))
        .timeout_config(timeouts)
        .identity_cache(IdentityCache::lazy().build())
        .credentials_provider(SharedCredentialsProvider::new(credentials));
    config.set_region(variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")).map(Region::new));
    config.set_app_name(variable("AWS_SDK_UA_APP_ID").and_then(app_name));
    config.set_endpoint_url(endpoints.find(ENDPOINT));
    config.set_use_fips(switch(variable, "AWS_USE_FIPS_ENDPOINT"));
    config.set_use_dual_stack(switch(variable, "AWS_USE_DUALSTACK_ENDPOINT"));
    config.service_config(endpoints).build()
}

/// What stands in the user agent, and so in CloudTrail's records of our own calls.
fn app_name(text: String) -> Option<AppName> {
    let name = AppName::new(text);
    if name.is_err() {
        tracing::warn!("AWS_SDK_UA_APP_ID holds characters that no user agent may have, and is left out");
    }
    name.ok()
}

/// What a switch is set to; nothing, and a warning, when it is neither true nor false.
fn switch(variable: fn(&str) -> Option<String>, name: &str) -> Option<bool> {
    let text = variable(name)?;
    let read = text.to_ascii_lowercase().parse().ok();
    if read.is_none() {
        tracing::warn!("{name} is neither true nor false, and is not followed");
    }
    read
}

/// The credentials of the environment.
fn credentials(variable: impl Fn(&str) -> Option<String>) -> Result<Credentials, CredentialsError> {
    let given = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let needed = |name: &str| given(name).ok_or_else(|| CredentialsError::not_loaded(format!("{name} is not set")));
    let mut found = Credentials::builder()
        .access_key_id(needed("AWS_ACCESS_KEY_ID")?)
        .secret_access_key(needed("AWS_SECRET_ACCESS_KEY")?)
        .provider_name("EnvironmentVariable");
    found.set_session_token(given("AWS_SESSION_TOKEN"));
    found.set_account_id(given("AWS_ACCOUNT_ID").map(AccountId::from));
    Ok(found.build())
}

/// Addresses of AWS that the environment names: `AWS_ENDPOINT_URL_CLOUDWATCH_LOGS`, …
#[derive(Debug)]
struct Endpoints(fn(&str) -> Option<String>);

impl Endpoints {
    /// An address; a variable that is set to nothing names none.
    fn find(&self, name: &str) -> Option<String> {
        let Self(variable) = self;
        let ignored = switch(*variable, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == Some(true);
        variable(name).filter(|address| !ignored && !address.is_empty())
    }
}

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        if key.env() != ENDPOINT {
            return None;
        }
        let service = key.service_id().to_uppercase().replace(' ', "_");
        self.find(&format!("{ENDPOINT}_{service}")).or_else(|| self.find(ENDPOINT))
    }
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

    /// A function, as the real environment is one.
    fn full(name: &str) -> Option<String> {
        let value = match name {
            "AWS_DEFAULT_REGION" => "eu-west-1",
            "AWS_USE_FIPS_ENDPOINT" => "True",
            "AWS_USE_DUALSTACK_ENDPOINT" => "perhaps",
            "AWS_ENDPOINT_URL" => "http://127.0.0.1:1",
            "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS" => "http://127.0.0.1:2",
            "AWS_ENDPOINT_URL_SNS" | "AWS_SESSION_TOKEN" => "",
            "AWS_ACCESS_KEY_ID" => "id",
            "AWS_SECRET_ACCESS_KEY" => "secret",
            "AWS_SDK_UA_APP_ID" => "yakei-toggler",
            _ => return None,
        };
        Some(value.to_owned())
    }

    fn address(config: &SdkConfig, service: &str, variable: &str) -> Option<String> {
        let key =
            ServiceConfigKey::builder().service_id(service).env(variable).profile("endpoint_url").build().unwrap();
        config.service_config().unwrap().load_config(key)
    }

    #[test]
    fn the_environment_names_the_region_and_the_addresses_of_services() {
        let config = of(full);
        assert_eq!(config.region().map(AsRef::as_ref), Some("eu-west-1"));
        assert_eq!((config.use_fips(), config.use_dual_stack()), (Some(true), None));
        assert_eq!(config.app_name().map(AsRef::as_ref), Some("yakei-toggler"));
        assert_eq!(config.endpoint_url(), Some("http://127.0.0.1:1"));
        assert_eq!(address(&config, "CloudWatch Logs", ENDPOINT).as_deref(), Some("http://127.0.0.1:2"));
        assert_eq!(address(&config, "CloudWatch", ENDPOINT).as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(address(&config, "SNS", ENDPOINT).as_deref(), Some("http://127.0.0.1:1"), "set to nothing");
        assert_eq!(address(&config, "SNS", "AWS_OTHER"), None);
    }

    #[test]
    fn addresses_can_be_ignored_and_an_empty_environment_names_nothing() {
        let ignoring = of(|name| match name {
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" => Some("true".to_owned()),
            "AWS_REGION" => Some("eu-north-1".to_owned()),
            _ => full(name),
        });
        assert_eq!((ignoring.endpoint_url(), address(&ignoring, "CloudWatch Logs", ENDPOINT)), (None, None));
        assert_eq!(ignoring.region().map(AsRef::as_ref), Some("eu-north-1"));
        let empty = of(|_| None);
        assert_eq!((empty.region(), empty.endpoint_url(), empty.use_fips()), (None, None, None));
    }

    #[test]
    fn credentials_are_those_of_the_environment_and_a_missing_one_is_named() {
        let found = credentials(full).unwrap();
        assert_eq!((found.access_key_id(), found.secret_access_key(), found.session_token()), ("id", "secret", None));
        let lambda =
            |name: &str| full(name).map(|value| if name == "AWS_SESSION_TOKEN" { "t".to_owned() } else { value });
        assert_eq!(credentials(lambda).unwrap().session_token(), Some("t"));
        let half = |name: &str| full(name).filter(|_| name != "AWS_SECRET_ACCESS_KEY");
        let why = credentials(half).unwrap_err();
        assert!(matches!(why, CredentialsError::CredentialsNotLoaded(_)), "{why:?}");
        let why = std::error::Error::source(&why).unwrap().to_string();
        assert!(why.contains("AWS_SECRET_ACCESS_KEY"), "{why}");
    }

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
