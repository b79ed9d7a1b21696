mod examine;

use std::{
    fs,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use lettre::{
    Address,
    message::{Mailbox, MultiPart},
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        commands::{Data, Mail, Rcpt, Rset},
        extension::{ClientId, Extension, MailParameter},
    },
};
use tokio::{sync::Semaphore, time::timeout};

use crate::{
    ConfigError, MailError, Message, SmtpConfig, Tls,
    delivery::{Failure, Stage},
    hello,
    message::AutoSubmitted,
};

pub use examine::ExamineError;

/// An unused connection is given up after this: servers end them after a minute or more.
const IDLE: Duration = Duration::from_secs(20);

/// What became of a mail that nothing was wrong with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The server has taken it.
    Accepted,
    /// It was not wanted any more, and nobody has it.
    Withheld,
}

/// Sends e-mails to one mail server over a few connections that are kept. Cheap to clone.
///
/// It drives `lettre`'s connection itself instead of using `AsyncSmtpTransport`, because that
/// one's timeout covers only the TCP connect, because its pool takes back a connection whose send was given up in the
/// middle (the late reply is then taken for the answer to the *next* mail), and because it does not say which command was
/// refused: the sender (our configuration) or the recipient (a person has to look).
#[derive(Clone)]
pub struct Mailer {
    inner: Arc<Inner>,
}

struct Inner {
    config: SmtpConfig,
    from: Mailbox,
    tls: Option<TlsParameters>,
    credentials: Option<Credentials>,
    hello: ClientId,
    server: String,
    permits: Semaphore,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl Mailer {
    /// Gets ready to send; speaks to nobody yet.
    ///
    /// # Errors
    /// A setting that can't work, whatever the server says.
    pub fn new(config: SmtpConfig) -> Result<Self, ConfigError> {
        let from: Mailbox = config.from.parse().map_err(|error| ConfigError {
            setting: "smtp.from",
            reason: format!(
                "`{}` is not a mail address such as Usher <no-reply@bank.example> ({error})",
                config.from
            ),
        })?;
        if config.connections == 0 {
            return Err(ConfigError {
                setting: "smtp.connections",
                reason: "at least one connection is needed".to_owned(),
            });
        }
        let tls = match config.tls {
            Tls::None => None,
            Tls::StartTls | Tls::Implicit => Some(tls_parameters(&config)?),
        };
        let credentials = credentials(&config)?;
        Ok(Self {
            inner: Arc::new(Inner {
                server: format!("{}:{}", config.host, config.port),
                permits: Semaphore::new(config.connections),
                idle: Mutex::new(Vec::new()),
                hello: hello::name(config.hello.as_deref())?,
                from,
                tls,
                credentials,
                config,
            }),
        })
    }

    /// What is likely to be refused by mail servers, though it can work.
    #[must_use]
    pub fn warnings(&self) -> Vec<ConfigError> {
        let configured = self.inner.config.hello.is_some();
        hello::warning(&self.inner.hello, configured)
            .into_iter()
            .collect()
    }

    /// Sends one e-mail. Many at once share the connections.
    ///
    /// `Ok` means that the server has taken it. After an error it may still have, when the connection was
    /// lost between its 250 and us: a mail may go out twice, never not at all.
    ///
    /// # Errors
    /// [`MailError::Unavailable`] is worth a retry, [`MailError::Deferred`] for a while, [`MailError::Refused`] isn't.
    pub async fn send(&self, message: Message) -> Result<(), MailError> {
        self.send_while(message, || std::future::ready(true))
            .await
            .map(drop)
    }

    /// As [`Mailer::send`], for whom another may have replaced: `still_wanted` is asked when the server has taken sender and
    /// recipient, just before `DATA`. After a no nothing is sent.
    ///
    /// # Errors
    /// As [`Mailer::send`].
    pub async fn send_while<F>(
        &self,
        message: Message,
        still_wanted: impl Fn() -> F + Send + Sync,
    ) -> Result<Sent, MailError>
    where
        F: Future<Output = bool> + Send,
    {
        let inner = &self.inner;
        let (recipient, bytes) = inner.compose(&message)?;
        let _permit = inner.permits.acquire().await.map_err(|_| shutting_down())?;
        let asked = vitals::MAIL.ask();
        said(
            asked,
            inner
                .send(&message, &recipient, &bytes, &still_wanted)
                .await,
        )
    }

    /// Whether the mail server would take mail from us: connects, with TLS and login.
    ///
    /// # Errors
    /// [`MailError::Unavailable`] with what to mend.
    pub async fn probe(&self) -> Result<(), MailError> {
        let inner = &self.inner;
        let _permit = inner.permits.acquire().await.map_err(|_| shutting_down())?;
        let asked = vitals::MAIL.ask();
        let connected = inner.connect().await;
        let connected = connected.map_err(|failure| failure.explain(&inner.server, ""));
        inner.keep(said(asked, connected)?);
        Ok(())
    }
}

/// Takes note of whether the mail server takes mail at all. What it has against one recipient is an answer.
fn said<T>(asked: vitals::Asked<'_>, came: Result<T, MailError>) -> Result<T, MailError> {
    match &came {
        Err(MailError::Unavailable(words)) => asked.failed(words),
        _ => asked.answered(),
    }
    came
}

impl Inner {
    async fn send<F>(
        &self,
        message: &Message,
        recipient: &Address,
        bytes: &[u8],
        still_wanted: &(impl Fn() -> F + Send + Sync),
    ) -> Result<Sent, MailError>
    where
        F: Future<Output = bool> + Send,
    {
        loop {
            let kept = self.take_idle();
            let reused = kept.is_some();
            let mut connection = match kept {
                Some(connection) => connection,
                None => self
                    .connect()
                    .await
                    .map_err(|failure| failure.explain(&self.server, &message.to))?,
            };
            let delivered = self
                .deliver(&mut connection, recipient, bytes, still_wanted)
                .await;
            match delivered {
                Ok(Sent::Accepted) => {
                    self.keep(connection);
                    return Ok(Sent::Accepted);
                }
                Ok(Sent::Withheld) => {
                    self.start_over(connection).await;
                    return Ok(Sent::Withheld);
                }
                // The server closed the connection while it was unused. Nothing of the mail has gone out yet.
                Err(failure) if reused && failure.stage() == Stage::Sender => {}
                Err(failure) => {
                    if matches!(failure, Failure::Smtp(Stage::Recipient, ref error) if error.status().is_some())
                    {
                        self.start_over(connection).await;
                    }
                    return Err(failure.explain(&self.server, &message.to));
                }
            }
        }
    }

