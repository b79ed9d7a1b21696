//! A mail as it came.

use mail_parser::{Message, MessageParser};

/// A mail that was taken.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    /// The name with which the client greeted.
    pub hello: String,
    /// Whether it came over TLS.
    pub over_tls: bool,
    /// Whether the client logged in.
    pub logged_in: bool,
    /// The sender of the envelope.
    pub from: String,
    /// The last recipient that was named.
    pub to: String,
    /// Headers and body, with the soft line breaks of quoted-printable joined.
    pub data: String,
}

impl Mail {
    /// The text part, decoded; empty when it has none.
    #[must_use]
    pub fn text(&self) -> String {
        let message = self.message();
        let text = message.as_ref().and_then(|message| message.body_text(0));
        text.unwrap_or_default().into_owned()
    }

    /// The Message-ID without its angle brackets; empty when it has none.
    #[must_use]
    pub fn message_id(&self) -> String {
        let message = self.message();
        let id = message.as_ref().and_then(Message::message_id);
        id.unwrap_or_default().to_owned()
    }

    /// The temporary password in it.
    #[must_use]
    pub fn password(&self) -> Option<String> {
        let (_, rest) = self.data.split_once("Temporary password: ")?;
        Some(rest.split_whitespace().next()?.to_owned())
    }

    /// Whether it says that it takes the place of an earlier one.
    #[must_use]
    pub fn says_that_only_the_newest_counts(&self) -> bool {
        self.data.contains("Only the newest one counts")
    }

    fn message(&self) -> Option<Message<'_>> {
        MessageParser::default().parse(&self.data)
    }
}
