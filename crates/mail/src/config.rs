use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

/// How to reach the mail server.
#[derive(Clone)]
pub struct SmtpConfig {
    /// Its name (the one in its certificate) or address.
    pub host: String,
    /// Its port: 587 for STARTTLS, 465 for implicit TLS, as a rule.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// The login at the server, when it wants one.
    pub username: Option<String>,
    /// The password at the server.
    pub password: Option<String>,
    /// The sender, such as `Usher <no-reply@bank.example>`.
    pub from: String,
    /// The name that we greet the server with (RFC 5321, 4.1.4): this host's full name in the DNS, or an address literal such
    /// as `[192.0.2.1]`. Without one it is the name that this host gives itself.
    pub hello: Option<String>,
    /// A PEM file with certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// How long connecting may take, and again how long one mail may take.
    pub timeout: Duration,
    /// The most connections at once.
    pub connections: usize,
}

impl SmtpConfig {
    /// How long connecting, and one mail, may take unless configured otherwise.
    pub const TIMEOUT: Duration = Duration::from_secs(30);
    /// The most connections at once unless configured otherwise.
    pub const CONNECTIONS: usize = 16;

    /// A server that wants neither TLS nor a login: the development mailbox.
    #[must_use]
    pub fn plain(host: impl Into<String>, port: u16, from: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port,
            tls: Tls::None,
            username: None,
            password: None,
            from: from.into(),
            hello: None,
            ca_file: None,
            timeout: Self::TIMEOUT,
            connections: Self::CONNECTIONS,
        }
    }
}

impl fmt::Debug for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .field("from", &self.from)
            .field("hello", &self.hello)
            .field("ca_file", &self.ca_file)
            .field("timeout", &self.timeout)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: for a server on this machine.
    None,
    /// STARTTLS, which has to be offered; otherwise nothing is sent.
    StartTls,
    /// TLS from the first byte.
    Implicit,
}

/// Not a way to protect the connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a way to protect the connection: use starttls, implicit or none")]
pub struct UnknownTls(String);

impl FromStr for Tls {
    type Err = UnknownTls;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "none" => Ok(Tls::None),
            "starttls" => Ok(Tls::StartTls),
            "implicit" => Ok(Tls::Implicit),
            other => Err(UnknownTls(other.to_owned())),
        }
    }
}

/// A setting that can't work, whatever the server says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {reason}")]
pub struct ConfigError {
    /// The key, such as `smtp.from`.
    pub setting: &'static str,
    /// What is wrong and what to do.
    pub reason: String,
}
