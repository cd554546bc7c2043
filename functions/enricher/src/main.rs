//! The enricher's process: settings and clients are made once, then events are handled.

use std::process::ExitCode;

use enricher::aws::Aws;
use enricher::{Enricher, Invoked, Limits, Settings};
use jiff::Timestamp;

const USAGE: &str = "usage: enricher '<an SNS event, or the message of a CloudWatch alarm, as JSON>'
NOTIFY_TOPIC_ARN names the topic for notices; YAKEI_CONFIG the config file.";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    yakei_host::log::init();
    let settings = Settings::from_loaded(yakei_host::config::load());
    if let Some(problem) = &settings.problem {
        tracing::error!(%problem, "going on without the config file");
    }
    let sdk = yakei_host::sdk::config();
    let region = sdk.region().map(ToString::to_string);
    let topic = std::env::var("NOTIFY_TOPIC_ARN").ok();
    let aws = Aws::new(&sdk, topic.as_deref().unwrap_or_default());
    let enricher = Enricher::new(aws, settings, Limits::default(), topic, region);
    let enricher = &enricher;
    if yakei_host::run::in_lambda() {
        Box::pin(enricher.warm_up()).await;
    }
    yakei_host::run::run(USAGE, |event, context| async move {
        let left = yakei_host::run::time_left(&context);
        let invoked = Invoked { now: Timestamp::now(), left, function_arn: &context.invoked_function_arn };
        // Boxed: the futures of the SDK nest deeper than the compiler follows by itself.
        Box::pin(enricher.handle(&event, invoked)).await
    })
    .await
}
