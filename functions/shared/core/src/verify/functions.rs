//! The two functions: a chain is broken as well where Lambda does not run them, where they do not know whom to tell,
//! and where what they could not handle is lost.

use super::link::{Link, fail, pass, unknown, unread};
use super::vitals::{DeadLetters, FunctionState, FunctionVitals, Vitals};
use crate::plan::Desired;

/// The links of every function that was asked about. One that is not deployed is told by what waits for it.
pub(super) fn functions(desired: &Desired, vitals: &Vitals) -> Vec<Link> {
    let mut links = Vec::new();
    for (name, found) in &vitals.functions {
        match found {
            Ok(Some(function)) => links.extend(function_links(desired, name, function)),
            // Told by whatever waits for it.
            Ok(None) => {}
            Err(problem) => links.push(unread(format!("{name} runs"), problem)),
        }
    }
    links
}

fn function_links(desired: &Desired, name: &str, function: &FunctionVitals) -> [Link; 4] {
    let FunctionVitals { state, last_update, reserved_concurrency, notify_arn, dead_letters } = function;
    [
        runs(name, state, *reserved_concurrency),
        updated(name, last_update),
        publishes(desired, name, notify_arn.as_deref()),
        keeps(name, dead_letters.as_ref()),
    ]
}

fn runs(name: &str, state: &FunctionState, reserved: Option<i32>) -> Link {
    let link = format!("{name} runs");
    match (state, reserved) {
        (FunctionState::Failed(why), _) => {
            fail(link, format!("Lambda cannot run it: {why}"), "Deploy it again; look at it in the Lambda console")
        }
        (_, Some(0)) => fail(
            link,
            "its reserved concurrency is 0: it is never invoked",
            format!("Remove it: aws lambda delete-function-concurrency --function-name {name}"),
        ),
        (FunctionState::NotYet(why), _) => unknown(link, why, "Look again in a minute"),
        (FunctionState::Good, _) => pass(link, ""),
    }
}

fn updated(name: &str, last_update: &FunctionState) -> Link {
    let link = format!("{name} runs what was deployed last");
    match last_update {
        FunctionState::Good => pass(link, ""),
        FunctionState::NotYet(why) => unknown(link, why, "Look again in a minute"),
        FunctionState::Failed(why) => fail(link, format!("its last update failed: {why}"), "Deploy it again"),
    }
}

/// A function is told by its environment where notices go.
fn publishes(desired: &Desired, name: &str, notify_arn: Option<&str>) -> Link {
    let link = format!("{name} publishes to the topic for people");
    let wanted = desired.place().topic(desired.notice_topic());
    let mend = format!("Set NOTIFY_TOPIC_ARN of {name} to {wanted}");
    match notify_arn.filter(|arn| !arn.is_empty()) {
        Some(arn) if arn == wanted => pass(link, ""),
        Some(arn) => fail(link, format!("its NOTIFY_TOPIC_ARN is {arn}"), mend),
        None => fail(link, "its NOTIFY_TOPIC_ARN is not set", mend),
    }
}

fn keeps(name: &str, dead_letters: Option<&DeadLetters>) -> Link {
    let link = format!("{name} keeps what it could not handle");
    let Some(DeadLetters { arn, exists }) = dead_letters else {
        let mend = format!("Give {name} a dead-letter queue or an on-failure destination, as infra/template.yaml does");
        return fail(link, "it has no dead-letter queue: what fails three times is lost", mend);
    };
    match exists {
        Ok(true) => pass(link, arn.clone()),
        Ok(false) => fail(link, format!("{arn} does not exist"), format!("Make it again, or give {name} another")),
        Err(problem) => unread(link, problem),
    }
}
