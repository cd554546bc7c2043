//! Making changes: step by step, side by side within a step, to the end whatever fails on the way.
//!
//! What AWS locks has one writer at a time. What passes is waited for, bounded by time. A change counts as made only
//! when the account shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use yakei_core::plan::{
    Action, Adopt, Bucket, Change, Desired, Grant, Holder, Kind, Problem, ProblemKind, Resource, diff_adopting,
    teardown,
};

use crate::aws::codes::{Passing, passing};
use crate::ports::Account;

/// Lanes that are worked on side by side. CloudWatch takes 3 `PutMetricAlarm` and CloudTrail 1 call a second; what is
/// throttled is tried again.
const WIDTH: usize = 8;

/// The first wait; each is twice the one before.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// How long the account may take to show what was made.
const SHOWN_WITHIN: Duration = Duration::from_mins(2);
/// Looks after which what the account does not show is made once more: a write may have been lost in a conflict.
const AGAIN_AFTER: u32 = 3;

/// Which way through the steps: things are made after what they refer to, and removed before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Making,
    Removing,
}

/// Makes the account hold what is wanted, and looks whether it does.
pub(crate) async fn make(account: &impl Account, desired: &Desired, adopt: &Adopt) -> Vec<Change> {
    let look = async || diff_adopting(desired, &account.observe(desired).await, adopt);
    shown(account, look().await, Order::Making, look).await
}

/// Removes what is ours, and looks whether it is gone.
pub(crate) async fn destroy(account: &impl Account, desired: &Desired) -> Vec<Change> {
    let look = async || teardown(desired, &account.observe(desired).await);
    shown(account, look().await, Order::Removing, look).await
}

/// Makes the changes, then looks until nothing of them is left to do.
async fn shown(
    account: &impl Account,
    changes: Vec<Change>,
    order: Order,
    look: impl AsyncFn() -> Vec<Change>,
) -> Vec<Change> {
    let mut changes = apply(account, changes, order).await;
    let made = |change: &Change| change.is_work() && change.problem.is_none();
    if !changes.iter().any(made) {
        return changes;
    }
    let (began, mut pause, mut looks) = (account.uptime(), PAUSE, 0);
    loop {
        let mut left = look().await;
        // What cannot be read again, or is somebody else's all of a sudden, was not shown either.
        left.retain(|it| it.action() != Action::None || it.problem.is_some());
        left.retain(|it| changes.iter().any(|change| change.key == it.key && made(change)));
        if left.is_empty() {
            return changes;
        }
        looks += 1;
        if account.uptime().saturating_sub(began) + pause > SHOWN_WITHIN {
            not_shown(&mut changes, &left);
            return changes;
        }
        if looks == AGAIN_AFTER {
            left.retain(|change| !asks_people(change));
            tracing::info!(left = left.len(), "made, but AWS does not show it: making it once more");
            apply(account, left, order).await;
        }
        account.pause(pause).await;
        pause = longer(pause);
    }
}

/// Whether making it sends mail: what is shown late need not ask anybody twice.
fn asks_people(change: &Change) -> bool {
    matches!(&change.want, Some(Resource::Subscription(it)) if it.protocol == "email" && change.have.is_none())
}

/// What was made and is not shown has failed.
fn not_shown(changes: &mut [Change], left: &[Change]) {
    for left in left {
        for made in changes.iter_mut().filter(|it| it.key == left.key && it.is_work() && it.problem.is_none()) {
            let message = match &left.problem {
                Some(problem) => format!("made, but it cannot be read again: {}: {}", problem.code, problem.message),
                None => format!("made, but AWS still shows: {} {}", left.action(), left.detail),
            };
            made.problem = Some(match &left.problem {
                // What a change does not mend has its own mend.
                Some(problem) if problem.is_seen() => problem.clone(),
                _ => Problem::new(
                    ProblemKind::NotShown,
                    message,
                    "Run it again. If it stays, look in CloudTrail who changes it back",
                ),
            });
            tracing::error!("{made}");
        }
    }
}

