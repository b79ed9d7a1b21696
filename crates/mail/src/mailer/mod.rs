//! Sends e-mails to one mail server.

mod connection;
mod examine;
mod settings;

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use lettre::{
    Address,
    message::{Mailbox, MultiPart},
    transport::smtp::{
        authentication::Credentials,
        client::{AsyncSmtpConnection, TlsParameters},
        extension::ClientId,
    },
};
use tokio::sync::Semaphore;

use crate::{
    ConfigError, MailError, Message, SmtpConfig, Tls,
    delivery::{Failure, Stage},
    hello,
    message::AutoSubmitted,
};

pub use examine::ExamineError;

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
            Tls::StartTls | Tls::Implicit => Some(settings::tls_parameters(&config)?),
        };
        let credentials = settings::credentials(&config)?;
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
    /// `Ok` means that the server has accepted it. After an error it may still have, when the connection was
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
        note_reachable(
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
        inner.keep(note_reachable(asked, connected)?);
        Ok(())
    }
}

/// Takes note of whether the mail server takes mail at all. What it has against one recipient is an answer.
fn note_reachable<T>(
    asked: vitals::Asked<'_>,
    result: Result<T, MailError>,
) -> Result<T, MailError> {
    match &result {
        Err(MailError::Unavailable(words)) => asked.failed(words),
        _ => asked.answered(),
    }
    result
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
}

fn shutting_down() -> MailError {
    MailError::Unavailable("the mailer is shutting down".to_owned())
}
