//! The bootstrapper's composition: config, account, events.

use std::cell::Cell;
use std::process::ExitCode;

use bootstrapper::{Aws, USAGE, custom, handle, left, reply, without_config, without_region};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    yakei_host::log::init();
    let config = yakei_host::config::load();
    let aws = Aws::new(&yakei_host::sdk::config().await);
    // An audit that finds something wrong is an answer, and for a shell a failure.
    let wrong = Cell::new(false);
    let code = yakei_host::run::run(USAGE, |event, context| {
        let (config, aws, wrong) = (&config, &aws, &wrong);
        let run = async move |event| match (config, aws) {
            (Err(mistakes), _) => without_config(mistakes),
            (_, None) => without_region(),
            (Ok(config), Some(aws)) => handle(aws, config, &event).await,
        };
        async move {
            let Some(request) = custom::request(&event, config.as_ref().ok().map(|config| &config.name)) else {
                let answer = run(event).await;
                wrong.set(answer.as_ref().is_ok_and(|answer| answer.get("ok") == Some(&false.into())));
                return answer;
            };
            let time = custom::time_for_work(left(context.deadline));
            let result = match request.event.clone() {
                None => Ok(serde_json::Value::Null),
                Some(event) => {
                    tokio::time::timeout(time, run(event)).await.unwrap_or_else(|_| Err(custom::out_of_time()))
                }
            };
            if let Err(failure) = &result {
                tracing::error!(%failure, "told to CloudFormation");
            }
            // Answered is done: a failure here would make Lambda run the event again.
            reply::put(request.url(), &request.response(&result)).await.map(|()| serde_json::Value::Null)
        }
    })
    .await;
    if wrong.get() { ExitCode::FAILURE } else { code }
}
