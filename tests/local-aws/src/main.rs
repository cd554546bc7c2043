//! Runs the local AWS until it is interrupted. Standard output carries one line, `AWS_ENDPOINT_URL=…`; the log goes to
//! standard error.

use std::io::Write as _;
use std::process::ExitCode;

use local_aws::{LocalAws, Options};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "usage: local-aws [--port PORT]

Runs the local AWS on 127.0.0.1 (a free port, or PORT) until it is interrupted, and prints
AWS_ENDPOINT_URL=http://127.0.0.1:PORT for any AWS SDK or the AWS CLI. Any credentials and Region will do.";

#[tokio::main]
async fn main() -> ExitCode {
    yakei_host::log::init();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let port = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => 0,
        ["--port", port] if port.parse::<u16>().is_ok() => port.parse().unwrap_or_default(),
        ["--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(Options { port, clock: true, ..Options::default() }).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    // Before anything is started, so that an early interruption is not missed.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut stop = std::pin::pin!(async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    });
    let mut aws = tokio::select! {
        started = LocalAws::start(options) => started?,
        () = &mut stop => return Ok(()),
    };
    writeln!(std::io::stdout(), "AWS_ENDPOINT_URL={}", aws.endpoint())?;
    tracing::info!(
        "the local AWS runs until it is interrupted (Ctrl-C); MiniStack's log: {}",
        aws.log_path().display()
    );
    tokio::select! {
        () = &mut stop => {}
        ended = aws.ended() => return Err(ended.into()),
    }
    aws.stop().await;
    Ok(())
}
