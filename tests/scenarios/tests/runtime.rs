//! The functions take an event from the Lambda Runtime API and answer there: the toggler a plan, the enricher with a
//! notice, the bootstrapper a plan of the account.
//!
//! Runs what `make functions` built. `make smoke` runs it on what goes to Lambda: `BOOTSTRAPS` names its folder, and
//! `EMULATOR` the program, with its arguments, that runs it where this machine is of another kind.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test that cannot go on ends

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use axum::Router;
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use local_aws::{LocalAws, Options, REGION};
use scenarios::story::sign_in;
use scenarios::terminal::{BOOTSTRAPPER, empty_account, in_account, run};
use scenarios::world::{ACCOUNT, BINARIES};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::mpsc;

/// An emulated processor is slow; nothing here waits that long unless it hangs.
const LIMIT: Duration = Duration::from_mins(2);

/// What a function told the Runtime API: `response`, or `error`, and the body.
type Told = (String, Value);

#[tokio::test(flavor = "multi_thread")]
async fn each_function_answers_the_runtime_api() {
    let aws = LocalAws::start(Options::default()).await.unwrap();
    empty_account(&aws).await.unwrap();
    let mut apply = in_account(BOOTSTRAPPER, &aws);
    apply.arg("apply");
    run(apply).await.unwrap();
    aws.confirm().await.unwrap();

    let plan = answer("toggler", json!({"action": "plan", "at": "2026-11-25T03:00:00Z"}), &aws).await;
    let schedule = &plan["schedules"][0];
    assert_eq!((&plan["applied"], &schedule["alarms"]["failed"]), (&json!(false), &json!([])), "{plan:#}");
    assert!(schedule["alarms"]["matched"].as_u64() > Some(0), "it has looked at the account: {plan:#}");

    let plan = answer("bootstrapper", json!({"action": "plan"}), &aws).await;
    assert!(plan["summary"]["none"].as_u64() > Some(40), "{plan:#}");
    assert_eq!((&plan["summary"]["create"], &plan["summary"]["failed"]), (&json!(0), &json!(0)), "{plan:#}");

    let seen = aws.mails().len();
    let at = Timestamp::now();
    deliver(&aws, &sign_in("alice", "203.0.113.5"), at).await;
    answer("enricher", alarm(at), &aws).await;
    let mails = aws.mails();
    let [mail] = &mails[seen..] else { panic!("one notice for one alarm: {mails:?}") };
    assert!(mail.body.starts_with("alice signed in"), "{}", mail.body);
    aws.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_run_is_told_to_lambda_by_its_name() {
    let aws = LocalAws::start(Options::default()).await.unwrap();
    for (function, event, name) in [
        ("toggler", json!({"action": "mute", "reason": "no end"}), "InvalidEvent"),
        ("enricher", json!({"Records": []}), "InvalidEvent"),
        ("bootstrapper", json!({"action": "destroy"}), "NotConfirmed"),
    ] {
        let (how, told) = invoke(function, event, &aws).await;
        assert_eq!((how.as_str(), &told["errorType"]), ("error", &json!(name)), "{function}: {told}");
    }
    aws.stop().await;
}

async fn answer(function: &str, event: Value, aws: &LocalAws) -> Value {
    let (how, told) = invoke(function, event, aws).await;
    assert_eq!(how, "response", "{function}: {told}");
    told
}

/// Starts a function as Lambda does, with one event, and gives what it told.
async fn invoke(function: &str, event: Value, aws: &LocalAws) -> Told {
    assert!(BINARIES.contains(&function));
    let (api, mut told) = runtime_api(event).await;
    let mut child = as_lambda(function, aws).env("AWS_LAMBDA_RUNTIME_API", api).spawn().unwrap();
    let told = tokio::select! {
        told = told.recv() => told.unwrap(),
        ended = child.wait() => panic!("{function} ended without an answer: {ended:?}"),
        () = tokio::time::sleep(LIMIT) => panic!("{function} does not answer"),
    };
    child.kill().await.unwrap();
    told
}

fn as_lambda(function: &str, aws: &LocalAws) -> Command {
    let folder = std::env::var("BOOTSTRAPS").unwrap_or_else(|_| "target/lambda/host".to_owned());
    let bootstrap = scenarios::deploy::checkout().join(folder).join(function).join("bootstrap");
    let emulator = std::env::var("EMULATOR").unwrap_or_default();
    let mut words = emulator.split_whitespace();
    let mut command = match words.next() {
        Some(emulator) => {
            let mut command = in_account(emulator, aws);
            command.args(words).arg(bootstrap);
            command
        }
        None => in_account(bootstrap.to_str().unwrap(), aws),
    };
    let topic = format!("arn:aws:sns:{REGION}:{ACCOUNT}:yakei-notices");
    command.envs([("NOTIFY_TOPIC_ARN", topic.as_str()), ("AWS_LAMBDA_FUNCTION_NAME", function)]);
    command.envs([("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"), ("AWS_LAMBDA_FUNCTION_VERSION", "1")]);
    command.envs([("AWS_LAMBDA_LOG_GROUP_NAME", "group"), ("AWS_LAMBDA_LOG_STREAM_NAME", "stream")]);
    command.stdout(Stdio::null());
    command
}

/// The part of the Lambda Runtime API that a function uses: it gives one event, and then none. Its address, and what it
/// is told.
async fn runtime_api(event: Value) -> (String, mpsc::UnboundedReceiver<Told>) {
    let given = Arc::new(AtomicBool::new(false));
    let next = move || async move {
        if given.swap(true, Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let deadline = Timestamp::now() + SignedDuration::try_from(LIMIT).unwrap();
        let headers = [
            ("lambda-runtime-aws-request-id", "1".to_owned()),
            ("lambda-runtime-deadline-ms", deadline.as_millisecond().to_string()),
            ("lambda-runtime-invoked-function-arn", format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:it")),
            ("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0".to_owned()),
        ];
        (headers, event.to_string()).into_response()
    };
    let (tell, told) = mpsc::unbounded_channel();
    let said = move |Path((_, how)): Path<(String, String)>, body: String| async move {
        tell.send((how, serde_json::from_str(&body).unwrap())).unwrap();
        "{}"
    };
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/{how}", post(said));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, told)
}

/// A record in the trail's log group.
async fn deliver(aws: &LocalAws, record: &str, at: Timestamp) {
    let logs = aws_sdk_cloudwatchlogs::Client::new(&aws.sdk_config());
    let (group, stream) = ("/yakei/cloudtrail", "stream");
    logs.create_log_stream().log_group_name(group).log_stream_name(stream).send().await.unwrap();
    let event = InputLogEvent::builder().timestamp(at.as_millisecond()).message(record).build().unwrap();
    let call = logs.put_log_events().log_group_name(group).log_stream_name(stream).log_events(event);
    call.send().await.unwrap();
}

/// What Lambda gets from SNS when the sign-in alarm rings, a minute after this record.
fn alarm(at: Timestamp) -> Value {
    let text = include_str!("../../local-aws/fixtures/ministack-lambda-event.json");
    let mut event: Value = serde_json::from_str(text).unwrap();
    let sns = &mut event["Records"][0]["Sns"];
    let mut message: Value = serde_json::from_str(sns["Message"].as_str().unwrap()).unwrap();
    message["StateChangeTime"] = json!((at + SignedDuration::from_mins(1)).to_string());
    let minute = at.strftime("%d/%m/%y %H:%M:00");
    let reason =
        format!("Threshold Crossed: 1 datapoint [1.0 ({minute})] was greater than or equal to the threshold (1.0).");
    message["NewStateReason"] = json!(reason);
    message["Trigger"]["Namespace"] = json!("yakei");
    sns["Message"] = json!(message.to_string());
    event
}
