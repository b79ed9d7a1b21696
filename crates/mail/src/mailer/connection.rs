//! Conversations with the mail server: connecting, one mail, and the connections that are kept.

use std::{
    fmt,
    sync::PoisonError,
    time::{Duration, Instant},
};

use lettre::{
    Address,
    transport::smtp::{
        authentication::Mechanism,
        client::AsyncSmtpConnection,
        commands::{Data, Mail, Rcpt, Rset},
        extension::{Extension, MailParameter},
    },
};
use tokio::time::timeout;

use super::{Inner, Sent};
use crate::{
    Tls,
    delivery::{Failure, Stage},
};

/// An unused connection is given up after this: servers end them after a minute or more.
const IDLE: Duration = Duration::from_secs(20);

impl Inner {
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
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

    /// Sends one mail over a connection; asks just before `DATA` whether it is still wanted.
    pub(super) async fn deliver<F>(
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
        let text = String::from_utf8_lossy(bytes);
        self.step(Stage::Content, connection.command(Content(&text)))
            .await?;
        Ok(Sent::Accepted)
    }

    /// One command and its reply, within the time that a mail may take.
    pub(super) async fn step<T>(
        &self,
        stage: Stage,
        work: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
    ) -> Result<T, Failure> {
        let reply = timeout(self.config.timeout, work).await;
        // A slow server has many steps.
        vitals::beat();
        match reply {
            Ok(done) => done.map_err(|error| Failure::Smtp(stage, error)),
            Err(_) => Err(Failure::TimedOut(stage)),
        }
    }

    /// After a refused recipient, or a mail that was withheld, the connection is as good as before.
    pub(super) async fn start_over(&self, mut connection: AsyncSmtpConnection) {
        if self
            .step(Stage::Sender, connection.command(Rset))
            .await
            .is_ok()
        {
            self.keep(connection);
        }
    }

    /// A connection that was kept, if it isn't too old.
    pub(super) fn take_idle(&self) -> Option<AsyncSmtpConnection> {
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

    pub(super) fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.config.connections {
            idle.push((connection, Instant::now()));
        }
    }
}

/// The content of a mail as it goes over the wire, with its end (RFC 5321, 4.5.2), to be sent in one piece. In two, as
/// `AsyncSmtpConnection::message` does it, the second waits until the server's host has acknowledged the first, and that puts it off
/// for 40 ms: lettre leaves Nagle's algorithm on, and doesn't let us at its socket.
struct Content<'a>(&'a str);

impl fmt::Display for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.0.split_inclusive("\r\n") {
            if line.starts_with('.') {
                f.write_str(".")?;
            }
            f.write_str(line)?;
        }
        f.write_str("\r\n.\r\n")
    }
}

pub(super) fn is_ascii(address: &Address) -> bool {
    address.user().is_ascii() && address.domain().is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_begins_with_a_dot_gets_another() {
        let text = ".\r\n..two\r\nin . the middle\r\n\r\n.last";
        assert_eq!(
            Content(text).to_string(),
            "..\r\n...two\r\nin . the middle\r\n\r\n..last\r\n.\r\n"
        );
        assert_eq!(Content("").to_string(), "\r\n.\r\n");
    }
}