/// Makes every change that is work. Each failure is written into its change.
pub(crate) async fn apply(account: &impl Account, changes: Vec<Change>, order: Order) -> Vec<Change> {
    let (work, mut done): (Vec<_>, Vec<_>) = changes.into_iter().partition(Change::is_work);
    for change in done.iter().filter(|change| change.problem.is_some() || change.action() == Action::Foreign) {
        tracing::warn!("{change}");
    }
    let made: BTreeSet<Kind> = work.iter().filter(|it| it.action() != Action::Delete).map(|it| it.key.kind).collect();
    for index in 0..=Kind::LAST_STEP {
        let step = if order == Order::Making { index } else { Kind::LAST_STEP - index };
        let mut lanes = BTreeMap::<_, Vec<Change>>::new();
        for change in work.iter().filter(|change| change.key.kind.step() == step) {
            lanes.entry(lane(change)).or_default().push(change.clone());
        }
        let lanes = lanes.into_values().map(|mut lane| {
            lane.sort_by_key(refers_to_its_like);
            in_turn(account, lane, &made)
        });
        done.extend(stream::iter(lanes).buffer_unordered(WIDTH).collect::<Vec<_>>().await.into_iter().flatten());
    }
    done.sort_by(|a, b| a.key.cmp(&b.key));
    done
}

/// What AWS locks while one of its parts is written: two writes to the same of these collide.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    /// Log groups and their filters. Conflicts are told of one log group, and of the account while groups are made.
    Logs,
    /// A function's policy.
    Function(String),
    /// A topic with its policy and its subscriptions, by its name.
    Topic(String),
    /// Buckets with their settings and policies: one refers to another, for its access logs.
    Buckets,
    /// A key's policy.
    Key(String),
    /// Nothing else is locked with it.
    Alone(Kind, String),
}

fn lane(change: &Change) -> Lane {
    let name = &change.key.name;
    let topic = |arn: &str| Lane::Topic(arn.rsplit(':').next().unwrap_or_default().to_owned());
    match change.want.as_ref().or(change.have.as_ref()) {
        Some(Resource::LogGroup(_) | Resource::MetricFilter(_)) => Lane::Logs,
        Some(Resource::Permission(permission)) => Lane::Function(permission.function.clone()),
        Some(Resource::Topic(_)) => Lane::Topic(name.clone()),
        Some(Resource::Subscription(subscription)) => topic(&subscription.topic_arn),
        Some(Resource::Bucket(_)) => Lane::Buckets,
        Some(Resource::Grant(Grant { on, .. })) => match on {
            Holder::Bucket(_) => Lane::Buckets,
            Holder::Key(key) => Lane::Key(key.clone()),
            Holder::Topic(arn) => topic(arn),
        },
        _ => Lane::Alone(change.key.kind, name.clone()),
    }
}

/// Whether it is made after the others of its lane: a bucket comes after the one that takes its access logs.
fn refers_to_its_like(change: &Change) -> bool {
    matches!(&change.want, Some(Resource::Bucket(Bucket { access_logs: Some(_), .. })))
}

/// One after the other.
async fn in_turn(account: &impl Account, lane: Vec<Change>, made: &BTreeSet<Kind>) -> Vec<Change> {
    let (mut done, mut stuck) = (Vec::new(), false);
    for change in lane {
        let (change, given_up) = one(account, change, made, stuck).await;
        // A conflict that did not end for one does not end for the next: that gets a single try.
        stuck = given_up == Some(Passing::Collision);
        done.push(change);
    }
    done
}

/// Makes one change, and says what was waited for in vain.
async fn one(
    account: &impl Account,
    mut change: Change,
    made: &BTreeSet<Kind>,
    stuck: bool,
) -> (Change, Option<Passing>) {
    let (began, mut pause) = (account.uptime(), PAUSE);
    let mut given_up = None;
    loop {
        change.problem = account.make(&change).await.err();
        let code = change.problem.as_ref().map(|problem| problem.code.clone()).unwrap_or_default();
        let (Some(why), Some(problem)) = (passing(&code, &change, made), &mut change.problem) else { break };
        let waited = account.uptime().saturating_sub(began);
        let patience = if stuck && why == Passing::Collision { Duration::ZERO } else { why.patience() };
        if waited + pause > patience {
            problem.message = format!("{} (given up after {} s)", problem.message, waited.as_secs());
            given_up = Some(why);
            break;
        }
        tracing::info!(resource = %change.key, code = problem.code, "waiting, then trying again");
        account.pause(pause).await;
        pause = longer(pause);
    }
    if change.problem.is_some() {
        tracing::error!("{change}");
    } else {
        tracing::info!("{change}");
    }
    (change, given_up)
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests;
