//! Making changes: step by step, side by side within a step, to the end whatever fails on the way.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use yakei_core::plan::{Action, Change, Kind, Problem};

use crate::account::Account;

/// Changes made side by side. CloudWatch takes 3 `PutMetricAlarm` and CloudTrail 1 call a second; what is
/// throttled is tried again.
const WIDTH: usize = 8;

/// IAM may take a minute to spread a new role, and throttling a while to end; then a change is given up.
const PAUSE: Duration = Duration::from_secs(2);
const TRIES: u32 = 30;

/// Which way through the steps: things are made after what they refer to, and removed before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Making,
    Removing,
}

/// Makes every change that is work. Each failure is written into its change.
pub(crate) async fn apply(account: &impl Account, changes: Vec<Change>, order: Order) -> Vec<Change> {
    let new_role = changes.iter().any(|change| change.key.kind == Kind::Role && change.is_work());
    let (work, mut done): (Vec<_>, Vec<_>) = changes.into_iter().partition(Change::is_work);
    for change in done.iter().filter(|change| change.problem.is_some() || change.action() == Action::Foreign) {
        tracing::warn!("{change}");
    }
    for index in 0..=Kind::LAST_STEP {
        let step = if order == Order::Making { index } else { Kind::LAST_STEP - index };
        let of_step = work.iter().filter(|change| change.key.kind.step() == step).cloned();
        let made = stream::iter(of_step.map(|change| one(account, change, new_role))).buffer_unordered(WIDTH);
        done.extend(made.collect::<Vec<_>>().await);
    }
    done.sort_by(|a, b| a.key.cmp(&b.key));
    done
}

async fn one(account: &impl Account, mut change: Change, new_role: bool) -> Change {
    for attempt in 1..=TRIES {
        change.problem = account.make(&change).await.err();
        let Some(problem) = change.problem.as_ref().filter(|p| passes(p, change.key.kind, new_role)) else { break };
        if attempt < TRIES {
            tracing::info!(resource = %change.key, code = problem.code, "waiting, then trying again");
            account.pause(PAUSE).await;
        }
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
        // The bucket policy was put a moment ago.
        "InsufficientS3BucketPolicyException" => kind == Kind::Trail,
        // Scheduler has no code of its own for a role that it cannot take yet.
        "ValidationException" => kind == Kind::Schedule && new_role,
        _ => problem.kind.passes(),
    }
}
