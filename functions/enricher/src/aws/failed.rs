//! What kind of failure a call met, by AWS's code and the HTTP status.

use aws_sdk_cloudwatch::config::http::HttpResponse;
use aws_sdk_cloudwatch::error::{ProvideErrorMetadata, SdkError};

use crate::ports::{CallError, Fault};

pub(super) fn failed<E: ProvideErrorMetadata>(call: &'static str, error: &SdkError<E, HttpResponse>) -> CallError {
    let (fault, code) = match error {
        SdkError::TimeoutError(_) => (Fault::TimedOut, "Timeout"),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => (Fault::TimedOut, "Timeout"),
        SdkError::DispatchFailure(_) => (Fault::CutOff, "DispatchFailure"),
        SdkError::ResponseError(_) => (Fault::CutOff, "ResponseError"),
        SdkError::ConstructionFailure(_) => (Fault::Other, "ConstructionFailure"),
        _ => {
            let status = error.raw_response().map_or(0, |it| it.status().as_u16());
            (of_service(error.code().unwrap_or_default(), status), error.code().unwrap_or("UnknownError"))
        }
    };
    CallError { call, fault, code: code.to_owned(), message: error.message().unwrap_or_default().to_owned() }
}

/// `Throttled` is SNS's own word, `ThrottlingException` that of CloudWatch Logs; 429 says it without one.
fn of_service(code: &str, status: u16) -> Fault {
    let throttled = [
        "Throttling",
        "ThrottlingException",
        "Throttled",
        "ThrottledException",
        "KMSThrottling",
        "KMSThrottlingException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "SlowDown",
    ];
    let unavailable = [
        "InternalFailure",
        "InternalError",
        "InternalErrorException",
        "InternalServiceError",
        "InternalServiceFault",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "RequestTimeout",
        "RequestTimeoutException",
    ];
    let missing = ["ResourceNotFoundException", "ResourceNotFound", "NotFound", "NotFoundException"];
    match code {
        _ if status == 429 || throttled.contains(&code) => Fault::Throttled,
        _ if status >= 500 || unavailable.contains(&code) => Fault::Unavailable,
        _ if status == 404 || missing.contains(&code) => Fault::NotThere,
        _ if status == 401 || status == 403 || code.starts_with("AccessDenied") => Fault::Refused,
        _ => Fault::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_status_decide_whether_a_call_is_made_again() {
        let cases = [
            ("Throttled", 429, Fault::Throttled),
            ("", 429, Fault::Throttled),
            ("ThrottlingException", 400, Fault::Throttled),
            ("", 503, Fault::Unavailable),
            ("InternalFailure", 500, Fault::Unavailable),
            ("ResourceNotFoundException", 400, Fault::NotThere),
            ("AccessDeniedException", 400, Fault::Refused),
            ("AuthorizationError", 403, Fault::Refused),
            ("InvalidParameterException", 400, Fault::Other),
        ];
        for (code, status, fault) in cases {
            assert_eq!(of_service(code, status), fault, "{code} {status}");
        }
    }
}
