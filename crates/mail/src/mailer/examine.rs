//! Whether the mail server would take our mail, without sending any.

use lettre::transport::smtp::commands::{Mail, Rset};

use super::{Inner, Mailer, connection::is_ascii};
use crate::delivery::{Failure, Stage};

/// Why the mail server would not take our mail, in words for an operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExamineError {
    /// It is away or busy: it may well take mail later.
    #[error("{0}")]
    Transient(String),
    /// It refuses us for good: a setting is wrong.
    #[error("{0}")]
    Permanent(String),
}

impl Mailer {
    /// Goes as far as one can without a recipient: connects, with TLS and login, and names the sender; then takes it back.
    ///
    /// # Errors
    /// What keeps the server from taking our mail.
    pub async fn examine(&self) -> Result<(), ExamineError> {
        let inner = &self.inner;
        inner.name_the_sender().await.map_err(|failure| {
            let words = failure.explain(&inner.server, "").to_string();
            if is_permanent(&failure) {
                ExamineError::Permanent(words)
            } else {
                ExamineError::Transient(words)
            }
        })
    }
}

impl Inner {
    async fn name_the_sender(&self) -> Result<(), Failure> {
        let mut connection = self.connect().await?;
        // An address with other letters needs an extension that few servers have; whether this one has it is said with each mail.
        if is_ascii(&self.from.email) {
            let sender = Mail::new(Some(self.from.email.clone()), Vec::new());
            self.step(Stage::Sender, connection.command(sender)).await?;
            self.step(Stage::Sender, connection.command(Rset)).await?;
        }
        // Not kept: an unused connection would be all that is left of it.
        let _ = connection.quit().await;
        Ok(())
    }
}

/// No waiting mends it: an answer of 5xx, no STARTTLS, or a certificate that isn't trusted.
fn is_permanent(failure: &Failure) -> bool {
    match failure {
        Failure::TimedOut(_) => false,
        Failure::NoStartTls | Failure::NoSmtpUtf8 => true,
        Failure::Smtp(_, error) => {
            let reply = error.status().map(u16::from);
            reply.map_or_else(|| names_certificate(error), |code| code >= 500)
        }
    }
}

fn names_certificate(error: &dyn std::error::Error) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("certificate") {
            return true;
        }
        cause = error.source();
    }
    false
}
