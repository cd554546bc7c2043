//! Functions: whether they are deployed, and who may invoke them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::types::{LastUpdateStatus, State};
use serde_json::Value;
use yakei_core::arns;
use yakei_core::plan::{Desired, Found, Kind, Permission, Problem, Resource, Want};
use yakei_core::policies::Policy;
use yakei_core::verify::{DeadLetters, FunctionState, FunctionVitals};

use super::found::FoundMap;
use super::problem::Said as _;
use super::sqs::{self, Queues};

const ABSENT: &[&str] = &["ResourceNotFoundException"];
const CONFLICT: &str = "ResourceConflictException";

/// `None` when the function is not there.
async fn configuration(client: &Client, function: &str) -> Result<Option<GetFunctionConfigurationOutput>, Problem> {
    let call = client.get_function_configuration().function_name(function).send().await;
    call.unless("lambda:GetFunctionConfiguration", ABSENT)
}

pub(super) async fn exists(client: &Client, function: &str) -> Result<bool, Problem> {
    Ok(configuration(client, function).await?.is_some())
}

/// The toggler and the enricher; they stand in the home Region alone, and another may not be asked for them.
pub(super) async fn vitals(
    client: &Client,
    queues: &Queues,
    desired: &Desired,
) -> BTreeMap<String, Result<Option<FunctionVitals>, Problem>> {
    let mut all = BTreeMap::new();
    if desired.of_kind(Kind::ScheduleGroup).next().is_none() {
        return all;
    }
    for name in [desired.name().toggler(), desired.name().enricher()] {
        let found = vital(client, queues, desired, &name).await;
        all.insert(name, found);
    }
    all
}

async fn vital(
    client: &Client,
    queues: &Queues,
    desired: &Desired,
    function: &str,
) -> Result<Option<FunctionVitals>, Problem> {
    let Some(found) = configuration(client, function).await? else { return Ok(None) };
    let said = |status: Option<&str>, reason: Option<&str>| {
        [status, reason].into_iter().flatten().collect::<Vec<_>>().join(": ")
    };
    let state = match found.state() {
        // Functions of long ago have none.
        None | Some(State::Active) => FunctionState::Good,
        Some(state @ (State::Pending | State::Inactive)) => {
            FunctionState::NotYet(said(Some(state.as_str()), found.state_reason()))
        }
        Some(state) => FunctionState::Failed(said(Some(state.as_str()), found.state_reason())),
    };
    let last_update = match found.last_update_status() {
        None | Some(LastUpdateStatus::Successful) => FunctionState::Good,
        Some(status @ LastUpdateStatus::InProgress) => {
            FunctionState::NotYet(said(Some(status.as_str()), found.last_update_status_reason()))
        }
        Some(status) => FunctionState::Failed(said(Some(status.as_str()), found.last_update_status_reason())),
    };
    let variables = found.environment().and_then(|environment| environment.variables());
    let (_, queue) = dead_letters(client, function).await?;
    let concurrency = client.get_function_concurrency().function_name(function).send().await;
    let concurrency = concurrency.unless("lambda:GetFunctionConcurrency", ABSENT)?;
    let dead_letters = match queue {
        Some(arn) => Some(DeadLetters { exists: sqs::exists(queues, desired, &arn).await, arn }),
        None => None,
    };
    Ok(Some(FunctionVitals {
        state,
        last_update,
        reserved_concurrency: concurrency.and_then(|answer| answer.reserved_concurrent_executions),
        notify_arn: variables.and_then(|all| all.get("NOTIFY_TOPIC_ARN")).cloned(),
        dead_letters,
    }))
}

/// Whether a function is there, and the queue to which its failed events go: its dead-letter queue, else its
/// on-failure destination.
pub(super) async fn dead_letters(client: &Client, function: &str) -> Result<(bool, Option<String>), Problem> {
    let Some(found) = configuration(client, function).await? else { return Ok((false, None)) };
    let queue = found.dead_letter_config().and_then(|config| config.target_arn()).map(ToOwned::to_owned);
    if queue.as_deref().is_some_and(is_queue) {
        return Ok((true, queue));
    }
    let call = client.get_function_event_invoke_config().function_name(function).send().await;
    let config =
        call.unless("lambda:GetFunctionEventInvokeConfig", ABSENT)?.and_then(|answer| answer.destination_config);
    let queue = config.and_then(|config| config.on_failure).and_then(|failure| failure.destination);
    Ok((true, queue.filter(|arn| is_queue(arn))))
}

