//! A stub of the Lambda Runtime API: the function asks for its next event, and whoever measures decides when it gets one.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::Result;

/// The time that an invocation has, Lambda's longest.
const TIME: SignedDuration = SignedDuration::from_mins(15);

/// What a function says.
#[derive(Debug)]
pub enum Said {
    /// It waits for an event.
    Next(oneshot::Sender<Value>),
    /// It answered one.
    Answer(String),
    /// It failed, in init or in an invocation.
    Failure(String),
}

type Tell = mpsc::UnboundedSender<Said>;

/// A running stub; dropping it ends it.
pub struct RuntimeApi {
    /// The value for `AWS_LAMBDA_RUNTIME_API`.
    pub address: String,
    /// What the function says, in order.
    pub said: mpsc::UnboundedReceiver<Said>,
    task: JoinHandle<()>,
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl RuntimeApi {
    /// Listens on a free port of this machine.
    pub async fn start() -> Result<Self> {
        let (tell, said) = mpsc::unbounded_channel();
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{how}", post(told))
            .route("/2018-06-01/runtime/init/error", post(failed))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(tell);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, said, task })
    }
}

async fn next(State(tell): State<Tell>) -> Response {
    let (give, given) = oneshot::channel();
    let _ = tell.send(Said::Next(give));
    let Ok(event) = given.await else { return std::future::pending().await };
    let deadline = Timestamp::now() + TIME;
    let headers = [
        ("lambda-runtime-aws-request-id", format!("{:032x}", deadline.as_nanosecond())),
        ("lambda-runtime-deadline-ms", deadline.as_millisecond().to_string()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:it".to_owned()),
        ("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0".to_owned()),
        ("content-type", "application/json".to_owned()),
    ];
    (headers, event.to_string()).into_response()
}

async fn told(State(tell): State<Tell>, Path((_, how)): Path<(String, String)>, body: String) -> Response {
    let _ = tell.send(if how == "response" { Said::Answer(body) } else { Said::Failure(body) });
    accepted()
}

async fn failed(State(tell): State<Tell>, body: String) -> Response {
    let _ = tell.send(Said::Failure(body));
    accepted()
}

fn accepted() -> Response {
    (axum::http::StatusCode::ACCEPTED, json!({"status": "OK"}).to_string()).into_response()
}
