//! Errors in the form in which AWS's JSON 1.1 services send them.

use std::fmt::Display;

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

const UNAVAILABLE: &str = "ServiceUnavailableException";

/// An answer that says no.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: String,
    message: String,
}

impl Refusal {
    /// The request is wrong, and how.
    pub(crate) fn invalid(message: impl Display) -> Self {
        let code = "InvalidParameterException".to_owned();
        Self { status: StatusCode::BAD_REQUEST, code, message: message.to_string() }
    }

    /// MiniStack does not answer, or not sensibly.
    pub(crate) fn unavailable(error: &dyn std::error::Error) -> Self {
        let message =
            format!("the local AWS gateway got no answer from MiniStack: {}", yakei_core::text::causes(error));
        Self { status: StatusCode::SERVICE_UNAVAILABLE, code: UNAVAILABLE.to_owned(), message }
    }

    /// What MiniStack answered, passed on.
    pub(crate) fn from_answer(status: StatusCode, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(rename = "__type")]
            code: String,
            #[serde(alias = "Message", default)]
            message: String,
        }
        match serde_json::from_slice(body) {
            Ok(Answer { code, message }) => Self { status, code, message },
            Err(_) => {
                Self { status, code: UNAVAILABLE.to_owned(), message: String::from_utf8_lossy(body).into_owned() }
            }
        }
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        answer(self.status, &json!({ "__type": self.code, "message": self.message }))
    }
}

/// A JSON 1.1 answer.
pub(crate) fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).unwrap_or_default();
    (status, [(CONTENT_TYPE, "application/x-amz-json-1.1")], body).into_response()
}
