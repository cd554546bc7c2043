//! The bootstrapper's composition: config, account, events.

use std::process::ExitCode;

use bootstrapper::{Aws, USAGE, handle, without_config, without_region};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    yakei_host::log::init();
    let config = yakei_host::config::load();
    let aws = Aws::new(&yakei_host::sdk::config().await);
    yakei_host::run::run(USAGE, |event, _context| {
        let (config, aws) = (&config, &aws);
        async move {
            match (config, aws) {
                (Err(mistakes), _) => without_config(mistakes),
                (_, None) => without_region(),
                (Ok(config), Some(aws)) => handle(aws, config, &event).await,
            }
        }
    })
    .await
}