    fn compose(&self, message: &Message) -> Result<(Address, Vec<u8>), MailError> {
        let recipient: Address = message.to.parse().map_err(|_| {
            MailError::Refused(
                "the customer's e-mail is not an address that mail can be sent to; correct it"
                    .to_owned(),
            )
        })?;
        let bytes = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, recipient.clone()))
            .subject(message.subject.clone())
            .header(AutoSubmitted)
            .message_id(Some(format!(
                "<{}@{}>",
                message.id,
                self.from.email.domain()
            )))
            .multipart(MultiPart::alternative_plain_html(
                message.text.clone(),
                message.html.clone(),
            ))
            .map_err(|error| {
                MailError::Refused(format!("the mail could not be put together ({error})"))
            })?
            .formatted();
        Ok((recipient, bytes))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let config = &self.config;
        let implicit = (config.tls == Tls::Implicit)
            .then(|| self.tls.clone())
            .flatten();
        let opening = AsyncSmtpConnection::connect_tokio1(
            (config.host.as_str(), config.port),
            Some(config.timeout),
            &self.hello,
            implicit,
            None,
        );
        let mut connection = self.step(Stage::Connect, opening).await?;
        if let (Tls::StartTls, Some(tls)) = (config.tls, &self.tls) {
            if !connection.can_starttls() {
                return Err(Failure::NoStartTls);
            }
            self.step(
                Stage::StartTls,
                connection.starttls(tls.clone(), &self.hello),
            )
            .await?;
        }
        if let Some(credentials) = &self.credentials {
            let login = connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials);
            self.step(Stage::Auth, login).await?;
        }
        Ok(connection)
    }

    async fn deliver<F>(
        &self,
        connection: &mut AsyncSmtpConnection,
        recipient: &Address,
        bytes: &[u8],
        still_wanted: &(impl Fn() -> F + Send + Sync),
    ) -> Result<Sent, Failure>
    where
        F: Future<Output = bool> + Send,
    {
        let mut options = Vec::new();
        if ![recipient, &self.from.email]
            .iter()
            .all(|address| is_ascii(address))
        {
            if !connection
                .server_info()
                .supports_feature(Extension::SmtpUtfEight)
            {
                return Err(Failure::NoSmtpUtf8);
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        let sender = Mail::new(Some(self.from.email.clone()), options);
        self.step(Stage::Sender, connection.command(sender)).await?;
        let to = Rcpt::new(recipient.clone(), Vec::new());
        self.step(Stage::Recipient, connection.command(to)).await?;
        if !still_wanted().await {
            return Ok(Sent::Withheld);
        }
        self.step(Stage::Content, connection.command(Data)).await?;
        self.step(Stage::Content, connection.message(bytes)).await?;
        Ok(Sent::Accepted)
    }

    async fn step<T>(
        &self,
        stage: Stage,
        work: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
    ) -> Result<T, Failure> {
        let came = timeout(self.config.timeout, work).await;
        // A slow server has many steps.
        vitals::beat();
        match came {
            Ok(done) => done.map_err(|error| Failure::Smtp(stage, error)),
            Err(_) => Err(Failure::TimedOut(stage)),
        }
    }

    /// After a refused recipient, or a mail that was withheld, the connection is as good as before.
    async fn start_over(&self, mut connection: AsyncSmtpConnection) {
        if self
            .step(Stage::Sender, connection.command(Rset))
            .await
            .is_ok()
        {
            self.keep(connection);
        }
    }

    fn take_idle(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        match idle.pop() {
            Some((connection, since)) if since.elapsed() < IDLE => Some(connection),
            Some(_) => {
                // The last one kept is the freshest: the others are too old as well.
                idle.clear();
                None
            }
            None => None,
        }
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.config.connections {
            idle.push((connection, Instant::now()));
        }
    }
}

fn is_ascii(address: &Address) -> bool {
    address.user().is_ascii() && address.domain().is_ascii()
}

fn tls_parameters(config: &SmtpConfig) -> Result<TlsParameters, ConfigError> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.ca_file {
        let wrong = |reason: String| ConfigError {
            setting: "smtp.ca_file",
            reason: format!("{} {reason}", path.display()),
        };
        let pem = fs::read(path).map_err(|error| wrong(format!("can't be read ({error})")))?;
        if !pem
            .windows(27)
            .any(|line| line == b"-----BEGIN CERTIFICATE-----")
        {
            return Err(wrong(
                "holds no certificate; it has to be a PEM file".to_owned(),
            ));
        }
        let certificate = Certificate::from_pem(&pem)
            .map_err(|error| wrong(format!("holds a certificate that can't be read ({error})")))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|error| ConfigError {
        setting: "smtp.tls",
        reason: format!("TLS can't be set up ({error})"),
    })
}

fn credentials(config: &SmtpConfig) -> Result<Option<Credentials>, ConfigError> {
    let missing = |setting, other| ConfigError {
        setting,
        reason: format!(
            "is missing, but {other} is set; set both, or neither if the server wants no login"
        ),
    };
    match (&config.username, &config.password) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(missing("smtp.password", "smtp.username")),
        (None, Some(_)) => Err(missing("smtp.username", "smtp.password")),
        (Some(_), Some(_)) if config.tls == Tls::None && !is_loopback(&config.host) => Err(ConfigError {
            setting: "smtp.tls",
            reason: "with none, smtp.password would cross the network in clear; use starttls or implicit".to_owned(),
        }),
        (Some(username), Some(password)) => Ok(Some(Credentials::new(username.clone(), password.clone()))),
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

fn shutting_down() -> MailError {
    MailError::Unavailable("the mailer is shutting down".to_owned())
}