fn is_queue(arn: &str) -> bool {
    arns::service(arn) == Some("sqs")
}

/// Which of the wanted statements are there. A function has one policy, however many Regions' topics it lets in.
pub(super) async fn read(client: &Client, desired: &Desired) -> Result<FoundMap, Problem> {
    let wanted = desired.of_kind(Kind::Permission).filter_map(|wanted| match &wanted.want {
        Want::Make(Resource::Permission(want)) => Some((&wanted.key, want)),
        _ => None,
    });
    let mut policies = BTreeMap::new();
    let mut found = FoundMap::new();
    for (key, want) in wanted {
        let policy = match policies.entry(&want.function) {
            Entry::Occupied(policy) => policy.into_mut(),
            Entry::Vacant(place) => place.insert(policy(client, &want.function).await?),
        };
        if let Some(statement) = statement(policy, &want.statement_id) {
            let permission = Permission { statement, ..want.clone() };
            found.insert(key.clone(), Found::Ours(Resource::Permission(permission)));
        }
    }
    Ok(found)
}

/// The statements of a function's policy.
async fn policy(client: &Client, function: &str) -> Result<Vec<Value>, Problem> {
    let call = client.get_policy().function_name(function).send().await;
    let Some(answer) = call.unless("lambda:GetPolicy", ABSENT)? else { return Ok(Vec::new()) };
    let policy = Policy::read(answer.policy().unwrap_or_default());
    Ok(policy.document().get("Statement").and_then(Value::as_array).cloned().unwrap_or_default())
}

/// The statement of this id.
fn statement(policy: &[Value], id: &str) -> Option<Policy> {
    let found = policy.iter().find(|statement| statement.get("Sid").and_then(Value::as_str) == Some(id));
    found.map(|statement| Policy::new(statement.clone()))
}

/// Adds the statement. AWS's answer to a statement that is there is the same as to two calls at once, so the policy is
/// looked at before that is taken for done.
pub(super) async fn permit(client: &Client, want: &Permission, replace: bool) -> Result<(), Problem> {
    const CALL: &str = "lambda:AddPermission";
    if replace {
        forbid(client, want).await?;
    }
    let document = want.statement.document();
    let principal = document.pointer("/Principal/Service").and_then(Value::as_str);
    let equals = document.pointer("/Condition/StringEquals").and_then(Value::as_object);
    let account = equals.into_iter().flatten().find(|(key, _)| key.eq_ignore_ascii_case("aws:SourceAccount"));
    let add = client
        .add_permission()
        .function_name(&want.function)
        .statement_id(&want.statement_id)
        .action("lambda:InvokeFunction")
        .principal(principal.unwrap_or("sns.amazonaws.com"))
        .set_source_account(account.and_then(|(_, account)| account.as_str()).map(ToOwned::to_owned))
        .source_arn(&want.topic_arn);
    let answer = add.send().await;
    if answer.as_ref().err().and_then(ProvideErrorMetadata::code) != Some(CONFLICT) {
        return answer.said(CALL).map(drop);
    }
    match statement(&policy(client, &want.function).await?, &want.statement_id) {
        // An answer of an earlier try was lost.
        Some(found) if found == want.statement => return Ok(()),
        // Another one bears the id: the next try adds ours.
        Some(_) => forbid(client, want).await?,
        None => {}
    }
    answer.said(CALL).map(drop)
}

pub(super) async fn forbid(client: &Client, have: &Permission) -> Result<(), Problem> {
    let call = client.remove_permission().function_name(&have.function).statement_id(&have.statement_id).send();
    call.await.unless("lambda:RemovePermission", ABSENT)?;
    Ok(())
}
