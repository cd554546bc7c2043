//! Against servers on this machine, with TLS as AWS speaks it.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::result::ConnectorError;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// An authority that nobody else has.
struct Authority {
    root: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let root = params.self_signed(&key).unwrap().der().clone();
        Self { root, issuer: Issuer::new(params, key) }
    }

    fn acceptor(&self) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(ring).with_safe_default_protocol_versions().unwrap();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = config.with_no_client_auth().with_single_cert(vec![certificate], key.into()).unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    /// A server that answers every request with `ok`; its address, and how many connections it took.
    async fn serve(&self) -> (String, Arc<AtomicUsize>) {
        let (acceptor, taken) = (self.acceptor(), Arc::<AtomicUsize>::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
        let count = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    if let Ok(mut stream) = acceptor.accept(stream).await {
                        while heard(&mut stream).await {
                            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
                            stream.flush().await.unwrap();
                        }
                    }
                });
            }
        });
        (address, taken)
    }
}

/// Whether a whole request came; it has no body.
async fn heard(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> bool {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => text.push(byte),
            Err(_) => return false,
        }
    }
    true
}

fn trusting(roots: &[&CertificateDer<'static>]) -> Connector {
    let mut store = RootCertStore::empty();
    for root in roots {
        store.add((*root).clone()).unwrap();
    }
    Connector::new(tls(store).map(Arc::new), &HttpConnectorSettings::default())
}

async fn get(connector: &Connector, address: &str) -> Result<u16, ConnectorError> {
    let answer = connector.call(HttpRequest::get(address).unwrap()).await?;
    let status = answer.status().as_u16();
    // Read to its end, or the connection is not free for the next.
    let body = answer.into_body();
    let _ = aws_smithy_types::byte_stream::ByteStream::new(body).collect().await.unwrap();
    Ok(status)
}

/// All that an error says.
fn told(error: &ConnectorError) -> String {
    let mut text = String::new();
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        write!(text, "{error}; ").unwrap();
        next = error.source();
    }
    text
}

#[tokio::test]
async fn a_server_of_any_of_the_trusted_roots_is_reached_and_no_other() {
    let [first, last, unknown] = ["first", "last", "unknown"].map(Authority::new);
    let connector = trusting(&[&first.root, &last.root]);
    for authority in [&first, &last] {
        let (address, _) = authority.serve().await;
        assert_eq!(get(&connector, &address).await.unwrap(), 200);
    }
    let (address, _) = unknown.serve().await;
    let refused = get(&connector, &address).await.unwrap_err();
    assert!(told(&refused).contains("UnknownIssuer"), "{}", told(&refused));
    let refused = get(&trusting(&[]), &address).await.unwrap_err();
    assert!(refused.is_io() && told(&refused).contains("UnknownIssuer"), "{}", told(&refused));
}

#[tokio::test]
async fn a_root_that_is_only_in_a_bundle_full_of_others_and_of_junk_is_trusted() {
    let own = Authority::new("own");
    let pem = |root: &CertificateDer<'_>| {
        let lines = base64_simd::STANDARD.encode_to_string(root);
        format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
    };
    let mut bundle = "junk\n-----BEGIN CERTIFICATE-----\n".to_owned();
    for n in 0..20 {
        bundle += &pem(&Authority::new(&n.to_string()).root);
        bundle += "-----BEGIN CERTIFICATE-----\nno base64\n-----END CERTIFICATE-----\n";
    }
    let folder = tempfile::tempdir().unwrap();
    let (with, without) = (folder.path().join("with.pem"), folder.path().join("without.pem"));
    std::fs::write(&without, &bundle).unwrap();
    std::fs::write(&with, bundle + &pem(&own.root)).unwrap();
    let (address, _) = own.serve().await;
    for (file, reached) in [(with, true), (without, false)] {
        let roots = crate::roots::of_file(&file);
        let connector = Connector::new(tls(roots).map(Arc::new), &HttpConnectorSettings::default());
        assert_eq!(get(&connector, &address).await.is_ok(), reached, "{}", file.display());
    }
}

#[tokio::test]
async fn a_connection_is_used_again_until_it_is_told_to_be_broken() {
    let authority = Authority::new("own");
    let (address, taken) = authority.serve().await;
    let connector = trusting(&[&authority.root]);
    let mut used = None;
    for expected in [1, 1, 2, 2] {
        let asked = CaptureSmithyConnection::new();
        let mut request = HttpRequest::get(address.as_str()).unwrap();
        request.add_extension(asked.clone());
        let answer = connector.call(request).await.unwrap();
        let body = aws_smithy_types::byte_stream::ByteStream::new(answer.into_body());
        assert_eq!(body.collect().await.unwrap().to_vec(), b"ok");
        // A connection is free again when its tasks have run; they wait for nothing any more.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        let before = used.replace(asked.get().unwrap());
        assert_eq!(taken.load(Ordering::Relaxed), expected);
        if before.is_some() && expected == 1 {
            used.iter().for_each(ConnectionMetadata::poison);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long_is_a_timeout_whether_it_is_the_connection_or_the_answer() {
    // Nobody takes these connections in: the system does, and nothing is ever said.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let second = Duration::from_secs(1);
    let cases = [
        ("https", HttpConnectorSettings::builder().connect_timeout(second).build(), "no connection within 1s"),
        ("http", HttpConnectorSettings::builder().read_timeout(second).build(), "no answer within 1s"),
    ];
    for (scheme, settings, expected) in cases {
        let connector = Connector::new(tls(RootCertStore::empty()).map(Arc::new), &settings);
        let slow = get(&connector, &format!("{scheme}://localhost:{port}/")).await.unwrap_err();
        assert!(slow.is_timeout() && told(&slow).contains(expected), "{}", told(&slow));
    }
}

#[tokio::test]
async fn what_breaks_on_the_way_may_be_tried_again() {
    let nobody = get(&trusting(&[]), "http://127.0.0.1:1/").await.unwrap_err();
    assert!(nobody.is_io(), "{}", told(&nobody));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        heard(&mut stream).await;
    });
    let broken = get(&trusting(&[]), &address).await.unwrap_err();
    assert!(broken.is_io() || broken.as_other() == Some(ErrorKind::TransientError), "{}", told(&broken));
}

#[test]
fn clients_with_the_same_limits_share_their_connections_and_the_roots_are_read_once() {
    let read = AtomicUsize::new(0);
    let roots = || {
        read.fetch_add(1, Ordering::Relaxed);
        RootCertStore::empty()
    };
    let mut made = Made::default();
    let settings = |seconds| HttpConnectorSettings::builder().connect_timeout(Duration::from_secs(seconds)).build();
    for seconds in [3, 3, 5, 3] {
        made.connector(&settings(seconds), roots);
    }
    assert_eq!((made.connectors.len(), read.load(Ordering::Relaxed)), (2, 1));
}
