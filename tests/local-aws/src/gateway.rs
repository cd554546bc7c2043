//! The gateway: which requests it answers itself; every other one passes through as it came.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::time::{Duration, MissedTickBehavior, interval};

use crate::callers::Callers;
use crate::mail::{Inbox, Mail, Outbox, Post};
use crate::meter::Meter;
use crate::metric_filters::{self, Feed};
use crate::refusal::{Refusal, answer};
use crate::upstream::{BODY_LIMIT, Upstream};
use crate::{filter_log_events, patterns};

/// Alarms are evaluated whenever data comes, and this often for what time alone changes. CloudWatch: every minute.
const EVALUATE_EVERY: Duration = Duration::from_secs(10);

/// Where a program stands that may be subscribed to topics.
pub(crate) const INBOX: &str = "/_local/inbox";

#[derive(Debug)]
struct Gateway {
    upstream: Upstream,
    feed: Feed,
    seen: Seen,
}

/// What the gateway keeps for who asks later.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) callers: Arc<Callers>,
}

/// Serves until the task is aborted.
pub(crate) async fn serve(listener: TcpListener, upstream: Upstream, seen: Seen, clock: bool) {
    let gateway = Arc::new(Gateway { upstream: upstream.clone(), feed: Feed::default(), seen });
    let router =
        Router::new().route("/_local/mail", post(mail)).route(INBOX, post(inbox)).fallback(handle).with_state(gateway);
    // An answer goes out as head and body: without this the body waits 40 ms for the head to be acknowledged.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::warn!(%error, "answers will be late");
        }
    });
    tokio::select! {
        ended = axum::serve(listener, router) => tracing::error!("the gateway ended: {ended:?}"),
        () = evaluate(&upstream), if clock => {}
    }
}

/// Lets time act on the alarms, for ever.
async fn evaluate(upstream: &Upstream) {
    let mut ticks = interval(EVALUATE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = upstream.evaluate(None).await {
            tracing::warn!(%error, "the alarms are not evaluated");
        }
    }
}

/// A mail that MiniStack's side sends: no call to AWS.
async fn mail(State(gateway): State<Arc<Gateway>>, mail: Bytes) -> StatusCode {
    match serde_json::from_slice::<Mail>(&mail) {
        Ok(mail) => gateway.seen.outbox.keep(mail),
        Err(_) => return StatusCode::BAD_REQUEST,
    }
    StatusCode::NO_CONTENT
}

async fn handle(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    if request.uri().path() == "/_ministack/reset" {
        gateway.feed.forget();
        gateway.seen.outbox.forget();
        gateway.seen.inbox.forget();
    }
    if request.uri().path().starts_with("/_ministack/") {
        return gateway.upstream.forward(request).await.unwrap_or_else(IntoResponse::into_response);
    }
    gateway.seen.callers.note(request.headers(), request.uri().path());
    gateway.seen.meter.measure(gateway.answer(request)).await
}

/// What a program that is subscribed by `http` gets; it confirms at once.
async fn inbox(State(gateway): State<Arc<Gateway>>, posted: Bytes) -> StatusCode {
    match serde_json::from_slice(&posted) {
        Ok(Post::Notification { topic_arn, message }) => gateway.seen.inbox.keep(topic_arn, message),
        Ok(Post::SubscriptionConfirmation { subscribe_url }) => {
            if let Err(error) = gateway.upstream.click(&subscribe_url).await {
                tracing::warn!(%error, "the program's subscription is not confirmed");
            }
        }
        Err(_) => return StatusCode::BAD_REQUEST,
    }
    StatusCode::NO_CONTENT
}

/// SNS speaks the query protocol: a form whose field `Action` names the operation.
fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

impl Gateway {
    async fn answer(&self, request: Request) -> Response {
        let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok());
        let operation = target.and_then(|target| target.strip_prefix("Logs_20140328.")).unwrap_or_default().to_owned();
        let handled = match operation.as_str() {
            "FilterLogEvents" | "TestMetricFilter" | "PutMetricFilter" | "PutSubscriptionFilter" | "PutLogEvents" => {
                self.logs(&operation, request).await
            }
            _ if is_form(request.headers()) => self.query_protocol(request).await,
            _ => self.upstream.forward(request).await,
        };
        handled.unwrap_or_else(IntoResponse::into_response)
    }

    /// Passes a form on, and notes who sent it.
    async fn query_protocol(&self, request: Request) -> Result<Response, Refusal> {
        let (parts, body) = request.into_parts();
        let form = to_bytes(body, BODY_LIMIT).await.map_err(|error| Refusal::unavailable(&error))?;
        self.seen.callers.note_form(&parts.headers, &form);
        self.upstream.forward(Request::from_parts(parts, Body::from(form))).await
    }

    async fn logs(&self, operation: &str, request: Request) -> Result<Response, Refusal> {
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, BODY_LIMIT).await.map_err(|error| Refusal::unavailable(&error))?;
        let caller = parts.headers.clone();
        let pass_on = Request::from_parts(parts, Body::from(bytes.clone()));
        match operation {
            "FilterLogEvents" => {
                let page = filter_log_events::answer(&self.upstream, &caller, &bytes).await?;
                return Ok(answer(StatusCode::OK, &page));
            }
            "TestMetricFilter" => return Ok(answer(StatusCode::OK, &metric_filters::test(&bytes)?)),
            "PutMetricFilter" => metric_filters::check(&bytes)?,
            "PutSubscriptionFilter" => patterns::check(&bytes)?,
            _ => return self.put_log_events(&caller, pass_on, &bytes).await,
        }
        self.upstream.forward(pass_on).await
    }

    /// The metrics are there when the caller has its answer. A failure to write them is logged; the events are stored.
    async fn put_log_events(&self, caller: &HeaderMap, pass_on: Request, body: &[u8]) -> Result<Response, Refusal> {
        let response = self.upstream.forward(pass_on).await?;
        if response.status().is_success()
            && let Err(error) = self.feed.events(&self.upstream, caller, body).await
        {
            tracing::error!(%error, "the metric filters could not be fed");
        }
        Ok(response)
    }
}
