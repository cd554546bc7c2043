//! The toggler as a program: in Lambda, or for one event at a terminal.

// The SDK's futures nest deeper than the compiler's default of 128 levels.
#![recursion_limit = "256"]

use std::cell::OnceCell;
use std::process::ExitCode;

use jiff::Timestamp;
use toggler::aws::{self, CloudWatch, Topic};
use toggler::{Settings, handle, without_account};
use yakei_core::config::Config;
use yakei_host::{config, log, run, sdk};

const USAGE: &str = r#"usage: toggler ACTION | EVENT
  toggler '{}'      reconcile: bring every alarm to the state that is wanted now
  toggler plan      say what that would do, and write nothing
  toggler week      draw the coming two weeks, without AWS
  toggler resume    end every hold
  toggler '{"action":"plan","at":"2026-11-24T00:00:00Z"}'      ask about another instant
  toggler '{"action":"mute","until":"2026-11-24T15:00:00Z","reason":"drill"}'      or "arm"; a mute ends within a day
The config is $YAKEI_CONFIG, else yakei.toml beside the program. AWS is what AWS_ACCESS_KEY_ID and its
siblings, AWS_REGION and AWS_ENDPOINT_URL say; the digest goes to NOTIFY_TOPIC_ARN."#;

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
    // In Lambda the clients are made before the first event; at a terminal a picture of the week needs none.
    let clients = OnceCell::new();
    if run::in_lambda() {
        let (cloudwatch, topic) = connect();
        Box::pin(aws::warm_up(&cloudwatch, settings.name())).await;
        let _ = clients.set((cloudwatch, topic));
    }
    let handler = async |event: serde_json::Value, context: lambda_runtime::Context| {
        if let Some(answer) = without_account(&event, &settings, Timestamp::now()) {
            return answer;
        }
        if clients.get().is_none() {
            let _ = clients.set(connect());
        }
        let (cloudwatch, topic) = clients.get().ok_or_else(|| run::Failure::new(run::Why::Internal, "no clients"))?;
        let left = run::time_left(&context);
        let alarms = settings.config.as_ref().ok().map(Config::alarm_topic);
        let (port, topic) = (CloudWatch::new(cloudwatch.clone(), left), topic.within(left, alarms.as_deref()));
        Box::pin(handle(&event, &settings, &port, &topic, &run_id(&context), &Timestamp::now)).await
    };
    run::run(USAGE, handler).await
}

/// Lambda's id of the invocation; at a terminal the process and the time.
fn run_id(context: &lambda_runtime::Context) -> String {
    match context.request_id.as_str() {
        "" => format!("{}-{}", std::process::id(), Timestamp::now().as_nanosecond()),
        id => id.to_owned(),
    }
}

fn connect() -> (aws_sdk_cloudwatch::Client, Topic) {
    let sdk = sdk::config();
    let topic = std::env::var("NOTIFY_TOPIC_ARN").ok();
    let there = sdk::in_region_of(&sdk, topic.as_deref().unwrap_or_default());
    (aws::client(&sdk), Topic::new(move || aws::topic_client(&there), topic))
}
