//! A stub of AWS over TLS: as much of CloudWatch, CloudWatch Logs and SNS as the functions and their peers in Python ask
//! for, in the protocols that each of them speaks (rpc-v2-cbor, JSON, query). It counts calls, and answers at once.

mod alarms;
mod logs;
mod wire;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::Result;
use crate::counted::{Tls, Traffic};
use crate::tls::Authority;
use wire::{Protocol, Request};

pub use logs::Found;

/// What is in the account.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// Whether each alarm's actions are enabled.
    pub alarms: BTreeMap<String, bool>,
    /// The descriptions of alarms that something is kept in, and the metric that marks them.
    pub kept: BTreeMap<String, (String, String)>,
    /// What searches find.
    pub found: Found,
    /// How long each answer takes, as a network would.
    pub delay: Duration,
    /// How often each operation was called.
    calls: BTreeMap<String, u64>,
    /// What was called and is not known here.
    unknown: Vec<String>,
}

type Shared = Arc<Mutex<Account>>;

/// A running stub; dropping it ends it.
pub struct Stub {
    /// The environment variables that name its addresses, one a service as on AWS, so that none shares a connection.
    pub endpoints: Vec<(&'static str, String)>,
    /// Connections and bytes.
    pub traffic: Arc<Traffic>,
    account: Shared,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Stub {
    /// Listens on free ports of this machine.
    pub async fn start(authority: &Authority, account: Account) -> Result<Self> {
        Self::listen(Some(authority), account).await
    }

    /// The same without TLS: what it costs is the difference.
    pub async fn plain(account: Account) -> Result<Self> {
        Self::listen(None, account).await
    }

    async fn listen(authority: Option<&Authority>, account: Account) -> Result<Self> {
        let traffic = Arc::<Traffic>::default();
        let account = Arc::new(Mutex::new(account));
        let router = Router::new().fallback(serve).layer(DefaultBodyLimit::disable()).with_state(Arc::clone(&account));
        let (mut endpoints, mut tasks) = (Vec::new(), Vec::new());
        for variable in ["AWS_ENDPOINT_URL_CLOUDWATCH", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "AWS_ENDPOINT_URL_SNS"] {
            let tcp = TcpListener::bind("127.0.0.1:0").await?;
            // By name, as AWS is: the function asks the resolver.
            let (router, port) = (router.clone(), tcp.local_addr()?.port());
            let scheme = if authority.is_some() { "https" } else { "http" };
            endpoints.push((variable, format!("{scheme}://localhost:{port}")));
            let acceptor = authority.map(|authority| authority.acceptor.clone());
            let traffic = Arc::clone(&traffic);
            tasks.push(tokio::spawn(async move {
                let _ = match acceptor {
                    Some(acceptor) => axum::serve(Tls { tcp, acceptor, traffic }, router).await,
                    None => axum::serve(tcp, router).await,
                };
            }));
        }
        Ok(Self { endpoints, traffic, account, tasks })
    }

    /// How often each operation was called so far.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner).calls.clone()
    }

    /// What was called and is not known here: then nothing that was measured counts.
    pub fn unknown(&self) -> Vec<String> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner).unknown.clone()
    }
}

async fn serve(State(account): State<Shared>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let request = Request::read(&uri, &headers, &body);
    let delay = account.lock().unwrap_or_else(PoisonError::into_inner).delay;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let mut account = account.lock().unwrap_or_else(PoisonError::into_inner);
    *account.calls.entry(request.operation.clone()).or_default() += 1;
    let Some(answer) = answer(&mut account, &request) else {
        account.unknown.push(format!("{} {uri}", request.operation));
        return Protocol::unknown();
    };
    request.protocol.answer(&request.operation, &answer)
}

fn answer(account: &mut Account, request: &Request) -> Option<Value> {
    let Request { operation, body, .. } = request;
    match operation.as_str() {
        "Publish" => Some(json!({"MessageId": "5f3c9a10-0000-4000-8000-000000000001"})),
        "DescribeMetricFilters" => Some(account.found.filters()),
        "FilterLogEvents" => Some(account.found.page(body)),
        _ => alarms::answer(account, operation, body),
    }
}
