//! The proxy: each request is judged, its rights are weighed, the weather has its way, and then it passes on; of the answer
//! some may be what was before ([`Proxy::late`]), altered ([`Proxy::alter`]) or told in pages ([`Proxy::pages`]).

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri, uri};
use axum::response::Response;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::judge::{self, Call, Edit, Judge, Silent};
use crate::late::Late;
use crate::rights::{Account, Policies, needs};
use crate::weather::{Fate, Trouble, Weather};

pub(crate) const BODY_LIMIT: usize = 64 << 20;
/// The one partition that MiniStack knows.
const MINISTACK: &str = "aws";
/// The SDKs' count of tries: `attempt=2; max=8`.
const TRY: &str = "amz-sdk-request";
/// Added to writes, so that two at once meet.
const WRITE: Duration = Duration::from_millis(20);

/// Why a proxy does not run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The judge cannot be asked.
    #[error(transparent)]
    Judge(#[from] Silent),
    /// No port, or no such endpoint.
    #[error("the proxy: {0}")]
    Endpoint(String),
}

/// What a proxy saw.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// How many calls of each operation; those of a function with its name in front: `yakei-enricher sns:Publish`.
    pub calls: BTreeMap<String, usize>,
    /// The same without those that an SDK made once more, because they were throttled or took too long.
    pub questions: BTreeMap<String, usize>,
    /// Calls that the policies do not allow, with the right that is missing.
    pub denied: Vec<String>,
    /// Requests that AWS's models do not allow.
    pub wrong: Vec<String>,
    /// Calls whose rights nobody knows.
    pub unknown: Vec<String>,
    /// Calls that are kept without an answer. One that is only in `calls` may still go through.
    pub silenced: Vec<String>,
    /// How often an answer was altered.
    pub altered: usize,
    /// The longest list of each operation whose answers were cut into pages.
    pub pages: BTreeMap<String, u64>,
    /// How often each operation was answered with what was before.
    pub late: BTreeMap<String, usize>,
    /// What was made, with all parameters: each `Create…` and `Subscribe` that succeeded.
    pub made: Vec<String>,
}

/// How lists are told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pages {
    /// So many items at once; 0 leaves answers as they are.
    pub size: usize,
    /// Whether it is kept secret that there are more: what then goes unnoticed nobody asks for.
    pub lose: bool,
}

/// An answer that is altered on its way.
#[derive(Debug, Clone)]
pub struct Alteration {
    /// `monitoring:DescribeAlarms`.
    pub call: String,
    /// A parameter that the request must contain somewhere, as text; empty for every request.
    pub about: String,
    /// The changes.
    pub edits: Vec<Edit>,
}

/// A call that AWS answers otherwise than MiniStack would.
#[derive(Debug, Clone)]
pub struct Play {
    /// `cloudtrail:GetTrail`.
    pub call: String,
    /// A parameter that the request must contain somewhere, as text; empty for every request.
    pub about: String,
    /// What becomes of it.
    pub fate: Fate,
}

#[derive(Debug)]
struct Inner {
    judge: Judge,
    weather: Weather,
    account: Account,
    client: Client<HttpConnector, Body>,
    upstream: uri::Authority,
    callers: Mutex<BTreeMap<String, Policies>>,
    functions: Mutex<BTreeMap<String, Policies>>,
    alterations: Mutex<Vec<Alteration>>,
    plays: Mutex<Vec<Play>>,
    pages: Mutex<Pages>,
    late: Late,
    silence: Mutex<Option<usize>>,
    seen: watch::Sender<Seen>,
}

