//! Calls to MiniStack: other people's requests as they came, and our own in the caller's name.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, uri};
use axum::response::Response;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};

use crate::refusal::Refusal;

/// More than any CloudWatch Logs request or answer holds (`PutLogEvents` takes 1 MiB of events).
pub(crate) const BODY_LIMIT: usize = 64 << 20;
/// MiniStack takes account and Region from the signature, so our calls carry the caller's.
const CALLERS: [HeaderName; 3] = [HOST, AUTHORIZATION, HeaderName::from_static("x-amz-security-token")];

/// MiniStack's own port.
#[derive(Debug, Clone)]
pub(crate) struct Upstream {
    client: Client<HttpConnector, Body>,
    authority: uri::Authority,
}

impl Upstream {
    pub(crate) fn new(port: u16) -> Self {
        // No idle connections: one that MiniStack closes at the wrong moment would fail a request.
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        let authority =
            format!("127.0.0.1:{port}").parse().unwrap_or_else(|_| uri::Authority::from_static("127.0.0.1"));
        Self { client, authority }
    }

    /// Sends a request on, untouched, its body as it streams in; the answer likewise.
    pub(crate) async fn forward(&self, mut request: Request) -> Result<Response, Refusal> {
        let path = request.uri().path_and_query().map_or("/", uri::PathAndQuery::as_str);
        *request.uri_mut() = self.uri(path)?;
        match self.client.request(request).await {
            Ok(response) => Ok(response.map(Body::new)),
            Err(error) => Err(Refusal::unavailable(&error)),
        }
    }

    /// Calls an operation of a JSON 1.1 service in the name of `caller`.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        caller: &HeaderMap,
        target: &str,
        body: &Value,
    ) -> Result<T, Refusal> {
        let mut request = Request::new(Body::from(body.to_string()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri("/")?;
        for name in &CALLERS {
            if let Some(value) = caller.get(name) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
        if let Ok(target) = target.parse() {
            headers.insert("x-amz-target", target);
        }
        let (status, body) = self.answer(request).await?;
        if !status.is_success() {
            return Err(Refusal::from_answer(status, &body));
        }
        serde_json::from_slice(&body).map_err(|error| Refusal::unavailable(&error))
    }

    /// Evaluates all alarms; after so much time as their data is then `aged` by, where that is told.
    pub(crate) async fn evaluate(&self, aged: Option<Duration>) -> Result<(), Refusal> {
        let operation = if aged.is_some() { "AgeData" } else { "EvaluateAlarms" };
        let target = format!("GraniteServiceVersion20100801.{operation}");
        let body = json!({ "Seconds": aged.unwrap_or_default().as_secs_f64() });
        let _: IgnoredAny = self.call(&HeaderMap::new(), &target, &body).await?;
        Ok(())
    }

    /// Follows a link to the gateway or to MiniStack, as a click in a mail does.
    pub(crate) async fn click(&self, link: &str) -> Result<(), Refusal> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = link.parse().map_err(|error| Refusal::unavailable(&error))?;
        match self.answer(request).await? {
            (status, _) if status.is_success() => Ok(()),
            (status, body) => Err(Refusal::from_answer(status, &body)),
        }
    }

    /// MiniStack's health report, once it answers.
    pub(crate) async fn health(&self) -> Option<String> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = self.uri("/_ministack/health").ok()?;
        let (_, body) = self.answer(request).await.ok()?;
        String::from_utf8(body.to_vec()).ok()
    }

    /// Empties MiniStack.
    pub(crate) async fn reset(&self) -> Result<(), Refusal> {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri("/_ministack/reset")?;
        match self.answer(request).await? {
            (status, _) if status.is_success() => Ok(()),
            (status, body) => Err(Refusal::from_answer(status, &body)),
        }
    }

    async fn answer(&self, request: Request) -> Result<(StatusCode, Bytes), Refusal> {
        let response = self.client.request(request).await.map_err(|e| Refusal::unavailable(&e))?;
        let status = response.status();
        let body = to_bytes(Body::new(response.into_body()), BODY_LIMIT).await;
        Ok((status, body.map_err(|e| Refusal::unavailable(&e))?))
    }

    fn uri(&self, path: &str) -> Result<Uri, Refusal> {
        let built = Uri::builder().scheme("http").authority(self.authority.clone()).path_and_query(path).build();
        built.map_err(|error| Refusal::unavailable(&error))
    }
}
