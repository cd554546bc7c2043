//! Taking events: from the Lambda runtime, or one event from a person at a terminal.

use std::fmt::Display;
use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde_json::{Value, json};

pub use crate::failure::{Failure, Why};

/// The time that an invocation has at a terminal, where Lambda sets no end.
const AT_A_TERMINAL: Duration = Duration::from_mins(1);

/// Whether this process runs under the Lambda runtime.
pub fn in_lambda() -> bool {
    std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some()
}

/// The time until Lambda ends the invocation; none when it is over, a minute at a terminal.
///
/// The one place that asks a clock for it: what is handed on is a length of time.
pub fn time_left(context: &Context) -> Duration {
    left(context, SystemTime::now())
}

fn left(context: &Context, now: SystemTime) -> Duration {
    if context.deadline == 0 {
        return AT_A_TERMINAL;
    }
    context.deadline().duration_since(now).unwrap_or_default()
}

/// Handles events with `handle` until the environment ends (Lambda), or one event given on the
/// command line (terminal): `toggler plan` or `toggler '{"action":"plan"}'`. The answer goes to
/// standard output; a [`Failure`] to standard error, with exit status 1.
///
/// `usage` is printed when a person gives no event.
pub async fn run<F, Fut>(usage: &str, handle: F) -> ExitCode
where
    F: Fn(Value, Context) -> Fut,
    Fut: Future<Output = Result<Value, Failure>>,
{
    if in_lambda() {
        return in_runtime(handle).await;
    }
    match event_from(std::env::args().skip(1)) {
        Ok(Some(event)) => answer(handle(event, Context::default()).await),
        Ok(None) => {
            eprintln!("{usage}");
            ExitCode::from(2)
        }
        Err(failure) => answer(Err(failure)),
    }
}

async fn in_runtime<F, Fut>(handle: F) -> ExitCode
where
    F: Fn(Value, Context) -> Fut,
    Fut: Future<Output = Result<Value, Failure>>,
{
    let service = service_fn(|event: LambdaEvent<Value>| {
        let handled = handle(event.payload, event.context);
        async {
            handled.await.inspect_err(|failure| {
                tracing::error!(error = failure.name.as_str(), reason = %failure.message, "the invocation failed");
            })
        }
    });
    match lambda_runtime::run(service).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the Lambda runtime ended");
            ExitCode::FAILURE
        }
    }
}

/// `plan` is `{"action":"plan"}`; anything that begins with `{` is the event itself.
fn event_from(mut args: impl Iterator<Item = String>) -> Result<Option<Value>, Failure> {
    let Some(first) = args.next() else { return Ok(None) };
    if let Some(extra) = args.next() {
        return Err(Failure::new(Why::Usage, format_args!("one event is expected, there is also {extra:?}")));
    }
    if first.starts_with('-') {
        return Ok(None);
    }
    if !first.trim_start().starts_with('{') {
        return Ok(Some(json!({ "action": first })));
    }
    serde_json::from_str(&first)
        .map(Some)
        .map_err(|e| Failure::new(Why::Usage, format_args!("the event is no JSON: {e}")))
}

fn answer(result: Result<Value, Failure>) -> ExitCode {
    match result {
        // A text is for the eye: a picture, a report.
        Ok(Value::String(text)) => tell(text.trim_end()),
        Ok(value) => tell(format_args!("{value:#}")),
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// Writes to standard output. Who reads no further (`| head`) has read enough; of whatever else hinders it the exit status
/// and standard error tell.
pub fn tell(text: impl Display) -> ExitCode {
    let written = writeln!(std::io::stdout().lock(), "{text}");
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("the answer could not be written: {error}");
            ExitCode::FAILURE
        }
        Ok(()) | Err(_) => ExitCode::SUCCESS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(args: &[&str]) -> Result<Option<Value>, Failure> {
        event_from(args.iter().map(ToString::to_string))
    }

    #[test]
    fn a_word_is_an_action_and_braces_are_an_event() {
        assert_eq!(event(&["plan"]), Ok(Some(json!({"action": "plan"}))));
        assert_eq!(event(&["{}"]), Ok(Some(json!({}))));
        assert_eq!(event(&[]), Ok(None));
        assert_eq!(event(&["--help"]), Ok(None));
    }

    #[test]
    fn time_left_is_what_lambda_says_and_a_minute_at_a_terminal() {
        let at = |second| SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        let mut context = Context::default();
        assert_eq!(left(&context, at(7)), AT_A_TERMINAL);
        context.deadline = 10_000;
        assert_eq!(left(&context, at(7)), Duration::from_secs(3));
        assert_eq!(left(&context, at(11)), Duration::ZERO);
    }

    #[test]
    fn what_is_no_event_is_said() {
        assert!(event(&["{"]).unwrap_err().message.contains("no JSON"));
        assert!(event(&["plan", "now"]).unwrap_err().message.contains("now"));
    }
}
