//! How calls reach AWS: one pool of connections for all clients, HTTP/1.1 over rustls on ring, trusting what the machine
//! trusts. Each way in which no answer comes is told in the SDK's terms, by which it chooses whether to try again.
//!
//! The SDK's own connector cannot be given roots that are read already, and brings HTTP/2, which is a twentieth of a
//! function. This one does the same with the same libraries.

use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use http::Uri;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{CaptureConnection, HttpConnector as Tcp, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use tower_service::Service;

/// What took longer than it may.
#[derive(Debug, thiserror::Error)]
enum TooSlow {
    #[error("no connection within {0:?}")]
    Connecting(Duration),
    #[error("no answer within {0:?}")]
    Answering(Duration),
}

/// A client for every SDK client of a program: connections are made when the first call needs them, and shared by all
/// clients with the same timeouts. The machine's roots are read once.
pub(crate) fn client() -> SharedHttpClient {
    trusting(crate::roots::trusted)
}

fn trusting(roots: impl Fn() -> RootCertStore + Send + Sync + 'static) -> SharedHttpClient {
    let made: Mutex<Made> = Mutex::default();
    http_client_fn(move |settings, _| {
        let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
        made.connector(settings, &roots)
    })
}

/// What was made so far.
#[derive(Default)]
struct Made {
    tls: Option<Result<Arc<ClientConfig>, rustls::Error>>,
    connectors: Vec<(HttpConnectorSettings, SharedHttpConnector)>,
}

impl Made {
    fn connector(
        &mut self,
        settings: &HttpConnectorSettings,
        roots: impl Fn() -> RootCertStore,
    ) -> SharedHttpConnector {
        let same = |other: &HttpConnectorSettings| {
            other.connect_timeout() == settings.connect_timeout() && other.read_timeout() == settings.read_timeout()
        };
        if let Some((_, connector)) = self.connectors.iter().find(|(settings, _)| same(settings)) {
            return connector.clone();
        }
        let tls = self.tls.get_or_insert_with(|| tls(roots()).map(Arc::new)).clone();
        let connector = SharedHttpConnector::new(Connector::new(tls, settings));
        self.connectors.push((settings.clone(), connector.clone()));
        connector
    }
}

/// Ring, not aws-lc, whose first handshake gathers jitter entropy.
fn tls(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// A pool of connections.
#[derive(Debug)]
struct Connector {
    client: Result<Client<Connecting, SdkBody>, rustls::Error>,
    answer: Option<Duration>,
}

impl Connector {
    fn new(tls: Result<Arc<ClientConfig>, rustls::Error>, settings: &HttpConnectorSettings) -> Self {
        let client = tls.map(|tls| {
            let mut tcp = Tcp::new();
            tcp.enforce_http(false);
            tcp.set_nodelay(true);
            let connecting = Connecting { https: HttpsConnector::from((tcp, tls)), limit: settings.connect_timeout() };
            // The timer ends connections that were idle for a minute and a half.
            Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connecting)
        });
        Self { client, answer: settings.read_timeout() }
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = match &self.client {
            Ok(client) => client,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.clone().into()))),
        };
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let used = capture_connection(&mut request);
        if let Some(asked) = request.extensions().get::<CaptureSmithyConnection>() {
            asked.set_connection_retriever(move || connection(&used));
        }
        let answer = within(self.answer, TooSlow::Answering, client.request(request));
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(in_terms_of_the_sdk)?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// What the SDK wants of a connection: to use it no more after an answer that tells of a broken server.
fn connection(used: &CaptureConnection) -> Option<ConnectionMetadata> {
    used.connection_metadata().as_ref()?;
    let used = used.clone();
    let poison = move || {
        if let Some(connection) = used.connection_metadata().as_ref() {
            connection.poison();
        }
    };
    Some(ConnectionMetadata::builder().proxied(false).poison_fn(poison).build())
}

async fn within<T, E: Into<BoxError>>(
    limit: Option<Duration>,
    slow: fn(Duration) -> TooSlow,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, BoxError> {
    let Some(limit) = limit else { return work.await.map_err(Into::into) };
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(slow(limit).into()),
    }
}

/// TCP and TLS, both within one limit.
#[derive(Clone, Debug)]
struct Connecting {
    https: HttpsConnector<Tcp>,
    limit: Option<Duration>,
}

impl Service<Uri> for Connecting {
    type Response = <HttpsConnector<Tcp> as Service<Uri>>::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        Box::pin(within(self.limit, TooSlow::Connecting, self.https.call(address)))
    }
}

/// Why no answer came. What broke on the way is tried again by the SDK, what is wrong with the request is not.
fn in_terms_of_the_sdk(error: BoxError) -> ConnectorError {
    if cause::<TooSlow>(&*error).is_some() {
        return ConnectorError::timeout(error);
    }
    if let Some(hyper) = cause::<hyper::Error>(&*error) {
        if hyper.is_timeout() {
            return ConnectorError::timeout(error);
        }
        if hyper.is_user() {
            return ConnectorError::user(error);
        }
        if hyper.is_closed() || hyper.is_canceled() || cause::<std::io::Error>(hyper).is_some() {
            return ConnectorError::io(error);
        }
        let kind = hyper.is_incomplete_message().then_some(ErrorKind::TransientError);
        return ConnectorError::other(error, kind);
    }
    let connecting = cause::<hyper_util::client::legacy::Error>(&*error)
        .is_some_and(|it| it.is_connect() || cause::<std::io::Error>(it).is_some());
    if connecting { ConnectorError::io(error) } else { ConnectorError::other(error, None) }
}

/// The first of a kind among an error and what led to it.
fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
}

#[cfg(test)]
mod tests;
