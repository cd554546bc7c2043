//! The toggler as a program: in Lambda, or for one event at a terminal.

// The SDK's futures nest deeper than the compiler's default of 128 levels.
#![recursion_limit = "256"]

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use toggler::aws::{self, CloudWatch, Topic};
use toggler::{Settings, handle};
use yakei_host::{config, log, run, sdk};

const USAGE: &str = "usage: toggler ACTION | EVENT
  toggler '{}'                                        reconcile: bring every alarm to the state that is wanted now
  toggler plan                                        say what that would do, and write nothing
  toggler '{\"action\":\"plan\",\"at\":\"2026-11-24T00:00:00Z\"}'   the same about another instant
The config is $YAKEI_CONFIG, else yakei.toml beside the program. AWS is what AWS_REGION, AWS_ENDPOINT_URL and
the SDK's other variables say.";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::init();
    let function = std::env::var("AWS_LAMBDA_FUNCTION_NAME").ok();
    let settings = match Settings::new(config::load(), function.as_deref()) {
        Ok(settings) => settings,
        Err(failure) => {
            tracing::error!(%failure, "cannot start");
            return ExitCode::FAILURE;
        }
    };
    let sdk = sdk::config().await;
    let client = aws::client(&sdk);
    let topic = Topic::new(aws_sdk_sns::Client::new(&sdk), std::env::var("NOTIFY_TOPIC_ARN").ok());
    let handler = async |event: serde_json::Value, context: lambda_runtime::Context| {
        let port = CloudWatch::new(client.clone(), time_left(&context));
        Box::pin(handle(&event, &settings, &port, &topic, &Timestamp::now)).await
    };
    run::run(USAGE, handler).await
}

/// What Lambda leaves of the invocation's time; at a terminal a minute.
fn time_left(context: &lambda_runtime::Context) -> Duration {
    let at_a_terminal = context.deadline == 0;
    let left = context.deadline().duration_since(SystemTime::now());
    if at_a_terminal { Duration::from_mins(1) } else { left.unwrap_or_default() }
}
