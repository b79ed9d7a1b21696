//! A private authority and a certificate for `localhost` that it signed.

use std::{path::Path, process::Command, sync::Arc};

use tempfile::TempDir;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// When the client asks for it.
    StartTls,
    /// With the connection.
    Implicit,
}

pub(super) struct Tls {
    pub(super) kind: SmtpTls,
    pub(super) acceptor: TlsAcceptor,
}

/// The file with the authority's certificate.
pub(super) const AUTHORITY: &str = "authority.pem";

impl Tls {
    #[expect(
        clippy::expect_used,
        reason = "a test without its mail server has to stop"
    )]
    pub(super) fn with(certificates: &Path, kind: SmtpTls) -> Self {
        let chain = CertificateDer::pem_file_iter(certificates.join("server.pem"))
            .and_then(Iterator::collect)
            .expect("openssl's certificate");
        let key = PrivateKeyDer::from_pem_file(certificates.join("server.key"));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider's versions")
            .with_no_client_auth()
            .with_single_cert(chain, key.expect("openssl's key"));
        Self {
            kind,
            acceptor: TlsAcceptor::from(Arc::new(config.expect("key and certificate agree"))),
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "a test without its mail server has to stop"
)]
pub(super) fn make_certificates() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let script = "
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
            -subj '/CN=Test authority' -keyout authority.key -out authority.pem
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
            -subj '/CN=localhost' -keyout server.key -out server.csr
        printf 'subjectAltName=DNS:localhost\\nbasicConstraints=CA:FALSE\\n' > server.ext
        openssl x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 \
            -extfile server.ext -out server.pem";
    let mut shell = Command::new("sh");
    let made = shell.args(["-ec", script]).current_dir(&folder).output();
    let made = made.expect("every Unix has a shell");
    assert!(
        made.status.success(),
        "openssl is needed: apt-get install openssl\n{}",
        String::from_utf8_lossy(&made.stderr)
    );
    folder
}
