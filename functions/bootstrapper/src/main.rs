//! The bootstrapper's composition: config, account, events.

use std::cell::Cell;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use bootstrapper::{Aws, Report, USAGE, custom, reply, run, without_config, without_region};
use serde_json::Value;
use yakei_host::run::Failure;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    yakei_host::log::init();
    let config = yakei_host::config::load();
    let aws = Aws::new(&yakei_host::sdk::config());
    let as_table = !yakei_host::run::in_lambda() && as_table();
    // An audit that finds something wrong is an answer, and for a shell a failure.
    let wrong = Cell::new(false);
    let code = yakei_host::run::run(USAGE, |event, context| {
        let (config, aws, wrong) = (&config, &aws, &wrong);
        let run = async move |event| match (config, aws) {
            (Err(mistakes), _) => without_config(mistakes),
            (_, None) => without_region(),
            (Ok(config), Some(aws)) => {
                let report = run(aws, config, &event).await?;
                wrong.set(report.is_wrong());
                shown(&report, as_table)
            }
        };
        async move {
            let Some(request) = custom::request(&event, config.as_ref().ok().map(|config| &config.name)) else {
                return run(event).await;
            };
            let time = custom::time_for_work(yakei_host::run::time_left(&context));
            let result = match request.event.clone() {
                None => Ok(Value::Null),
                Some(event) => {
                    let tries = async {
                        let mut result = run(event.clone()).await;
                        for pause in custom::AGAIN {
                            if !request.worth_another_try(&result) {
                                break;
                            }
                            tokio::time::sleep(pause).await;
                            result = run(event.clone()).await;
                        }
                        result
                    };
                    tokio::time::timeout(time, tries).await.unwrap_or_else(|_| Err(custom::out_of_time()))
                }
            };
            if let Err(failure) = &result {
                tracing::error!(%failure, "told to CloudFormation");
            }
            // Answered is done: a failure here would make Lambda run the event again.
            reply::put(request.url(), &request.response(&result)).await.map(|()| Value::Null)
        }
    })
    .await;
    if wrong.get() { ExitCode::FAILURE } else { code }
}

/// Whether the answer is for a person: as `YAKEI_OUTPUT` says, else when standard output is a terminal.
fn as_table() -> bool {
    match std::env::var("YAKEI_OUTPUT").as_deref() {
        Ok("table") => true,
        Ok("json") => false,
        _ => std::io::stdout().is_terminal(),
    }
}

/// The answer as it is printed. A table is shown of a run that failed as well: what was done is in it.
fn shown(report: &Report, as_table: bool) -> Result<Value, Failure> {
    let answer = report.answer();
    if !as_table {
        return answer;
    }
    match answer {
        Ok(_) => Ok(Value::String(report.table())),
        Err(failure) => {
            // The run has failed, whether or not anybody reads what it did.
            let _ = yakei_host::run::tell(report.table());
            Err(failure)
        }
    }
}
