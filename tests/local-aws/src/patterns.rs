//! Filter patterns in requests: read once, or refused in AWS's words.

use filter_pattern::Pattern;

use serde::Deserialize;

use crate::refusal::Refusal;

/// Reads a pattern. What AWS would refuse is refused with its message; the log says more.
pub(crate) fn parse(text: &str) -> Result<Pattern, Refusal> {
    Pattern::parse(text).map_err(|error| {
        tracing::info!("a filter pattern is refused: {error}");
        Refusal::invalid(error.aws_message())
    })
}

/// Checks the pattern of a request of which nothing else is of interest.
pub(crate) fn check(body: &[u8]) -> Result<(), Refusal> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Request {
        #[serde(default)]
        filter_pattern: String,
    }
    let request: Request = serde_json::from_slice(body).map_err(Refusal::invalid)?;
    parse(&request.filter_pattern).map(drop)
}
