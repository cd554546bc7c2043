//! Functions: whether they are deployed, and who may invoke them.

use aws_sdk_lambda::Client;
use serde_json::Value;
use yakei_core::plan::{Found, Permission, Problem, Resource, Want, Wanted};
use yakei_core::policies::Policy;

use super::problem::Said as _;

const ABSENT: &[&str] = &["ResourceNotFoundException"];

pub(super) async fn exists(client: &Client, function: &str) -> Result<bool, Problem> {
    let call = client.get_function_configuration().function_name(function).send().await;
    Ok(call.unless("lambda:GetFunctionConfiguration", ABSENT)?.is_some())
}

/// Where the enricher is told to publish, empty when it is not told; `None` when the function is not there.
pub(super) async fn notify_arn(client: &Client, function: &str) -> Result<Option<String>, Problem> {
    let call = client.get_function_configuration().function_name(function).send().await;
    let Some(found) = call.unless("lambda:GetFunctionConfiguration", ABSENT)? else { return Ok(None) };
    let variables = found.environment().and_then(|environment| environment.variables());
    Ok(Some(variables.and_then(|all| all.get("NOTIFY_TOPIC_ARN")).cloned().unwrap_or_default()))
}

/// The queue to which a function's failed events go: its dead-letter queue, else its on-failure destination.
pub(super) async fn dead_letters(client: &Client, function: &str) -> Result<Option<String>, Problem> {
    let call = client.get_function_configuration().function_name(function).send().await;
    let Some(found) = call.unless("lambda:GetFunctionConfiguration", ABSENT)? else { return Ok(None) };
    let queue = found.dead_letter_config().and_then(|config| config.target_arn()).map(ToOwned::to_owned);
    if queue.as_deref().is_some_and(is_queue) {
        return Ok(queue);
    }
    let call = client.get_function_event_invoke_config().function_name(function).send().await;
    let config =
        call.unless("lambda:GetFunctionEventInvokeConfig", ABSENT)?.and_then(|answer| answer.destination_config);
    let queue = config.and_then(|config| config.on_failure).and_then(|failure| failure.destination);
    Ok(queue.filter(|arn| is_queue(arn)))
}

fn is_queue(arn: &str) -> bool {
    arn.split(':').nth(2) == Some("sqs")
}

pub(super) async fn read(client: &Client, wanted: &Wanted) -> Result<Option<Found>, Problem> {
    let Want::Make(Resource::Permission(want)) = &wanted.want else { return Ok(None) };
    let call = client.get_policy().function_name(&want.function).send().await;
    let Some(answer) = call.unless("lambda:GetPolicy", ABSENT)? else { return Ok(None) };
    let policy = Policy::read(answer.policy().unwrap_or_default());
    let statements =
        policy.document().get("Statement").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let ours = statements.iter().find(|s| s.get("Sid").and_then(Value::as_str) == Some(&want.statement_id));
    Ok(ours.map(|statement| {
        Found::Ours(Resource::Permission(Permission { statement: Policy::new(statement.clone()), ..want.clone() }))
    }))
}

pub(super) async fn permit(client: &Client, want: &Permission, replace: bool) -> Result<(), Problem> {
    if replace {
        forbid(client, want).await?;
    }
    let add = client
        .add_permission()
        .function_name(&want.function)
        .statement_id(&want.statement_id)
        .action("lambda:InvokeFunction")
        .principal("sns.amazonaws.com")
        .source_account(account(&want.topic_arn))
        .source_arn(&want.topic_arn);
    // A run that was cut off had made it: the next look tells whether it is right.
    add.send().await.unless("lambda:AddPermission", &["ResourceConflictException"])?;
    Ok(())
}

/// The account in an ARN.
fn account(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

pub(super) async fn forbid(client: &Client, have: &Permission) -> Result<(), Problem> {
    let call = client.remove_permission().function_name(&have.function).statement_id(&have.statement_id).send();
    call.await.unless("lambda:RemovePermission", ABSENT)?;
    Ok(())
}
