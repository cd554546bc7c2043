//! Queues for what a function could not handle.

pub(super) use aws_sdk_sqs::Client as Queues;
use yakei_core::plan::{Desired, Problem, ProblemKind};

use super::problem::Said as _;

/// SNS and SQS name an error twice: the first is the older protocol's.
const ABSENT: &[&str] = &["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"];

/// Whether a queue is there. Whoever runs this may ask of the stack's own queue, and of no other.
pub(super) async fn exists(client: &Queues, desired: &Desired, arn: &str) -> Result<bool, Problem> {
    let name = arn.rsplit(':').next().unwrap_or_default();
    if desired.place().queue(name) != arn {
        return Err(not_asked(arn));
    }
    if name != format!("{}-dead-letters", desired.name()) {
        return Err(not_asked(arn));
    }
    let call = client.get_queue_url().queue_name(name).send().await;
    Ok(call.unless("sqs:GetQueueUrl", ABSENT)?.is_some())
}

fn not_asked(arn: &str) -> Problem {
    Problem::new(
        ProblemKind::Undecided,
        format!("{arn} is a queue of your own, which is not asked"),
        "See that the queue exists",
    )
}