/// A running proxy. Dropping it ends it.
#[derive(Debug)]
pub struct Proxy {
    inner: Arc<Inner>,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Starts one in front of an endpoint. `python` has botocore and cbor2.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(endpoint: &str, python: &Path, account: Account) -> Result<Self, StartError> {
        let failed = |error: &dyn std::fmt::Display| StartError::Endpoint(error.to_string());
        let upstream = endpoint.trim_start_matches("http://").parse().map_err(|error| failed(&error))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| failed(&error))?;
        let address = listener.local_addr().map_err(|error| failed(&error))?;
        let inner = Arc::new(Inner {
            judge: Judge::start(python)?,
            weather: Weather::default(),
            account,
            client: Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http(),
            upstream,
            callers: Mutex::default(),
            functions: Mutex::default(),
            alterations: Mutex::default(),
            plays: Mutex::default(),
            pages: Mutex::default(),
            late: Late::default(),
            silence: Mutex::default(),
            seen: watch::Sender::default(),
        });
        let router = Router::new().fallback(handle).with_state(Arc::clone(&inner));
        let task = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Self { inner, address, task })
    }

    /// The value for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on whoever signs with this access key has these policies and no others. Nobody else has any: what a run
    /// that was killed still had on its way is weighed by that run's rights, whoever came after it.
    pub fn allow(&self, access_key: &str, policies: Policies) {
        lock(&self.inner.callers).insert(access_key.to_owned(), policies);
    }

    /// From now on the function that calls itself so (`AWS_SDK_UA_APP_ID`) has these policies, whatever others have.
    pub fn allow_function(&self, app: &str, policies: Policies) {
        lock(&self.inner.functions).insert(app.to_owned(), policies);
    }

    /// From now on answers are altered so.
    pub fn alter(&self, alterations: Vec<Alteration>) {
        *lock(&self.inner.alterations) = alterations;
    }

    /// From now on these calls are answered so.
    pub fn play(&self, plays: Vec<Play>) {
        *lock(&self.inner.plays) = plays;
    }

    /// From now on lists are told so.
    pub fn pages(&self, pages: Pages) {
        *lock(&self.inner.pages) = pages;
    }

    /// From now on reads of these services run behind: after a write that many answers to the same question say what was
    /// before it. No service ends it.
    pub fn late(&self, services: &[&str], answers: usize) {
        self.inner.late.set(services, answers);
    }

    /// Keeps every call after so many more without an answer; `None` ends that for those that come.
    pub fn silence_after(&self, calls: Option<usize>) {
        *lock(&self.inner.silence) = calls;
    }

    /// The weather.
    pub fn weather(&self) -> &Weather {
        &self.inner.weather
    }

    /// The judge, for questions.
    pub fn judge(&self) -> &Judge {
        &self.inner.judge
    }

    /// What it saw so far.
    pub fn seen(&self) -> Seen {
        self.inner.seen.borrow().clone()
    }

    /// Forgets what it saw.
    pub fn forget(&self) {
        self.inner.seen.send_replace(Seen::default());
    }

    /// Waits until a call is kept without an answer.
    pub async fn silence(&self) {
        let kept = |seen: &Seen| !seen.silenced.is_empty();
        // The sender lives as long as this does.
        let _ = self.inner.seen.subscribe().wait_for(kept).await;
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A call goes to its end, also when its caller has gone: an answer of the judge that nobody took would be taken for the
/// next call's, and a lock would never be given back.
async fn handle(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let ours = Arc::clone(&inner);
    let answered = tokio::spawn(async move { ours.answer(request).await }).await;
    answered.map_err(|error| error.to_string()).flatten().unwrap_or_else(|reason| {
        inner.seen.send_modify(|seen| seen.wrong.push(reason.clone()));
        reply(StatusCode::BAD_GATEWAY.as_u16(), "text/plain", reason)
    })
}

fn reply(status: u16, kind: &str, body: impl Into<Body>) -> Response {
    let answer = Response::builder().status(status).header(CONTENT_TYPE, kind).body(body.into());
    answer.unwrap_or_default()
}

impl Inner {
    async fn answer(&self, request: Request) -> Result<Response, String> {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, BODY_LIMIT).await.map_err(|error| error.to_string())?;
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // AWS4-HMAC-SHA256 Credential=id/20260101/eu-west-1/logs/aws4_request, …
        let mut scope = text(AUTHORIZATION.as_str()).split("Credential=").nth(1).unwrap_or_default().split('/');
        let mut next = || scope.next().unwrap_or_default();
        let (key, _, region, service) = (next(), next(), next(), next());
        if service.is_empty() {
            return Err(format!("unsigned: {} {}", parts.method, parts.uri));
        }
        let headers = parts
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.to_string(), Value::String(value.to_str().ok()?.to_owned()))));
        let asked = judge::Request {
            service,
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            headers: headers.collect(),
            body: &body,
        };
        let mut call = self.judge.call(asked).await.map_err(|error| error.to_string())?;
        region.clone_into(&mut call.region);
        // aws-sdk-rust/1.3 … app/yakei-enricher
        let app = text(USER_AGENT.as_str()).split(' ').find_map(|word| word.strip_prefix("app/")).unwrap_or_default();
        self.note(&call, app, text(TRY).starts_with("attempt=1"));
        if let Some(need) = self.missing(&call, key, app) {
            self.seen.send_modify(|seen| seen.denied.push(format!("{} {}: {need}", call.region, call.name())));
            let code = if call.protocol.ends_with("xml") || call.protocol == "query" {
                "AccessDenied"
            } else {
                "AccessDeniedException"
            };
            return Ok(error(&call, &Trouble { status: 403, code }));
        }
        if self.account.is_strangers(&call) && call.operation == "HeadBucket" {
            // An object-level call: being refused is no management event, and rings nobody.
            return Ok(error(&call, &Trouble { status: 403, code: "Forbidden" }));
        }
        let silenced = self.silenced().then_some(Fate::Silence);
        match silenced.or_else(|| self.played(&call)).unwrap_or_else(|| self.weather.fate(&call)) {
            Fate::Pass => {}
            Fate::Fail(trouble) => return Ok(error(&call, &trouble)),
            Fate::Answer(body) => return Ok(reply(200, "application/json", body)),
            Fate::Silence => {
                self.seen.send_modify(|seen| seen.silenced.push(call.name()));
                std::future::pending::<()>().await;
            }
            Fate::Lost => return Ok(reply(201, "application/json", r#"{"Statement":"{}"}"#)),
        }
        if let Some(page) = self.turned(&call).await? {
            return Ok(page);
        }
        if let Some(before) = self.late.before(&call) {
            self.seen.send_modify(|seen| *seen.late.entry(call.name()).or_default() += 1);
            return self.told(&call, before).await;
        }
        if !call.only_asks() {
            tokio::time::sleep(WRITE).await;
        }
        let (parts, body) = self.to_ministack(&call, parts, body).await?;
        let answer = self.forward(parts, body).await;
        self.weather.done(&call, answer.as_ref().is_ok_and(|it| it.status().is_success()));
        let answer = self.back_of_ministack(&call, answer?).await?;
        if ["Create", "Subscribe"].iter().any(|verb| call.operation.starts_with(verb)) && answer.status().is_success() {
            self.seen.send_modify(|seen| seen.made.push(format!("{} {} {}", call.region, call.name(), call.params)));
        }
        let answer = self.late.keep(&call, answer).await?;
        self.told(&call, answer).await
    }

    /// An answer as it leaves: altered, and in pages.
    async fn told(&self, call: &Call, answer: Response) -> Result<Response, String> {
        let answer = self.altered(call, answer).await?;
        let pages = *lock(&self.pages);
        if pages.size == 0 || !answer.status().is_success() || !call.only_asks() {
            return Ok(answer);
        }
        let (mut parts, body) = answer.into_parts();
        let body = to_bytes(body, BODY_LIMIT).await.map_err(|error| error.to_string())?;
        let page = self.judge.page(call, &body, pages.size, pages.lose).await.map_err(|error| error.to_string())?;
        let Some((page, items)) = page else { return Ok(Response::from_parts(parts, Body::from(body))) };
        self.seen.send_modify(|seen| {
            let most = seen.pages.entry(call.name()).or_default();
            *most = items.max(*most);
        });
        parts.headers.remove(CONTENT_LENGTH);
        Ok(Response::from_parts(parts, Body::from(page)))
    }

    /// The page of a list that an earlier answer promised.
    async fn turned(&self, call: &Call) -> Result<Option<Response>, String> {
        if lock(&self.pages).size == 0 {
            return Ok(None);
        }
        let page = self.judge.turn(call).await.map_err(|error| error.to_string())?;
        let kind = match call.protocol.as_str() {
            "cbor" => "application/cbor",
            "query" | "rest-xml" => "text/xml",
            _ => "application/json",
        };
        Ok(page.map(|page| {
            let mut page = reply(200, kind, page);
            if call.protocol == "cbor" {
                page.headers_mut().insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
            }
            page
        }))
    }

    /// Whether the calls that are let through are used up.
    fn silenced(&self) -> bool {
        let mut silence = lock(&self.silence);
        let Some(left) = silence.as_mut() else { return false };
        let over = *left == 0;
        *left = left.saturating_sub(1);
        over
    }

    fn note(&self, call: &Call, app: &str, first: bool) {
        let of_function = lock(&self.functions).contains_key(app);
        let name = if of_function { format!("{app} {}", call.name()) } else { call.name() };
        self.seen.send_modify(|seen| {
            *seen.questions.entry(name.clone()).or_default() += usize::from(first);
            *seen.calls.entry(name).or_default() += 1;
            seen.wrong.extend(call.wrong.iter().map(|wrong| format!("{}: {wrong}", call.name())));
        });
    }

    fn played(&self, call: &Call) -> Option<Fate> {
        let plays = lock(&self.plays);
        let about = |play: &&Play| play.call == call.name() && call.params.to_string().contains(&play.about);
        plays.iter().find(about).map(|play| play.fate.clone())
    }

    /// A right that the caller lacks.
    fn missing(&self, call: &Call, key: &str, app: &str) -> Option<String> {
        if self.account.is_strangers(call) && call.operation != "HeadBucket" {
            return Some(format!("whatever another account gives on {}", call.text("Bucket").unwrap_or_default()));
        }
        let Some(needs) = needs(call, &self.account) else {
            self.seen.send_modify(|seen| seen.unknown.push(format!("{}: {}", call.name(), call.params)));
            return None;
        };
        let (functions, callers) = (lock(&self.functions), lock(&self.callers));
        let Some(policies) = functions.get(app).or_else(|| callers.get(key)) else {
            return Some(format!("whatever it is, {key} is nobody"));
        };
        let need = needs.iter().find(|need| !policies.give(need))?;
        Some(format!("{} on {}", need.action, need.resource))
    }

    /// MiniStack knows the partition `aws` alone: what comes from another reaches it as from there.
    async fn to_ministack(&self, call: &Call, mut parts: Parts, body: Bytes) -> Result<(Parts, Bytes), String> {
        if self.account.partition == MINISTACK {
            return Ok((parts, body));
        }
        let target = parts.uri.path_and_query().map_or("/", |it| it.as_str());
        let target = in_partition(target, &self.account.partition, MINISTACK);
        parts.uri = target.parse().map_err(|error| format!("{target}: {error}"))?;
        // They are of the body as it was.
        parts.headers.remove(CONTENT_LENGTH);
        parts.headers.remove("content-md5");
        let body = self.translated(call, &body, &self.account.partition, MINISTACK).await?;
        Ok((parts, body))
    }

    async fn back_of_ministack(&self, call: &Call, answer: Response) -> Result<Response, String> {
        if self.account.partition == MINISTACK {
            return Ok(answer);
        }
        let (mut parts, body) = answer.into_parts();
        let body = to_bytes(body, BODY_LIMIT).await.map_err(|error| error.to_string())?;
        let body = self.translated(call, &body, MINISTACK, &self.account.partition).await?;
        parts.headers.remove(CONTENT_LENGTH);
        Ok(Response::from_parts(parts, Body::from(body)))
    }

    async fn translated(&self, call: &Call, body: &Bytes, from: &str, to: &str) -> Result<Bytes, String> {
        if call.protocol == "cbor" {
            let edited = self.judge.translate(body, from, to).await.map_err(|error| error.to_string())?;
            return Ok(edited.into());
        }
        Ok(in_partition(&String::from_utf8_lossy(body), from, to).into_bytes().into())
    }

    async fn forward(&self, mut parts: Parts, body: Bytes) -> Result<Response, String> {
        let target = parts.uri.path_and_query().map_or("/", |it| it.as_str());
        let uri = Uri::builder().scheme("http").authority(self.upstream.clone()).path_and_query(target).build();
        parts.uri = uri.map_err(|error| error.to_string())?;
        parts.headers.remove(HOST);
        let answer = self.client.request(Request::from_parts(parts, Body::from(body))).await;
        Ok(answer.map_err(|error| format!("MiniStack: {error}"))?.map(Body::new))
    }

    async fn altered(&self, call: &Call, answer: Response) -> Result<Response, String> {
        let about = |it: &&Alteration| {
            it.call == call.name() && (it.about.is_empty() || call.params.to_string().contains(&it.about))
        };
        let edits: Vec<Edit> =
            lock(&self.alterations).iter().filter(about).flat_map(|it| it.edits.iter().cloned()).collect();
        if edits.is_empty() || !answer.status().is_success() {
            return Ok(answer);
        }
        let (mut parts, body) = answer.into_parts();
        let body = to_bytes(body, BODY_LIMIT).await.map_err(|error| error.to_string())?;
        let altered = self.judge.alter(&call.protocol, &body, &edits).await.map_err(|error| error.to_string())?;
        self.seen.send_modify(|seen| seen.altered += 1);
        parts.headers.remove(CONTENT_LENGTH);
        Ok(Response::from_parts(parts, Body::from(altered)))
    }
}

