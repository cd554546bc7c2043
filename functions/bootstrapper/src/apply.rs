//! Making changes: step by step, side by side within a step, to the end whatever fails on the way.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use yakei_core::plan::{Action, Change, Kind, Problem};

use crate::account::Account;
use crate::aws;

/// Changes made side by side. CloudWatch takes 3 `PutMetricAlarm` and CloudTrail 1 call a second; what is
/// throttled is tried again.
const WIDTH: usize = 8;

/// How long IAM may take to spread a new role, and throttling to end, before a change is given up.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_secs(2);

/// Makes every change that is work. Each failure is written into its change.
pub(crate) async fn apply(account: &impl Account, changes: Vec<Change>) -> Vec<Change> {
    let new_role = changes.iter().any(|change| change.key.kind == Kind::Role && change.is_work());
    let (work, mut done): (Vec<_>, Vec<_>) = changes.into_iter().partition(Change::is_work);
    for change in done.iter().filter(|change| change.problem.is_some() || change.action == Action::Foreign) {
        tracing::warn!("{change}");
    }
    for step in 0..=Kind::LAST_STEP {
        let of_step = work.iter().filter(|change| change.key.kind.step() == step).cloned();
        let made = stream::iter(of_step.map(|change| one(account, change, new_role))).buffer_unordered(WIDTH);
        done.extend(made.collect::<Vec<_>>().await);
    }
    done.sort_by(|a, b| a.key.cmp(&b.key));
    done
}

async fn one(account: &impl Account, mut change: Change, new_role: bool) -> Change {
    let start = tokio::time::Instant::now();
    loop {
        let Err(problem) = account.make(&change).await else { break };
        if !passes(&problem, change.key.kind, new_role) || start.elapsed() + PAUSE > PATIENCE {
            change.problem = Some(problem);
            break;
        }
        tracing::info!(resource = %change.key, code = problem.code, "waiting, then trying again");
        tokio::time::sleep(PAUSE).await;
    }
    if change.problem.is_some() {
        tracing::error!("{change}");
    } else {
        tracing::info!("{change}");
    }
    change
}

/// Whether a problem goes away by waiting.
fn passes(problem: &Problem, kind: Kind, new_role: bool) -> bool {
    match problem.code.as_str() {
        // CloudTrail tries the role when it is told of it; a new role takes seconds to be everywhere.
        "InvalidCloudWatchLogsRoleArnException" | "InvalidCloudWatchLogsLogGroupArnException" => true,
        // The bucket policy was put a moment ago.
        "InsufficientS3BucketPolicyException" => kind == Kind::Trail,
        // Scheduler has no code of its own for a role that it cannot take yet.
        "ValidationException" => kind == Kind::Schedule && new_role,
        "OperationAborted" | "ConcurrentModification" | "ConcurrentModificationException" | "ConflictException" => true,
        code => aws::is_throttle(code),
    }
}
