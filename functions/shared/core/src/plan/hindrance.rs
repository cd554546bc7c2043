//! What keeps a thing from doing its work and no change of ours mends: it belongs to somebody else, or cannot be
//! changed. Said as a problem, so that neither a plan nor an audit calls the thing right.

use super::problem::{Problem, ProblemKind};
use super::resource::{Attached, Bucket, Grant, Holder, KmsKey, LogGroup, Resource, Role, ScheduleGroup, Trail};
use crate::policies::{Denial, Policy};

/// The first hindrance of a thing that is otherwise ours to keep right.
pub(super) fn hindrance(want: &Resource, have: &Resource) -> Option<Problem> {
    match (want, have) {
        (Resource::Grant(_), Resource::Grant(Grant { unfit: Some(why), on, .. })) => Some(unfit(
            format!("nothing can be encrypted with {}: {why}", place(on)),
            "Enable it, or cancel its deletion; or name a symmetric key of your own that encrypts and decrypts",
        )),
        (Resource::Grant(_), Resource::Grant(have)) => denied(&have.denials, &place(&have.on)),
        (Resource::KmsKey(_), Resource::KmsKey(KmsKey { unfit: Some(why), .. })) => Some(unfit(
            format!("nothing can be encrypted with the key: {why}"),
            "Enable it or cancel its deletion; with another key, logs that this one encrypts cannot be read",
        )),
        (Resource::KmsKey(_), Resource::KmsKey(have)) => denied(&have.denials, "the trail's key"),
        (Resource::Role(want), Resource::Role(have)) => role(want, have),
        (Resource::Bucket(want), Resource::Bucket(have)) => bucket(want, have),
        (Resource::Trail(_), Resource::Trail(Trail { feeds_itself: Some(selector), .. })) => Some(unfit(
            format!("its event selector {selector:?} records the trail's own deliveries: each is an event of the next"),
            "Take that selector off the trail, or let it leave the trail's bucket out",
        )),
        (Resource::LogGroup(LogGroup { standard: true, .. }), Resource::LogGroup(LogGroup { standard: false, .. })) => {
            Some(unfit(
                "it is not of the Standard class, and only log groups of that class take metric filters",
                "Remove the log group and run apply; a class cannot be changed",
            ))
        }
        (Resource::ScheduleGroup(_), Resource::ScheduleGroup(ScheduleGroup { deleting: true, .. })) => Some(unfit(
            "Scheduler is deleting the group, and runs none of its schedules",
            "Run apply again when it is gone; that may take minutes",
        )),
        _ => None,
    }
}

fn unfit(message: impl Into<String>, mend: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Unfit, message, mend)
}

fn place(on: &Holder) -> String {
    match on {
        Holder::Bucket(name) => format!("the bucket {name}"),
        Holder::Key(arn) => format!("the key {arn}"),
        Holder::Topic(arn) => format!("the topic {arn}"),
    }
}

/// A denial that surely hits comes first.
fn denied(denials: &[Denial], place: &str) -> Option<Problem> {
    let denial = denials.iter().find(|denial| denial.certain).or(denials.first())?;
    let mend = format!("Narrow or remove that statement of {place}: a denial wins over every permission");
    Some(if denial.certain {
        unfit(format!("{} of the policy of {place} denies {}", denial.statement, denial.action), mend)
    } else {
        let message = format!(
            "whether {} of the policy of {place}, which denies {}, hits us cannot be told from here",
            denial.statement, denial.action
        );
        Problem::new(ProblemKind::Undecided, message, mend)
    })
}

/// A role does what its own policy says unless another policy on it denies that or its boundary does not allow it.
fn role(want: &Role, have: &Role) -> Option<Problem> {
    if want.path != have.path {
        let message = format!("it stands under the path {}, so that its ARN is another than services take", have.path);
        return Some(unfit(message, "Remove the role and run apply; a path cannot be changed"));
    }
    let needed: Vec<Policy> = want.policy.iter().flat_map(Policy::each).collect();
    let all = have.others.iter().chain(&have.boundary);
    let denials = all
        .flat_map(|Attached { name, policy }| needed.iter().flat_map(|it| policy.denies(it)).map(move |it| (name, it)));
    let mut denials: Vec<(&String, Denial)> = denials.collect();
    denials.sort_by_key(|(_, denial)| !denial.certain);
    if let Some((name, denial)) = denials.into_iter().next() {
        return denied(&[denial], &format!("{name} on the role"));
    }
    let Attached { name, policy } = have.boundary.as_ref()?;
    let outside = needed.iter().find(|statement| !policy.allows(statement))?;
    let actions = outside.actions().join(", ");
    Some(unfit(
        format!("its permissions boundary {name} does not allow {actions}"),
        format!("Let {name} allow {actions}, or take the boundary off the role"),
    ))
}

/// Logs must stay as long as our own rule keeps them.
fn bucket(want: &Bucket, have: &Bucket) -> Option<Problem> {
    let days = want.lifecycle.as_ref()?.days;
    let early = have.endings.iter().filter(|ending| ending.days < days).min_by_key(|ending| ending.days)?;
    let (rule, after) = (&early.rule, early.days);
    Some(unfit(
        format!("its lifecycle rule {rule:?} removes logs after {after} days; they are to be kept {days}"),
        format!("Remove the rule {rule:?} from the bucket, or let it keep them {days} days"),
    ))
}
