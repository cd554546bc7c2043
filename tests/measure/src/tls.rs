//! A certificate authority for one run, so that the functions meet TLS as AWS speaks it.
//!
//! The functions are the ones that are deployed: they trust the machine's roots, or those of `SSL_CERT_FILE` instead. The
//! file that is written here has the machine's roots *and* this authority, so that reading them costs what it costs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use crate::Result;

/// Where systems keep the roots they trust, all in one file: Debian, Amazon Linux and Fedora, SUSE.
const SYSTEM: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"];

/// What a server needs to be `localhost`, and the file that its clients trust.
pub struct Authority {
    /// Takes a connection in.
    pub acceptor: TlsAcceptor,
    /// The machine's roots and this run's.
    pub bundle: PathBuf,
    /// This run's root alone.
    pub own: PathBuf,
    /// How many roots that are.
    pub roots: usize,
}

impl Authority {
    /// Makes an authority that nobody else has, and a certificate of it for `localhost`.
    pub fn new(folder: &Path) -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, "measure, for one run");
        let root = params.self_signed(&key)?;
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.use_authority_key_identifier_extension = true; // Python wants it
        let certificate = params.signed_by(&key, &issuer)?;

        let system = SYSTEM.iter().find_map(|path| fs::read_to_string(path).ok()).unwrap_or_default();
        let text = format!("{system}\n{}", root.pem());
        let bundle = folder.join("roots.pem");
        fs::write(&bundle, &text)?;
        let own = folder.join("root.pem");
        fs::write(&own, root.pem())?;

        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions()?.with_no_client_auth();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = config.with_single_cert(vec![certificate.der().clone()], key.into())?;
        let roots = text.matches("BEGIN CERTIFICATE").count();
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), bundle, own, roots })
    }
}