/// A text with every ARN in another partition, also where it is percent-encoded.
fn in_partition(text: &str, from: &str, to: &str) -> String {
    let text = text.replace(&format!("arn:{from}:"), &format!("arn:{to}:"));
    text.replace(&format!("arn%3A{from}%3A"), &format!("arn%3A{to}%3A"))
}

/// An error in the words of the call's protocol.
fn error(call: &Call, trouble: &Trouble) -> Response {
    let Trouble { status, code } = *trouble;
    let said = "played by the proxy";
    let (kind, body) = match call.protocol.as_str() {
        "cbor" => ("application/cbor", cbor(&[("__type", code), ("message", said)])),
        "query" => {
            let body =
                format!("<ErrorResponse><Error><Code>{code}</Code><Message>{said}</Message></Error></ErrorResponse>");
            ("text/xml", body.into_bytes())
        }
        "rest-xml" => {
            ("application/xml", format!("<Error><Code>{code}</Code><Message>{said}</Message></Error>").into_bytes())
        }
        _ => ("application/json", format!(r#"{{"__type":"{code}","message":"{said}"}}"#).into_bytes()),
    };
    let answer = Response::builder().status(status).header(CONTENT_TYPE, kind).header("x-amzn-errortype", code);
    let answer = if call.protocol == "cbor" { answer.header("smithy-protocol", "rpc-v2-cbor") } else { answer };
    answer.body(Body::from(body)).unwrap_or_default()
}

/// A map of texts in CBOR (RFC 8949).
fn cbor(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut out = vec![0xa0 + u8::try_from(entries.len()).unwrap_or_default()];
    for text in entries.iter().flat_map(|(key, value)| [key, value]) {
        out.extend([0x78, u8::try_from(text.len()).unwrap_or_default()]);
        out.extend(text.as_bytes());
    }
    out
}
