//! A real SMTP server as a child process, with a certificate of its own.

use std::{
    io::{BufRead as _, BufReader, Lines},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use mail::{SmtpConfig, Tls};
use serde_json::Value;
use tempfile::TempDir;

/// What the server knows.
pub const USER: &str = "usher";
/// What the server knows.
pub const PASSWORD: &str = "mail-server-password";

pub struct SmtpServer {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    port: u16,
    tls: Tls,
    folder: TempDir,
}

impl SmtpServer {
    /// Starts the server; it wants a login exactly when it has TLS.
    pub fn start(tls: Tls) -> Self {
        Self::start_on(tls, 0)
    }

    /// Starts it on a port that one had before.
    pub fn start_on(tls: Tls, port: u16) -> Self {
        let folder = TempDir::new().unwrap();
        let mut command = Command::new("/usr/bin/python3");
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/smtp_server.py"));
        command.args(["--port", &port.to_string()]);
        if tls != Tls::None {
            make_certificates(folder.path());
            let kind = if tls == Tls::StartTls {
                "starttls"
            } else {
                "implicit"
            };
            command.args(["--tls", kind, "--user", USER, "--password", PASSWORD]);
            command
                .arg("--certificate")
                .arg(folder.path().join("server.pem"));
            command.arg("--key").arg(folder.path().join("server.key"));
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is needed: apt-get install python3-aiosmtpd openssl");
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = output
            .next()
            .expect("no SMTP server came up: apt-get install python3-aiosmtpd");
        Self {
            child,
            output,
            port: first.unwrap().parse().unwrap(),
            tls,
            folder,
        }
    }

    /// How a well configured Usher reaches it.
    pub fn config(&self) -> SmtpConfig {
        SmtpConfig {
            host: "localhost".to_owned(),
            tls: self.tls,
            username: (self.tls != Tls::None).then(|| USER.to_owned()),
            password: (self.tls != Tls::None).then(|| PASSWORD.to_owned()),
            ca_file: (self.tls != Tls::None).then(|| self.authority()),
            timeout: Duration::from_secs(5),
            ..SmtpConfig::plain("localhost", self.port, "Usher <no-reply@bank.example>")
        }
    }

    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// The next mail that the server took.
    pub fn next_mail(&mut self) -> Value {
        self.next_with("to")
    }

    /// Waits until the server has answered a mail that it let hang, or has seen that nobody waits for that any more.
    pub fn is_done_hanging(&mut self) {
        self.next_with("hung");
    }

    /// The next thing it says that has this field.
    fn next_with(&mut self, field: &str) -> Value {
        loop {
            let line = self.output.next().expect("the SMTP server has ended");
            let said: Value = serde_json::from_str(&line.unwrap()).unwrap();
            if said.get(field).is_some() {
                return said;
            }
        }
    }

    /// Ends it, as an outage would.
    pub fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A private authority and a certificate for `localhost` that it signed.
fn make_certificates(folder: &Path) {
    let script = "
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
            -subj '/CN=Test authority' -keyout authority.key -out authority.pem
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
            -subj '/CN=localhost' -keyout server.key -out server.csr
        printf 'subjectAltName=DNS:localhost\\nbasicConstraints=CA:FALSE\\n' > server.ext
        openssl x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 \
            -extfile server.ext -out server.pem";
    let made = Command::new("sh")
        .args(["-ec", script])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "openssl is needed: apt-get install openssl\n{}",
        String::from_utf8_lossy(&made.stderr)
    );
}
