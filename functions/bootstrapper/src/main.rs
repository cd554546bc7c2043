//! The bootstrapper's composition: config, account, events.

use std::cell::Cell;
use std::process::ExitCode;

use bootstrapper::{Aws, USAGE, handle, without_config, without_region};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    yakei_host::log::init();
    let config = yakei_host::config::load();
    let aws = Aws::new(&yakei_host::sdk::config().await);
    // An audit that finds something wrong is an answer, and for a shell a failure.
    let wrong = Cell::new(false);
    let code = yakei_host::run::run(USAGE, |event, _context| {
        let (config, aws, wrong) = (&config, &aws, &wrong);
        async move {
            let answer = match (config, aws) {
                (Err(mistakes), _) => without_config(mistakes),
                (_, None) => without_region(),
                (Ok(config), Some(aws)) => handle(aws, config, &event).await,
            };
            wrong.set(answer.as_ref().is_ok_and(|answer| answer.get("ok") == Some(&false.into())));
            answer
        }
    })
    .await;
    if wrong.get() { ExitCode::FAILURE } else { code }
}
