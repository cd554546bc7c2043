//! AWS's errors as problems: the code, what was said, and the mend.

use std::error::Error;

use aws_sdk_sts::error::BuildError;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use yakei_core::plan::{Problem, ProblemKind};
use yakei_core::text::causes;

use super::codes::{is_collision, is_throttle};

/// Code of a call that got no answer.
const NO_ANSWER: &str = "NoAnswer";

/// Turns a call's result into ours.
pub(super) trait Said<T> {
    /// `call` is `service:Operation`, as IAM writes it.
    fn said(self, call: &str) -> Result<T, Problem>;

    /// The same, with `None` for these codes: the thing is not there.
    fn unless(self, call: &str, absent: &[&str]) -> Result<Option<T>, Problem>;
}

impl<T, E, R> Said<T> for Result<T, SdkError<E, R>>
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug,
{
    fn said(self, call: &str) -> Result<T, Problem> {
        self.map_err(|error| {
            let (code, message) = match &error {
                SdkError::ServiceError(service) => {
                    let error = service.err();
                    let code = error.code().unwrap_or("Unknown").to_owned();
                    (code, error.message().map_or_else(|| error.to_string(), ToOwned::to_owned))
                }
                other => (NO_ANSWER.to_owned(), causes(other)),
            };
            let (kind, mend) = (kind(&code), mend(&code, call));
            Problem { kind, code, message: format!("{call}: {message}"), mend }
        })
    }

    fn unless(self, call: &str, absent: &[&str]) -> Result<Option<T>, Problem> {
        match self {
            Err(SdkError::ServiceError(error)) if error.err().code().is_some_and(|code| absent.contains(&code)) => {
                Ok(None)
            }
            other => other.said(call).map(Some),
        }
    }
}

impl<T> Said<T> for Result<T, BuildError> {
    fn said(self, call: &str) -> Result<T, Problem> {
        self.map_err(|error| {
            let mend = "This is a mistake in Yakei: please report it";
            Problem::new(ProblemKind::Broken, format!("{call}: {error}"), mend)
        })
    }

    fn unless(self, call: &str, _: &[&str]) -> Result<Option<T>, Problem> {
        self.said(call).map(Some)
    }
}

/// AWS's codes by kind: [`super::codes`] tells what is worth waiting for.
pub(crate) fn kind(code: &str) -> ProblemKind {
    match code {
        "AccessDenied"
        | "AccessDeniedException"
        | "AuthorizationError"
        | "AuthorizationErrorException"
        | "UnauthorizedOperation"
        | "Forbidden" => ProblemKind::Denied,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidAccessKeyId"
        | "InvalidSignatureException" => ProblemKind::Credentials,
        code if is_collision(code) => ProblemKind::Collision,
        "InvalidCloudWatchLogsRoleArnException" | "InvalidCloudWatchLogsLogGroupArnException" => ProblemKind::NotYet,
        NO_ANSWER => ProblemKind::NoAnswer,
        code if is_throttle(code) => ProblemKind::Throttled,
        code if ["LimitExceeded", "QuotaExceeded", "MaximumNumber", "TooManyBuckets"]
            .iter()
            .any(|it| code.contains(it)) =>
        {
            ProblemKind::Quota
        }
        _ => ProblemKind::Refused,
    }
}

/// What to do about a code.
fn mend(code: &str, call: &str) -> String {
    match (kind(code), code) {
        (ProblemKind::Denied, _) => format!("Allow {call} to whoever runs this, then run it again"),
        (ProblemKind::Credentials, _) => "Renew the credentials, then run it again".to_owned(),
        (_, "InsufficientS3BucketPolicyException") => {
            "Let cloudtrail.amazonaws.com write to the bucket by its policy, or leave [trail] bucket out and one is made"
                .to_owned()
        }
        (_, "S3BucketDoesNotExistException") => "Correct [trail] bucket, or leave it out and one is made".to_owned(),
        (_, "InvalidCloudWatchLogsRoleArnException" | "InvalidCloudWatchLogsLogGroupArnException") => {
            "Either IAM had not spread the new role yet (run apply again in a minute), or the role's trust policy does \
             not let cloudtrail.amazonaws.com take it, without conditions (mend it)"
                .to_owned()
        }
        (_, "BucketAlreadyExists") => {
            "Another account owns a bucket of this name: choose another `name`, or name a bucket of yours in [trail] bucket"
                .to_owned()
        }
        // Five a Region, and no more are given.
        (_, "MaximumNumberOfTrailsExceededException") => {
            "The limit of trails cannot be raised: remove one, or name an existing trail in [trail] name".to_owned()
        }
        (_, "DeleteConflict" | "DeleteConflictException") => {
            "Detach the policies and instance profiles that others put on the role, then run it again".to_owned()
        }
        (ProblemKind::NoAnswer, _) => {
            "Check the credentials (AWS_PROFILE), the network, AWS_REGION and AWS_ENDPOINT_URL, then run it again".to_owned()
        }
        (ProblemKind::Throttled, _) => "AWS was asked too often: run it again, what is made stays".to_owned(),
        (ProblemKind::Collision, _) => {
            "Somebody else changes the same thing at this moment: see that no other run is on, then run it again".to_owned()
        }
        (ProblemKind::Quota, _) => {
            "Remove what is not needed or ask AWS for a higher quota, then run it again".to_owned()
        }
        _ => format!("Look {code} up in the API reference of {call}, mend it and run it again"),
    }
}
