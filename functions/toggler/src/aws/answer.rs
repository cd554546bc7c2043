//! A call's answer within its share of the time, and what an error means.

use aws_sdk_cloudwatch::error::{ProvideErrorMetadata, SdkError};
use tokio::time::Instant;
use yakei_core::text::causes;

use crate::ports::CallError;

/// A call, retries included, ended after half of the time that is left until `deadline`.
pub(super) async fn share_of<T, E>(
    deadline: Instant,
    operation: &'static str,
    call: impl Future<Output = Result<T, SdkError<E>>>,
) -> Result<T, CallError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let share = deadline.saturating_duration_since(Instant::now()) / 2;
    let Ok(answer) = tokio::time::timeout(share, call).await else {
        let message = format!("no answer within {:.1} s, half of the time that was left", share.as_secs_f64());
        return Err(CallError { operation, code: "Timeout".to_owned(), message, refused: false });
    };
    answer.map_err(|error| call_error(operation, &error))
}

/// Codes of a service that is asked too often: it says no to the moment, not to what is asked.
const PASSING: [&str; 7] = [
    "Throttling",
    "ThrottlingException",
    "Throttled",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "LimitExceeded",
];

fn is_server_fault<E>(error: &SdkError<E>) -> bool {
    error.raw_response().is_some_and(|response| response.status().is_server_error())
}

/// The port's error of an SDK's.
pub(super) fn call_error<E>(operation: &'static str, error: &SdkError<E>) -> CallError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let service = error.as_service_error();
    let code = service.and_then(ProvideErrorMetadata::code).unwrap_or(match error {
        SdkError::TimeoutError(_) => "Timeout",
        SdkError::DispatchFailure(_) => "Connection",
        SdkError::ConstructionFailure(_) => "Request",
        _ => "Response",
    });
    let message = service.and_then(ProvideErrorMetadata::message).map(str::to_owned);
    let message = message.unwrap_or_else(|| causes(error));
    let refused = service.is_some() && !PASSING.contains(&code) && !is_server_fault(error);
    CallError { operation, code: code.to_owned(), message, refused }
}
