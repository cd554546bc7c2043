//! Taking events: from the Lambda runtime, or one event from a person at a terminal.

use std::fmt;
use std::process::ExitCode;

use lambda_runtime::{Context, Diagnostic, LambdaEvent, service_fn};
use serde_json::{Value, json};

/// A failed invocation: a stable name to match on, and a message for people.
///
/// Returning it makes Lambda record a failure and, for asynchronous events, try again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Stable name, Lambda's `errorType`.
    pub name: &'static str,
    /// What happened and the mend, Lambda's `errorMessage`.
    pub message: String,
}

impl Failure {
    /// A failure of this name.
    pub fn new(name: &'static str, message: impl fmt::Display) -> Self {
        Self { name, message: message.to_string() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.name.to_owned(), error_message: failure.message }
    }
}

/// Whether this process runs under the Lambda runtime.
pub fn in_lambda() -> bool {
    std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some()
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
                tracing::error!(error = failure.name, reason = %failure.message, "the invocation failed");
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
        return Err(Failure::new("Usage", format_args!("one event is expected, there is also {extra:?}")));
    }
    if first.starts_with('-') {
        return Ok(None);
    }
    if !first.trim_start().starts_with('{') {
        return Ok(Some(json!({ "action": first })));
    }
    serde_json::from_str(&first).map(Some).map_err(|e| Failure::new("Usage", format_args!("the event is no JSON: {e}")))
}

fn answer(result: Result<Value, Failure>) -> ExitCode {
    match result {
        // A text is for the eye: a picture, a report.
        Ok(Value::String(text)) => {
            println!("{}", text.trim_end());
            ExitCode::SUCCESS
        }
        Ok(value) => {
            println!("{value:#}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
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
    fn what_is_no_event_is_said() {
        assert!(event(&["{"]).unwrap_err().message.contains("no JSON"));
        assert!(event(&["plan", "now"]).unwrap_err().message.contains("now"));
    }
}
